#include "daemon/api/ws/ws_conn.h"

#include "lib/log.h"
#include "lib/websocket.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PING_S = 30,
	/* Nothing heard for so long, with pings sent: gone. */
	SILENCE_S = 80,
	/* From our close frame to the end. */
	CLOSE_S = 30,
};

struct ws_conn {
	struct web_request *request;
	struct bufferevent *bev;
	wslay_event_context_ptr framing;
	struct ws_handlers handlers;
	struct event *timer, *gone;
	bool receiving; /* inside wslay_event_recv() */
	bool closing;	/* our close frame is on its way */
	bool asked;	/* a ping is unanswered */
	bool held_back; /* nothing is read until what was sent is read */
	bool dead;
};

/* Calls `closed` from the loop. */
static void die(struct ws_conn *conn)
{
	if (conn->dead)
		return;
	conn->dead = true;
	bufferevent_disable(conn->bev, EV_READ | EV_WRITE);
	event_active(conn->gone, 0, 0);
}

static void on_gone(evutil_socket_t fd, short what, void *arg)
{
	struct ws_conn *conn = arg;

	(void)fd, (void)what;
	conn->handlers.closed(conn->handlers.arg);
}

static ssize_t on_recv(wslay_event_context_ptr framing, uint8_t *data, size_t size, int flags, void *arg)
{
	struct ws_conn *conn = arg;

	(void)flags;
	/* Who does not read its replies is not heard. */
	conn->held_back = ws_conn_backlog(conn) > WS_UNREAD_MAX;
	if (!conn->held_back)
		return websocket_on_recv(framing, bufferevent_get_input(conn->bev), data, size);
	wslay_event_set_error(framing, WSLAY_ERR_WOULDBLOCK);
	return -1;
}

static ssize_t on_send(wslay_event_context_ptr framing, const uint8_t *data, size_t size, int flags,
		       void *arg)
{
	struct ws_conn *conn = arg;

	(void)flags;
	return websocket_on_send(framing, bufferevent_get_output(conn->bev), data, size);
}

static void on_message(wslay_event_context_ptr framing, const struct wslay_event_on_msg_recv_arg *message,
		       void *arg)
{
	const struct timeval patience = { .tv_sec = CLOSE_S };
	struct ws_conn *conn = arg;

	(void)framing;
	if (message->opcode == WSLAY_CONNECTION_CLOSE && !conn->closing) {
		/* The answer to it is the last that we send. */
		conn->closing = true;
		event_add(conn->timer, &patience);
	} else if (message->opcode == WSLAY_TEXT_FRAME && !conn->closing)
		conn->handlers.message((const char *)message->msg, message->msg_length, conn->handlers.arg);
	else if (message->opcode == WSLAY_BINARY_FRAME)
		ws_conn_close(conn, WSLAY_CODE_UNSUPPORTED_DATA, "text messages only");
}

/* A close has a code of two bytes or none. */
static void on_frame(wslay_event_context_ptr framing, const struct wslay_event_on_frame_recv_start_arg *frame,
		     void *arg)
{
	(void)framing;
	if (frame->opcode == WSLAY_CONNECTION_CLOSE && frame->payload_length == 1)
		ws_conn_close(arg, WSLAY_CODE_PROTOCOL_ERROR, "broken close frame");
}

/* Moves frames to the socket, and notices the end. */
static void flush(struct ws_conn *conn)
{
	if (conn->dead)
		return;
	if (wslay_event_send(conn->framing))
		die(conn);
	else if (!conn->receiving && !wslay_event_want_read(conn->framing) &&
		 !wslay_event_want_write(conn->framing) &&
		 !evbuffer_get_length(bufferevent_get_output(conn->bev)))
		die(conn);
}

