/* See wiring.h. */
#include "daemon/api/wiring.h"

#include "daemon/api/call/joining.h"
#include "daemon/api/call/numbers.h"
#include "daemon/api/dialect/telefonie/event_json.h"
#include "daemon/api/dialect/telefonie/telefonie.h"
#include "daemon/api/dialect/twilio/triggers.h"
#include "daemon/api/dialect/twilio/twilio.h"
#include "daemon/api/dialect/vcita/vcita.h"
#include "daemon/api/dialect/vonage/vonage.h"
#include "daemon/api/health.h"
#include "daemon/api/hook/hooks.h"
#include "daemon/api/keep/keeper.h"
#include "daemon/api/http/sessions.h"
#include "daemon/api/http/tokens.h"
#include "daemon/api/live/live.h"
#include "daemon/api/metrics/metrics.h"
#include "daemon/api/net/fetch.h"
#include "daemon/api/reload.h"
#include "daemon/api/script/engine.h"
#include "daemon/api/speech/convert.h"
#include "daemon/api/speech/hearer.h"
#include "daemon/api/speech/prompts.h"
#include "daemon/api/store/retention.h"
#include "daemon/api/store/store.h"
#include "daemon/api/switch/audio_door.h"
#include "daemon/api/switch/link.h"
#include "daemon/api/simulate/runner.h"
#include "daemon/api/socket/socket.h"
#include "lib/log.h"
#include "lib/pid_lock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* All that there are; the first one is what is meant where none is named. */
static const struct dialect *const dialects[] = { &dialect_telefonie, &dialect_twilio, &dialect_signalwire,
						  &dialect_vonage, &dialect_vcita };

_Static_assert(sizeof dialects / sizeof *dialects == WIRING_DIALECTS, "as many as wiring.h says");

static void on_switch_ready(void *arg)
{
	struct api *api = arg;

	numbers_ready(&api->desk);
	scripts_ready(api->scripts);
	joining_ready(&api->desk);
	keeper_ready(api->keeper, api->link);
}

static char *path_of(const char *dir, const char *name)
{
	size_t size = strlen(dir) + strlen(name) + 2;
	char *path = malloc(size);

	if (path)
		snprintf(path, size, "%s/%s", dir, name);
	return path;
}

static int open_store(struct api *api, char *error, size_t size)
{
	char *file = path_of(api->conf->state_dir, "offhook.db");
	int err = ENOMEM;

	snprintf(error, size, "out of memory");
	if (mkdir(api->conf->state_dir, 0750) && errno != EEXIST) {
		err = errno;
		snprintf(error, size, "state-dir %.200s: %s", api->conf->state_dir, strerror(err));
	} else if (file &&
		   !(err = pid_lock_take(&api->lock, api->conf->state_dir, "offhook-api", error, size))) {
		err = store_alloc(&api->store, api->base, file, error, size);
	}
	free(file);
	return err;
}

/* In whose words a call that came in is told of. */
static const char *dialect_of(const struct call_row *row, void *arg)
{
	const struct api *api = arg;
	const char *dialled = json_string_value(json_object_get(row->snapshot, "number"));
	const struct conf_number *number = conf_number_find(api->conf, dialled ? dialled : row->to);
	const struct conf_account *account = conf_account_by_name(api->conf, row->account);

	if (number && number->dialect)
		return number->dialect;
	return account ? account->dialect : dialects[0]->name;
}

/* In the transaction of an event: what is told of it. */
static void on_store(const struct bus_event *event, void *arg)
{
	struct api *api = arg;

	hooks_store(event, api->hooks);
	triggers_on_event(event, &api->triggers);
}

static int open_link(struct api *api, struct reload *reload)
{
	char *socket = path_of(api->conf->run_dir, "control.sock");
	const struct link_setup setup = { .base = api->base,
					  .conf = api->conf,
					  .socket = socket,
					  .store = api->store,
					  .bus = api->bus,
					  .dialect = { dialect_of, api },
					  .store_h = on_store,
					  .store_arg = api,
					  .keep_recordings = keeper_wants(api->conf),
					  .ready = on_switch_ready,
					  .ready_arg = api,
					  .reloaded = reload_on_switch,
					  .reloaded_arg = reload };
	int err = socket ? link_alloc(&api->link, &setup) : ENOMEM;

	free(socket);
	return err;
}

static int open_hooks(struct api *api)
{
	const struct hooks_setup setup = { .base = api->base,
					   .conf = api->conf,
					   .store = api->store,
					   .bus = api->bus,
					   .fetcher = api->fetcher,
					   .forms = api->hook_forms };

	for (size_t i = 0, n = 0; i < WIRING_DIALECTS; i++)
		if (dialects[i]->hook)
			api->hook_forms[n++] = dialects[i]->hook;
	return hooks_alloc(&api->hooks, &setup);
}

