/* Extended reports of ours (RFC 3611): for a far end that asked for them in its SDP, or sends such itself.
 * Nothing is counted for them packet by packet: once a second is enough. */
#include "media/codec.h"
#include "media/frames.h"
#include "media/rtcp_check.h"
#include "media/stream.h"

#include <math.h>
#include <string.h>

enum { DLRR_SIZE = RTCP_XR_BLOCK_HEAD + RTCP_DLRR_ITEM };
enum { SETTLED = 8 }; /* a packet that so many others have overtaken is taken for lost */
enum { WINDOW = 64, SECOND_US = 1000000, UNKNOWN = 127 };
enum { PLC_ENHANCED = 0x80, BUFFER_ADAPTIVE = 0x30, BUFFER_LONGEST_MS = 300 };

static unsigned blocks_wanted(const struct stream *s)
{
	return s->report.far.xr ? MEDIA_XR_ALL : s->remote.xr;
}

bool report_xr_wanted(const struct stream *s)
{
	return blocks_wanted(s) != 0;
}

/* ---- once a second ---- */

/* Also when the far end's stream has begun anew. */
static void begin(struct stream *s)
{
	const struct stream_rx *rx = &s->rx;
	struct stream_xr *x = &s->report.xr;
	x->started = true;
	x->run = rx->run;
	x->told = 0;
	x->burst.next = rx->first;
	x->begin = rx->first;
}

/* `count` packets are none of the window's any more: of those that are missing, so many as it does not show.
 */
static void tell_unseen(struct stream *s, uint32_t count)
{
	const struct stream_rx *rx = &s->rx;
	struct stream_xr *x = &s->report.xr;
	const uint64_t expected = counters_expected(rx), missing = expected - rx->unique;
	const uint64_t shown = WINDOW - (uint64_t)__builtin_popcountll(rx->window);
	uint64_t lost = expected > rx->unique && missing > x->told + shown ? missing - x->told - shown : 0;
	if (lost > count)
		lost = count;
	burst_received(&x->burst, count - (uint32_t)lost);
	x->told += lost;
	for (; lost > 0; lost--)
		burst_lost(&x->burst);
}

/* Tells what has become of the packets that have settled. */
static void watch_losses(struct stream *s)
{
	const struct stream_rx *rx = &s->rx;
	struct stream_xr *x = &s->report.xr;
	struct burst *b = &x->burst;
	if (rx->highest - b->next >= WINDOW) {
		uint32_t count = rx->highest - b->next - (WINDOW - 1);
		tell_unseen(s, count);
		b->next += count;
	}
	for (; rx->highest - b->next > SETTLED; b->next++) {
		if (rx->window >> (rx->highest - b->next) & 1) {
			burst_received(b, 1);
		} else {
			burst_lost(b);
			x->told++;
		}
	}
}

static void watch_jitter(struct stream *s)
{
	struct stream_xr *x = &s->report.xr;
	uint32_t jitter = s->rx.jitter16 >> 4;
	if (x->jitter_count == 0 || jitter < x->jitter_min)
		x->jitter_min = jitter;
	if (x->jitter_count == 0 || jitter > x->jitter_max)
		x->jitter_max = jitter;
	x->jitter_sum += jitter;
	x->jitter_squares += (uint64_t)jitter * jitter;
	x->jitter_count++;
}

void report_xr_second(struct stream *s)
{
	if (!s->rx.started)
		return;
	if (!s->report.xr.started || s->report.xr.run != s->rx.run)
		begin(s);
	watch_losses(s);
	watch_jitter(s);
}

/* ---- blocks ---- */

static void write_block_head(uint8_t *p, unsigned type, unsigned flags, size_t size)
{
	memset(p, 0, size);
	p[0] = (uint8_t)type;
	p[1] = (uint8_t)flags;
	put16(p + 2, (uint32_t)(size / 4 - 1));
}

static size_t write_reference_time(const struct stream *s, uint8_t *p)
{
	uint64_t ntp = report_ntp_now(s->worker);
	write_block_head(p, RTCP_BLOCK_RRTR, 0, RTCP_RRTR_SIZE);
	put32(p + 4, (uint32_t)(ntp >> 32));
	put32(p + 8, (uint32_t)ntp);
	return RTCP_RRTR_SIZE;
}

static size_t write_delay(const struct stream *s, uint8_t *p)
{
	uint64_t since_us = (uint64_t)(s->worker->now_us - s->report.last_rr_us);
	write_block_head(p, RTCP_BLOCK_DLRR, 0, DLRR_SIZE);
	put32(p + 4, s->report.last_rr_ssrc);
	put32(p + 8, s->report.last_rr);
	put32(p + 12, (uint32_t)(since_us * 65536 / SECOND_US));
	return DLRR_SIZE;
}

static uint32_t since(uint64_t *last, uint64_t now)
{
	uint64_t difference = now > *last ? now - *last : 0;
	*last = now;
	return (uint32_t)difference;
}

