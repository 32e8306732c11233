#include "daemon/api/simulation.h"

#include "daemon/api/simulate/runner.h"
#include "daemon/api/simulate/simulate.h"

#include "lib/log.h"

#include <curl/curl.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { CPU_S = 15, MEMORY_MAX = 1 << 30 };

/* Nothing that a document does may cost more than this. */
static void set_limits(void)
{
	const struct rlimit cpu = { CPU_S, CPU_S }, none = { 0, 0 };
#ifndef __SANITIZE_ADDRESS__
	const struct rlimit memory = { MEMORY_MAX, MEMORY_MAX };

	setrlimit(RLIMIT_AS, &memory);
#endif
	setrlimit(RLIMIT_CPU, &cpu);
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_FSIZE, &none); /* it writes no file */
}

static int run(const struct simulate_setup *setup)
{
	json_t *request = json_loadf(stdin, 0, NULL), *report = NULL;
	struct story_fault fault;
	int code = EXIT_FAILURE;

	set_limits();
	if (request && !simulate(&report, setup, request, &fault) &&
	    !json_dumpf(report, stdout, JSON_COMPACT) && !fflush(stdout))
		code = EXIT_SUCCESS;
	json_decref(request);
	json_decref(report);
	return code;
}

int simulation_main(const struct conf *conf, const struct script_form *const forms[], const char *account)
{
	const struct simulate_setup setup = {
		.conf = conf, .forms = forms, .account = account, .patience_ms = SIMULATION_PATIENCE_MS
	};
	int code;

	log_set_level(LOG_LEVEL_ERROR);
	LIBXML_TEST_VERSION
	curl_global_init(CURL_GLOBAL_DEFAULT);
	code = run(&setup);
	curl_global_cleanup();
	xmlCleanupParser();
	return code;
}
