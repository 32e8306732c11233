#include "media/quality.h"

#include "media/codec.h"
#include "media/frames.h"
#include "media/stream.h"

#include <stdlib.h>
#include <string.h>

enum { SECONDS_FIRST = 32, SECONDS_MAX = 4096, MOS_SCALE = 50 };
enum { REPORTS_S = 8 };		   /* RTCP comes every five seconds, and more often */
enum { UNAUTHENTIC_PACKETS = 10 }; /* in a second; a few are under way when keys change */

enum quality_kind { LOSS_IN, LOSS_OUT, JITTER, SILENCE, ONE_WAY, UNAUTHENTIC };

static const char *const names[QUALITY_KINDS] = { "loss-in", "loss-out", "jitter",
						  "silence", "one-way",	 "unauthentic" };

static float rating(float ie, float bpl, float loss_percent, float delay_ms)
{
	float id = 0.024f * delay_ms + (delay_ms > 177.3f ? 0.11f * (delay_ms - 177.3f) : 0);
	float ie_eff = ie + (95 - ie) * loss_percent / (loss_percent + bpl);
	return 93.2f - id - ie_eff;
}

unsigned quality_r(float ie, float bpl, float loss_percent, float delay_ms)
{
	float r = rating(ie, bpl, loss_percent, delay_ms);
	return r <= 0 ? 0 : r >= 100 ? 100 : (unsigned)(r + 0.5f);
}

float quality_mos(float ie, float bpl, float loss_percent, float delay_ms)
{
	float r = rating(ie, bpl, loss_percent, delay_ms);
	if (r <= 0)
		return 1;
	if (r >= 100)
		return 4.5f;
	float mos = 1 + 0.035f * r + r * (r - 60) * (100 - r) * 7e-6f;
	return mos < 1 ? 1 : mos;
}

float quality_mos_in(const struct quality *q)
{
	return q->mos_in_count ? q->mos_in_sum / (float)q->mos_in_count : 0;
}

float quality_mos_out(const struct quality *q)
{
	return q->mos_out_count ? q->mos_out_sum / (float)q->mos_out_count : 0;
}

static uint16_t fit(uint64_t value)
{
	return (uint16_t)(value < UINT16_MAX ? value : UINT16_MAX);
}

/* Of a second. */
struct counted {
	uint64_t packets, lost, late, concealed_ms, sent;
};

static uint64_t since(uint64_t *last, uint64_t now)
{
	uint64_t difference = now > *last ? now - *last : 0;
	*last = now;
	return difference;
}

static float loss_percent(const struct media_second *m)
{
	unsigned expected = m->packets_in + m->lost_in;
	float lost = expected ? 100.0f * (float)(m->lost_in + m->late_in) / (float)expected : 0;
	float made_up = (float)m->concealed_ms / 10;
	lost = lost > made_up ? lost : made_up;
	return lost > 100 ? 100 : lost;
}

/* What we can know of the way there: half the round trip, the packet itself, and what waits in a jitter
 * buffer. */
static float delay_ms(const struct stream *s, unsigned buffer_ms)
{
	return (float)s->report.rtt_us / 2000 + (float)s->remote.ptime_ms + (float)buffer_ms;
}

static void add_total(atomic_uint_fast64_t *total, uint64_t value)
{
	atomic_store_explicit(total, atomic_load_explicit(total, memory_order_relaxed) + value,
			      memory_order_relaxed);
}

/* What has come and gone since it was last counted, into the worker's totals. */
static struct counted count(struct stream *s)
{
	struct quality *q = &s->quality;
	struct worker_totals *totals = &s->worker->totals;
	const struct stream_rx *rx = &s->rx;
	const struct counted c = {
		.packets = since(&q->packets, rx->packets - rx->duplicate),
		.lost = since(&q->lost, counters_lost(rx)),
		.late = since(&q->late, counters_late(s)),
		.concealed_ms = since(&q->concealed_ms, rx->concealed_ms),
		.sent = since(&q->sent, s->tx.packets),
	};
	add_total(&totals->rx_packets, c.packets);
	add_total(&totals->rx_lost, c.lost);
	add_total(&totals->rx_late, c.late);
	add_total(&totals->concealed_ms, c.concealed_ms);
	add_total(&totals->tx_packets, c.sent);
	return c;
}

static void measure(struct stream *s, const struct counted *c, struct media_second *m)
{
	unsigned per_ms = s->remote.heard->clock_hz / 1000;
	memset(m, 0, sizeof *m);
	m->packets_in = fit(c->packets);
	m->lost_in = fit(c->lost);
	m->late_in = fit(c->late);
	m->concealed_ms = fit(c->concealed_ms);
	m->jitter_in = fit((uint64_t)s->rx.jitter16 * 10 / 16 / per_ms);
	m->jitter_out = fit(s->report.far_jitter_us / 100);
	m->rtt_ms = fit((s->report.rtt_us + 500) / 1000);
	m->buffer_ms = s->frames && s->frames->jbuf ? fit(jbuf_delay_ms(s->frames->jbuf)) : 0;
	m->loss_out_percent = (uint8_t)(s->report.far_fraction * 100 / 256);
	const struct codec_ops *ops = codec_ops(s->remote.heard);
	if (m->packets_in + m->lost_in > 0)
		m->mos_in = (uint8_t)(MOS_SCALE * quality_mos(ops->ie, ops->bpl, loss_percent(m),
							      delay_ms(s, m->buffer_ms)));
	if (s->report.heard)
		m->mos_out =
		    (uint8_t)(MOS_SCALE * quality_mos(ops->ie, ops->bpl, m->loss_out_percent,
						      delay_ms(s, 2 * s->report.far_jitter_us / 1000)));
}

