#include "media/tap.h"

#include "media/order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct spoken_frame {
	unsigned count;
	int16_t samples[FRAME_MAX];
};

struct heard_frame {
	unsigned rate, count;
	int16_t samples[2 * FRAME_MAX]; /* said, then heard */
};

struct media_tap {
	struct media_tap *next;		   /* the worker's */
	struct media_tap *next_of_session; /* the main thread's */
	atomic_uint references;
	bool speaks;
	int bell;
	atomic_bool over;
	atomic_uint rate, lost;
	atomic_uint heard_written, heard_read;
	atomic_uint given, taken, drop; /* `drop`: what was given before is not to be heard */
	struct heard_frame heard[TAP_HEARD_MAX];
	struct spoken_frame spoken[]; /* TAP_SPOKEN_MAX, if it speaks */
};

static void let_go(struct media_tap *tap)
{
	if (atomic_fetch_sub_explicit(&tap->references, 1, memory_order_acq_rel) == 1)
		free(tap);
}

static void ring(int bell)
{
	const uint64_t one = 1;
	(void)!write(bell, &one, sizeof one);
}

/* ---- worker ---- */

static void write_frame(struct media_tap *tap, const int16_t *said, const int16_t *heard, size_t count,
			unsigned rate)
{
	unsigned at = atomic_load_explicit(&tap->heard_written, memory_order_relaxed);
	if (at - atomic_load_explicit(&tap->heard_read, memory_order_acquire) >= TAP_HEARD_MAX) {
		atomic_fetch_add_explicit(&tap->lost, 1, memory_order_relaxed);
		return;
	}
	struct heard_frame *f = &tap->heard[at % TAP_HEARD_MAX];
	f->rate = rate;
	f->count = (unsigned)count;
	memcpy(f->samples, said, count * sizeof *said);
	memcpy(f->samples + count, heard, count * sizeof *heard);
	atomic_store_explicit(&tap->rate, rate, memory_order_relaxed);
	atomic_store_explicit(&tap->heard_written, at + 1, memory_order_release);
}

void tap_write_all(struct stream *s, const int16_t *said, const int16_t *heard, size_t count, unsigned rate)
{
	struct worker *w = s->worker;
	for (struct media_tap *tap = s->taps; tap; tap = tap->next) {
		write_frame(tap, said, heard, count, rate);
		if (w->bell >= 0 && w->bell != tap->bell)
			ring(w->bell);
		w->bell = tap->bell;
	}
}

void tap_ring(struct worker *w)
{
	if (w->bell >= 0)
		ring(w->bell);
	w->bell = -1;
}

static struct media_tap *speaker(const struct stream *s)
{
	struct media_tap *tap = s->taps;
	while (tap && !tap->speaks)
		tap = tap->next;
	return tap;
}

bool tap_take(struct stream *s, int16_t *out, size_t count, unsigned rate)
{
	struct media_tap *tap = speaker(s);
	if (!tap)
		return false;
	unsigned taken = atomic_load_explicit(&tap->taken, memory_order_relaxed);
	/* in this order: what is dropped was given before, so `given` is never behind it */
	unsigned drop = atomic_load_explicit(&tap->drop, memory_order_acquire);
	unsigned given = atomic_load_explicit(&tap->given, memory_order_acquire);
	atomic_store_explicit(&tap->rate, rate, memory_order_relaxed);
	if ((int)(drop - taken) > 0)
		taken = drop;
	bool any = given != taken;
	if (any) {
		const struct spoken_frame *f = &tap->spoken[taken % TAP_SPOKEN_MAX];
		for (size_t i = 0; i < count; i++) /* of another rate only where the codec has just changed */
			out[i] = f->count == count ? f->samples[i] : f->samples[i * f->count / count];
		taken++;
	}
	atomic_store_explicit(&tap->taken, taken, memory_order_release);
	return any;
}

static void end_tap(struct media_tap *tap)
{
	atomic_store_explicit(&tap->over, true, memory_order_release);
	ring(tap->bell);
}

void tap_end_all(struct stream *s)
{
	for (struct media_tap *tap = s->taps; tap; tap = tap->next)
		end_tap(tap);
	s->taps = NULL;
}

/* ---- main thread ---- */

static void carry_out_tap(struct stream *s, struct order *order)
{
	order->tap->next = s->taps;
	s->taps = order->tap;
	stream_choose_path(s);
}

