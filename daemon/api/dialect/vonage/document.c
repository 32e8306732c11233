#include "daemon/api/dialect/vonage/document.h"

#include "daemon/api/dialect/dialect.h"

/* Made of openapi.json by the makefile. */
static const char document[] =
#include <daemon/api/dialect/vonage/openapi_text.h>
    ;

void vonage_document_get(struct web_request *request, const struct route_match *match, void *arg)
{
	const struct dialect_parts *parts = arg;
	json_t *json = json_loads(document, 0, NULL);

	(void)match;
	if (json)
		json_object_set_new(json, "servers",
				    json_pack("[{s:s}]", "url", parts->desk->conf->api.public_url));
	if (json)
		web_reply_json(request, 200, json);
	else
		web_reply_problem(request, 503, NULL, "Out of memory.");
}
