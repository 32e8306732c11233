#include "daemon/api/simulate/runner.h"

#include "lib/child.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	AT_ONCE_MAX = 4,
	TIMEOUT_MS = SIMULATION_PATIENCE_MS + 5000, /* it ends itself before */
	REPORT_MAX = 64 << 20,
};

static const char program[] = "/proc/self/exe";

struct job {
	struct job *next, **link;
	struct simulator *simulator;
	struct child *child;
	simulator_h *handler;
	void *arg;
};

struct simulator {
	struct event_base *base;
	const char *conf_file;
	struct job *jobs;
	unsigned count;
};

int simulator_alloc(struct simulator **out, struct event_base *base, const char *conf_file)
{
	struct simulator *simulator = calloc(1, sizeof *simulator);

	if (!simulator)
		return ENOMEM;
	simulator->base = base;
	simulator->conf_file = conf_file;
	*out = simulator;
	return 0;
}

static void job_free(struct job *job)
{
	*job->link = job->next;
	if (job->next)
		job->next->link = job->link;
	job->simulator->count--;
	free(job);
}

void simulator_free(struct simulator *simulator)
{
	if (!simulator)
		return;
	while (simulator->jobs) {
		struct job *job = simulator->jobs;

		child_kill(job->child);
		job->handler(NULL, "The API layer is about to end.", job->arg);
		job_free(job);
	}
	free(simulator);
}

static void on_end(const struct child_result *result, void *arg)
{
	struct job *job = arg;
	json_t *report = result->error ? NULL : json_loadb(result->output, result->size, 0, NULL);
	char error[300];

	if (report) {
		job->handler(report, NULL, job->arg);
	} else {
		snprintf(error, sizeof error, "The simulation failed: %s.",
			 result->error ? result->error : "its report is none");
		log_warn("simulation.failed", NULL, "error=%s", log_quote(error));
		job->handler(NULL, error, job->arg);
	}
	json_decref(report);
	job_free(job);
}

static int start(struct job *job, const char *account, const json_t *request)
{
	const char *const argv[] = { program, "-c", job->simulator->conf_file, "--simulate", account, NULL };
	char *text = json_dumps(request, JSON_COMPACT);
	const struct child_setup setup = { .base = job->simulator->base,
					   .argv = argv,
					   .input = text,
					   .input_size = text ? strlen(text) : 0,
					   .max_output = REPORT_MAX,
					   .timeout_ms = TIMEOUT_MS };
	int err = text ? child_start(&job->child, &setup, on_end, job) : ENOMEM;

	free(text);
	return err;
}

int simulator_run(struct simulator *simulator, const char *account, const json_t *request,
		  simulator_h *handler, void *arg)
{
	struct job *job = simulator->count < AT_ONCE_MAX ? calloc(1, sizeof *job) : NULL;
	int err;

	if (!job)
		return simulator->count < AT_ONCE_MAX ? ENOMEM : EAGAIN;
	job->simulator = simulator;
	job->handler = handler;
	job->arg = arg;
	job->next = simulator->jobs;
	job->link = &simulator->jobs;
	if (job->next)
		job->next->link = &job->next;
	simulator->jobs = job;
	simulator->count++;
	err = start(job, account, request);
	if (err)
		job_free(job);
	return err;
}
