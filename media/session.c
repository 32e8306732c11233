/* Sessions as the main thread sees them: each call becomes an order that the session's worker carries out. */
#include "media/engine.h"
#include "media/order.h"
#include "media/quality.h"
#include "media/room.h"
#include "media/secure.h"
#include "media/stream.h"
#include "media/tap.h"

#include "lib/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- life ---- */

void session_settled(struct media_session *session)
{
	struct media_engine *engine = session->engine;
	if (--session->pending > 0)
		return;
	struct media_event event = {
		.kind = MEDIA_CLOSED,
		.seconds = session->history.seconds,
		.second_count = session->history.count,
		.second_length_s = session->history.each,
		.headers = session->headers,
		.stats = &session->last_order->stats.stats,
	};
	TAILQ_REMOVE(&engine->sessions, session, link);
	engine->session_count--;
	engine_say(engine, session, NULL, &event);
	free(session->history.seconds);
	free(session->headers);
	free(session->id);
	free(session->last_order);
	explicit_bzero(&session->srtp, sizeof session->srtp);
	free(session);
}

static void attach(struct stream *stream, struct order *order)
{
	(void)order;
	worker_add(stream->worker, stream);
}

static void end_headers(struct stream *stream)
{
	struct media_headers *h = stream->headers;
	if (!h)
		return;
	stream_break_headers(stream);
	h->in_hz = stream->remote.heard ? stream->remote.heard->clock_hz : 0;
	h->out_hz = stream->remote.codec ? stream->remote.codec->clock_hz : 0;
	h->utc_offset_us = stream->worker->utc_offset_us;
	h->end_us = stream->worker->now_us;
}

static void carry_out_close(struct stream *stream, struct order *order)
{
	end_headers(stream);
	quality_end(stream);
	stream_close(stream);
	counters_stats(stream, &order->stats.stats);
}

static struct stream *stream_new(struct media_session *session, const struct media_session_params *params)
{
	struct stream *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->session = session;
	s->worker = session->worker;
	s->timeout_s = params->timeout_s;
	s->quiet_timeout_s = params->quiet_timeout_s;
	s->headers = params->headers ? headers_new() : NULL; /* it is a call without them, too */
	s->remote.dtmf_pt = -1;
	s->tx.ssrc = random_u32();
	s->tx.seq = random_u32() & 0x7fff; /* RFC 3711 section 3.3.1: the first ones may get lost */
	s->tx.timestamp = random_u32();
	s->tx.marker = true;
	random_hex(s->report.cname, 8);
	return s;
}

static void set_worker(struct media_session *session, struct worker *worker)
{
	struct media_engine *engine = session->engine;
	if (session->worker)
		engine->load[session->worker - engine->workers]--;
	session->worker = worker;
	if (worker)
		engine->load[worker - engine->workers]++;
}

static int bind_sockets(struct media_session *session, int family, uint16_t wanted)
{
	struct stream *s = session->stream;
	struct stream_sockets first;
	int err = ports_bind(&session->engine->ports, family, wanted, &session->port_index, &session->port,
			     &first, &s->spare);
	if (!err) {
		s->family = first.family;
		s->rtp_fd = first.rtp_fd;
		s->rtcp_fd = first.rtcp_fd;
	}
	return err;
}

int media_session_alloc(struct media_session **out, struct media_engine *engine,
			const struct media_session_params *params)
{
	struct media_session *session = calloc(1, sizeof *session);
	struct order *order = NULL;
	int err = ENOMEM;
	if (!session)
		return ENOMEM;
	session->engine = engine;
	session->arg = params->arg;
	session->id = strdup(params->id);
	set_worker(session, engine_idlest(engine));
	session->stream = stream_new(session, params);
	if (session->id && session->stream) {
		order = order_new(session, attach);
		session->last_order = order_new(session, carry_out_close);
	}
	if (order && session->last_order)
		err = bind_sockets(session, params->family, params->port);
	if (err) {
		set_worker(session, NULL);
		free(order);
		free(session->last_order);
		if (session->stream)
			free(session->stream->headers);
		free(session->stream);
		free(session->id);
		free(session);
		return err;
	}
	session->pending = 1;
	TAILQ_INSERT_TAIL(&engine->sessions, session, link);
	engine->session_count++;
	order_post(order);
	*out = session;
	return 0;
}

uint16_t media_session_port(const struct media_session *session)
{
	return session->port;
}

static void set_local(struct media_session *session)
{
	const struct ports *ports = &session->engine->ports;
	union address *local = &session->headers->local;
	*local = ports->addresses[session->stream->family != ports->addresses[0].any.sa_family];
	*address_port(local) = htons(session->port);
}

