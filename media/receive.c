#define _GNU_SOURCE /* recvmmsg() */
#include "media/frames.h"
#include "media/packets.h"
#include "media/stream.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LATE_MAX_US = 1000000 };

enum { RECEIVE_BATCH = 4, TIMESTAMP_SIZE = 64 };

struct receive_batch {
	struct mmsghdr messages[RECEIVE_BATCH];
	struct iovec parts[RECEIVE_BATCH];
	union address from[RECEIVE_BATCH];
	uint8_t control[RECEIVE_BATCH][TIMESTAMP_SIZE] __attribute__((aligned(8)));
	uint8_t packets[RECEIVE_BATCH][RTP_PACKET_MAX] __attribute__((aligned(8)));
};

struct receive_batch *receive_batch_new(void)
{
	return calloc(1, sizeof(struct receive_batch));
}

static bool count_opened(struct stream *s, enum secure_verdict verdict)
{
	if (verdict == SECURE_FORGED)
		s->rx.unauthentic++;
	else if (verdict == SECURE_REPLAYED)
		s->rx.replayed++;
	return verdict == SECURE_GOOD;
}

bool receive_open_rtcp(struct stream *s, uint8_t *packet, size_t *size)
{
	return count_opened(s, secure_open_rtcp(s->open, packet, size));
}

/* Before anything else is believed of a packet, also where it came from. */
static bool open_packet(struct stream *s, uint8_t *bytes, size_t *size, const union address *from)
{
	if (*size > RTP_PACKET_MAX) {
		s->rx.malformed++;
		return false;
	}
	if (origin_hopeless(&s->remote.origin, from, s->worker->now_us)) { /* at no cost */
		s->rx.foreign++;
		return false;
	}
	if (s->remote.rtcp_mux && rtp_is_rtcp(bytes, *size))
		return receive_open_rtcp(s, bytes, size);
	return count_opened(s, secure_open_rtp(s->open, bytes, size));
}

static void say_from(struct stream *s, enum media_event_kind kind)
{
	struct worker_event *e = worker_event_new(s->worker, s, kind);
	if (!e)
		return;
	e->event.from = s->remote.origin.at;
	worker_event_send(s->worker, e);
}

static bool is_far_end(struct stream *s, const struct rtp_packet *p, const union address *from)
{
	struct origin *o = &s->remote.origin;
	const struct origin_packet packet = { from, p->ssrc, p->seq, s->open != NULL };
	enum origin_verdict verdict = origin_judge(o, &packet, s->rx.quiet, s->worker->now_us);
	if (verdict == ORIGIN_TAKE_MOVED) {
		s->rx.foreign -= o->dropped; /* they were its own */
		stream_break_headers(s);
		if (s->rx.first_said)
			say_from(s, MEDIA_MOVED);
	}
	return verdict != ORIGIN_DROP;
}

static void take_audio(struct stream *s, const struct rtp_packet *p)
{
	s->rx.quiet = p->kind == RTP_NOISE;
	if (s->remote.settling && --s->remote.settling == 0)
		format_settle(s);
	if (s->path == PATH_RELAY) {
		if (!s->sounded) /* once a second, while somebody speaks */
			s->sounded = relay_sounds(s, p);
		if (s->ear)
			digits_hear_packet(s, p);
		relay_packet(s, p);
	} else if (s->path == PATH_FRAMES) {
		frames_put(s, p);
	}
}

static void start_anew(struct stream *s)
{
	if (s->peer)
		s->peer->relay.synced = false;
	if (s->frames)
		frames_restart(s);
}

static void take(struct stream *s, const struct rtp_packet *p)
{
	enum counters_verdict verdict = counters_take(s, p);
	if (s->headers) {
		if (verdict == COUNTERS_RESTARTED)
			header_log_break(&s->headers->in, s->rx.last_us);
		header_log_put(&s->headers->in, p->bytes, p->size, &s->remote.origin.at, s->worker->now_us);
	}
	s->rx.last_us = s->worker->now_us;
	s->rx.timed_out = false;
	if (!s->rx.first_said) {
		s->rx.first_said = true;
		say_from(s, MEDIA_FIRST_PACKET);
	}
	if (verdict == COUNTERS_DROP)
		return;
	if (verdict == COUNTERS_RESTARTED)
		start_anew(s);
	if (p->kind == RTP_EVENT) {
		digits_take(s, p);
		digits_pass(s, p);
		return;
	}
	if (!counters_jitter(s, p))
		start_anew(s);
	take_audio(s, p);
}

void receive_packet(struct stream *s, uint8_t *bytes, size_t size, const union address *from)
{
	struct rtp_packet p;
	if (s->open && !open_packet(s, bytes, &size, from))
		return;
	bool rtcp = s->remote.rtcp_mux && rtp_is_rtcp(bytes, size);
	if (size > RTP_PACKET_MAX || (!rtcp && !rtp_parse_packet(&p, bytes, size))) {
		s->rx.malformed++;
		return;
	}
	if (!s->remote.codec || s->remote.by_tap) {
		s->rx.foreign++;
		return;
	}
	if (rtcp) {
		if (origin_host(&s->remote.origin, from))
			report_receive(s, bytes, size);
		else
			s->rx.foreign++;
		return;
	}
	if (!s->remote.receive || !format_is_known(s, &p)) {
		s->rx.foreign += !s->remote.receive; /* it was told to send nothing */
		s->rx.malformed += s->remote.receive;
	} else if (!is_far_end(s, &p, from)) {
		s->rx.foreign++;
	} else if (p.pt != s->remote.heard_pt && !format_take(s, &p)) {
		s->rx.malformed++;
	} else {
		take(s, &p);
	}
}

/* When the kernel took the packet, on the monotonic clock; now if it does not say. */
static int64_t arrival(const struct msghdr *m, int64_t now_us, int64_t utc_offset_us)
{
	struct msghdr *header = (struct msghdr *)(uintptr_t)m;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		struct timespec t;
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&t, CMSG_DATA(c), sizeof t);
		int64_t us = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 - utc_offset_us;
		return us > now_us || us < now_us - LATE_MAX_US ? now_us : us;
	}
	return now_us;
}

static int take_batch(struct stream *s, struct receive_batch *b)
{
	for (int i = 0; i < RECEIVE_BATCH; i++) {
		b->parts[i] = (struct iovec){ b->packets[i], RTP_PACKET_MAX };
		b->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &b->from[i],
			.msg_namelen = sizeof b->from[i],
			.msg_iov = &b->parts[i],
			.msg_iovlen = 1,
			.msg_control = b->control[i],
			.msg_controllen = sizeof b->control[i],
		};
	}
	return recvmmsg(s->rtp_fd, b->messages, RECEIVE_BATCH, MSG_TRUNC, NULL);
}

void receive_waiting(struct stream *s)
{
	struct worker *w = s->worker;
	struct receive_batch *b = w->batch;
	const int64_t now_us = w->now_us;
	int n;
	do {
		n = take_batch(s, b);
		for (int i = 0; i < n; i++) {
			w->now_us = arrival(&b->messages[i].msg_hdr, now_us, w->utc_offset_us);
			receive_packet(s, b->packets[i], b->messages[i].msg_len, &b->from[i]);
		}
	} while (n == RECEIVE_BATCH);
	w->now_us = now_us;
}

void receive_rtp(struct stream *s)
{
	struct worker *w = s->worker;
	union address from;
	ssize_t n = packet_receive(s->rtp_fd, w->packet, sizeof w->packet, &from);
	if (n >= 0)
		receive_packet(s, w->packet, (size_t)n, &from);
}
