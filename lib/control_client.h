/* control_client: one connection to a switch's control socket, or by TLS to one of another machine
 * (control_tls.h), for offhook-api, offhookctl and tests.
 *
 * Runs in the event base it is given, in that thread alone. It connects, and after a loss connects again with
 * a growing pause (100 ms to 5 s) until it is freed; requests under way at a loss are answered with an error,
 * none is sent twice. The process must ignore SIGPIPE. It is safe to call any of these functions from its
 * handlers, control_client_free() too. */
#ifndef OFFHOOK_LIB_CONTROL_CLIENT_H
#define OFFHOOK_LIB_CONTROL_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

struct event_base;
struct control_client;

/* The connection is up (true) or lost (false). Not called by control_client_free(). */
typedef void control_client_link_h(bool up, void *arg);

/* An event: `method` as in doc/control-protocol.md, `params` and `text` (the same as it was written, NULL
 * where there is none) borrowed. */
typedef void control_client_event_h(const char *method, const json_t *params, const char *text, void *arg);

/* The reply to a request: exactly one of `result` and `error` is non-NULL, both borrowed. `error` is the
 * JSON-RPC error object: {"code":404,"message":"…","data":{…}}. A lost connection gives code 503. */
typedef void control_client_reply_h(const json_t *result, const json_t *error, void *arg);

struct control_client_handlers {
	control_client_link_h *link;   /* may be NULL */
	control_client_event_h *event; /* may be NULL */
	void *arg;
};

struct control_tls;

/* Where a switch is: at the Unix socket `path`; or (NULL) at host, a numeric address, and port, by TLS with a
 * certificate of `name`. `tls` is borrowed for as long as the client is there. A far end that has not
 * answered within connect_ms is tried anew. */
struct control_place {
	const char *path, *host, *name;
	unsigned port, connect_ms;
	const struct control_tls *tls;
};

/* Starts connecting there (copied). Returns 0, EINVAL (a path too long, no address) or ENOMEM. */
int control_client_alloc_at(struct control_client **out, struct event_base *base,
			    const struct control_place *place, const struct control_client_handlers *handlers)
    __attribute__((warn_unused_result));

/* Gives up a connection, as if it had been lost: it is made anew. */
void control_client_hang_up(struct control_client *client);

/* Starts connecting to the Unix socket at `path` (copied). Returns 0, EINVAL (path too long) or ENOMEM. */
int control_client_alloc(struct control_client **out, struct event_base *base, const char *path,
			 const struct control_client_handlers *handlers) __attribute__((warn_unused_result));

/* Sends a request. `params` is stolen, NULL for none. `reply` (may be NULL) is called exactly once, later,
 * unless the client is freed first. Without a connection it is answered with code 503. Returns 0 or ENOMEM
 * (then no reply comes). */
int control_client_call(struct control_client *client, const char *method, json_t *params,
			control_client_reply_h *reply, void *arg);

bool control_client_is_up(const struct control_client *client);

/* Ends the connection; no handler is called any more. NULL is allowed. */
void control_client_free(struct control_client *client);

#endif
