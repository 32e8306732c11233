/* What a stream receives, counted as RFC 3550 appendix A.1, A.3 and A.8 do. */
#include "media/codec.h"
#include "media/frames.h"
#include "media/stream.h"

#include <string.h>

enum { WINDOW = 64, JUMP = 3000, JITTER_SETTLED = 16 };

uint64_t counters_expected(const struct stream_rx *rx)
{
	return rx->started ? (uint64_t)(rx->highest - rx->first) + 1 : 0;
}

uint64_t counters_lost(const struct stream_rx *rx)
{
	uint64_t expected = counters_expected(rx);
	return rx->lost_before + (expected > rx->unique ? expected - rx->unique : 0);
}

/* Another source, or a jump: what was counted before stays counted. */
static void start(struct stream_rx *rx, const struct rtp_packet *p)
{
	rx->lost_before = counters_lost(rx);
	rx->started = true;
	rx->run++;
	rx->jumped = false;
	rx->ssrc = p->ssrc;
	rx->first = rx->highest = p->seq;
	rx->window = 1;
	rx->unique = 1;
	rx->report_expected = rx->report_unique = 0;
	rx->transit = 0;
	rx->jitter16 = 0;
}

static enum counters_verdict forward(struct stream_rx *rx, unsigned step)
{
	rx->highest += step;
	rx->window = step < WINDOW ? rx->window << step | 1 : 1;
	rx->unique++;
	rx->jumped = false;
	return COUNTERS_TAKE;
}

static enum counters_verdict backward(struct stream_rx *rx, unsigned step)
{
	uint64_t bit = UINT64_C(1) << step;
	if (rx->window & bit) {
		rx->duplicate++;
		return COUNTERS_DROP;
	}
	rx->window |= bit;
	if (rx->highest - step < rx->first) /* overtaken by the first one */
		rx->first = rx->highest - step;
	rx->unique++;
	return COUNTERS_TAKE;
}

enum counters_verdict counters_take(struct stream *s, const struct rtp_packet *p)
{
	struct stream_rx *rx = &s->rx;
	rx->packets++;
	rx->bytes += p->size;
	if (!rx->started || rx->ssrc != p->ssrc) {
		bool restarted = rx->started;
		start(rx, p);
		return restarted ? COUNTERS_RESTARTED : COUNTERS_TAKE;
	}
	int16_t step = (int16_t)(p->seq - (uint16_t)rx->highest);
	if (step > 0 && step < JUMP)
		return forward(rx, (unsigned)step);
	if (step <= 0 && step > -WINDOW)
		return backward(rx, (unsigned)-step);
	if (rx->jumped && p->seq == rx->jump_next) {
		start(rx, p);
		return COUNTERS_RESTARTED;
	}
	rx->jumped = true;
	rx->jump_next = (uint16_t)(p->seq + 1);
	rx->late++;
	return COUNTERS_DROP;
}

/* Two packets in a row say how long one is. */
static void watch_ptime(struct stream *s, const struct rtp_packet *p)
{
	struct stream_rx *rx = &s->rx;
	uint32_t units = p->timestamp - rx->last_timestamp;
	if (p->seq == (uint16_t)(rx->last_seq + 1) && units <= s->remote.heard->clock_hz / 8) {
		rx->ptime_sum += units;
		rx->ptime_count++;
	}
	rx->last_seq = p->seq;
	rx->last_timestamp = p->timestamp;
}

bool counters_jitter(struct stream *s, const struct rtp_packet *p)
{
	struct stream_rx *rx = &s->rx;
	unsigned per_ms = s->remote.heard->clock_hz / 1000;
	uint32_t arrival = (uint32_t)((uint64_t)s->worker->now_us * per_ms / 1000);
	uint32_t transit = arrival - p->timestamp;
	watch_ptime(s, p);
	if (rx->transit == 0 && rx->jitter16 == 0) {
		rx->transit = transit;
		return true;
	}
	int32_t d = (int32_t)(transit - rx->transit);
	rx->transit = transit;
	if (d < 0)
		d = -d;
	if ((uint32_t)d > s->remote.heard->clock_hz) /* a second: the timestamps have jumped */
		return false;
	rx->jitter16 += (uint32_t)d - ((rx->jitter16 + 8) >> 4);
	uint32_t us = (uint32_t)((uint64_t)rx->jitter16 * 1000 / 16 / per_ms);
	if (rx->jitter_count == JITTER_SETTLED || us < rx->jitter_min_us)
		rx->jitter_min_us = us;
	if (us > rx->jitter_max_us)
		rx->jitter_max_us = us;
	rx->jitter_sum_us += us;
	rx->jitter_count++;
	return true;
}

