/* Far ends: what they send, what the way does to it, and what they hear. */
#include "tests/unit/media_support.h"

#include "lib/clock.h"
#include "media/codec.h"
#include "media/rtp.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HELD_UP_US = 100000 };

static unsigned dice(struct far *f, unsigned sides)
{
	f->seed = f->seed * 1103515245u + 12345u;
	return (f->seed >> 16) % sides;
}

static void fly(struct far *f, const void *bytes, size_t size, unsigned delay_us)
{
	for (unsigned i = 0; i < FLYING_MAX; i++) {
		struct flying *p = &f->flying[i];
		if (p->size > 0)
			continue;
		cr_assert_leq(size, sizeof p->bytes);
		p->size = size;
		p->due_us = clock_mono_us() + delay_us;
		memcpy(p->bytes, bytes, size);
		return;
	}
	cr_assert(false, "too many packets under way");
}

static void land(struct far *f)
{
	int64_t now = clock_mono_us();
	for (unsigned i = 0; i < FLYING_MAX; i++) {
		struct flying *p = &f->flying[i];
		if (p->size == 0 || p->due_us > now)
			continue;
		far_send_raw(f, p->bytes, p->size);
		p->size = 0;
	}
}

static void depart(struct far *f, const void *bytes, size_t size)
{
	const struct impairment *i = &f->impairment;
	if (dice(f, 1000) < i->loss_permille)
		return;
	unsigned copies = dice(f, 1000) < i->duplicate_permille ? 2 : 1;
	unsigned late_us = dice(f, 1000) < i->reorder_permille ? f->ptime_ms * 1500 : 0;
	for (; copies > 0; copies--) {
		if (i->jitter_ms || late_us)
			fly(f, bytes, size, late_us + dice(f, i->jitter_ms * 1000 + 1));
		else
			far_send_raw(f, bytes, size);
	}
}

static void send_packet(struct far *f)
{
	int16_t samples[CODEC_MAX_RATE / 1000 * CODEC_MAX_PTIME];
	uint8_t packet[RTP_HEADER + CODEC_MAX_PAYLOAD + SECURE_TRAILER];
	size_t n = f->codec->sample_hz / 1000 * f->ptime_ms;
	tones_read(&f->tone, samples, n);
	size_t size =
	    codec_ops(f->codec)->encode(f->encoder, packet + RTP_HEADER, CODEC_MAX_PAYLOAD, samples, n);
	uint32_t timestamp = f->timestamp;
	f->timestamp += (uint32_t)(n * f->codec->clock_hz / f->codec->sample_hz);
	bool first = f->sent++ == 0 || f->paused;
	f->paused = size == 0 || f->dtx;
	if (f->paused)
		return;
	rtp_write_header(packet, (unsigned)f->pt, first, f->seq++, timestamp, f->ssrc);
	size += RTP_HEADER;
	if (f->seal)
		cr_assert(secure_seal_rtp(f->seal, packet, &size));
	depart(f, packet, size);
}

/* A test that was kept waiting does not send late: it catches up, as a far end's own clock would have gone
 * on. */
void far_step(struct far *f)
{
	int64_t now = clock_mono_us();
	land(f);
	if (!f->sending || f->to.ss_family == AF_UNSPEC) {
		f->next_us = 0;
		return;
	}
	if (f->next_us == 0)
		f->next_us = (double)now;
	f->held_up = f->held_up || (double)now - f->next_us > HELD_UP_US;
	for (; f->next_us <= (double)now;
	     f->next_us += f->ptime_ms * (1000 - f->impairment.drift_ppm / 1000.0))
		send_packet(f);
}

static void hear_digit(struct far *f, const struct rtp_packet *p)
{
	f->events++;
	if (!(p->payload[1] & 0x80))
		return;
	f->event_ends++;
	if (f->digit_count > 0 && p->timestamp == f->digit_timestamp)
		return;
	f->digit_timestamp = p->timestamp;
	f->digit_duration = get16(p->payload + 2);
	f->digits[f->digit_count++ % 63] = "0123456789*#ABCD"[p->payload[0] & 15];
}