static void say(struct stream *s, enum quality_kind kind, const struct media_second *m, float loss)
{
	struct worker_event *e = worker_event_new(s->worker, s, MEDIA_QUALITY);
	if (!e)
		return;
	e->event.quality.what = names[kind];
	e->event.quality.mos = (float)(kind == LOSS_OUT ? m->mos_out : m->mos_in) / MOS_SCALE;
	e->event.quality.loss_percent = (unsigned)(loss + 0.5f);
	e->event.quality.jitter_ms = m->jitter_in / 10;
	worker_event_send(s->worker, e);
}

/* A far end that was heard may be silent: it has said so, or is muted and its RTCP goes on. */
static bool is_excused(const struct stream *s)
{
	bool reports =
	    s->report.arrived_us && s->worker->now_us - s->report.arrived_us < (int64_t)REPORTS_S * 1000000;
	return s->rx.quiet || (s->rx.started && reports);
}

/* Says what begins to be bad, once until it was good again. */
static void judge(struct stream *s, const struct counted *c, const struct media_second *m)
{
	const struct media_limits *limits = &s->worker->limits;
	struct quality *q = &s->quality;
	float loss = loss_percent(m);
	bool sends = c->sent > 0;
	bool expects = s->remote.receive && s->remote.send && sends && !is_excused(s);
	q->one_way_s = expects && m->packets_in == 0 ? q->one_way_s + 1 : 0;
	q->silent_s = s->path != PATH_IDLE && m->packets_in > 0 && !s->sounded ? q->silent_s + 1 : 0;
	s->sounded = false;
	const bool bad[QUALITY_KINDS] = {
		[LOSS_IN] = loss >= (float)limits->loss_percent,
		[LOSS_OUT] = m->loss_out_percent >= limits->loss_percent,
		[JITTER] = m->jitter_in >= limits->jitter_ms * 10,
		[SILENCE] = q->silent_s >= limits->silence_s,
		[ONE_WAY] = q->one_way_s >= limits->one_way_s,
		[UNAUTHENTIC] = since(&q->unauthentic, s->rx.unauthentic) >= UNAUTHENTIC_PACKETS,
	};
	for (int i = 0; i < QUALITY_KINDS; i++) {
		if (bad[i] && !q->bad[i])
			say(s, (enum quality_kind)i, m, i == LOSS_OUT ? m->loss_out_percent : loss);
		q->bad[i] = bad[i];
	}
}

static void add(struct media_second *sum, const struct media_second *m)
{
	sum->packets_in = fit((uint64_t)sum->packets_in + m->packets_in);
	sum->lost_in = fit((uint64_t)sum->lost_in + m->lost_in);
	sum->late_in = fit((uint64_t)sum->late_in + m->late_in);
	sum->concealed_ms = fit((uint64_t)sum->concealed_ms + m->concealed_ms);
	if (m->jitter_in > sum->jitter_in)
		sum->jitter_in = m->jitter_in;
	if (m->jitter_out > sum->jitter_out)
		sum->jitter_out = m->jitter_out;
	if (m->rtt_ms > sum->rtt_ms)
		sum->rtt_ms = m->rtt_ms;
	if (m->buffer_ms > sum->buffer_ms)
		sum->buffer_ms = m->buffer_ms;
	if (m->loss_out_percent > sum->loss_out_percent)
		sum->loss_out_percent = m->loss_out_percent;
	if (m->mos_in && (!sum->mos_in || m->mos_in < sum->mos_in)) /* the worst of them */
		sum->mos_in = m->mos_in;
	if (m->mos_out && (!sum->mos_out || m->mos_out < sum->mos_out))
		sum->mos_out = m->mos_out;
}

static void halve(struct quality *q)
{
	for (size_t i = 0; i < q->count / 2; i++) {
		struct media_second sum = q->seconds[2 * i];
		add(&sum, &q->seconds[2 * i + 1]);
		q->seconds[i] = sum;
	}
	q->count /= 2;
	q->each *= 2;
}

static void keep(struct quality *q, const struct media_second *m)
{
	if (q->each == 0)
		q->each = 1;
	if (q->summed == 0)
		q->sum = *m;
	else
		add(&q->sum, m);
	if (++q->summed < q->each)
		return;
	q->summed = 0;
	if (q->count == q->room) {
		size_t room = q->room ? 2 * q->room : SECONDS_FIRST;
		struct media_second *more =
		    room > SECONDS_MAX ? NULL : realloc(q->seconds, room * sizeof *more);
		if (more) {
			q->seconds = more;
			q->room = room;
		} else if (q->count > 1) {
			halve(q);
		} else {
			return;
		}
	}
	q->seconds[q->count++] = q->sum;
}

void quality_second(struct stream *s)
{
	struct quality *q = &s->quality;
	struct media_second m;
	struct counted c;
	if (!s->rx.started && s->tx.packets == 0)
		return;
	c = count(s);
	measure(s, &c, &m);
	judge(s, &c, &m);
	if (m.mos_in) {
		q->mos_in_sum += (float)m.mos_in / MOS_SCALE;
		q->mos_in_count++;
	}
	if (m.mos_out) {
		q->mos_out_sum += (float)m.mos_out / MOS_SCALE;
		q->mos_out_count++;
	}
	keep(q, &m);
}

void quality_end(struct stream *s)
{
	(void)count(s);
}
