/* offhook-api: the API layer of Offhook. */
#include "daemon/api/wiring.h"

#include "daemon/api/offline.h"
#include "daemon/api/options.h"
#include "daemon/api/reload.h"
#include "daemon/api/simulation.h"
#include "lib/log.h"
#include "lib/service.h"

#include <curl/curl.h>
#include <errno.h>
#include <event2/event.h>
#include <libxml/parser.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void on_stop(evutil_socket_t number, short what, void *arg)
{
	(void)number, (void)what;
	event_base_loopbreak(arg);
}

static int fail(const char *what, const char *detail)
{
	fprintf(stderr, "%soffhook-api: %s: %s\n", log_priority(LOG_LEVEL_ERROR), what, detail);
	return EXIT_FAILURE;
}

static int run(struct api *api, struct reload *reload)
{
	struct event *hangup = evsignal_new(api->base, SIGHUP, reload_on_signal, reload);
	struct event *term = evsignal_new(api->base, SIGTERM, on_stop, api->base);
	struct event *interrupt = evsignal_new(api->base, SIGINT, on_stop, api->base), *watch;
	char error[1000];
	int code = EXIT_FAILURE;

	if (!term || !interrupt || !hangup || event_add(term, NULL) || event_add(interrupt, NULL) ||
	    event_add(hangup, NULL))
		fail("start", "out of memory");
	else if (wiring_start(api, reload, error, sizeof error))
		fail("start", error);
	else {
		web_server_tell(api->web, api->conf);
		service_ready();
		watch = service_watch(api->base);
		event_base_dispatch(api->base);
		if (watch)
			event_free(watch);
		log_info("api.stopping", NULL, "%s", "");
		code = EXIT_SUCCESS;
	}
	wiring_stop(api);
	if (term)
		event_free(term);
	if (interrupt)
		event_free(interrupt);
	if (hangup)
		event_free(hangup);
	return code;
}

/* Runs until a signal ends it; `again`: it is to begin anew. */
static int serve(const struct conf *conf, const char *file, bool *again)
{
	struct api api = { .conf = conf, .lock = -1 };
	struct reload reload = { .conf = conf, .file = file };
	int code = EXIT_FAILURE;

	umask(0027);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file over its limit is an error of that file */
	log_set_level(conf->log.level);
	LIBXML_TEST_VERSION
	curl_global_init(CURL_GLOBAL_DEFAULT);
	reload.base = api.base = event_base_new();
	if (api.base)
		code = run(&api, &reload);
	*again = reload.wanted;
	if (api.base)
		event_base_free(api.base);
	curl_global_cleanup();
	xmlCleanupParser();
	return code;
}

/* --simulate: for ourselves alone (simulate/runner.h). */
static int run_simulation(const struct conf *conf, const char *account)
{
	const struct script_form *forms[WIRING_DIALECTS + 1];

	wiring_script_forms(forms);
	return simulation_main(conf, forms, account);
}

int main(int argc, char *argv[])
{
	struct options options = { 0 };
	struct conf *conf;
	bool again = false;
	int code = options_read(argc, argv, &options);

	if (code)
		return code - 1;
	if (reload_load(options.file, &conf))
		return EXIT_FAILURE;
	if (options.backup || options.export)
		code = offline_database(conf, &options);
	else if (options.simulate)
		code = run_simulation(conf, options.simulate);
	else if (options.check)
		code = offline_check(conf);
	else
		code = serve(conf, options.file, &again);
	conf_free(conf);
	if (again) {
		execv("/proc/self/exe", argv);
		return fail("reload", strerror(errno));
	}
	return code;
}