static void hear_audio(struct far *f, const struct rtp_packet *p)
{
	size_t room = FAR_SAMPLES - f->heard_count;
	if (room < CODEC_MAX_RATE / 1000 * CODEC_MAX_MS)
		f->heard_count = 0;
	f->heard_count += codec_ops(f->codec)->decode(
	    f->decoder, f->heard + f->heard_count, FAR_SAMPLES - f->heard_count, p->payload, p->payload_size);
}

static bool opened(struct far *f, uint8_t *bytes, size_t *size, bool rtcp)
{
	if (!f->open)
		return true;
	if ((rtcp ? secure_open_rtcp(f->open, bytes, size) : secure_open_rtp(f->open, bytes, size)) ==
	    SECURE_GOOD)
		return true;
	f->forged++;
	return false;
}

static void hear_rtcp(struct far *f, uint8_t *bytes, size_t size)
{
	if (!opened(f, bytes, &size, true))
		return;
	f->rtcp_packets++;
	for (size_t at = 0; at + 4 <= size; at += 4u * (get16(bytes + at + 2) + 1u)) {
		f->rtcp_byes += bytes[at + 1] == 203;
		if (bytes[at + 1] == 200)
			f->last_sr = get32(bytes + at + 10);
	}
}

static void on_read(evutil_socket_t fd, short what, void *arg)
{
	struct far *f = arg;
	uint8_t bytes[RTP_PACKET_MAX];
	struct rtp_packet p;
	ssize_t n;
	(void)what;
	while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0) {
		if (f->rtcp_mux && rtp_is_rtcp(bytes, (size_t)n)) {
			hear_rtcp(f, bytes, (size_t)n);
			continue;
		}
		size_t size = (size_t)n;
		if (!opened(f, bytes, &size, false))
			continue;
		cr_assert(rtp_parse_packet(&p, bytes, size), "the engine sent no RTP");
		if (f->packets > 0) {
			f->seq_gaps += p.seq != (uint16_t)(f->last_seq + 1);
			f->ssrc_changes += p.ssrc != f->last_ssrc;
		}
		f->packets++;
		f->last_seq = p.seq;
		f->last_ssrc = p.ssrc;
		f->last_size = p.payload_size;
		if (p.pt == f->dtmf_pt) {
			hear_digit(f, &p);
			continue;
		}
		f->last_pt = p.pt;
		if (f->last_timestamp && p.timestamp != f->last_timestamp + p.payload_size)
			f->timestamp_gaps++;
		f->last_timestamp = p.timestamp;
		hear_audio(f, &p);
	}
}

static void on_rtcp(evutil_socket_t fd, short what, void *arg)
{
	uint8_t bytes[RTP_PACKET_MAX];
	ssize_t n;
	(void)what;
	while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0)
		hear_rtcp(arg, bytes, (size_t)n);
}

static int bound(uint16_t *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons(*port) };
	socklen_t size = sizeof a;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (bind(fd, (struct sockaddr *)&a, sizeof a)) {
		close(fd);
		return -1;
	}
	getsockname(fd, (struct sockaddr *)&a, &size);
	*port = ntohs(a.sin_port);
	return fd;
}

static const struct media_codec *named(const char *name)
{
	char copy[16];
	snprintf(copy, sizeof copy, "%s", name);
	char *clock = strchr(copy, '/');
	if (clock)
		*clock++ = 0;
	return media_codec_find(copy, clock ? (unsigned)atoi(clock) : 0);
}

