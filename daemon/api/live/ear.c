#include "daemon/api/live/ear.h"

#include "daemon/api/http/live_reply.h"
#include "daemon/api/live/wav_head.h"
#include "daemon/api/ws/ws_conn.h"

#include <errno.h>
#include <event2/buffer.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	FRAMES_PER_S = 50,
	SAMPLE_BYTES = 2,
	CODE_OVER = 1000,
	CODE_LEAVING = 1001,
	SEND_BUFFER = 32 * 1024, /* of the kernel: what waits there is late */
};

/* One of the two stands. */
struct ear {
	struct live_reply *body;
	struct ws_conn *socket;
	size_t frame_bytes;
	struct ear_handlers handlers;
};

static unsigned channels_of(const struct ear_format *format)
{
	return strcmp(format->track, "both") ? 1 : 2;
}

/* ---- WAV ---- */

static int begin_body(struct ear *ear, struct web_request *request, const struct ear_format *format)
{
	const struct live_reply_handlers handlers = { ear->handlers.drained, ear->handlers.closed,
						      ear->handlers.arg };
	struct evbuffer *head = evbuffer_new();
	int err = head ? wav_head_endless(head, channels_of(format), format->rate) : ENOMEM;

	if (!err)
		err = live_reply_begin(&ear->body, request, "audio/wav", &handlers);
	if (!err)
		live_reply_add(ear->body, head);
	if (head)
		evbuffer_free(head);
	return err;
}

/* ---- WebSocket ---- */

static void on_text(const char *text, size_t size, void *arg)
{
	(void)text, (void)size, (void)arg;
}

static void on_drained(void *arg)
{
	const struct ear *ear = arg;

	ear->handlers.drained(ear->handlers.arg);
}

static void on_closed(void *arg)
{
	const struct ear *ear = arg;

	ear->handlers.closed(ear->handlers.arg);
}

static void send_start(struct ear *ear, const struct ear_format *format)
{
	json_t *start = json_pack("{s:s, s:s, s:s, s:i, s:i, s:s}", "type", "start", "call_id", format->call,
				  "track", format->track, "rate", (int)format->rate, "channels",
				  (int)channels_of(format), "format", "audio/l16");
	char *text = start ? json_dumps(start, JSON_COMPACT) : NULL;

	if (text)
		ws_conn_send(ear->socket, text, strlen(text));
	free(text);
	json_decref(start);
}

static int begin_socket(struct ear *ear, struct event_base *base, struct web_request *request,
			const struct ear_format *format)
{
	const struct ws_handlers handlers = { on_text, on_drained, on_closed, ear };
	int err;

	(void)setsockopt(request->fd, SOL_SOCKET, SO_SNDBUF, &(const int){ SEND_BUFFER }, sizeof(int));
	err = ws_conn_alloc(&ear->socket, base, request, &handlers);
	if (err)
		return EPROTO; /* that it has no memory it has said, too */
	send_start(ear, format);
	return 0;
}

/* ---- both ---- */

int ear_begin(struct ear **out, struct event_base *base, struct web_request *request,
	      const struct ear_format *format, const struct ear_handlers *handlers)
{
	struct ear *ear = calloc(1, sizeof *ear);
	int err;

	if (!ear)
		return ENOMEM;
	ear->handlers = *handlers;
	ear->frame_bytes = (size_t)format->rate / FRAMES_PER_S * SAMPLE_BYTES * channels_of(format);
	err = ws_conn_is_asked(request) ? begin_socket(ear, base, request, format)
					: begin_body(ear, request, format);
	if (err)
		free(ear);
	else
		*out = ear;
	return err;
}

void ear_add(struct ear *ear, struct evbuffer *content)
{
	size_t size = evbuffer_get_length(content);
	const unsigned char *bytes;

	if (ear->body) {
		live_reply_add(ear->body, content);
		return;
	}
	size -= size % ear->frame_bytes;
	bytes = size ? evbuffer_pullup(content, (ev_ssize_t)size) : NULL;
	if (!bytes)
		return;
	for (size_t at = 0; at < size; at += ear->frame_bytes)
		ws_conn_send_binary(ear->socket, bytes + at, ear->frame_bytes);
	evbuffer_drain(content, size);
}

size_t ear_backlog(const struct ear *ear)
{
	return ear->body ? live_reply_backlog(ear->body) : ws_conn_backlog(ear->socket);
}

void ear_end(struct ear *ear)
{
	if (ear->body)
		live_reply_end(ear->body);
	else
		ws_conn_close(ear->socket, CODE_OVER, "nothing more comes");
}

void ear_leave(struct ear *ear)
{
	if (ear->socket)
		ws_conn_close_now(ear->socket, CODE_LEAVING, "the server is stopping");
}

void ear_free(struct ear *ear)
{
	if (!ear)
		return;
	live_reply_free(ear->body);
	ws_conn_free(ear->socket);
	free(ear);
}
