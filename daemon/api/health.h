/* health: is the process alive, can it work, and the schema of a call. None needs a key. */
#ifndef OFFHOOK_API_HEALTH_H
#define OFFHOOK_API_HEALTH_H

#include "daemon/api/api.h"
#include "daemon/api/http/web.h"

/* GET /healthz: 200 while the process answers. */
void health_get(struct api *api, struct web_request *request, const struct conf_account *account,
		const char *const args[]);
/* GET /readyz: 200 while the switch is connected, else 503. */
void ready_get(struct api *api, struct web_request *request, const struct conf_account *account,
	       const char *const args[]);
/* GET /schema/call: the JSON Schema that every Call of ours obeys. */
void schema_get(struct api *api, struct web_request *request, const struct conf_account *account,
		const char *const args[]);

#endif
