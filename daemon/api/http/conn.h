/* conn: what is known of each connection of the web server, found by its descriptor.
 *
 * evhttp of libevent 2.1 tells nobody when a connection ends. So connections are known by their descriptor
 * and the kernel's cookie of the socket, nothing of libevent is held but a buffer of our own, and what is
 * left of one that has gone is cleared when its descriptor is used again, or by conns_sweep().
 *
 * There is one set of them in a process: a callback of a buffer has one argument, and that is its connection.
 * Threads: the event base's thread. */
#ifndef OFFHOOK_API_CONN_H
#define OFFHOOK_API_CONN_H

#include "daemon/api/http/framing.h"

#include <stdbool.h>
#include <stdint.h>

struct evbuffer;

enum { CONN_TARGET_SIZE = 48 };

struct conn {
	uint64_t cookie;     /* of the socket that this is about; 0: none */
	bool plain;	     /* no TLS */
	int64_t since_us;    /* first byte of a request that is not complete; 0: none */
	int64_t idle_us;     /* when it was first seen, or its last request was answered */
	const void *request; /* that is being worked on, or NULL */

	struct framing framing;
	struct evbuffer *held;	       /* came, but evhttp does not see it yet; NULL: nothing */
	unsigned passed, begun;	       /* heads of requests that evhttp got, and that it made requests of */
	unsigned refused;	       /* the request with this number is answered with ... */
	int status;		       /* ... this and ... */
	const char *why;	       /* ... that sentence, static; NULL: none is */
	char target[CONN_TARGET_SIZE]; /* where it was to go, as far as it is kept, or "" */
};

/* `body_max` as for framing_init(). */
void conns_start(uint64_t body_max);
void conns_stop(void);

/* The connection of the socket that `fd` is now; NULL when it is no socket, or without memory. Valid until
 * the next conn_of(). */
struct conn *conn_of(int fd);
/* The one that was last known by that descriptor, which may have gone; NULL: none. */
struct conn *conn_last(int fd);
/* Calls `each` for those that are there, and clears what is left of the others that held something. */
void conns_sweep(void (*each)(int fd, struct conn *conn));

#endif
