#include "daemon/api/dialect/telefonie/openapi.h"

#include <string.h>

/* Made of openapi.json by the makefile. */
static const char document[] =
#include "daemon/api/dialect/telefonie/openapi_text.h"
    ;

void openapi_get(struct api *api, struct web_request *request, const struct conf_account *account,
		 const char *const args[])
{
	json_t *json = json_loads(document, 0, NULL);

	(void)account, (void)args;
	if (!json) {
		web_reply_problem(request, 503, NULL, "Out of memory.");
		return;
	}
	json_object_set_new(
	    json, "servers",
	    json_pack("[{s:o}]", "url", json_sprintf("%s/v1/voice", api->conf->api.public_url)));
	web_reply_json(request, 200, json);
}
