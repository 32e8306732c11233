/* RTCP that we send (RFC 3550 section 6): sender and receiver reports with our CNAME, extended reports, BYE;
 * and what happens once a second. */
#include "media/frames.h"
#include "media/rtcp_check.h"
#include "media/stream.h"

#include "lib/clock.h"
#include "lib/random.h"

#include <string.h>

enum {
	SDES_CNAME = 1,
	BLOCK_SIZE = 24,
	REPORT_MAX = 88 + REPORT_XR_MAX,
	INTERVAL_MIN_US =
	    2500000, /* five seconds on average, between half and one and a half of it: section 6.2 */
	INTERVAL_SPREAD_US = 5000000,
	SECOND_US = 1000000,
};

uint64_t report_ntp_now(const struct worker *w)
{
	uint64_t us = (uint64_t)(clock_mono_us() + w->utc_offset_us);
	uint64_t seconds = us / SECOND_US + UINT64_C(2208988800);
	return seconds << 32 | (us % SECOND_US << 32) / SECOND_US;
}

static size_t write_block(struct stream *s, uint8_t *b)
{
	struct stream_rx *rx = &s->rx;
	uint64_t expected = counters_expected(rx), now_expected = expected - rx->report_expected;
	uint64_t now_unique = rx->unique - rx->report_unique;
	uint64_t now_lost = now_expected > now_unique ? now_expected - now_unique : 0;
	uint64_t lost = counters_lost(rx);
	rx->report_expected = expected;
	rx->report_unique = rx->unique;
	put32(b, rx->ssrc);
	put32(b + 4, (uint32_t)(lost > 0x7fffff ? 0x7fffff : lost));
	b[4] = (uint8_t)(now_expected ? now_lost * 255 / now_expected : 0);
	put32(b + 8, rx->highest);
	put32(b + 12, rx->jitter16 >> 4);
	put32(b + 16, s->report.last_sr);
	uint64_t since = s->report.last_sr ? (uint64_t)(s->worker->now_us - s->report.last_sr_us) : 0;
	put32(b + 20, (uint32_t)(since * 65536 / SECOND_US));
	return BLOCK_SIZE;
}

static void write_head(uint8_t *p, unsigned count, unsigned type, size_t size)
{
	p[0] = (uint8_t)(0x80 | count);
	p[1] = (uint8_t)type;
	put16(p + 2, (uint32_t)(size / 4 - 1));
}

/* A sender report if we sent since long ago, else a receiver report. */
static size_t write_report(struct stream *s, uint8_t *p)
{
	bool sender = s->tx.packets > 0;
	size_t at = sender ? 28 : 8;
	put32(p + 4, s->tx.ssrc);
	if (sender) {
		uint64_t ntp = report_ntp_now(s->worker);
		unsigned per_ms = s->remote.codec->clock_hz / 1000;
		uint64_t since_us = (uint64_t)(s->worker->now_us - s->tx.last_us);
		put32(p + 8, (uint32_t)(ntp >> 32));
		put32(p + 12, (uint32_t)ntp);
		put32(p + 16, s->tx.last_timestamp + (uint32_t)(since_us * per_ms / 1000));
		put32(p + 20, (uint32_t)s->tx.packets);
		put32(p + 24, (uint32_t)(s->tx.bytes - s->tx.packets * RTP_HEADER));
	}
	if (s->rx.started)
		at += write_block(s, p + at);
	write_head(p, s->rx.started, sender ? RTCP_TYPE_SR : RTCP_TYPE_RR, at);
	return at;
}

static size_t write_cname(const struct stream *s, uint8_t *p)
{
	size_t n = strlen(s->report.cname), size = (4 + 4 + 2 + n + 1 + 3) / 4 * 4;
	memset(p, 0, size);
	put32(p + 4, s->tx.ssrc);
	p[8] = SDES_CNAME;
	p[9] = (uint8_t)n;
	memcpy(p + 10, s->report.cname, n);
	write_head(p, 1, RTCP_TYPE_SDES, size);
	return size;
}

static void send_report(struct stream *s, const uint8_t *p, size_t size)
{
	const struct origin *origin = &s->remote.origin;
	union address to = origin->at;
	int fd = s->remote.rtcp_mux ? s->rtp_fd : s->rtcp_fd;
	if (!s->remote.rtcp_mux && address_known(&s->remote.sdp_rtcp) &&
	    address_equal(&origin->at, &origin->said))
		to = s->remote.sdp_rtcp;
	else if (!s->remote.rtcp_mux)
		*address_port(&to) = htons((uint16_t)(ntohs(*address_port(&to)) + 1));
	send_rtcp(s, fd, p, size, &to);
	s->report.sent = true;
}

static void report_now(struct stream *s, bool bye)
{
	uint8_t p[REPORT_MAX];
	if (!s->remote.codec || !address_known(&s->remote.origin.at) || (!s->tx.packets && !s->rx.started))
		return;
	size_t n = write_report(s, p);
	n += write_cname(s, p + n);
	if (report_xr_wanted(s))
		n += report_xr_write(s, p + n);
	if (bye) {
		put32(p + n + 4, s->tx.ssrc);
		write_head(p + n, 1, RTCP_TYPE_BYE, 8);
		n += 8;
	}
	send_report(s, p, n);
}

/* How long nothing at all may come [s], 0: for ever. Nothing is expected of a far end that holds, or is held,
 * or has said that it will be silent. */
static unsigned patience(const struct stream *s)
{
	bool expected = s->remote.receive && s->remote.send && !s->rx.quiet;
	return expected ? s->timeout_s : s->quiet_timeout_s;
}

/* RTCP is life, too: a far end that is muted, or sends nothing while nobody speaks, need not say so. */
static void check_silence(struct stream *s)
{
	struct stream_rx *rx = &s->rx;
	unsigned limit_s = patience(s);
	int64_t last_us = rx->last_us > s->report.arrived_us ? rx->last_us : s->report.arrived_us;
	bool silent = s->worker->now_us - last_us >= (int64_t)limit_s * SECOND_US;
	if (!s->remote.codec || s->remote.by_tap || limit_s == 0)
		return;
	if (!silent || rx->timed_out) {
		rx->timed_out = silent;
		return;
	}
	rx->timed_out = true;
	struct worker_event *e = worker_event_new(s->worker, s, MEDIA_TIMEOUT);
	if (e)
		worker_event_send(s->worker, e);
}

static void watch_buffer(struct stream *s)
{
	struct stream_rx *rx = &s->rx;
	if (!s->frames || !s->frames->jbuf || !s->frames->flowing)
		return;
	uint32_t ms = jbuf_delay_ms(s->frames->jbuf);
	if (rx->buffer_count == 0 || ms < rx->buffer_min_ms)
		rx->buffer_min_ms = ms;
	if (ms > rx->buffer_max_ms)
		rx->buffer_max_ms = ms;
	rx->buffer_sum_ms += ms;
	rx->buffer_count++;
}

void report_second(struct stream *s)
{
	check_silence(s);
	if (!s->remote.codec)
		return;
	watch_buffer(s);
	quality_second(s);
	if (report_xr_wanted(s))
		report_xr_second(s);
	int64_t now = s->worker->now_us;
	if (s->report.next_us == 0) {
		s->report.next_us = now + random_u32() % INTERVAL_MIN_US;
		return;
	}
	if (now < s->report.next_us)
		return;
	s->report.next_us = now + INTERVAL_MIN_US + random_u32() % INTERVAL_SPREAD_US;
	report_now(s, false);
}

void report_bye(struct stream *s)
{
	if (s->report.sent)
		report_now(s, true);
}
