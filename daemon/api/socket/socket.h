/* socket: /v1/voice/socket, the API over WebSocket: every operation as a command, and events as they happen.
 *
 * A command is {"id", "action", "params"} with the name of an operation as in openapi.json ("initiateCall"),
 * path arguments among the params; the reply is {"id", "status", "body"}. Beside the operations there are
 * authenticate {"key"}, subscribe {"after","call_id","conference_id","types"} and unsubscribe. Events come as
 * {"type":"event","cursor","event"}; `cursor` is a place in the order over all calls and conferences of this
 * server: subscribe with it as `after`, on any connection, goes on behind it without loss or duplicates. What
 * is not kept (who talks, phones, trunks) comes without a cursor, to those who ask for its type.
 *
 * Who is behind is sent from the log, as fast as it reads; a subscriber that is not behind and does not read
 * is closed with 4008 when SOCKET_BACKLOG_MAX bytes wait for it. Without a key in the header or in a first
 * command within 10 s the close code is 4401.
 *
 * Threads: the event base's thread. Shutdown: sockets_free() before the web server's. */
#ifndef OFFHOOK_API_SOCKET_H
#define OFFHOOK_API_SOCKET_H

#include "daemon/api/api.h"
#include "daemon/api/http/web.h"

struct sockets;

enum {
	SOCKET_BACKLOG_MAX = 1024 * 1024, /* bytes */
	SOCKETS_MAX = 1000,
	SOCKET_COMMANDS_MAX = 64, /* under way at a time */
};

int sockets_alloc(struct sockets **out, struct api *api) __attribute__((warn_unused_result));
void sockets_free(struct sockets *sockets);

/* GET /v1/voice/socket: a raw_h. */
void socket_get(struct api *api, struct web_request *request, const struct conf_account *account,
		const char *const args[]);

#endif
