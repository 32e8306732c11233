/* control_world: what tests of the control socket share: a folder, an event loop, clients with plain sockets.
 */
#ifndef OFFHOOK_TESTS_CONTROL_WORLD_H
#define OFFHOOK_TESTS_CONTROL_WORLD_H

#include "daemon/offhookd/control/server.h"

struct world {
	struct event_base *base;
	struct control_server *server;
	struct control_limits limits; /* 3 clients, 256 KiB */
	char folder[32], path[64], journal[64];
	struct {
		char *text; /* received and not yet taken, by descriptor */
		size_t length;
	} input[64];
};

void world_open(struct world *w);
/* Frees the server too, if there is one, and removes the folder. */
void world_close(struct world *w);

/* Turns the loop once without waiting long. */
void world_turn(struct world *w);

int world_connect(struct world *w);
void world_send(int fd, const char *text);
/* Sends more than the socket takes, turning the loop meanwhile. */
void world_send_in_turns(struct world *w, int fd, const char *text);
/* Turns the loop until a line is there. NULL when the connection is closed. Fails after a generous deadline.
 */
json_t *world_receive(struct world *w, int fd);
/* Reads to the end, which must be connection.closed with this reason. */
void world_expect_closed(struct world *w, int fd, const char *reason);

#endif