/* How recordings are kept, and heard. Two that convert: what has to be fetched from elsewhere makes nobody
 * wait whose recording is at hand. */
static int open_recordings(struct api *api, char *error, size_t size)
{
	const struct conf *conf = api->conf;
	const struct convert_setup converts = { .base = api->base,
						.folder = conf->state_dir,
						.kept_bytes = conf->api.sound_cache,
						.s3 = &conf->recordings.s3,
						.ring = &api->ring };
	const struct keeper_setup keeps = {
		.base = api->base, .conf = conf, .store = api->store, .ring = &api->ring
	};
	char why[KEY_ERROR_SIZE];
	int err = conf->recordings.key_file ? key_file_read(&api->ring, conf->recordings.key_file, why) : 0;

	if (err) {
		snprintf(error, size, "key-file %.200s: %s", conf->recordings.key_file, why);
		return EINVAL;
	}
	err = convert_alloc(&api->convert, &converts);
	if (!err)
		err = convert_alloc(&api->remote, &converts);
	if (!err)
		err = keeper_alloc(&api->keeper, &keeps);
	return err ? err : bus_subscribe(api->bus, keeper_on_event, api->keeper);
}

void wiring_script_forms(const struct script_form *forms[WIRING_DIALECTS + 1])
{
	size_t count = 0;

	for (size_t i = 0; i < WIRING_DIALECTS; i++)
		if (dialects[i]->script)
			forms[count++] = dialects[i]->script;
	forms[count] = NULL;
}

static int open_scripts(struct api *api)
{
	const struct scripts_setup setup = { .base = api->base,
					     .conf = api->conf,
					     .store = api->store,
					     .bus = api->bus,
					     .fetcher = api->fetcher,
					     .prompts = api->prompts,
					     .hooks = api->hooks,
					     .hearer = api->hearer,
					     .forms = api->script_forms };

	wiring_script_forms(api->script_forms);
	return scripts_alloc(&api->scripts, &setup);
}

static json_t *render_event(const struct bus_event *event, void *arg)
{
	const struct api *api = arg;

	return event_json(api->conf, event);
}

static int open_publishers(struct api *api, char *error, size_t size)
{
	const struct publisher_setup setup = { .base = api->base,
					       .conf = &api->conf->bus,
					       .store = api->store,
					       .bus = api->bus,
					       .render = render_event,
					       .arg = api };

	return publishers_open(&api->publishers, &setup, error, size);
}

static int open_sockets(struct api *api)
{
	const struct sockets_setup setup = {
		.base = api->base, .conf = api->conf, .store = api->store, .bus = api->bus
	};

	return sockets_alloc(&api->sockets, &setup);
}

static void on_redirect(const struct call_row *row, const struct call_document *document, void *arg)
{
	struct api *api = arg;

	scripts_redirect(api->scripts, row, document);
}

static void on_leave(const char *call, void *arg)
{
	struct api *api = arg;

	scripts_leave(api->scripts, call);
}

static bool on_asked_whether(const char *call, void *arg)
{
	struct api *api = arg;

	return scripts_run(api->scripts, call);
}

static void on_interlude(const char *call, json_t *play_id, void *arg)
{
	struct api *api = arg;

	scripts_interlude(api->scripts, call, play_id);
}

static void on_wait(const char *call, const char *conference, const char *url, bool get, void *arg)
{
	struct api *api = arg;

	scripts_wait(api->scripts, call, conference, url, get);
}

static void on_hold(const char *call, bool held, void *arg)
{
	struct api *api = arg;

	scripts_hold(api->scripts, call, held);
}

/* Who listens to calls. A socket that cannot be does not keep the rest from running. */
static int open_lives(struct api *api)
{
	char *file = path_of(api->conf->state_dir, "audio.sock");
	int err = file ? audio_door_alloc(&api->door, api->base, file) : ENOMEM;

	if (err)
		log_error("api.no_live_audio", NULL, "file=%s error=%s", log_quote(file ? file : ""),
			  log_quote(strerror(err)));
	free(file);
	return lives_alloc(&api->lives, api->base, api->door);
}