static void carry_out_untap(struct stream *s, struct order *order)
{
	for (struct media_tap **at = &s->taps; *at; at = &(*at)->next) {
		if (*at != order->tap)
			continue;
		*at = order->tap->next;
		end_tap(order->tap);
		break;
	}
	stream_choose_path(s);
}

static void untapped(struct order *order)
{
	let_go(order->tap);
}

static int may_tap(const struct media_session *session, bool speaks)
{
	unsigned count = 0;
	for (const struct media_tap *tap = session->taps; tap; tap = tap->next_of_session) {
		count++;
		if (speaks && tap->speaks)
			return EBUSY;
	}
	return count < TAPS_MAX ? 0 : EBUSY;
}

int media_session_tap(struct media_tap **out, struct media_session *session, bool speaks, int bell)
{
	int err = may_tap(session, speaks);
	if (err)
		return err;
	struct media_tap *tap =
	    calloc(1, sizeof *tap + (speaks ? TAP_SPOKEN_MAX * sizeof tap->spoken[0] : 0));
	struct order *order = order_new(session, carry_out_tap);
	if (!tap || !order) {
		free(tap);
		free(order);
		return ENOMEM;
	}
	atomic_init(&tap->references, 2);
	tap->speaks = speaks;
	tap->bell = bell;
	tap->next_of_session = session->taps;
	session->taps = tap;
	order->tap = tap;
	order_post(order);
	*out = tap;
	return 0;
}

void media_session_untap(struct media_session *session, struct media_tap *tap)
{
	struct media_tap **at = &session->taps;
	while (*at && *at != tap)
		at = &(*at)->next_of_session;
	struct order *order = *at ? order_new(session, carry_out_untap) : NULL;
	if (!order) /* without memory it stays until the session ends */
		return;
	*at = tap->next_of_session;
	order->tap = tap;
	order->carried_out = untapped;
	order_post(order);
}

void tap_forget_all(struct media_session *session)
{
	struct media_tap *next;
	for (struct media_tap *tap = session->taps; tap; tap = next) {
		next = tap->next_of_session;
		let_go(tap);
	}
	session->taps = NULL;
}

/* ---- reader ---- */

bool tap_peek(const struct media_tap *tap, struct tap_frame *out)
{
	unsigned at = atomic_load_explicit(&tap->heard_read, memory_order_relaxed);
	if (at == atomic_load_explicit(&tap->heard_written, memory_order_acquire))
		return false;
	const struct heard_frame *f = &tap->heard[at % TAP_HEARD_MAX];
	*out = (struct tap_frame){ f->rate, f->count, f->samples, f->samples + f->count };
	return true;
}

void tap_next(struct media_tap *tap)
{
	unsigned at = atomic_load_explicit(&tap->heard_read, memory_order_relaxed);
	atomic_store_explicit(&tap->heard_read, at + 1, memory_order_release);
}

unsigned tap_lost(const struct media_tap *tap)
{
	return atomic_load_explicit(&tap->lost, memory_order_relaxed);
}

unsigned tap_rate(const struct media_tap *tap)
{
	return atomic_load_explicit(&tap->rate, memory_order_relaxed);
}

unsigned tap_room(const struct media_tap *tap)
{
	return TAP_SPOKEN_MAX - (tap_given(tap) - tap_taken(tap));
}

bool tap_speak(struct media_tap *tap, const int16_t *samples, unsigned count)
{
	if (!tap->speaks || tap_room(tap) == 0 || count > FRAME_MAX)
		return false;
	unsigned at = tap_given(tap);
	struct spoken_frame *f = &tap->spoken[at % TAP_SPOKEN_MAX];
	f->count = count;
	memcpy(f->samples, samples, count * sizeof *samples);
	atomic_store_explicit(&tap->given, at + 1, memory_order_release);
	return true;
}

unsigned tap_given(const struct media_tap *tap)
{
	return atomic_load_explicit(&tap->given, memory_order_relaxed);
}

unsigned tap_taken(const struct media_tap *tap)
{
	return atomic_load_explicit(&tap->taken, memory_order_acquire);
}

void tap_drop(struct media_tap *tap)
{
	atomic_store_explicit(&tap->drop, tap_given(tap), memory_order_release);
}

bool tap_over(const struct media_tap *tap)
{
	return atomic_load_explicit(&tap->over, memory_order_acquire);
}

void tap_release(struct media_tap *tap)
{
	let_go(tap);
}
