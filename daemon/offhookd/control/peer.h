/* control/peer: one connection of the control socket. Shared by server.c, peer.c and request.c, by nobody
 * else. */
#ifndef OFFHOOK_CONTROL_PEER_H
#define OFFHOOK_CONTROL_PEER_H

#include "daemon/offhookd/control/server.h"

#include <event2/util.h>
#include <sys/queue.h>
#include <sys/types.h>

struct bufferevent;
struct evconnlistener;
struct event;

enum {
	CONTROL_REQUESTS_MAX = 1024, /* open requests of one peer */
	CONTROL_DRAINED = 64 << 10,  /* bytes; as server.h says of control_server_watch() */
	CONTROL_LINGER_S = 5,	     /* how long a closed peer may take to read its last lines */
};

struct control_peer {
	LIST_ENTRY(control_peer) entry;
	struct control_server *server; /* NULL: the connection has gone, requests may still hold this */
	struct bufferevent *stream;    /* NULL with it */
	struct event *linger;	       /* while it is closing */
	uint64_t id;
	unsigned open_requests;
	bool tls;
	bool closing; /* only its last lines are still being sent */
};

/* Where other machines knock. */
struct control_door {
	int fd;
	struct event *readable;
	const struct control_tls *tls;
	struct control_server *server;
};

/* Somebody who is still to show a certificate. */
struct control_guest {
	TAILQ_ENTRY(control_guest) entry;
	struct control_server *server;
	struct bufferevent *stream;
	struct event *limit;
	char address[64];
};

struct control_server {
	struct event_base *base;
	struct evconnlistener *listener;
	struct control_door doors[CONTROL_DOORS_MAX];
	size_t door_count;
	TAILQ_HEAD(control_guest_list, control_guest) guests; /* the oldest first */
	unsigned guest_count;
	struct event *resume; /* accepts again after it ran out of descriptors */
	char *path;
	ino_t inode;
	struct control_limits limits;
	const struct control_method *methods;
	size_t method_count;
	void *arg;
	LIST_HEAD(control_peer_list, control_peer) peers;
	unsigned peer_count; /* closing ones too */
	uint64_t last_peer;
	control_peer_h *drained, *gone;
	void *watch_arg;
	struct control_server_stats stats;
};

/* Takes over the connection `fd`. Returns 0 or ENOMEM, and then `fd` is closed. */
int control_peer_open(struct control_server *server, evutil_socket_t fd) __attribute__((warn_unused_result));

/* The same of a stream that is there. On ENOMEM it is freed. */
int control_peer_open_stream(struct control_server *server, struct bufferevent *stream, bool tls)
    __attribute__((warn_unused_result));

/* door.c: ends what is there of TLS. */
void control_doors_close(struct control_server *server);
/* Listens again, or not for a while. */
void control_doors_enable(struct control_server *server, bool on);

/* Sends connection.closed and closes when it is read, or after a while. Tells the watcher when `tell`. */
void control_peer_close(struct control_peer *peer, const char *reason, bool tell);

/* Closes at once. Tells the watcher when `tell` and it has not been told. */
void control_peer_drop(struct control_peer *peer, bool tell);

/* Whether there is room for one more line; when there is not, the peer is cut off. */
bool control_peer_has_room(struct control_peer *peer, bool tell);

/* Handles all whole lines of the peer's input. The peer may be gone afterwards. */
void control_peer_read(struct control_peer *peer);

#endif
