/* The OpenAPI document of this dialect, open to all. */
#include "daemon/api/dialect/openapi.h"
#include "daemon/api/dialect/twilio/routes.h"

/* Made of openapi.json by the makefile. */
static const char document[] =
#include <daemon/api/dialect/twilio/openapi_text.h>
    ;

static void get(struct web_request *request, const struct route_match *match, void *arg)
{
	(void)match;
	openapi_reply(request, arg, document, "/2010-04-01");
}

static const struct route routes[] = {
	{ "GET", "2010-04-01/openapi.json", get, true, NULL },
	{ "GET", "api/laml/2010-04-01/openapi.json", get, true, NULL },
};

const struct ask_routes document_routes = { routes, sizeof routes / sizeof *routes };
