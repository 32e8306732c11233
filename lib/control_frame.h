/* control_frame: JSON-RPC 2.0 on a stream, one object a line, as spoken on the control socket
 * (doc/control-protocol.md).
 *
 * Pure functions over evbuffers: the server (daemon/offhookd/control) and the client (control_client) both
 * use them. */
#ifndef OFFHOOK_LIB_CONTROL_FRAME_H
#define OFFHOOK_LIB_CONTROL_FRAME_H

#include <jansson.h>
#include <stddef.h>

struct evbuffer;

/* Longest lines [bytes]: a longer one is an error, and ends the connection. A reply or an event may be longer
 * than a request: a snapshot tells of every phone. */
enum { CONTROL_LINE_MAX = 1 << 20, CONTROL_REPLY_MAX = 64 << 20 };

/* JSON-RPC error codes, and ours. */
enum {
	CONTROL_PARSE_ERROR = -32700,
	CONTROL_INVALID_REQUEST = -32600,
	CONTROL_METHOD_NOT_FOUND = -32601,
	CONTROL_INVALID_PARAMS = -32602,
	CONTROL_INTERNAL_ERROR = -32603,
	CONTROL_PAYMENT = 402,	   /* a spend limit is reached */
	CONTROL_NOT_FOUND = 404,   /* no such call, user, trunk … */
	CONTROL_CONFLICT = 409,	   /* the call's state does not allow it, or somebody else has claimed it */
	CONTROL_UNROUTABLE = 422,  /* no route, user or number takes it */
	CONTROL_LIMIT = 429,	   /* a limit of conf is reached */
	CONTROL_UNSUPPORTED = 501, /* known, and not possible here */
	CONTROL_UNAVAILABLE = 503, /* draining, or without a resource */
};

/* Takes the next complete line from `in`. Returns 0 and a new reference in *out; EAGAIN when there is no
 * whole line yet; EBADMSG for a line that is no JSON and EPROTO for JSON that is no object, a batch for one
 * (the line is consumed); EMSGSIZE for a line over CONTROL_LINE_MAX (nothing is consumed: end the
 * connection). */
int control_frame_read(struct evbuffer *in, json_t **out) __attribute__((warn_unused_result));

/* The same for what the switch says: up to CONTROL_REPLY_MAX, and without looking for names that an object
 * has twice, which its writer never makes. *line (may be NULL) is the line itself, to be freed. */
int control_frame_read_reply(struct evbuffer *in, json_t **out, char **line)
    __attribute__((warn_unused_result));

/* Appends `message` and a newline to `out`. Returns 0 or ENOMEM. */
int control_frame_write(struct evbuffer *out, const json_t *message) __attribute__((warn_unused_result));

/* New messages; `params`, `result`, `data` and `id` are stolen (even on failure), NULL is allowed for params
 * and data. Each returns NULL only without memory. */
json_t *control_frame_request(json_int_t id, const char *method, json_t *params);
json_t *control_frame_notification(const char *method, json_t *params);
json_t *control_frame_result(json_t *id, json_t *result);
json_t *control_frame_error(json_t *id, int code, const char *message, json_t *data);

#endif
