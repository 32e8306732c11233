#include "daemon/api/metrics/metrics.h"

#include "daemon/api/http/auth.h"
#include "daemon/api/metrics/metrics_text.h"
#include "daemon/api/metrics/of_switch.h"
#include "daemon/api/metrics/own.h"
#include "daemon/api/switch/link.h"
#include "lib/clock.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/queue.h>

enum { SWITCH_WAIT_S = 2 };

/* One request that waits for the switch. */
struct gathering {
	TAILQ_ENTRY(gathering) link;
	struct metrics *metrics;
	struct web_request *request; /* NULL: was answered without the switch, whose reply is still to come */
	struct event *deadline;
	int64_t begun_us;
};

struct metrics {
	struct metrics_setup with;
	struct route_table table, open_table;
	TAILQ_HEAD(, gathering) waiting;
};

/* ---- answers ---- */

static void reply(struct metrics *m, struct web_request *request, const json_t *said, int64_t begun_us)
{
	struct evbuffer *out = evbuffer_new();
	const int64_t begun_to_write_us = clock_mono_us();

	if (!out) {
		web_reply_problem(request, 503, NULL, "Out of memory.");
		return;
	}
	metrics_one(out, "offhook_switch_up", "gauge",
		    "1: offhook-api is connected with offhookd, which answers.", said != NULL);
	if (said)
		metrics_of_switch(out, said);
	metrics_own(out, &m->with);
	metrics_of_processes(out, json_object_get(said, "process"));
	metrics_one(out, "offhook_metrics_gather_seconds", "gauge",
		    "How long the switch took to say its part of this.",
		    (double)(begun_to_write_us - begun_us) / 1e6);
	metrics_one(out, "offhook_metrics_write_seconds", "gauge", "How long this took to be written.",
		    (double)(clock_mono_us() - begun_to_write_us) / 1e6);
	web_reply_buffer(request, 200, "text/plain; version=0.0.4; charset=utf-8", out);
	evbuffer_free(out);
}

static void gathering_free(struct gathering *g)
{
	TAILQ_REMOVE(&g->metrics->waiting, g, link);
	if (g->deadline)
		event_free(g->deadline);
	free(g);
}

static void on_said(const json_t *result, const json_t *error, void *arg)
{
	struct gathering *g = arg;

	(void)error;
	if (g->request)
		reply(g->metrics, g->request, result, g->begun_us);
	gathering_free(g);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct gathering *g = arg;
	struct web_request *request = g->request;

	(void)fd, (void)what;
	g->request = NULL;
	reply(g->metrics, request, NULL, g->begun_us);
}

static void gather(struct metrics *m, struct web_request *request)
{
	static const struct timeval wait = { SWITCH_WAIT_S, 0 };
	struct gathering *g = link_is_ready(m->with.link) ? calloc(1, sizeof *g) : NULL;

	if (!g) {
		reply(m, request, NULL, clock_mono_us());
		return;
	}
	g->metrics = m;
	g->request = request;
	g->begun_us = clock_mono_us();
	TAILQ_INSERT_TAIL(&m->waiting, g, link);
	g->deadline = evtimer_new(m->with.base, on_deadline, g);
	if (!g->deadline || event_add(g->deadline, &wait) ||
	    link_call(m->with.link, "switch.metrics", NULL, on_said, g)) {
		gathering_free(g);
		reply(m, request, NULL, clock_mono_us());
	}
}

/* ---- who may ask ---- */

static const struct conf_account *account_of(const struct web_request *request, void *arg)
{
	const struct metrics *m = arg;
	const char *key = web_header(request, "X-API-Key");

	return auth_account(m->with.conf, key ? key : auth_bearer(web_header(request, "Authorization")));
}

static void on_get(struct web_request *request, const struct route_match *match, void *arg)
{
	struct metrics *m = arg;

	if (!match->route->open && match->account != &m->with.conf->accounts[0])
		web_reply_problem(
		    request, 403, NULL,
		    "These are the figures of all accounts: they are for the keys of the first one.");
	else
		gather(m, request);
}

static void refuse(struct web_request *request, enum route_refusal why, const char *allowed, void *arg)
{
	if (why == ROUTE_NO_KEY)
		web_reply_problem(request, 401, NULL,
				  "An API key is needed, in X-API-Key or as a bearer token.");
	else
		route_refuse(request, why, allowed, arg);
}

static void fill(struct route_table *out, const struct route *route, struct metrics *m)
{
	static const char *const roots[] = { "metrics", NULL };

	*out = (struct route_table){
		.routes = route, .count = 1, .roots = roots, .account = account_of, .refuse = refuse, .arg = m
	};
}

int metrics_alloc(struct metrics **out, const struct metrics_setup *setup)
{
	static const struct route with_key = { "GET", "metrics", on_get, false, NULL };
	static const struct route open = { "GET", "metrics", on_get, true, NULL };
	struct metrics *m = calloc(1, sizeof *m);

	if (!m)
		return ENOMEM;
	m->with = *setup;
	TAILQ_INIT(&m->waiting);
	fill(&m->table, &with_key, m);
	fill(&m->open_table, &open, m);
	m->open_table.account = NULL;
	*out = m;
	return 0;
}

void metrics_free(struct metrics *m)
{
	struct gathering *g;

	if (!m)
		return;
	while ((g = TAILQ_FIRST(&m->waiting)) != NULL) {
		if (g->request)
			web_request_abandon(g->request);
		gathering_free(g);
	}
	free(m);
}

int metrics_serve(const struct metrics *m, struct router *with_key, struct router *open)
{
	int err = router_add(with_key, &m->table);

	return err ? err : router_add(open, &m->open_table);
}
