/* See headers.h. */
#include "media/headers.h"

#include "media/rtp.h"

#include <stdlib.h>

static struct header_record *end_of(struct header_log *log)
{
	return log->records + HEADERS_MAX;
}

static void begin(struct header_log *log)
{
	log->resume = log->records;
	log->at = end_of(log);
}

struct media_headers *headers_new(void)
{
	struct media_headers *h = malloc(sizeof *h);
	if (!h)
		return NULL;
	h->in.laps = h->out.laps = 0;
	h->in.runs = h->out.runs = 0;
	begin(&h->in);
	begin(&h->out);
	return h;
}

/* How many were put before the one at `r`. */
static uint32_t count_before(const struct header_log *log, const struct header_record *r)
{
	return log->laps * HEADERS_LAST + (uint32_t)(r - log->records);
}

void header_log_break(struct header_log *log, int64_t last_us)
{
	if (log->resume) /* it is already */
		return;
	struct header_run *run = &log->run[log->runs - 1];
	run->end = count_before(log, log->at);
	run->last = (uint32_t)(last_us >> HEADERS_TIME_SHIFT);
	log->resume = log->at;
	log->at = end_of(log);
}

struct header_record *header_log_turn(struct header_log *log, const uint8_t *packet,
				      const union address *remote, int64_t now_us)
{
	struct header_record *r = log->resume ? log->resume : log->at;
	if (r == end_of(log)) {
		r = log->records + HEADERS_FIRST;
		log->laps++;
	}
	if (log->resume) {
		log->runs += log->runs < HEADERS_RUNS;
		log->run[log->runs - 1] = (struct header_run){
			.remote = *remote,
			.ssrc = get32(packet + 8),
			.begin = count_before(log, r),
			.first = (uint32_t)(now_us >> HEADERS_TIME_SHIFT),
		};
		log->resume = NULL;
	}
	return r;
}

/* ---- once it is over ---- */

static const struct header_record *record_at(const struct header_log *log, uint32_t i)
{
	return &log->records[i < HEADERS_FIRST ? i : HEADERS_FIRST + (i - HEADERS_FIRST) % HEADERS_LAST];
}

/* By how many units of time `b` came after `a`: what the low bits say, and, after a long pause, the
 * timestamps. */
static int64_t units_between(const struct header_record *a, const struct header_record *b, unsigned hz)
{
	uint16_t low = (uint16_t)(b->time - a->time);
	int64_t near = low > 0xff00 ? (int64_t)low - 0x10000 : low; /* it may step back a little */
	int32_t step = (int32_t)(get32(b->head + 4) - get32(a->head + 4));
	int64_t said = step > 0 && hz ? (int64_t)step * 1000000 / hz >> HEADERS_TIME_SHIFT : 0;
	int64_t turns = (said - near + 0x8000) >> 16;
	return turns > 0 ? near + turns * 0x10000 : near;
}

enum { SLACK = 1024 }; /* units by which a packet may be later than our end */

/* What has these low bits and is not later than `now`. */
static int64_t whole(uint32_t low, int64_t now)
{
	return now + SLACK - (uint32_t)((uint32_t)(now + SLACK) - low);
}

static void put(struct media_header_run *out, size_t i, const struct header_record *r, int64_t units,
		int64_t utc_offset_us)
{
	struct media_header *h = &out->packets[i];
	memcpy(h->head, r->head, sizeof h->head);
	h->size = r->size;
	h->time_us = units * (1 << HEADERS_TIME_SHIFT) + utc_offset_us;
}

/* Those from the beginning on that are in the first part, and, backwards from its end, those in the ring. */
static void read_run(struct media_header_run *out, const struct media_headers *h,
		     const struct header_log *log, const struct header_run *run, unsigned hz)
{
	const int64_t now = h->end_us >> HEADERS_TIME_SHIFT;
	uint32_t count = count_before(log, log->resume);
	uint32_t held = count > HEADERS_MAX ? count - HEADERS_LAST : HEADERS_FIRST;
	uint32_t until = run->end < HEADERS_FIRST ? run->end : HEADERS_FIRST;
	uint32_t from = run->begin > held ? run->begin : held;
	int64_t units = whole(run->first, now);
	for (uint32_t i = run->begin; i < until; i++) {
		const struct header_record *r = record_at(log, i);
		if (i > run->begin)
			units += units_between(record_at(log, i - 1), r, hz);
		put(out, out->count++, r, units, h->utc_offset_us);
	}
	units = whole(run->last, now);
	for (uint32_t i = run->end; i-- > from;) {
		const struct header_record *r = record_at(log, i);
		if (i + 1 < run->end)
			units -= units_between(r, record_at(log, i + 1), hz);
		put(out, out->count + i - from, r, units, h->utc_offset_us);
	}
	out->count += run->end > from ? run->end - from : 0;
}

static void tell_log(const struct media_headers *h, bool sent, media_header_run_h *handler, void *arg)
{
	const struct header_log *log = sent ? &h->out : &h->in;
	for (unsigned i = 0; i < log->runs; i++) {
		struct media_header_run run = {
			.sent = sent,
			.local = h->local,
			.remote = log->run[i].remote,
			.ssrc = log->run[i].ssrc,
		};
		read_run(&run, h, log, &log->run[i], sent ? h->out_hz : h->in_hz);
		if (run.count)
			handler(&run, arg);
	}
}

void media_headers_each(const struct media_headers *headers, media_header_run_h *handler, void *arg)
{
	tell_log(headers, false, handler, arg);
	tell_log(headers, true, handler, arg);
}
