#include "daemon/offhookd/stream/peer_line.h"

#include "daemon/offhookd/stream/handshake.h"
#include "daemon/offhookd/stream/peer_dial.h"
#include "lib/clock.h"
#include "lib/random.h"
#include "lib/websocket.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	OPEN_S = 10, /* from the start to the upgrade */
	PING_S = 20,
	FINISH_S = 2,
	DRAIN_S = 5,
	LINE_MAX_SIZE = 65536, /* of a text on a plain socket */
	UNTAKEN_MAX = 131072,  /* bytes of answers (pongs, marks) and audio that wait to be sent */
};

enum line_state { LINE_OPENING, LINE_UPGRADING, LINE_OPEN, LINE_FINISHING, LINE_GONE };

struct peer_line {
	struct peer *peer;
	enum line_state state;
	struct peer_dial *dial; /* while it connects */
	struct bufferevent *bev;
	struct evbuffer *out; /* what is to be sent, until flush() */
	unsigned held;	      /* line_hold()s: it is sent with the last line_release() */
	bool bare;	      /* a TCP connection without TLS, which may be written to from here */
	struct event *timer;
	wslay_event_context_ptr framing; /* NULL: a plain socket */
	char key[HANDSHAKE_KEY_SIZE];
	bool unanswered; /* a ping */
	bool began;	 /* audio was sent */
	bool last;	 /* of a plain socket: nothing more is sent */
	bool draining;
	int64_t started_us;
};

/* ---- frames ---- */

static ssize_t on_recv(wslay_event_context_ptr framing, uint8_t *data, size_t size, int flags, void *arg)
{
	struct peer_line *line = arg;

	(void)flags;
	return websocket_on_recv(framing, bufferevent_get_input(line->bev), data, size);
}

static ssize_t on_send(wslay_event_context_ptr framing, const uint8_t *data, size_t size, int flags,
		       void *arg)
{
	struct peer_line *line = arg;

	(void)flags;
	return websocket_on_send(framing, line->out, data, size);
}

static int on_mask(wslay_event_context_ptr framing, uint8_t *out, size_t size, void *arg)
{
	(void)framing, (void)arg;
	random_bytes(out, size);
	return 0;
}

static void on_message(wslay_event_context_ptr framing, const struct wslay_event_on_msg_recv_arg *message,
		       void *arg)
{
	struct peer_line *line = arg;

	(void)framing;
	if (line->state != LINE_OPEN)
		return;
	if (message->opcode == WSLAY_TEXT_FRAME || message->opcode == WSLAY_BINARY_FRAME)
		peer_heard_message(line->peer, message->opcode == WSLAY_TEXT_FRAME,
				   message->msg_length ? (const char *)message->msg : "",
				   message->msg_length);
}

/* What the socket takes goes at once: to be told when it takes something costs more than that. */
static void write_now(struct peer_line *line)
{
	struct evbuffer *waits = bufferevent_get_output(line->bev);

	if (line->bare && !evbuffer_get_length(waits))
		(void)evbuffer_write(line->out,
				     bufferevent_getfd(line->bev)); /* the loop finds out why not */
	if (evbuffer_get_length(line->out))
		evbuffer_add_buffer(waits, line->out);
}

static void flush(struct peer_line *line)
{
	if (line->framing && wslay_event_send(line->framing) && line->state == LINE_OPEN)
		peer_end(line->peer, PEER_FULL, 0, "out of memory");
	if (!line->held && line->bev && evbuffer_get_length(line->out))
		write_now(line);
}

void line_hold(struct peer_line *line)
{
	line->held++;
}

void line_release(struct peer_line *line)
{
	if (--line->held == 0)
		flush(line);
}

static void read_frames(struct peer_line *line)
{
	int err = wslay_event_recv(line->framing);

	if (line->state != LINE_OPEN)
		return;
	if (err)
		peer_end(line->peer, PEER_PROTOCOL, 0, "The far end sent what is no WebSocket frame.");
	else if (wslay_event_get_close_received(line->framing))
		peer_end(line->peer, PEER_CLOSED, 0, "The far end closed the stream.");
	else
		flush(line);
}

/* Texts on a plain socket. */
static void read_lines(struct peer_line *line)
{
	struct evbuffer *in = bufferevent_get_input(line->bev);
	size_t size;
	char *text;

	while (line->state == LINE_OPEN && (text = evbuffer_readln(in, &size, EVBUFFER_EOL_LF)) != NULL) {
		peer_heard_message(line->peer, true, text, size);
		free(text);
	}
	if (line->state == LINE_OPEN && evbuffer_get_length(in) > LINE_MAX_SIZE)
		peer_end(line->peer, PEER_PROTOCOL, 0, "A line is too long.");
}