static void on_readable(struct bufferevent *bev, void *arg)
{
	const struct timeval silence = { .tv_sec = PING_S };
	struct ws_conn *conn = arg;
	int err;

	(void)bev;
	conn->asked = false;
	if (!conn->closing)
		event_add(conn->timer, &silence);
	conn->receiving = true;
	err = wslay_event_recv(conn->framing);
	conn->receiving = false;
	if (err) {
		/* A frame that is none. */
		wslay_event_shutdown_read(conn->framing);
		ws_conn_close(conn, WSLAY_CODE_PROTOCOL_ERROR, "broken frame");
	}
	flush(conn);
}

static void on_writable(struct bufferevent *bev, void *arg)
{
	struct ws_conn *conn = arg;

	flush(conn);
	if (conn->held_back && !conn->dead)
		bufferevent_trigger(bev, EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
	if (!conn->dead && !conn->closing)
		conn->handlers.drained(conn->handlers.arg);
}

static void on_end(struct bufferevent *bev, short what, void *arg)
{
	(void)bev, (void)what;
	die(arg);
}

/* Nothing was heard for a while: ask. No answer to that, or to our close frame: the end. */
static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	const struct wslay_event_msg ping = { WSLAY_PING, NULL, 0 };
	const struct timeval rest = { .tv_sec = SILENCE_S - PING_S };
	struct ws_conn *conn = arg;

	(void)fd, (void)what;
	if (conn->closing || conn->asked) {
		die(conn);
		return;
	}
	conn->asked = true;
	event_add(conn->timer, &rest);
	wslay_event_queue_msg(conn->framing, &ping);
	flush(conn);
}

static void send_frame(struct ws_conn *conn, unsigned opcode, const void *bytes, size_t size)
{
	if (conn->dead || conn->closing)
		return;
	if (websocket_add_frame(bufferevent_get_output(conn->bev), opcode, bytes, size, NULL))
		die(conn);
}

void ws_conn_send(struct ws_conn *conn, const char *text, size_t size)
{
	send_frame(conn, WSLAY_TEXT_FRAME, text, size);
}

void ws_conn_send_binary(struct ws_conn *conn, const void *bytes, size_t size)
{
	send_frame(conn, WSLAY_BINARY_FRAME, bytes, size);
}

void ws_conn_close(struct ws_conn *conn, int code, const char *reason)
{
	const struct timeval patience = { .tv_sec = CLOSE_S };

	if (conn->dead || conn->closing)
		return;
	/* A close frame overtakes what is queued, but not what has been sent. */
	flush(conn);
	conn->closing = true;
	event_add(conn->timer, &patience);
	wslay_event_queue_close(conn->framing, (uint16_t)code, (const uint8_t *)reason, strlen(reason));
	flush(conn);
}

/* Returns false when nothing could be written. */
static bool write_now(struct bufferevent *bev, struct evbuffer *output)
{
	int length = (int)evbuffer_get_length(output);
	SSL *ssl = bufferevent_openssl_get_ssl(bev);

	if (!length)
		return true;
	if (!ssl)
		return evbuffer_write(output, bufferevent_getfd(bev)) >= 0;
	return SSL_is_init_finished(ssl) && SSL_write(ssl, evbuffer_pullup(output, -1), length) > 0;
}

void ws_conn_close_now(struct ws_conn *conn, int code, const char *reason)
{
	struct evbuffer *output = bufferevent_get_output(conn->bev);

	ws_conn_close(conn, code, reason);
	/* The loop that would send it does not run any more; a bufferevent holds its output's front for
	 * itself. */
	evbuffer_unfreeze(output, 1);
	if (!write_now(conn->bev, output))
		log_debug("socket.close_failed", NULL, "error=%s", log_quote(strerror(errno)));
}

size_t ws_conn_backlog(const struct ws_conn *conn)
{
	return evbuffer_get_length(bufferevent_get_output(conn->bev));
}

/* The upgrade */

/* Whether `key` is base64 of 16 bytes. */
static bool is_key(const char *key)
{
	return key && strlen(key) == 24 && !strcmp(key + 22, "==") &&
	       strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") == 22;
}

bool ws_conn_is_asked(const struct web_request *request)
{
	return websocket_has_token(web_header(request, "Upgrade"), "websocket");
}

