/* media: the sound of recordings over HTTP, with Range and ETag. */
#ifndef OFFHOOK_API_MEDIA_GET_H
#define OFFHOOK_API_MEDIA_GET_H

#include "daemon/api/http/router.h"

/* GET /v1/voice/recordings/{id}/media: a route_h, `arg` are the struct dialect_parts. By a key, or a signed
 * link. */
void media_get(struct web_request *request, const struct route_match *match, void *arg);

#endif
