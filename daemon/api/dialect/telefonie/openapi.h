/* openapi: our own OpenAPI 3 document (openapi.json in this folder), with this server's address in it. */
#ifndef OFFHOOK_API_OPENAPI_H
#define OFFHOOK_API_OPENAPI_H

#include "daemon/api/api.h"
#include "daemon/api/http/web.h"

/* GET /v1/voice/openapi.json: a raw_h; needs no key. */
void openapi_get(struct api *api, struct web_request *request, const struct conf_account *account,
		 const char *const args[]);

#endif