/* Of the packets since the last one; the jitter is the estimate of RFC 3550, as it was at each second. */
static size_t write_summary(struct stream *s, uint8_t *p)
{
	struct stream_xr *x = &s->report.xr;
	bool jitter = x->jitter_count > 0;
	write_block_head(p, RTCP_BLOCK_SUMMARY,
			 RTCP_SUMMARY_LOST | RTCP_SUMMARY_DUPLICATE | (jitter ? RTCP_SUMMARY_JITTER : 0),
			 RTCP_SUMMARY_SIZE);
	put32(p + 4, s->rx.ssrc);
	put16(p + 8, x->begin);
	put16(p + 10, s->rx.highest + 1);
	put32(p + 12, since(&x->lost, counters_lost(&s->rx)));
	put32(p + 16, since(&x->duplicate, s->rx.duplicate));
	if (jitter) {
		double mean = (double)x->jitter_sum / x->jitter_count;
		double variance = (double)x->jitter_squares / x->jitter_count - mean * mean;
		put32(p + 20, x->jitter_min);
		put32(p + 24, x->jitter_max);
		put32(p + 28, (uint32_t)mean);
		put32(p + 32, (uint32_t)(variance > 0 ? sqrt(variance) : 0));
	}
	x->begin = s->rx.highest + 1;
	x->jitter_count = 0;
	x->jitter_sum = x->jitter_squares = 0;
	return RTCP_SUMMARY_SIZE;
}

static uint8_t share_of_256(uint64_t part, uint64_t whole)
{
	uint64_t n = whole ? part * 256 / whole : 0;
	return (uint8_t)(n < 255 ? n : 255);
}

static uint16_t fit(uint64_t value)
{
	return (uint16_t)(value < UINT16_MAX ? value : UINT16_MAX);
}

/* How good it sounds, as the E-model has it: without and with the delay. */
static void write_scores(const struct stream *s, uint8_t *p, float loss_percent, float delay_ms)
{
	const struct codec_ops *ops = codec_ops(s->remote.heard);
	p[24] = (uint8_t)quality_r(ops->ie, ops->bpl, loss_percent, delay_ms);
	p[25] = UNKNOWN;
	p[26] = (uint8_t)(10 * quality_mos(ops->ie, ops->bpl, loss_percent, 0));
	p[27] = (uint8_t)(10 * quality_mos(ops->ie, ops->bpl, loss_percent, delay_ms));
}

static size_t write_voip(const struct stream *s, uint8_t *p)
{
	const struct jbuf *jbuf = s->frames ? s->frames->jbuf : NULL;
	const unsigned buffer_ms = jbuf ? jbuf_delay_ms(jbuf) : 0;
	const unsigned rtt_ms = (s->report.rtt_us + 500) / 1000;
	const uint64_t lost = counters_lost(&s->rx), late = counters_late(s);
	const uint64_t expected = s->rx.packets - s->rx.duplicate + lost;
	struct burst_metrics burst;
	burst_measure(&s->report.xr.burst, s->remote.ptime_ms, &burst);
	write_block_head(p, RTCP_BLOCK_VOIP, 0, RTCP_VOIP_SIZE);
	put32(p + 4, s->rx.ssrc);
	p[8] = share_of_256(lost, expected);
	p[9] = share_of_256(late, expected);
	p[10] = burst.burst_density;
	p[11] = burst.gap_density;
	put16(p + 12, fit(burst.burst_ms));
	put16(p + 14, fit(burst.gap_ms));
	put16(p + 16, fit(rtt_ms));
	put16(p + 18, jbuf ? fit(buffer_ms + FRAME_MS) : 0);
	p[20] = p[21] = p[22] = UNKNOWN; /* levels and echo are not measured */
	p[23] = BURST_GMIN;
	write_scores(s, p, expected ? 100.0f * (float)(lost + late) / (float)expected : 0,
		     (float)(rtt_ms / 2 + s->remote.ptime_ms + buffer_ms));
	p[28] = jbuf ? PLC_ENHANCED | BUFFER_ADAPTIVE : 0;
	put16(p + 30, fit(buffer_ms));
	put16(p + 32, fit(buffer_ms > s->rx.buffer_max_ms ? buffer_ms : s->rx.buffer_max_ms));
	put16(p + 34, jbuf ? BUFFER_LONGEST_MS : 0);
	return RTCP_VOIP_SIZE;
}

size_t report_xr_write(struct stream *s, uint8_t *p)
{
	const unsigned wanted = blocks_wanted(s);
	const bool hears = s->rx.started && s->report.xr.started;
	size_t at = RTCP_XR_HEAD;
	if (wanted & MEDIA_XR_RTT && s->rx.started)
		at += write_reference_time(s, p + at);
	if (s->report.last_rr_us)
		at += write_delay(s, p + at);
	if (wanted & MEDIA_XR_SUMMARY && hears)
		at += write_summary(s, p + at);
	if (wanted & MEDIA_XR_VOIP && hears)
		at += write_voip(s, p + at);
	if (at == RTCP_XR_HEAD)
		return 0;
	p[0] = 0x80;
	p[1] = RTCP_TYPE_XR;
	put16(p + 2, (uint32_t)(at / 4 - 1));
	put32(p + 4, s->tx.ssrc);
	return at;
}