/* ---- the upgrade ---- */

static bool start_framing(struct peer_line *line)
{
	static const struct wslay_event_callbacks callbacks = { .recv_callback = on_recv,
								.send_callback = on_send,
								.genmask_callback = on_mask,
								.on_msg_recv_callback = on_message };

	if (wslay_event_context_client_init(&line->framing, &callbacks, line))
		return false;
	wslay_event_config_set_max_recv_msg_length(line->framing, PEER_MESSAGE_MAX);
	return true;
}

static void set_timer(struct peer_line *line, int seconds)
{
	const struct timeval in = { .tv_sec = seconds };

	event_add(line->timer, &in);
}

static void opened(struct peer_line *line)
{
	line->state = LINE_OPEN;
	line->peer->counts.connect_ms = (unsigned)((clock_mono_us() - line->started_us) / 1000);
	set_timer(line, PING_S);
	peer_opened(line->peer);
}

static void read_answer(struct peer_line *line)
{
	char why[HANDSHAKE_WHY_MAX];
	int status;

	switch (handshake_read(bufferevent_get_input(line->bev), line->key, line->peer->setup.subprotocol,
			       &status, why)) {
	case HANDSHAKE_MORE:
		break;
	case HANDSHAKE_FAILED:
		peer_end(line->peer, PEER_ANSWER, status, why);
		break;
	case HANDSHAKE_DONE:
		if (!start_framing(line))
			peer_end(line->peer, PEER_FULL, 0, "out of memory");
		else
			opened(line);
		break;
	}
}

size_t line_backlog(const struct peer_line *line)
{
	return line->bev
		   ? evbuffer_get_length(line->out) + evbuffer_get_length(bufferevent_get_output(line->bev))
		   : 0;
}

bool line_takes(const struct peer_line *line)
{
	return line_backlog(line) < UNTAKEN_MAX;
}

void line_read(struct peer_line *line, bool on)
{
	if (line->state != LINE_OPEN)
		return;
	if (!on)
		bufferevent_disable(line->bev, EV_READ);
	else if (!(bufferevent_get_enabled(line->bev) & EV_READ))
		bufferevent_enable(line->bev, EV_READ);
}

static void on_readable(struct bufferevent *bev, void *arg)
{
	struct peer_line *line = arg;

	line->unanswered = false;
	line_hold(line);
	if (line->state == LINE_UPGRADING)
		read_answer(line);
	if (line->state == LINE_OPEN && line->framing)
		read_frames(line);
	else if (line->state == LINE_OPEN)
		read_lines(line);
	else if (line->state == LINE_FINISHING)
		evbuffer_drain(bufferevent_get_input(bev), evbuffer_get_length(bufferevent_get_input(bev)));
	line_release(line);
	if (!line_takes(line)) /* it asks for answers, and does not take them */
		line_read(line, false);
}

static void gone(struct peer_line *line)
{
	struct peer *peer = line->peer;

	line->state = LINE_GONE; /* callbacks that were put off may still come: it goes once */
	if (line->bev)
		bufferevent_disable(line->bev, EV_READ | EV_WRITE);
	event_del(line->timer);
	peer->world->gone(peer, peer->world->arg);
}

/* The far end of a plain socket reads its end, when it has what waits. */
static void end_sending(struct peer_line *line)
{
	line->last = true;
	if (!line_backlog(line))
		shutdown(bufferevent_getfd(line->bev), SHUT_WR);
}

static void on_writable(struct bufferevent *bev, void *arg)
{
	struct peer_line *line = arg;

	if (line->state == LINE_FINISHING && !line->framing &&
	    !evbuffer_get_length(bufferevent_get_output(bev)))
		gone(line);
	else if (line->state == LINE_OPEN && line->last)
		end_sending(line);
}

static void on_end(struct bufferevent *bev, short what, void *arg)
{
	struct peer_line *line = arg;
	/* a socket of this machine breaks when its program goes */
	const bool closed = what & BEV_EVENT_EOF || (line->state == LINE_OPEN && !line->framing);

	(void)bev;
	if (line->state == LINE_FINISHING)
		gone(line);
	else if (line->state == LINE_UPGRADING)
		peer_end(line->peer, PEER_ANSWER, 0,
			 "The server closed the connection without an answer to the WebSocket request.");
	else
		peer_end(line->peer, closed ? PEER_CLOSED : PEER_LOST, 0,
			 closed ? "The far end closed the connection."
				: "The connection to the far end broke.");
}

