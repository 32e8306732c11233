#include "daemon/api/health.h"

#include "daemon/api/switch/link.h"

static void health_get(struct web_request *request, const struct route_match *match, void *arg)
{
	(void)match, (void)arg;
	web_reply_json(request, 200, json_pack("{s:s}", "status", "ok"));
}

static void ready_get(struct web_request *request, const struct route_match *match, void *arg)
{
	(void)match;
	if (link_is_ready(arg)) {
		web_reply_json(request, 200, json_pack("{s:s}", "status", "ready"));
		return;
	}
	web_reply_header(request, "Retry-After", "2");
	web_reply_problem(request, 503, NULL, "%s", link_trouble(arg));
}

void health_table(struct route_table *table, struct link *link)
{
	static const struct route routes[] = { { "GET", "healthz", health_get, true, NULL },
					       { "GET", "readyz", ready_get, true, NULL } };
	static const char *const roots[] = { "healthz", "readyz", NULL };

	*table = (struct route_table){ .routes = routes,
				       .count = sizeof routes / sizeof *routes,
				       .roots = roots,
				       .refuse = route_refuse,
				       .arg = link };
}