/* The operations, and who may ask for them at which paths. */
static int open_desk(struct api *api)
{
	int err = 0;

	scripts_connect(api->scripts, api->link);
	api->desk = (struct desk){ .conf = api->conf,
				   .store = api->store,
				   .link = api->link,
				   .prompts = api->prompts,
				   .convert = api->convert,
				   .remote = api->remote,
				   .fetcher = api->fetcher,
				   .hooks = api->hooks,
				   .keeper = api->keeper,
				   .hearer = api->hearer,
				   .scripts = { on_redirect, on_leave, on_interlude, on_asked_whether,
						on_wait, on_hold, api } };
	api->triggers = (struct triggers){ &api->desk, twilio_trigger_body, TWILIO_TRIGGER_TYPE };
	api->parts = (struct dialect_parts){ .desk = &api->desk,
					     .sockets = api->sockets,
					     .tokens = api->tokens,
					     .sessions = api->sessions,
					     .simulator = api->simulator,
					     .lives = api->lives };
	for (size_t i = 0; i < WIRING_DIALECTS && !err; i++) {
		if (!dialects[i]->routes)
			continue;
		dialects[i]->routes(&api->tables[i]);
		api->tables[i].arg = &api->parts;
		err = router_add(&api->router, &api->tables[i]);
	}
	health_table(&api->health, api->link);
	api->pages = (struct console){ api->conf, api->sessions };
	console_table(&api->console, &api->pages);
	if (!err)
		err = router_add(&api->router, &api->health);
	return err ? err : router_add(&api->router, &api->console);
}

static int open_metrics(struct api *api)
{
	const struct metrics_setup setup = { .base = api->base,
					     .conf = api->conf,
					     .web = api->web,
					     .link = api->link,
					     .store = api->store,
					     .hooks = api->hooks,
					     .fetcher = api->fetcher,
					     .scripts = api->scripts,
					     .sockets = api->sockets,
					     .keeper = api->keeper,
					     .publishers = &api->publishers,
					     .ring = &api->ring };
	int err = metrics_alloc(&api->metrics, &setup);

	if (!err)
		err = metrics_serve(api->metrics, &api->router, &api->metrics_router);
	return err ? err : router_add(&api->metrics_router, &api->health);
}

static void on_request(struct web_request *request, void *arg)
{
	struct api *api = arg;

	router_handle(request, request->for_metrics ? &api->metrics_router : &api->router);
}

int wiring_start(struct api *api, struct reload *reload, char *error, size_t size)
{
	int err;

	api->router.origins = &api->conf->api.cors_origins;
	err = web_server_alloc(&api->web, api->base, api->conf, on_request, api, error, size);

	if (!err)
		web_server_set_problems(api->web, router_problem, &api->router);
	if (!err)
		err = open_store(api, error, size);
	if (err)
		return err;
	err = numbers_load(api->conf, api->store);
	if (!err)
		err = bus_alloc(&api->bus);
	if (!err)
		err = fetcher_alloc(&api->fetcher, api->base, api->conf);
	if (!err)
		err = prompts_alloc(&api->prompts, api->base, api->fetcher, api->conf);
	if (!err)
		err = open_recordings(api, error, size);
	if (!err)
		err = open_hooks(api);
	if (!err)
		err = hearer_alloc(&api->hearer, api->base, api->conf->state_dir);
	if (!err)
		err = open_scripts(api);
	if (!err)
		err = open_sockets(api);
	if (!err)
		err = open_publishers(api, error, size);
	if (!err)
		err = tokens_alloc(&api->tokens, api->conf);
	if (!err)
		err = sessions_alloc(&api->sessions, api->conf);
	if (!err)
		err = simulator_alloc(&api->simulator, api->base, reload->file);
	if (!err)
		err = retention_alloc(&api->retention, api->base, api->store, api->conf);
	if (!err)
		err = bus_subscribe(api->bus, joining_on_event, &api->desk);
	if (!err)
		err = bus_subscribe(api->bus, vcita_on_event, &api->desk);
	if (!err)
		err = open_lives(api);
	if (!err)
		err = open_link(api, reload);
	if (!err)
		err = open_desk(api);
	if (!err)
		err = open_metrics(api);
	reload->web = api->web;
	reload->link = api->link;
	if (err == EIO)
		store_explain(api->store, error, size);
	else if (err && err != EINVAL)
		snprintf(error, size, "%s", strerror(err));
	return err;
}

void wiring_stop(struct api *api)
{
	if (api->store)
		store_flush(api->store);
	retention_free(api->retention);
	simulator_free(api->simulator);
	link_free(api->link);
	metrics_free(api->metrics);
	lives_free(api->lives);
	audio_door_free(api->door);
	scripts_free(api->scripts);
	hearer_free(api->hearer);
	hooks_free(api->hooks);
	prompts_free(api->prompts);
	keeper_free(api->keeper);
	convert_free(api->convert);
	convert_free(api->remote);
	key_ring_clear(&api->ring);
	fetcher_free(api->fetcher);
	publishers_close(&api->publishers);
	sockets_free(api->sockets);
	tokens_free(api->tokens);
	sessions_free(api->sessions);
	web_server_free(api->web);
	bus_free(api->bus);
	store_free(api->store);
	pid_lock_drop(api->lock);
}