/* Nothing was heard of it for a while. */
static void ping(struct peer_line *line)
{
	const struct wslay_event_msg message = { WSLAY_PING, NULL, 0 };

	if (line->framing && line->unanswered) {
		peer_end(line->peer, PEER_LOST, 0, "The far end does not answer any more.");
		return;
	}
	set_timer(line, PING_S);
	if (!line->framing)
		return;
	line->unanswered = true;
	(void)wslay_event_queue_msg(line->framing, &message);
	flush(line);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct peer_line *line = arg;

	(void)fd, (void)what;
	if (line->state == LINE_OPEN && line->draining)
		peer_end(line->peer, PEER_FINE, 0, NULL);
	else if (line->state == LINE_OPEN)
		ping(line);
	else if (line->state == LINE_FINISHING)
		gone(line);
	else
		peer_end(line->peer, PEER_TIMEOUT, 0,
			 line->state == LINE_UPGRADING
			     ? "The server did not answer the WebSocket request in time."
			     : "The server could not be connected to in time.");
}

/* ---- connecting ---- */

static void on_dialled(struct bufferevent *bev, enum peer_error why, const char *error, void *arg)
{
	struct peer_line *line = arg;
	const struct peer_setup *setup = &line->peer->setup;
	const char *host, *target;

	peer_dial_names(line->dial, &host, &target);
	line->bev = bev;
	if (!bev) {
		peer_end(line->peer, why, 0, error);
		return;
	}
	bufferevent_setcb(bev, on_readable, on_writable, on_end, line);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	if (!host) {
		opened(line);
		return;
	}
	line->bare = bufferevent_getfd(bev) >= 0 && !bufferevent_openssl_get_ssl(bev);
	handshake_key(line->key);
	line->state = LINE_UPGRADING;
	if (handshake_write(bufferevent_get_output(bev), host, target, line->key, setup->subprotocol,
			    (const char *const *)setup->headers))
		peer_end(line->peer, PEER_URL, 0, "The URL or a header has a control character in it.");
}

struct peer_line *line_open(struct peer *peer)
{
	struct peer_line *line = calloc(1, sizeof *line);

	if (!line)
		return NULL;
	line->peer = peer;
	line->started_us = clock_mono_us();
	line->timer = evtimer_new(peer->world->base, on_timer, line);
	line->out = evbuffer_new();
	line->dial =
	    line->timer && line->out ? peer_dial_new(peer->world, &peer->setup, on_dialled, line) : NULL;
	if (!line->dial) {
		line_free(line);
		return NULL;
	}
	set_timer(line, OPEN_S);
	return line;
}

/* A frame of ours is masked (RFC 6455, section 5.3). */
static int add_frame(struct peer_line *line, bool text, const void *bytes, size_t size)
{
	uint8_t mask[WEBSOCKET_MASK_BYTES];

	random_bytes(mask, sizeof mask);
	return websocket_add_frame(line->out, text ? WSLAY_TEXT_FRAME : WSLAY_BINARY_FRAME, bytes, size,
				   mask);
}

static int add_plain(struct peer_line *line, bool text, const void *bytes, size_t size)
{
	if (text && line->began)
		end_sending(line);
	if (line->last)
		return 0;
	line->began = line->began || !text;
	return evbuffer_add(line->out, bytes, size) || (text && evbuffer_add(line->out, "\n", 1)) ? ENOMEM
												  : 0;
}

void line_send(struct peer_line *line, bool text, const void *bytes, size_t size)
{
	int err;

	if (line->state != LINE_OPEN)
		return;
	err = line->framing ? add_frame(line, text, bytes, size) : add_plain(line, text, bytes, size);
	if (err)
		peer_end(line->peer, PEER_FULL, 0, "out of memory");
	else
		flush(line);
}

void line_drain(struct peer_line *line)
{
	line->draining = true;
	if (line->state == LINE_OPEN && !line->framing)
		end_sending(line);
	set_timer(line, DRAIN_S);
}

void line_finish(struct peer_line *line, int code)
{
	bool open = line->state == LINE_OPEN;

	line->state = LINE_FINISHING;
	if (open && line->framing)
		wslay_event_queue_close(line->framing, (uint16_t)code, NULL, 0);
	if (open)
		flush(line);
	/* It is the server that ends the connection (RFC 6455, section 7.1.1): a socket that is closed with
	 * something unread takes our last words with it. From the loop in any case: the peer is still in use
	 * here. */
	set_timer(line, open && (line->framing || line_backlog(line)) ? FINISH_S : 0);
}

void line_free(struct peer_line *line)
{
	if (!line)
		return;
	peer_dial_free(line->dial);
	if (line->framing)
		wslay_event_context_free(line->framing);
	if (line->bev)
		bufferevent_free(line->bev);
	if (line->out)
		evbuffer_free(line->out);
	if (line->timer)
		event_free(line->timer);
	free(line);
}
