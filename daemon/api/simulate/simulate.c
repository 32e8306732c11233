#include "daemon/api/simulate/simulate.h"

#include "daemon/api/hook/hooks.h"
#include "daemon/api/net/weburl.h"
#include "daemon/api/simulate/simulate_private.h"
#include "daemon/api/simulate/step_shown.h"
#include "daemon/api/switch/link.h"
#include "lib/tone_name.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOUND_MS = 3000, ERROR_SIZE = 256 };

/* ---- the engine's timers ---- */

static void timer_drop(struct simulation *sim, struct event *event)
{
	struct timer **at = &sim->timers, *found;

	while (*at && (*at)->event != event)
		at = &(*at)->next;
	found = *at;
	if (!found)
		return;
	*at = found->next;
	tick_drop(&found->tick);
	free(found);
}

static void on_tick(void *arg)
{
	event_active(arg, EV_TIMEOUT, 0);
}

static void set_timer(struct event *event, int64_t ms, void *arg)
{
	struct simulation *sim = arg;
	struct timer *timer;

	timer_drop(sim, event);
	timer = ms < 0 ? NULL : calloc(1, sizeof *timer);
	if (!timer)
		return;
	timer->event = event;
	timer->next = sim->timers;
	sim->timers = timer;
	tick_set(&sim->ticks, &timer->tick, ms, on_tick, event);
}

/* ---- what is heard ---- */

/* Of a list, the first. */
static const json_t *given_for(const struct simulation *sim, const char *url)
{
	const json_t *given = story_document(sim->story, url);

	return json_is_array(given) ? json_array_get(given, 0) : given;
}

/* A sound's name, or NULL with *error. */
static const char *sound_of(struct simulation *sim, const char *text, const char *base_url, char *error)
{
	char *full = weburl_resolve(base_url, text);
	const json_t *given = full ? given_for(sim, full) : NULL;
	const json_t *seconds = json_object_get(given, "seconds"), *status = json_object_get(given, "status");
	const char *name = NULL;

	if (!strncmp(text, "tone:", 5) && !tone_name_is_known(text + 5))
		snprintf(error, ERROR_SIZE, "There is no tone \"%.40s\"; possible: %s.", text + 5,
			 TONE_NAMES);
	else if (!strncmp(text, "tone:", 5))
		name = text;
	else if (status && (json_integer_value(status) < 200 || json_integer_value(status) > 299))
		snprintf(error, ERROR_SIZE, "%.150s could not be fetched: HTTP status %d.", full,
			 (int)json_integer_value(status));
	else
		name = stage_sound(&sim->stage, json_pack("{s:s}", "play", full ? full : text),
				   seconds ? (int64_t)(json_number_value(seconds) * 1000) : SOUND_MS);
	free(full);
	return name;
}

static const char *name_of(struct simulation *sim, const struct prompt *prompt, const char *base_url,
			   char *error, char silence[32])
{
	switch (prompt->kind) {
	case PROMPT_TEXT:
		return stage_sound(&sim->stage,
				   json_pack("{s:s, s:s*, s:s*}", "say", prompt->text, "voice", prompt->voice,
					     "language", prompt->language),
				   story_speech_ms(prompt->text));
	case PROMPT_SILENCE:
		snprintf(silence, 32, "silence:%u", prompt->ms);
		return silence;
	case PROMPT_SOUND:
		break;
	}
	return sound_of(sim, prompt->text, base_url, error);
}

static int prepare(const struct prompt *list, size_t count, const char *base_url, prompts_h *handler,
		   void *handler_arg, void *arg)
{
	json_t *files = json_array();
	char error[ERROR_SIZE] = "", silence[32];

	if (!files)
		return ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const char *name = name_of(arg, &list[i], base_url, error, silence);

		json_array_append_new(files, name ? json_string(name) : json_null());
	}
	handler(files, *error ? error : NULL, handler_arg);
	json_decref(files);
	return 0;
}

/* ---- what is seen of the engine ---- */

static void on_step(const char *call, const struct step *step, const char *url, void *arg)
{
	struct simulation *sim = arg;

	if (++sim->steps > sim->story->max_steps) {
		sim->why = "steps";
		return;
	}
	transcript_add(&sim->transcript, call, "step",
		       json_pack("{s:s, s:i, s:i, s:s*, s:o}", "verb", step_name(step->kind), "line",
				 step->line, "column", step->column, "url", url, "attributes",
				 step_shown(step)));
}

