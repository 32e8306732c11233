/* What a program says to a call: in order however it is cut, marks that are due when it was heard, and
 * dropped at once. */
#include "daemon/offhookd/stream/playout.h"
#include "media/tap.h"
#include "tests/unit/media_support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

TestSuite(media_playout, .timeout = 60);

enum { RATE = 8000, FRAME = RATE / 50, A_SECOND = 50, PIECE = 113 /* samples: no part of a frame */ };

struct line {
	struct world *w;
	struct media_session *s;
	struct far *f;
	struct media_tap *tap;
	struct playout p;
	int bell;
};

static void line_open(struct line *l)
{
	l->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); /* it outlives the engine */
	l->w = world_new(1);
	l->s = world_session(l->w, "s", 0);
	l->f = world_far(l->w, "PCMU");
	cr_assert_eq(media_session_tap(&l->tap, l->s, true, l->bell), 0);
	cr_assert_eq(playout_init(&l->p, RATE), 0);
	far_meets(l->f, l->s);
	far_tone(l->f, 440, -10);
	while (!tap_rate(l->tap))
		world_pass(l->w, l->f, 1);
}

static void line_close(struct line *l)
{
	playout_free(&l->p);
	media_session_untap(l->s, l->tap);
	tap_release(l->tap);
	world_free(l->w);
	close(l->bell);
}

/* A tone of so many frames, in pieces. */
static void say(struct line *l, unsigned frames)
{
	int16_t piece[PIECE];

	for (unsigned at = 0; at < frames * FRAME; at += PIECE) {
		unsigned n = frames * FRAME - at < PIECE ? frames * FRAME - at : PIECE;

		for (unsigned i = 0; i < n; i++)
			piece[i] = (int16_t)(8000 * sin(2 * 3.14159265358979 * 1000 * (at + i) / RATE));
		playout_add(&l->p, piece, n);
	}
}

Test(media_playout, a_mark_is_due_when_all_before_it_was_sent)
{
	struct line l;
	char *due = NULL;

	line_open(&l);
	say(&l, A_SECOND);
	cr_assert(playout_mark(&l.p, "one"));
	say(&l, A_SECOND);
	cr_assert(playout_mark(&l.p, "two"));
	cr_expect_eq(playout_waits_ms(&l.p), 2000);
	while (!due) {
		const unsigned taken = tap_taken(l.tap);

		playout_give(&l.p, l.tap);
		due = playout_due(&l.p, l.tap);
		cr_assert(due || taken < A_SECOND, "%u frames were taken", taken);
		cr_assert(!due || tap_taken(l.tap) >= A_SECOND, "%u frames were taken", tap_taken(l.tap));
		if (!due)
			world_pass(l.w, l.f, 1);
	}
	cr_expect_str_eq(due, "one");
	free(due);
	cr_expect(tap_given(l.tap) < 2 * A_SECOND, "little is given ahead: %u frames", tap_given(l.tap));
	while (!(due = playout_due(&l.p, l.tap))) {
		playout_give(&l.p, l.tap);
		world_pass(l.w, l.f, 1);
	}
	cr_expect_str_eq(due, "two");
	cr_expect_eq(tap_taken(l.tap), 2 * A_SECOND, "no frame was made up or lost");
	free(due);
	line_close(&l);
}

Test(media_playout, what_is_cleared_is_not_heard_from_the_next_tick_on)
{
	struct line l;
	char *due;

	line_open(&l);
	say(&l, 10 * A_SECOND);
	cr_assert(playout_mark(&l.p, "end"));
	playout_give(&l.p, l.tap);
	while (tap_taken(l.tap) < 5) {
		playout_give(&l.p, l.tap);
		world_pass(l.w, l.f, 1);
	}
	cr_expect_null(playout_due(&l.p, l.tap));
	playout_clear(&l.p, l.tap);
	cr_expect_eq(playout_waits_ms(&l.p), 0);
	due = playout_due(&l.p, l.tap);
	cr_assert_not_null(due, "its mark comes back at once");
	cr_expect_str_eq(due, "end");
	free(due);
	world_pass(l.w, l.f, 2); /* one may have been on its way */
	cr_expect_eq(tap_taken(l.tap), tap_given(l.tap), "nothing of it is left: one tick has dropped it");
	say(&l, 1);
	cr_assert(playout_mark(&l.p, "new"));
	while (!(due = playout_due(&l.p, l.tap))) {
		playout_give(&l.p, l.tap);
		world_pass(l.w, l.f, 1);
	}
	cr_expect_str_eq(due, "new", "what is said afterwards is heard");
	free(due);
	line_close(&l);
}

Test(media_playout, a_minute_is_kept_and_marks_are_bounded)
{
	struct line l;

	line_open(&l);
	say(&l, (PLAYOUT_MAX_S + 1) * A_SECOND);
	cr_expect_eq(playout_waits_ms(&l.p), PLAYOUT_MAX_S * 1000);
	cr_expect_eq(l.p.dropped, RATE);
	for (int i = 0; i < PLAYOUT_MARKS_MAX; i++)
		cr_assert(playout_mark(&l.p, "m"));
	cr_expect_not(playout_mark(&l.p, "m"));
	playout_clear(&l.p, l.tap);
	for (int i = 0; i < PLAYOUT_MARKS_MAX; i++)
		free(playout_due(&l.p, l.tap));
	cr_expect_null(playout_due(&l.p, l.tap));
	cr_expect(playout_mark(&l.p, "m"));
	line_close(&l);
}
