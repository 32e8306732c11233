/* connections: TCP and TLS connections that others make to us: how many there may be, and how long each may
 * keep us waiting.
 *
 * sofia-sip takes in whoever connects, and waits for ever. It calls accept() for that, and ours stands before
 * the C library's: what is one too many is closed there, before sofia-sip knows. Later a connection is ended
 * by shutting its socket down, which sofia-sip takes for the far end's doing. A connection is given up
 *  - when its first message (with the handshake before it) is not there in time,
 *  - when it has sent more than keep-alives need, and no whole message in that time,
 *  - when no whole message has come for long.
 *
 * There is one of these in a process. Main thread only. Connections outlive it: they are sofia-sip's. */
#ifndef OFFHOOK_UA_CONNECTIONS_H
#define OFFHOOK_UA_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct event_base;
struct ua_connections;

struct ua_connection_limits {
	size_t max;	      /* at a time */
	size_t max_of_source; /* of one IPv4 address or IPv6 /64; what is beyond is `crowded` */
	unsigned message_ms;  /* for a message */
	unsigned idle_s;      /* without one */
	size_t message_max;   /* bytes of a message; see intake.h */
};

struct ua_connection_stats {
	size_t count;
	uint64_t total, refused, given_up;
};

/* Whether to let a connection in. */
typedef bool ua_connected_h(const struct sockaddr_storage *from, bool crowded, void *arg);

/* Connections have ended since the last time. */
typedef void ua_disconnected_h(void *arg);

/* `handler` NULL: all but the crowded. Returns 0, EBUSY (there is one already) or ENOMEM. */
int ua_connections_alloc(struct ua_connections **out, struct event_base *base,
			 const struct ua_connection_limits *limits, ua_connected_h *handler, void *arg)
    __attribute__((warn_unused_result));
void ua_connections_free(struct ua_connections *connections);
void ua_connections_set_limits(struct ua_connections *connections, const struct ua_connection_limits *limits);

/* Tells `handler` (with `arg` as above), soon after connections have ended. */
void ua_connections_set_disconnected(struct ua_connections *connections, ua_disconnected_h *handler);
/* Whether there is a connection from there that can be written to. */
bool ua_connections_has(struct ua_connections *connections, const struct sockaddr_storage *from);

/* A whole message has come from there, by TCP or TLS. */
void ua_connections_heard(struct ua_connections *connections, const struct sockaddr_storage *from);

/* Gives up the connection from there, for the reason `why`, which goes into the log. False: there is none. */
bool ua_connections_give_up(struct ua_connections *connections, const struct sockaddr_storage *from,
			    const char *why);

void ua_connections_stats(struct ua_connections *connections, struct ua_connection_stats *out);

#endif
