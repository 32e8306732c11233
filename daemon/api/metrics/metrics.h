/* metrics: GET /metrics: what both daemons count, in Prometheus' text format (doc/metrics.md has the list).
 *
 * The switch is asked by switch.metrics for each request; when it is not there, or does not answer within two
 * seconds, its metrics are missing and offhook_switch_up is 0. On the listeners of the API the request needs
 * an API key of the first account, in X-API-Key or as a bearer token; on those of metrics-listen it needs
 * none.
 *
 * Threads: the event base's. Shutdown: metrics_free() after link_free(), before the web server's. */
#ifndef OFFHOOK_API_METRICS_H
#define OFFHOOK_API_METRICS_H

#include "daemon/api/http/router.h"

struct event_base;
struct fetcher;
struct hooks;
struct keeper;
struct key_ring;
struct link;
struct metrics;
struct publishers;
struct scripts;
struct sockets;
struct store;

/* All of it outlives the metrics, but for the link. */
struct metrics_setup {
	struct event_base *base;
	const struct conf *conf;
	struct web_server *web;
	struct link *link;
	struct store *store;
	struct hooks *hooks;
	struct fetcher *fetcher;
	struct scripts *scripts;
	struct sockets *sockets;
	struct keeper *keeper;
	const struct publishers *publishers;
	const struct key_ring *ring; /* what recordings are encrypted with */
};

int metrics_alloc(struct metrics **out, const struct metrics_setup *setup)
    __attribute__((warn_unused_result));
/* Requests that wait for the switch are dropped. NULL is allowed. */
void metrics_free(struct metrics *metrics);

/* Adds GET /metrics to two routers, with a key and without; they do not outlive the metrics. Returns 0 or
 * ENOSPC. */
int metrics_serve(const struct metrics *metrics, struct router *with_key, struct router *open)
    __attribute__((warn_unused_result));

#endif