struct far *world_far(struct world *w, const char *codec)
{
	cr_assert_lt(w->far_count, (size_t)FAR_MAX);
	struct far *f = &w->fars[w->far_count++];
	f->world = w;
	do { /* a pair of neighbours */
		if (f->fd > 0)
			close(f->fd);
		f->port = 0;
		f->fd = bound(&f->port);
		uint16_t next = (uint16_t)(f->port + 1);
		f->rtcp_fd = bound(&next);
	} while (f->rtcp_fd < 0);
	f->codec = named(codec);
	cr_assert_not_null(f->codec);
	f->pt = media_codec_static_pt(f->codec);
	if (f->pt < 0)
		f->pt = 111;
	const struct codec_ops *ops = codec_ops(f->codec);
	if (ops->encoder_alloc)
		cr_assert_eq(ops->encoder_alloc(&f->encoder, f->codec), 0);
	if (ops->decoder_alloc)
		cr_assert_eq(ops->decoder_alloc(&f->decoder, f->codec), 0);
	f->dtmf_pt = 101;
	f->dtmf_clock_hz = 8000;
	f->ptime_ms = 20;
	f->seq = 65500;
	f->timestamp = 0xfffff000u;
	f->ssrc = 0x1000u + (uint32_t)w->far_count;
	f->heard = calloc(FAR_SAMPLES, sizeof *f->heard);
	f->read_event = event_new(w->base, f->fd, EV_READ | EV_PERSIST, on_read, f);
	event_add(f->read_event, NULL);
	f->rtcp_event = event_new(w->base, f->rtcp_fd, EV_READ | EV_PERSIST, on_rtcp, f);
	event_add(f->rtcp_event, NULL);
	return f;
}

void far_free(struct far *f)
{
	event_free(f->read_event);
	event_free(f->rtcp_event);
	close(f->fd);
	close(f->rtcp_fd);
	free(f->heard);
	secure_free(f->seal);
	secure_free(f->open);
	if (f->encoder)
		codec_ops(f->codec)->encoder_free(f->encoder);
	if (f->decoder)
		codec_ops(f->codec)->decoder_free(f->decoder);
}

static struct sockaddr_storage loopback(unsigned port)
{
	struct sockaddr_storage a = { 0 };
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons((uint16_t)port) };
	memcpy(&a, &in, sizeof in);
	return a;
}

struct media_remote far_remote(const struct far *f)
{
	return (struct media_remote){
		.rtp = loopback(f->port),
		.codec = f->codec,
		.rtcp_mux = f->rtcp_mux,
		.pt = f->pt,
		.dtmf_pt = f->dtmf_pt,
		.dtmf_clock_hz = f->dtmf_clock_hz,
		.ptime_ms = f->ptime_ms,
		.send = true,
		.receive = true,
		.srtp = f->srtp,
	};
}

static void derive(struct media_srtp_key *key, enum media_srtp_suite suite, unsigned seed)
{
	memset(key, 0, sizeof *key);
	for (size_t i = 0; i < media_srtp_key_size(suite); i++)
		key->bytes[i] = (uint8_t)((seed = seed * 1103515245u + 12345u) >> 16);
}

void far_secure(struct far *f, enum media_srtp_suite suite, unsigned seed_of_far, unsigned seed_of_session)
{
	struct media_srtp before = f->srtp;
	f->srtp.suite = suite;
	derive(&f->srtp.receive, suite, seed_of_far);
	derive(&f->srtp.send, suite, seed_of_session);
	if (before.suite != suite || memcmp(&before.receive, &f->srtp.receive, sizeof before.receive) != 0) {
		secure_free(f->seal);
		f->seal = NULL;
		if (suite)
			cr_assert_eq(secure_alloc_sender(&f->seal, suite, &f->srtp.receive, f->ssrc), 0);
	}
	if (before.suite != suite || memcmp(&before.send, &f->srtp.send, sizeof before.send) != 0) {
		secure_free(f->open);
		f->open = NULL;
		if (suite)
			cr_assert_eq(secure_alloc_receiver(&f->open, suite, &f->srtp.send), 0);
	}
}