uint64_t counters_late(const struct stream *s)
{
	uint64_t now = s->frames && s->frames->jbuf ? jbuf_late(s->frames->jbuf) : 0;
	return s->rx.late + s->rx.late_before + now;
}

/* Pauses are no packets: they are longer than any. */
static uint32_t mean_ptime_us(const struct stream *s)
{
	const struct stream_rx *rx = &s->rx;
	if (!s->remote.heard || !rx->ptime_count)
		return 0;
	return (uint32_t)(rx->ptime_sum * 1000 / rx->ptime_count * 1000 / s->remote.heard->clock_hz);
}

void counters_stats(const struct stream *s, struct media_stats *out)
{
	const struct stream_rx *rx = &s->rx;
	memset(out, 0, sizeof *out);
	out->rx_packets = rx->packets;
	out->rx_bytes = rx->bytes;
	out->tx_packets = s->tx.packets;
	out->tx_bytes = s->tx.bytes;
	out->rx_lost = counters_lost(rx);
	out->rx_late = counters_late(s);
	out->rx_duplicate = rx->duplicate;
	out->rx_foreign = rx->foreign;
	out->rx_malformed = rx->malformed;
	out->rx_digits = rx->digits;
	out->tx_digits = s->tx.digits;
	out->jitter_min_us = rx->jitter_min_us;
	out->jitter_max_us = rx->jitter_max_us;
	out->jitter_mean_us = rx->jitter_count ? (uint32_t)(rx->jitter_sum_us / rx->jitter_count) : 0;
	out->far_lost = s->report.far_lost;
	out->far_jitter_us = s->report.far_jitter_us;
	out->rtt_min_us = s->report.rtt_min_us;
	out->rtt_max_us = s->report.rtt_max_us;
	out->rtt_mean_us = s->report.rtt_count ? (uint32_t)(s->report.rtt_sum_us / s->report.rtt_count) : 0;
	out->far_jitter_min_us = s->report.far_jitter_min_us;
	out->far_jitter_max_us = s->report.far_jitter_max_us;
	out->far_jitter_mean_us =
	    s->report.far_count ? (uint32_t)(s->report.far_jitter_sum_us / s->report.far_count) : 0;
	out->rx_concealed_ms = rx->concealed_ms;
	out->rx_digit_packets = rx->digit_packets;
	out->tx_digit_packets = s->tx.digit_packets;
	out->rx_flushed = rx->flushed;
	out->buffer_min_ms = rx->buffer_min_ms;
	out->buffer_max_ms = rx->buffer_max_ms;
	out->buffer_mean_ms = rx->buffer_count ? (unsigned)(rx->buffer_sum_ms / rx->buffer_count) : 0;
	out->rx_skipped = rx->skipped;
	out->rx_ptime_us = mean_ptime_us(s);
	out->rx_unauthentic = rx->unauthentic;
	out->rx_replayed = rx->replayed;
	out->srtp = media_srtp_name(s->remote.srtp);
	out->mos_in = quality_mos_in(&s->quality);
	out->mos_out = quality_mos_out(&s->quality);
	out->codec = s->remote.codec ? s->remote.codec->name : NULL;
	out->said = s->remote.origin.said;
	if (s->remote.origin.heard)
		out->from = s->remote.origin.at;
	out->to = s->remote.origin.at;
	out->ptime_ms = s->remote.codec ? s->remote.ptime_ms : 0;
	out->far = s->report.far;
	out->late_ticks = s->late_ticks + (s->in_list ? s->worker->late_ticks : 0);
}
