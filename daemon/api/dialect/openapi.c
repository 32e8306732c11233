#include "daemon/api/dialect/openapi.h"

void openapi_reply(struct web_request *request, const struct dialect_parts *parts, const char *document,
		   const char *path)
{
	json_t *json = json_loads(document, 0, NULL);

	if (!json) {
		web_reply_problem(request, 503, NULL, "Out of memory.");
		return;
	}
	json_object_set_new(
	    json, "servers",
	    json_pack("[{s:o}]", "url", json_sprintf("%s%s", parts->desk->conf->api.public_url, path)));
	web_reply_json(request, 200, json);
}
