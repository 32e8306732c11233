/* session: /v1/voice/socket, the API over WebSocket: every operation as a command by its name in openapi.json
 * ("initiateCall"), path arguments among the params; and events as webhooks tell them (socket.h). */
#ifndef OFFHOOK_API_TELEFONIE_SESSION_H
#define OFFHOOK_API_TELEFONIE_SESSION_H

#include "daemon/api/http/router.h"

/* GET /v1/voice/socket: a route_h; `arg` are the struct dialect_parts. */
void session_open(struct web_request *request, const struct route_match *match, void *arg);

#endif