static void on_told(const struct hook_letter *letter, void *arg)
{
	struct simulation *sim = arg;

	transcript_add(&sim->transcript, letter->conference ? NULL : letter->about, "told",
		       json_pack("{s:s, s:s, s:o*}", "method", letter->get ? "GET" : "POST", "url",
				 letter->url, "parameters", transcript_body(letter->body)));
}

static void on_event(const struct bus_event *event, void *arg)
{
	struct simulation *sim = arg;
	json_t *what;

	if (!event->row || strncmp(event->type, "script.", 7))
		return;
	what = json_copy((json_t *)event->data);
	json_object_del(what, "call");
	transcript_add(&sim->transcript, event->row->id, event->type + 7, what);
}

/* ---- putting it together ---- */

static const char *dialect_of(const struct call_row *row, void *arg)
{
	const struct simulation *sim = arg;

	(void)row;
	return sim->dialect;
}

static void store_nothing(const struct bus_event *event, void *arg)
{
	(void)event, (void)arg;
}

static int keep_fallback(struct simulation *sim, const char *id, const char *url)
{
	json_t *options = json_pack("{s:s}", "fallback_url", url);
	int err = options ? calls_set_options(sim->store, id, options) : ENOMEM;

	json_decref(options);
	return err;
}

/* A call of the story is there: its script begins. */
static void on_begin(const char *id, const struct story_call *told, void *arg)
{
	struct simulation *sim = arg;
	const bool get =
	    told->said_method ? told->get : script_form_find(sim->with->forms, sim->dialect)->asks_get;
	const struct call_document document = { .url = told->url,
						.post = !get,
						.script = told->url ? NULL : told->document };
	struct call_row row;

	if (told->fallback_url && keep_fallback(sim, id, told->fallback_url))
		return;
	if (!calls_get(sim->store, id, &row))
		scripts_redirect(sim->scripts, &row, &document);
	call_row_clear(&row);
}

static void on_impatience(evutil_socket_t fd, short what, void *arg)
{
	struct simulation *sim = arg;

	(void)fd, (void)what;
	sim->why = "patience";
	event_base_loopbreak(sim->base);
}

static int set_patience(struct simulation *sim)
{
	const struct timeval tv = { sim->with->patience_ms / 1000, sim->with->patience_ms % 1000 * 1000 };

	if (!sim->with->patience_ms)
		return 0;
	sim->patience = evtimer_new(sim->base, on_impatience, sim);
	return sim->patience && !event_add(sim->patience, &tv) ? 0 : ENOMEM;
}

static int open_link(struct simulation *sim)
{
	const struct link_setup setup = { .base = sim->base,
					  .store = sim->store,
					  .bus = sim->bus,
					  .dialect = { dialect_of, sim },
					  .store_h = store_nothing };

	return link_alloc_stage(&sim->link, &setup, stage_request, &sim->stage);
}

static int open_scripts(struct simulation *sim)
{
	const struct scripts_setup setup = { .base = sim->base,
					     .conf = sim->with->conf,
					     .store = sim->store,
					     .bus = sim->bus,
					     .link = sim->link,
					     .fetcher = sim->fetcher,
					     .stage = &sim->script_stage,
					     .forms = sim->with->forms };

	return scripts_alloc(&sim->scripts, &setup);
}

static int open_all(struct simulation *sim)
{
	char error[200];
	int err = ENOMEM;

	sim->script_stage = (struct scripts_stage){ prepare, set_timer, on_step, on_told, sim };
	sim->fetch_stage = (struct fetch_stage){ simulation_asked, simulation_answered, sim };
	sim->asked = json_object();
	sim->base = event_base_new();
	if (sim->base && sim->asked)
		err = set_patience(sim);
	if (!err)
		err = store_alloc(&sim->store, sim->base, ":memory:", error, sizeof error);
	if (!err)
		err = bus_alloc(&sim->bus);
	if (!err) /* before the scripts: what happens is told before what they do about it */
		err = bus_subscribe(sim->bus, on_event, sim);
	if (!err)
		err = fetcher_alloc(&sim->fetcher, sim->base, sim->with->conf);
	if (err)
		return err;
	fetcher_set_stage(sim->fetcher, &sim->fetch_stage);
	err = open_link(sim);
	return err ? err : open_scripts(sim);
}

