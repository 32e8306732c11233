/* Which way a stream's packets go, and what changes it: bridges and the far end. */
#include "media/frames.h"
#include "media/player.h"
#include "media/recorder.h"
#include "media/room.h"
#include "media/stream.h"
#include "media/tap.h"

#include <stdlib.h>
#include <string.h>

enum { HOLD_TICKS = 4, PAYLOAD_MAX = 1400 };

/* Nobody listens in, nothing is said to it but what the peer says. */
static bool undisturbed(const struct stream *s)
{
	return s->remote.codec && !s->player && !s->recorder && !s->taps && !detect_listens(s) &&
	       !s->activity && !s->beep && !s->echo && !s->mute_in && !s->mute_out && !digits_sending(s);
}

static bool relayable(const struct stream *a)
{
	const struct stream *b = a->peer;
	return b && undisturbed(a) && undisturbed(b) && a->remote.heard == b->remote.codec &&
	       b->remote.heard == a->remote.codec && a->remote.settling + b->remote.settling == 0 &&
	       a->remote.ptime_ms == b->remote.ptime_ms && digits_come(a) == (b->remote.dtmf_pt >= 0) &&
	       digits_come(b) == (a->remote.dtmf_pt >= 0) &&
	       (a->remote.dtmf_pt < 0 || a->remote.dtmf_clock_hz == b->remote.dtmf_clock_hz);
}

/* What still waits in the jitter buffer goes to the peer at once, so that nothing is lost. */
static void drain_to_peer(struct stream *s)
{
	uint8_t *bytes = s->worker->out_packet;
	struct jbuf_packet p;
	while (s->frames->jbuf && jbuf_flush(s->frames->jbuf, &p)) {
		if (p.size > CODEC_MAX_PAYLOAD)
			continue;
		rtp_write_header(bytes, p.pt, p.marker, p.seq, p.timestamp, s->rx.ssrc);
		memcpy(bytes + RTP_HEADER, p.payload, p.size);
		struct rtp_packet packet;
		if (!rtp_parse_packet(&packet, bytes, RTP_HEADER + p.size))
			continue;
		packet.kind = p.noise ? RTP_NOISE : RTP_AUDIO;
		if (p.noise || format_codec(s, p.pt) == s->remote.heard)
			relay_packet(s, &packet);
	}
}

/* What the frames were made for is not what the far end speaks now. */
static bool outdated(const struct stream *s)
{
	const struct frames *f = s->frames;
	const struct stream_remote *r = &s->remote;
	if (!f)
		return false;
	if (f->codec != r->codec || f->heard_codec != r->heard)
		return true;
	return r->codec && f->packet != f->rate / 1000 * r->ptime_ms;
}

/* Another codec that needs nothing of its own. */
static void retune(struct stream *s)
{
	struct frames *f = s->frames;
	if (!f || !format_plain(f->codec, s->remote.codec) || !format_plain(f->heard_codec, s->remote.heard))
		return;
	f->codec = s->remote.codec;
	f->heard_codec = s->remote.heard;
}

static void go(struct stream *s, enum stream_path path)
{
	retune(s);
	bool rebuild = outdated(s);
	if (path == s->path && !rebuild)
		return;
	enum stream_path before = s->path;
	if (path == PATH_RELAY && s->peer) /* before anything is drained into it */
		s->peer->relay.synced = false;
	if (before == PATH_FRAMES) {
		if (path == PATH_RELAY)
			drain_to_peer(s);
		frames_leave(s);
	}
	s->path = path;
	if (path != PATH_FRAMES)
		return;
	if (before == PATH_RELAY)
		s->hold_ticks = HOLD_TICKS;
	if (frames_enter(s))
		s->path = PATH_IDLE; /* out of memory: silent, tried again at the next change */
}

static enum stream_path wanted(const struct stream *s)
{
	if (!s->member && relayable(s))
		return PATH_RELAY;
	return s->remote.codec || s->recorder ? PATH_FRAMES : PATH_IDLE;
}

static void forget_beep(struct stream *s)
{
	if (s->beep && s->beep_over) {
		free(s->beep);
		s->beep = NULL;
		s->beep_over = false;
	}
}

void stream_choose_path(struct stream *s)
{
	if (s->path_stale)
		TAILQ_REMOVE(&s->worker->stale, s, stale_link);
	s->path_stale = false;
	forget_beep(s);
	digits_settle_ear(s);
	if (s->peer) {
		forget_beep(s->peer);
		go(s->peer, wanted(s->peer));
	}
	go(s, wanted(s));
	frames_prepare(s);
	if (s->peer)
		frames_prepare(s->peer);
	if (s->member)
		room_settle(s->member->room);
}

