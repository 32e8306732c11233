/* control/server: the control socket of the switch, as doc/control-protocol.md says: JSON-RPC 2.0, one object
 * a line.
 *
 * The server knows nothing of calls. It reads requests, finds the method in the table that it was given, and
 * hands the request to the handler, which answers it exactly once: at once, or later, when the phone has
 * rung. A request outlives its client: whoever answers one whose client has gone need not know, the answer
 * goes nowhere.
 *
 * A peer (one connection) is named by a number that is never used again, so that others may remember one
 * without holding it.
 *
 * Threads: the thread of the event base alone. The process must ignore SIGPIPE.
 * Shutdown: control_server_free() ends every connection with connection.closed and calls nobody. Requests
 * that are still open are to be answered all the same (before or after), and the answers go nowhere. */
#ifndef OFFHOOK_CONTROL_SERVER_H
#define OFFHOOK_CONTROL_SERVER_H

#include "lib/control_frame.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct control_server;
struct control_request;
struct control_tls;
struct json_get;
struct sockaddr_storage;

/* Called for a request. The handler owns `request` and ends it with control_reply() or one of its sisters,
 * now or later. `params` is an object, or NULL when there is none, and stays until the answer. `arg` is
 * control_server_alloc()'s. */
typedef void control_method_h(struct control_request *request, const json_t *params, void *arg);

struct control_method {
	const char *name; /* "call.get" */
	control_method_h *handler;
};

struct control_limits {
	unsigned max_clients;
	size_t max_backlog; /* bytes that may wait for a client before it is cut off */
};

/* Listens at the Unix socket `path`, mode 0660; a socket that nobody listens at any more is replaced.
 * `methods` (of `count`) is not copied. Returns 0, EADDRINUSE (somebody listens there), ENAMETOOLONG (the
 * path), EEXIST (there is something that is no socket), EACCES …, or ENOMEM. */
int control_server_alloc(struct control_server **out, struct event_base *base, const char *path,
			 const struct control_limits *limits, const struct control_method *methods,
			 size_t count, void *arg) __attribute__((warn_unused_result));

/* Listens for other machines as well, at `to` (of `size` bytes), by TLS: who has no certificate that `tls`
 * (borrowed, for as long as the server is there) believes gets nothing. Up to CONTROL_DOORS_MAX times.
 * Returns 0, EADDRINUSE, EADDRNOTAVAIL …, ENOSPC or ENOMEM. */
enum { CONTROL_DOORS_MAX = 16 };
int control_server_listen(struct control_server *server, const struct control_tls *tls,
			  const struct sockaddr_storage *to, unsigned size)
    __attribute__((warn_unused_result));

/* Changes the limits, after a reload. No connection is ended by it at once. */
void control_server_set_limits(struct control_server *server, const struct control_limits *limits);

/* Ends all connections and removes the socket. NULL is allowed. */
void control_server_free(struct control_server *server);

struct control_server_stats {
	unsigned peers;		    /* connected now */
	uint64_t accepted, refused; /* refused: at max-clients */
	uint64_t requests, errors;  /* errors: answers that were one */
	uint64_t cut_off;	    /* did not read */
	uint64_t distrusted;	    /* by TLS: who they were could not be told, or they did not say in time */
};
void control_server_stats(const struct control_server *server, struct control_server_stats *out);

/* Answers: each ends the request. `result` and `data` are stolen; a NULL result is an empty object, `data`
 * may be NULL. */
void control_reply(struct control_request *request, json_t *result);
void control_reply_error(struct control_request *request, int code, const char *message, json_t *data);
void control_reply_errorf(struct control_request *request, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Error -32602 with `g`'s text, and its field in data. */
void control_reply_invalid(struct control_request *request, const struct json_get *g);

/* The connection that the request came on; it may have gone. */
uint64_t control_request_peer(const struct control_request *request);
const char *control_request_method(const struct control_request *request);

/* Whether that connection is still there. */
bool control_server_has_peer(const struct control_server *server, uint64_t peer);

/* A line that goes to many: written once, shared by all. Reference-counted, main thread only. */
struct control_line;
/* `message` is borrowed. Returns NULL without memory. */
struct control_line *control_line_alloc(const json_t *message);
struct control_line *control_line_from_text(const char *text, size_t length); /* with its newline */
struct control_line *control_line_from_parts(const char *head, size_t head_length, const char *tail,
					     size_t tail_length);
struct control_line *control_line_hold(struct control_line *line);
void control_line_drop(struct control_line *line);
const char *control_line_text(const struct control_line *line); /* with its newline */
size_t control_line_length(const struct control_line *line);

/* What keeps control_server_alloc() with that result from listening at `path`, and what to do about it: one
 * sentence. */
void control_server_explain(const char *path, int err, char *out, size_t size);

/* Puts the line into the queue of a peer. Returns 0, ENOENT (no such peer), ENOBUFS (it was over its backlog
 * and has been cut off) or ENOMEM. */
int control_server_send(struct control_server *server, uint64_t peer, struct control_line *line)
    __attribute__((warn_unused_result));
/* Bytes that wait for a peer; 0 when there is none. */
size_t control_server_backlog(const struct control_server *server, uint64_t peer);
/* Ends a connection; the last it hears is connection.closed with the reason. */
void control_server_close_peer(struct control_server *server, uint64_t peer, const char *reason);

/* For whoever sends to peers: what it sent to `peer` is mostly read (fewer than 64 KiB wait), and: `peer` has
 * gone. */
typedef void control_peer_h(uint64_t peer, void *arg);
void control_server_watch(struct control_server *server, control_peer_h *drained, control_peer_h *gone,
			  void *arg);

#endif
