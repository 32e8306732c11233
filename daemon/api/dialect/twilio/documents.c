/* The OpenAPI document of this dialect, open to all. */
#include "daemon/api/dialect/dialect.h"
#include "daemon/api/dialect/twilio/routes.h"

/* Made of openapi.json by the makefile. */
static const char document[] =
#include <daemon/api/dialect/twilio/openapi_text.h>
    ;

static void get(struct web_request *request, const struct route_match *match, void *arg)
{
	const struct dialect_parts *parts = arg;
	json_t *json = json_loads(document, 0, NULL);

	(void)match;
	if (!json) {
		web_reply_problem(request, 503, NULL, "Out of memory.");
		return;
	}
	json_object_set_new(
	    json, "servers",
	    json_pack("[{s:o}]", "url", json_sprintf("%s/2010-04-01", parts->desk->conf->api.public_url)));
	web_reply_json(request, 200, json);
}

static const struct route routes[] = {
	{ "GET", "2010-04-01/openapi.json", get, true, NULL },
	{ "GET", "api/laml/2010-04-01/openapi.json", get, true, NULL },
};

const struct ask_routes document_routes = { routes, sizeof routes / sizeof *routes };