bool ws_conn_check(struct web_request *request)
{
	const char *version = web_header(request, "Sec-WebSocket-Version");

	if (!ws_conn_is_asked(request) ||
	    !websocket_has_token(web_header(request, "Connection"), "upgrade")) {
		web_reply_header(request, "Upgrade", "websocket");
		web_reply_problem(request, 426, "Upgrade", "This path speaks WebSocket (RFC 6455) only.");
	} else if (!version || strcmp(version, "13")) {
		web_reply_header(request, "Sec-WebSocket-Version", "13");
		web_reply_problem(request, 426, "Sec-WebSocket-Version", "Sec-WebSocket-Version must be 13.");
	} else if (!is_key(web_header(request, "Sec-WebSocket-Key"))) {
		web_reply_problem(request, 400, "Sec-WebSocket-Key",
				  "Sec-WebSocket-Key must be base64 of 16 bytes.");
	} else {
		return true;
	}
	return false;
}

static int write_handshake(struct bufferevent *bev, const char *key)
{
	char accept_key[WEBSOCKET_ACCEPT_SIZE];

	websocket_accept(accept_key, key);
	return evbuffer_add_printf(
		   bufferevent_get_output(bev),
		   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		   "Sec-WebSocket-Accept: %s\r\n\r\n",
		   accept_key) < 0
		   ? ENOMEM
		   : 0;
}

static int set_up(struct ws_conn *conn, struct event_base *base)
{
	static const struct wslay_event_callbacks callbacks = { .recv_callback = on_recv,
								.send_callback = on_send,
								.on_frame_recv_start_callback = on_frame,
								.on_msg_recv_callback = on_message };

	conn->timer = evtimer_new(base, on_timer, conn);
	conn->gone = event_new(base, -1, 0, on_gone, conn);
	if (!conn->timer || !conn->gone || wslay_event_context_server_init(&conn->framing, &callbacks, conn))
		return ENOMEM;
	wslay_event_config_set_max_recv_msg_length(conn->framing, WS_MESSAGE_MAX);
	return 0;
}

static void take_over(struct ws_conn *conn)
{
	const struct timeval silence = { .tv_sec = PING_S };

	bufferevent_setcb(conn->bev, on_readable, on_writable, on_end, conn);
	bufferevent_set_timeouts(conn->bev, NULL, NULL);
	bufferevent_setwatermark(conn->bev, EV_READ, 0, WS_MESSAGE_MAX);
	bufferevent_enable(conn->bev, EV_READ | EV_WRITE);
	event_add(conn->timer, &silence);
	/* Frames may have come right behind the request. */
	if (evbuffer_get_length(bufferevent_get_input(conn->bev)))
		bufferevent_trigger(conn->bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
}

int ws_conn_alloc(struct ws_conn **out, struct event_base *base, struct web_request *request,
		  const struct ws_handlers *handlers)
{
	struct ws_conn *conn;
	struct bufferevent *bev;

	if (!ws_conn_check(request))
		return EPROTO;
	conn = calloc(1, sizeof *conn);
	bev = web_request_take(request);
	if (!conn || set_up(conn, base) || write_handshake(bev, web_header(request, "Sec-WebSocket-Key"))) {
		if (conn)
			conn->request = NULL;
		ws_conn_free(conn);
		web_reply_problem(request, 503, NULL, "Out of memory.");
		return ENOMEM;
	}
	conn->request = request;
	conn->bev = bev;
	conn->handlers = *handlers;
	take_over(conn);
	*out = conn;
	return 0;
}

void ws_conn_free(struct ws_conn *conn)
{
	if (!conn)
		return;
	if (conn->timer)
		event_free(conn->timer);
	if (conn->gone)
		event_free(conn->gone);
	if (conn->framing)
		wslay_event_context_free(conn->framing);
	if (conn->bev)
		bufferevent_setcb(conn->bev, NULL, NULL, NULL, NULL);
	if (conn->request)
		web_request_abandon(conn->request);
	free(conn);
}