void far_meets(struct far *f, struct media_session *session)
{
	struct media_remote remote = far_remote(f);
	cr_assert_eq(media_session_set_remote(session, &remote), 0);
	f->to = loopback(media_session_port(session));
	f->rtcp_to = loopback(media_session_port(session) + 1u);
}

void far_tone(struct far *f, unsigned hz, float dbm0)
{
	tones_start_pair(&f->tone, hz, 0, dbm0, f->codec->sample_hz);
	f->sending = true;
}

void far_silent(struct far *f)
{
	f->sending = false;
}

void far_send_raw(struct far *f, const void *bytes, size_t size)
{
	sendto(f->fd, bytes, size, 0, (struct sockaddr *)&f->to, sizeof(struct sockaddr_in));
}

void far_send_event(struct far *f, unsigned event, unsigned duration, bool end, uint32_t timestamp,
		    bool marker)
{
	uint8_t packet[RTP_HEADER + 4];
	rtp_write_header(packet, (unsigned)f->dtmf_pt, marker, f->seq++, timestamp, f->ssrc);
	packet[12] = (uint8_t)event;
	packet[13] = end ? 0x8a : 0x0a;
	put16(packet + 14, duration);
	far_send_raw(f, packet, sizeof packet);
}

void far_forget(struct far *f)
{
	f->heard_count = 0;
	f->packets = f->seq_gaps = f->ssrc_changes = f->timestamp_gaps = f->events = f->event_ends = 0;
	f->last_timestamp = 0;
}

double level(const int16_t *samples, size_t count, double hz, unsigned rate)
{
	double k = 2 * cos(2 * M_PI * hz / rate), s1 = 0, s2 = 0;
	for (size_t i = 0; i < count; i++) {
		double s = samples[i] + k * s1 - s2;
		s2 = s1;
		s1 = s;
	}
	double power = s1 * s1 + s2 * s2 - k * s1 * s2;
	double amplitude = count ? 2 * sqrt(power > 0 ? power : 0) / (double)count : 0;
	return 20 * log10(amplitude / 32767 + 1e-9);
}

static int by_level(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

double level_of_most(const int16_t *samples, size_t count, double hz, unsigned rate)
{
	double levels[64];
	size_t piece = rate / 10, n = 0;
	for (size_t at = 0; at + piece <= count && n < 64; at += piece)
		levels[n++] = level(samples + at, piece, hz, rate);
	qsort(levels, n, sizeof levels[0], by_level);
	return n ? levels[n / 2] : -200;
}

double far_level(const struct far *f, double hz, unsigned ms)
{
	size_t n = f->codec->sample_hz / 1000 * ms;
	if (f->heard_count < n)
		return -200;
	return level(f->heard + f->heard_count - n, n, hz, f->codec->sample_hz);
}

struct hearing {
	struct far *far;
	double hz, dbfs, tolerance;
};

static bool hears(struct world *w, void *arg)
{
	const struct hearing *h = arg;
	(void)w;
	return fabs(far_level(h->far, h->hz, 200) - h->dbfs) < h->tolerance;
}

bool far_hears(struct far *f, double hz, double dbfs)
{
	return far_hears_about(f, hz, dbfs, 1.5);
}

bool far_hears_about(struct far *f, double hz, double dbfs, double tolerance)
{
	struct hearing h = { f, hz, dbfs, tolerance };
	return world_wait(f->world, hears, &h);
}

static bool hears_nothing(struct world *w, void *arg)
{
	const struct far *f = arg;
	size_t n = f->codec->sample_hz / 5;
	(void)w;
	if (f->heard_count < n)
		return false;
	for (size_t i = f->heard_count - n; i < f->heard_count; i++)
		if (abs(f->heard[i]) > 32)
			return false;
	return true;
}

bool far_hears_nothing(struct far *f)
{
	return world_wait(f->world, hears_nothing, f);
}
