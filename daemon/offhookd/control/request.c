/* control/request: from a line to its handler, and back; see server.h. */
#include "daemon/offhookd/control/peer.h"

#include "lib/json_get.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct control_request {
	struct control_peer *peer; /* a reference */
	json_t *message;	   /* keeps id and params */
	const char *method;
};

/* Sends `message` (stolen, NULL for one that memory did not suffice for) to the peer, if it is still there.
 */
static void send_message(struct control_peer *peer, json_t *message)
{
	int err = message ? 0 : ENOMEM;

	if (peer->server && err == 0 && control_peer_has_room(peer, true))
		err = control_frame_write(bufferevent_get_output(peer->stream), message);
	json_decref(message);
	if (err != 0 && peer->server) {
		log_error("control.reply_failed", NULL, "error=%s", log_quote(strerror(err)));
		/* Its request would wait for ever. */
		control_peer_drop(peer, true);
	}
}

static void refuse(struct control_peer *peer, json_t *id, int code, const char *text)
{
	peer->server->stats.errors++;
	send_message(peer, control_frame_error(id, code, text, NULL));
}

static const struct control_method *find_method(const struct control_server *server, const char *name)
{
	for (size_t i = 0; i < server->method_count; i++) {
		if (strcmp(server->methods[i].name, name) == 0)
			return &server->methods[i];
	}
	return NULL;
}

/* Why the message is no request that we take; NULL when it is one. */
static const char *check_message(const json_t *message, int *code)
{
	const json_t *version = json_object_get(message, "jsonrpc");
	const json_t *id = json_object_get(message, "id");
	const json_t *params = json_object_get(message, "params");

	*code = CONTROL_INVALID_REQUEST;
	if (version && (!json_is_string(version) || strcmp(json_string_value(version), "2.0") != 0))
		return "\"jsonrpc\" must be \"2.0\"";
	if (!json_is_integer(id) && !json_is_string(id))
		return "\"id\" must be a number or a string";
	if (!json_is_string(json_object_get(message, "method")))
		return "\"method\" must be a string";
	*code = CONTROL_INVALID_PARAMS;
	if (params && !json_is_object(params))
		return "\"params\" must be an object";
	return NULL;
}

/* Runs the handler of a request. */
static void dispatch(struct control_peer *peer, json_t *message)
{
	struct control_server *server = peer->server;
	json_t *id = json_object_get(message, "id");
	const struct control_method *method;
	struct control_request *request;
	const char *why;
	int code;

	server->stats.requests++;
	if (!json_is_integer(id) && !json_is_string(id))
		id = NULL;
	why = check_message(message, &code);
	if (why) {
		refuse(peer, json_incref(id), code, why);
		return;
	}
	method = find_method(server, json_string_value(json_object_get(message, "method")));
	if (!method) {
		refuse(peer, json_incref(id), CONTROL_METHOD_NOT_FOUND, "there is no such method");
		return;
	}
	if (peer->open_requests >= CONTROL_REQUESTS_MAX) {
		refuse(peer, json_incref(id), CONTROL_LIMIT, "too many requests of yours are still open");
		return;
	}
	request = malloc(sizeof(*request));
	if (!request) {
		refuse(peer, json_incref(id), CONTROL_UNAVAILABLE, "out of memory");
		return;
	}
	request->peer = ref_hold(peer);
	request->message = json_incref(message);
	request->method = method->name;
	peer->open_requests++;
	method->handler(request, json_object_get(message, "params"), server->arg);
}

void control_peer_read(struct control_peer *peer)
{
	json_t *message = NULL;

	ref_hold(peer);
	/* A handler, or a reply that nobody reads, may end the connection. */
	while (peer->server && !peer->closing) {
		int err = control_frame_read(bufferevent_get_input(peer->stream), &message);

		if (err == EAGAIN)
			break;
		if (err == 0) {
			dispatch(peer, message);
			json_decref(message);
		} else if (err == EBADMSG) {
			refuse(peer, NULL, CONTROL_PARSE_ERROR, "the line is no JSON");
		} else if (err == EPROTO) {
			refuse(peer, NULL, CONTROL_INVALID_REQUEST,
			       "a line must be one object; there are no batches");
		} else {
			control_peer_close(
			    peer, err == EMSGSIZE ? "Your line is longer than 1 MiB." : "Out of memory.",
			    true);
		}
	}
	ref_drop(peer);
}

static json_t *take_id(struct control_request *request)
{
	return json_incref(json_object_get(request->message, "id"));
}

/* Ends the request with the message (stolen). */
static void finish(struct control_request *request, json_t *message)
{
	struct control_peer *peer = request->peer;

	peer->open_requests--;
	send_message(peer, message);
	json_decref(request->message);
	ref_drop(peer);
	free(request);
}

void control_reply(struct control_request *request, json_t *result)
{
	finish(request, control_frame_result(take_id(request), result ? result : json_object()));
}

void control_reply_error(struct control_request *request, int code, const char *message, json_t *data)
{
	if (request->peer->server)
		request->peer->server->stats.errors++;
	finish(request, control_frame_error(take_id(request), code, message, data));
}

void control_reply_errorf(struct control_request *request, int code, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	control_reply_error(request, code, text, NULL);
}

void control_reply_invalid(struct control_request *request, const struct json_get *g)
{
	json_t *data = g->field[0] ? json_pack("{s:s}", "field", g->field) : NULL;

	control_reply_error(request, CONTROL_INVALID_PARAMS, g->error, data);
}

uint64_t control_request_peer(const struct control_request *request)
{
	return request->peer->id;
}

const char *control_request_method(const struct control_request *request)
{
	return request->method;
}
