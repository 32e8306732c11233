/* Packets lie in the order of arrival in a ring of slots, their payloads in a ring of bytes; the few that
 * wait are looked through for the oldest. Nothing allocates after jbuf_alloc().
 *
 * Timing. A packet's transit is its arrival minus its timestamp, of which only changes mean something. The
 * least transit of the last seconds is the undisturbed way, the largest shows how late packets come; packets
 * are due so much after their timestamp that the latest ones would still have been in time. That point moves
 * out at once when a packet comes later than it, and comes back by steps once the last seconds were better.
 * The way itself may become longer or shorter, and the far end's clock is not ours: as old seconds are
 * forgotten, so are their extremes. */
#include "media/jbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	SLOTS = 64,
	DELAY_MAX_MS = 300,
	MARGIN_MS = 10,	   /* more than the latest one needed */
	REFRESH_MS = 2000, /* extremes of so long, and of as long before, count */
	RAMP_MS = 500,	   /* between two steps back */
	RAMP_STEP_MS = 20,
	BEHIND_MAX = 8, /* so many in a row beyond the longest delay are another way, not late */
};

struct slot {
	size_t at, size; /* of the payload */
	uint32_t timestamp;
	uint16_t seq;
	bool waiting, marker, noise;
	uint8_t pt;
};

struct extremes {
	int32_t least, most;
};

struct jbuf {
	unsigned per_ms; /* clock units */
	int32_t delay_min, delay_max;
	/* timing [clock units], transits relative to the first packet's */
	bool timing;
	uint32_t first_transit, window_start, ramp_at;
	struct extremes now, before; /* of this window and the one before */
	int32_t due;		     /* transit at which packets are due */
	unsigned behind;
	/* packets */
	bool delivered;
	uint16_t last_seq; /* delivered last */
	uint64_t late;
	struct slot slots[SLOTS], *held; /* held: the caller looks at its payload */
	unsigned first, count;
	size_t room, write;
	uint8_t bytes[];
};

int jbuf_alloc(struct jbuf **out, unsigned clock_hz, unsigned delay_ms, size_t room)
{
	struct jbuf *j = malloc(sizeof *j + room);
	if (!j)
		return ENOMEM;
	memset(j, 0, sizeof *j);
	j->per_ms = clock_hz / 1000;
	j->delay_min = (int32_t)(delay_ms * j->per_ms);
	j->delay_max = (int32_t)(DELAY_MAX_MS * j->per_ms);
	j->room = room;
	*out = j;
	return 0;
}

void jbuf_free(struct jbuf *j)
{
	free(j);
}

/* ---- timing ---- */

static int32_t least(int32_t a, int32_t b)
{
	return a < b ? a : b;
}

