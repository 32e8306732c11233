/* router: from a web request to the operation that it asks for: path and method, key, body.
 *
 * Threads: the event base's thread. */
#ifndef OFFHOOK_API_ROUTER_H
#define OFFHOOK_API_ROUTER_H

#include "daemon/api/http/web.h"

/* The web_request_h of the API; `arg` is the struct api. */
void router_handle(struct web_request *request, void *arg);

#endif