void stream_choose_path_later(struct stream *s)
{
	if (!s->path_stale)
		TAILQ_INSERT_TAIL(&s->worker->stale, s, stale_link);
	s->path_stale = true;
}

void stream_unbridge(struct stream *s)
{
	struct stream *peer = s->peer;
	if (!peer)
		return;
	digits_let_go(s);
	digits_let_go(peer);
	s->peer = peer->peer = NULL;
	stream_choose_path_later(s);
	stream_choose_path_later(peer);
}

void stream_bridge(struct stream *a, struct stream *b)
{
	if (a->peer == b || a == b)
		return;
	room_leave(a);
	room_leave(b);
	stream_unbridge(a);
	stream_unbridge(b);
	a->echo = b->echo = false;
	a->peer = b;
	b->peer = a;
	a->relay.synced = b->relay.synced = false; /* on the relay it may have been until now, with another */
	stream_choose_path_later(a);
}

/* Opus has frames of 10, 20, 40 and 60 ms; the others have any, L16 as long as a packet is not too long for a
 * network. */
static unsigned ptime_for(const struct media_codec *codec, unsigned ms)
{
	if (ms < 10)
		return FRAME_MS;
	if (ms > CODEC_MAX_PTIME)
		ms = CODEC_MAX_PTIME;
	if (codec->ops == &codec_l16_ops && codec->sample_hz / 1000 * 2 * ms > PAYLOAD_MAX)
		ms = PAYLOAD_MAX / (codec->sample_hz / 1000 * 2) / 10 * 10;
	if (codec->clock_hz != CODEC_MAX_RATE)
		return ms;
	return ms < 20 ? 10 : ms < 40 ? 20 : ms < 60 ? 40 : 60;
}

static bool is_nowhere(const union address *a)
{
	return a->any.sa_family == AF_INET ? a->in.sin_addr.s_addr == INADDR_ANY
					   : IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr);
}

/* A session that was offered in both families is in that of whom it talks to. */
static void choose_family(struct stream *s, const union address *rtp)
{
	if (address_known(rtp) && rtp->any.sa_family == s->spare.family && !is_nowhere(rtp))
		worker_swap_sockets(s->worker, s);
}

static void take_far_end(struct stream *s, const struct media_remote *r)
{
	const union address before = s->remote.origin.at;
	union address rtp;
	address_take(&rtp, &r->rtp);
	address_take(&s->remote.sdp_rtcp, &r->rtcp);
	choose_family(s, &rtp);
	origin_describe(&s->remote.origin, &rtp, &r->signal, s->worker->now_us);
	if (!address_equal(&before, &s->remote.origin.at))
		stream_break_headers(s);
}

void stream_set_remote(struct stream *s, const struct media_remote *r)
{
	take_far_end(s, r);
	bool expecting = s->remote.codec && s->remote.receive && s->remote.send;
	if (s->remote.heard && s->remote.heard->clock_hz != r->codec->clock_hz)
		s->rx.ptime_sum = s->rx.ptime_count = 0; /* counted by the other clock */
	s->remote.rtcp_mux = r->rtcp_mux;
	s->remote.srtp = r->srtp.suite;
	s->remote.send = r->send;
	s->remote.receive = r->receive;
	s->remote.by_tap = r->by_tap;
	s->remote.xr = (uint8_t)(r->xr & MEDIA_XR_ALL);
	format_describe(s, r);
	s->remote.codec = r->codec;
	s->remote.pt = (uint8_t)(r->pt & 0x7f);
	s->remote.dtmf_pt = r->dtmf_pt;
	s->remote.digits_elsewhere = r->digits_elsewhere;
	s->remote.dtmf_clock_hz = r->dtmf_clock_hz ? r->dtmf_clock_hz : 8000;
	s->remote.ptime_ms = ptime_for(r->codec, r->ptime_ms);
	if (!expecting) {
		s->rx.last_us = s->worker->now_us;
		s->rx.timed_out = false;
	}
	stream_choose_path_later(s);
}

void stream_close(struct stream *s)
{
	room_leave(s);
	stream_unbridge(s);
	digits_drop_ear(s);
	if (s->player)
		player_finish(s, MEDIA_END_STOPPED);
	while (s->recorder)
		recorder_finish(s, s->recorder, MEDIA_END_COMPLETED);
	tap_end_all(s);
	detect_drop(s);
	activity_drop(s);
	report_bye(s);
	worker_remove(s->worker, s);
	if (s->frames)
		frames_leave(s);
	s->path = PATH_IDLE;
	free(s->beep);
	s->beep = NULL;
}
