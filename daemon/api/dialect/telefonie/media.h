/* media: the sound of recordings over HTTP, with Range and ETag. */
#ifndef OFFHOOK_API_MEDIA_GET_H
#define OFFHOOK_API_MEDIA_GET_H

#include "daemon/api/api.h"
#include "daemon/api/http/web.h"

/* GET /v1/voice/recordings/{id}/media; args[0] is the id. */
void media_get(struct api *api, struct web_request *request, const struct conf_account *account,
	       const char *const args[]);

#endif