static void close_all(struct simulation *sim)
{
	if (sim->scripts) /* what waits for its commit is told while all are there */
		store_flush(sim->store);
	scripts_free(sim->scripts);
	link_free(sim->link);
	fetcher_free(sim->fetcher);
	bus_free(sim->bus);
	store_free(sim->store);
	if (sim->patience)
		event_free(sim->patience);
	while (sim->timers)
		timer_drop(sim, sim->timers->event);
	if (sim->base)
		event_base_free(sim->base);
	json_decref(sim->asked);
}

/* ---- the run ---- */

/* Until everything waits for the clock. */
static void settle(struct simulation *sim)
{
	while (!sim->why) {
		while (stage_answer(&sim->stage))
			;
		store_flush(sim->store);
		if (event_base_get_num_events(sim->base, EVENT_BASE_COUNT_ACTIVE) > 0)
			event_base_loop(sim->base, EVLOOP_NONBLOCK);
		else if (sim->stage.replies)
			continue;
		else if (fetcher_count(sim->fetcher))
			event_base_loop(sim->base, EVLOOP_ONCE);
		else
			return;
	}
}

static void run(struct simulation *sim)
{
	for (;;) {
		settle(sim);
		if (sim->why)
			return;
		event_base_loop(sim->base, EVLOOP_NONBLOCK); /* patience */
		if (stage_is_over(&sim->stage))
			sim->why = "over";
		if (sim->why)
			return;
		stage_idle(&sim->stage);
		if (ticks_advance(&sim->ticks, sim->story->limit_ms))
			continue;
		if (sim->ticks.first)
			sim->why = "time";
		else if (!stage_nudge(&sim->stage))
			sim->why = "waits";
	}
}

static const char *explain(const char *why)
{
	static const struct {
		const char *why, *text;
	} all[] = {
		{ "over", "All calls are over." },
		{ "waits",
		  "The script waits for something that does not come: nobody has anything left to do." },
		{ "time", "The limit of simulated time was reached." },
		{ "steps", "The limit of steps was reached." },
		{ "requests", "The limit of requests was reached." },
		{ "patience", "It took too long: servers that are asked answer too slowly." },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (!strcmp(all[i].why, why))
			return all[i].text;
	return why;
}

static json_t *report(struct simulation *sim)
{
	return json_pack("{s:O, s:I, s:{s:s, s:s, s:I}, s:o, s:i, s:i}", "transcript", sim->transcript.list,
			 "more", (json_int_t)sim->transcript.more, "end", "why", sim->why, "text",
			 explain(sim->why), "at_ms", (json_int_t)sim->ticks.now_ms, "calls",
			 stage_calls(&sim->stage), "steps",
			 (int)(sim->steps > sim->story->max_steps ? sim->story->max_steps : sim->steps),
			 "requests", (int)sim->request_count);
}

static int play(struct simulation *sim)
{
	const struct stage_setup setup = { .ticks = &sim->ticks,
					   .transcript = &sim->transcript,
					   .story = sim->story,
					   .account = sim->with->account,
					   .begin = on_begin,
					   .arg = sim };
	int err;

	stage_begin(&sim->stage, &setup);
	err = open_all(sim);
	if (!err) {
		sim->stage.link = sim->link;
		run(sim);
	}
	return err;
}

int simulate(json_t **out, const struct simulate_setup *setup, const json_t *request,
	     struct story_fault *fault)
{
	struct simulation *sim = calloc(1, sizeof *sim);
	const struct conf_account *account = conf_account_by_name(setup->conf, setup->account);
	json_t *told = NULL;
	int err = sim && account ? story_read(&sim->story, request, fault) : ENOMEM;

	if (err) {
		free(sim);
		return err;
	}
	sim->with = setup;
	sim->dialect = sim->story->dialect ? sim->story->dialect : account->dialect;
	ticks_begin(&sim->ticks);
	err = transcript_begin(&sim->transcript, &sim->ticks);
	if (!err)
		err = play(sim);
	if (!err && !(told = report(sim)))
		err = ENOMEM;
	close_all(sim);
	stage_clear(&sim->stage);
	transcript_end(&sim->transcript);
	ticks_end(&sim->ticks);
	story_free(sim->story);
	free(sim);
	if (!err)
		*out = told;
	return err;
}