static void closed(struct order *order)
{
	struct media_session *session = order->session;
	close(session->stream->rtp_fd);
	close(session->stream->rtcp_fd);
	ports_close(&session->stream->spare);
	ports_release(&session->engine->ports, session->port_index);
	set_worker(session, NULL);
	session->history = session->stream->quality; /* with what it points to */
	session->headers = session->stream->headers;
	if (session->headers)
		set_local(session);
	secure_free(session->stream->seal);
	secure_free(session->stream->open);
	free(session->stream);
	session->stream = NULL;
	tap_forget_all(session);
	session_settled(session);
}

void media_session_close(struct media_session *session)
{
	struct order *order = session->last_order;
	conference_forget(session);
	session->closing = true;
	order->carried_out = closed;
	order->kept = true;
	order_post(order);
}

/* ---- bridging ---- */

static void carry_out_bridge(struct stream *stream, struct order *order)
{
	stream_bridge(stream, order->peer);
}

static void carry_out_unbridge(struct stream *stream, struct order *order)
{
	(void)order;
	stream_unbridge(stream);
}

static void carry_out_parting(struct stream *stream, struct order *order)
{
	(void)order;
	room_leave(stream);
	stream_unbridge(stream);
}

int session_bring_to(struct media_session *session, struct worker *worker)
{
	if (session->worker == worker)
		return 0;
	struct worker_move *move = malloc(sizeof *move);
	struct order *order = order_new(session, carry_out_parting);
	if (!move || !order) {
		free(move);
		free(order);
		return ENOMEM;
	}
	struct worker *from = session->worker;
	order_post(order);
	worker_move(move, session->stream, from, worker);
	set_worker(session, worker);
	return 0;
}

int media_session_bridge(struct media_session *a, struct media_session *b)
{
	if (a == b)
		return EINVAL;
	struct order *order = order_new(a, carry_out_bridge);
	int err = order ? session_bring_to(b, a->worker) : ENOMEM;
	if (err) {
		free(order);
		return err;
	}
	conference_forget(a);
	conference_forget(b);
	order->peer = b->stream;
	order_post(order);
	return 0;
}

void session_post(struct media_session *session, void (*carry_out)(struct stream *, struct order *), bool on,
		  bool second)
{
	struct order *order = order_new(session, carry_out);
	if (!order)
		return;
	order->flags.on = on;
	order->flags.second = second;
	order_post(order);
}

void media_session_unbridge(struct media_session *session)
{
	session_post(session, carry_out_unbridge, false, false);
}

static void carry_out_echo(struct stream *stream, struct order *order)
{
	stream->echo = order->flags.on;
	stream_choose_path(stream);
}

void media_session_echo(struct media_session *session, bool on)
{
	session_post(session, carry_out_echo, on, false);
}

static void carry_out_mute(struct stream *stream, struct order *order)
{
	stream->mute_in = order->flags.on;
	stream->mute_out = order->flags.second;
	stream_choose_path(stream);
}

void media_session_mute(struct media_session *session, bool mute_in, bool mute_out)
{
	session_post(session, carry_out_mute, mute_in, mute_out);
}

/* ---- digits, statistics ---- */

static void carry_out_digits(struct stream *stream, struct order *order)
{
	(void)digits_queue(stream, order->digits.keys, order->digits.duration_ms);
	stream_choose_path(stream);
}

int media_session_send_digits(struct media_session *session, const char *digits, unsigned duration_ms)
{
	size_t n = strlen(digits);
	if (n == 0 || n > DIGITS_QUEUE || strspn(digits, "0123456789*#ABCDwW") != n)
		return EINVAL;
	struct order *order = order_new(session, carry_out_digits);
	if (!order)
		return ENOMEM;
	memcpy(order->digits.keys, digits, n + 1);
	order->digits.duration_ms = duration_ms;
	order_post(order);
	return 0;
}

static void carry_out_stats(struct stream *stream, struct order *order)
{
	counters_stats(stream, &order->stats.stats);
}

static void have_stats(struct order *order)
{
	order->stats.handler(&order->stats.stats, order->stats.arg);
}

int media_session_get_stats(struct media_session *session, media_stats_h *handler, void *arg)
{
	struct order *order = order_new(session, carry_out_stats);
	if (!order)
		return ENOMEM;
	order->carried_out = have_stats;
	order->stats.handler = handler;
	order->stats.arg = arg;
	order_post(order);
	return 0;
}