static int32_t most(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

static int32_t undisturbed(const struct jbuf *j)
{
	return least(j->now.least, j->before.least);
}

static void begin_timing(struct jbuf *j, uint32_t transit, uint32_t now)
{
	j->timing = true;
	j->first_transit = transit;
	j->now = j->before = (struct extremes){ 0, 0 };
	j->window_start = j->ramp_at = now;
	j->due = j->delay_min;
	j->behind = 0;
}

static void note_transit(struct jbuf *j, int32_t transit, uint32_t now)
{
	const struct extremes this = { transit, transit };
	uint32_t age = now - j->window_start, refresh = REFRESH_MS * j->per_ms;
	if (age >= refresh) {
		j->before = age < 2 * refresh ? j->now : this;
		j->now = this;
		j->window_start = now;
	}
	j->now.least = least(j->now.least, transit);
	j->now.most = most(j->now.most, transit);
}

static void settle_due(struct jbuf *j, uint32_t now)
{
	int32_t way = undisturbed(j), step = (int32_t)(RAMP_STEP_MS * j->per_ms);
	int32_t latest = most(j->now.most, j->before.most) + (int32_t)(MARGIN_MS * j->per_ms);
	int32_t wanted = least(most(latest, way + j->delay_min), way + j->delay_max);
	j->due = least(most(j->due, wanted), way + j->delay_max);
	if (j->due - wanted < step || now - j->ramp_at < RAMP_MS * j->per_ms)
		return;
	j->due -= step;
	j->ramp_at = now;
}

static void keep_time(struct jbuf *j, uint32_t timestamp, uint32_t now)
{
	uint32_t transit = now - timestamp;
	if (!j->timing)
		begin_timing(j, transit, now);
	int32_t change = (int32_t)(transit - j->first_transit);
	j->behind = change - undisturbed(j) > j->delay_max ? j->behind + 1 : 0;
	if (j->behind >= BEHIND_MAX) {
		begin_timing(j, transit, now);
		change = 0;
	}
	note_transit(j, change, now);
	settle_due(j, now);
}

static bool is_due(const struct jbuf *j, const struct slot *s, uint32_t now)
{
	return (int32_t)(now - s->timestamp - j->first_transit - (uint32_t)j->due) >= 0;
}

/* ---- packets ---- */

static struct slot *slot_at(struct jbuf *j, unsigned i)
{
	return &j->slots[(j->first + i) % SLOTS];
}

static struct slot *oldest(struct jbuf *j)
{
	struct slot *found = NULL;
	for (unsigned i = 0; i < j->count; i++) {
		struct slot *s = slot_at(j, i);
		if (s->waiting && (!found || (int16_t)(s->seq - found->seq) < 0))
			found = s;
	}
	return found;
}

/* Those in front that nobody needs any more give their room back. */
static void reclaim(struct jbuf *j)
{
	while (j->count > 0 && !slot_at(j, 0)->waiting && slot_at(j, 0) != j->held) {
		j->first = (j->first + 1) % SLOTS;
		j->count--;
	}
}

static void release(struct jbuf *j)
{
	j->held = NULL;
	reclaim(j);
}

/* A place for `size` bytes in a row. */
static bool find_room(struct jbuf *j, size_t size, size_t *out)
{
	if (j->count == 0)
		j->write = 0;
	size_t front = j->count ? slot_at(j, 0)->at : j->room;
	if (j->count == SLOTS)
		return false;
	if (j->count && j->write > front) {
		*out = j->write;
		if (j->room - j->write >= size)
			return true;
		*out = 0;
		return front > size;
	}
	*out = j->write;
	return j->count ? front - j->write > size : size <= j->room;
}

static bool knows(struct jbuf *j, uint16_t seq)
{
	for (unsigned i = 0; i < j->count; i++)
		if (slot_at(j, i)->waiting && slot_at(j, i)->seq == seq)
			return true;
	return false;
}

void jbuf_put(struct jbuf *j, const struct jbuf_packet *p, uint32_t now)
{
	size_t at;
	release(j);
	keep_time(j, p->timestamp, now);
	if (p->size == 0 || p->size >= j->room || knows(j, p->seq))
		return;
	if (j->delivered && (int16_t)(p->seq - j->last_seq) <= 0) {
		j->late++;
		return;
	}
	while (!find_room(j, p->size, &at)) {
		oldest(j)->waiting = false; /* too many: it would never have its turn in time */
		j->late++;
		reclaim(j);
	}
	j->count++;
	*slot_at(j, j->count - 1) =
	    (struct slot){ at, p->size, p->timestamp, p->seq, true, p->marker, p->noise, p->pt };
	memcpy(j->bytes + at, p->payload, p->size);
	j->write = at + p->size;
}

static void describe(const struct jbuf *j, const struct slot *s, struct jbuf_packet *out)
{
	*out = (struct jbuf_packet){
		.payload = j->bytes + s->at,
		.size = s->size,
		.timestamp = s->timestamp,
		.seq = s->seq,
		.marker = s->marker,
		.noise = s->noise,
		.pt = s->pt,
	};
}

static bool deliver(struct jbuf *j, struct slot *s, struct jbuf_packet *out)
{
	s->waiting = false;
	j->held = s;
	j->delivered = true;
	j->last_seq = s->seq;
	describe(j, s, out);
	return true;
}

bool jbuf_get(struct jbuf *j, uint32_t now, struct jbuf_packet *out)
{
	release(j);
	struct slot *s = oldest(j);
	return s && is_due(j, s, now) && deliver(j, s, out);
}

bool jbuf_peek(struct jbuf *j, struct jbuf_packet *out)
{
	const struct slot *s = oldest(j);
	if (s)
		describe(j, s, out);
	return s;
}

bool jbuf_flush(struct jbuf *j, struct jbuf_packet *out)
{
	release(j);
	struct slot *s = oldest(j);
	return s && deliver(j, s, out);
}

unsigned jbuf_restart(struct jbuf *j)
{
	unsigned dropped = 0;
	for (unsigned i = 0; i < j->count; i++)
		dropped += slot_at(j, i)->waiting;
	j->count = 0;
	j->held = NULL;
	j->timing = j->delivered = false;
	return dropped;
}

uint64_t jbuf_late(const struct jbuf *j)
{
	return j->late;
}

unsigned jbuf_delay_ms(const struct jbuf *j)
{
	return j->timing ? (unsigned)(j->due - undisturbed(j)) / j->per_ms : 0;
}
