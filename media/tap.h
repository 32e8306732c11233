/* tap: another thread's ear on a session, and its mouth, live.
 *
 * Concept. On each tick the worker puts what the far end says and what it hears into a ring of frames, and
 * rings a bell once for all taps that it has. What the reader puts into a second ring the far end hears in
 * place of bridge and room, but not of a player; where there is nothing in it, it hears those. A session with
 * a tap is on the frame path. Where the far end is a program itself (media_remote.by_tap), the tap that
 * speaks is the far end: what is put there is what it says, and what it hears is read there.
 *
 * Threads and life. The main thread makes it and takes it off; the worker writes and the reader (any one
 * other thread) reads, without a lock. It is freed when both have let go of it: the session's side when it is
 * taken off or the session is closed, the reader by tap_release().
 *
 * Bounds. A reader that is late loses the newest frames, which are counted (tap_lost()). */
#ifndef OFFHOOK_MEDIA_TAP_H
#define OFFHOOK_MEDIA_TAP_H

#include "media/codec.h"

#include <stdatomic.h>

struct media_tap;
struct stream;
struct worker;

enum {
	TAPS_MAX = 4,	    /* of a session */
	TAP_HEARD_MAX = 16, /* frames that wait for the reader */
	TAP_SPOKEN_MAX = 16,
};

/* 20 ms of a call. */
struct tap_frame {
	unsigned rate, count;	     /* samples a second, and of the frame */
	const int16_t *said, *heard; /* by the far end */
};

/* ---- main thread ---- */

/* `speaks`: it will give frames too; one of a session may. `bell`: an eventfd that is written to after each
 * tick. Returns 0, EBUSY (TAPS_MAX, or another speaks), ENOMEM. */
int media_session_tap(struct media_tap **out, struct media_session *session, bool speaks, int bell)
    __attribute__((warn_unused_result));
/* Takes it off; not after the session was closed, which does the same. */
void media_session_untap(struct media_session *session, struct media_tap *tap);

/* ---- reader ---- */

/* Reads the oldest frame; its samples are valid until tap_next(). False: there is none. */
bool tap_peek(const struct media_tap *tap, struct tap_frame *out);
void tap_next(struct media_tap *tap);
/* Frames that were lost because the reader was late. */
unsigned tap_lost(const struct media_tap *tap);

/* What the session's rate is now; 0: nothing has been heard yet. */
unsigned tap_rate(const struct media_tap *tap);
/* Frames that may be given now. */
unsigned tap_room(const struct media_tap *tap);
/* Gives one of `count` samples, 20 ms at tap_rate(). False: there is no room. */
bool tap_speak(struct media_tap *tap, const int16_t *samples, unsigned count);
/* How many were given, and how many of them the far end was sent or were dropped. They wrap. */
unsigned tap_given(const struct media_tap *tap);
unsigned tap_taken(const struct media_tap *tap);
/* Drops what was given and not heard yet, at the next tick. */
void tap_drop(struct media_tap *tap);

/* The session is over, or the tap was taken off: nothing more comes. */
bool tap_over(const struct media_tap *tap);
/* The reader does not use it any more. */
void tap_release(struct media_tap *tap);

/* ---- worker ---- */

/* This tick's frame for all taps of `stream`. */
void tap_write_all(struct stream *stream, const int16_t *said, const int16_t *heard, size_t count,
		   unsigned rate);
/* What one of them says, if it says something: true, and `out` is full. */
bool tap_take(struct stream *stream, int16_t *out, size_t count, unsigned rate);
/* Rings the bell, after a tick. */
void tap_ring(struct worker *worker);
/* The stream is closed. */
void tap_end_all(struct stream *stream);

/* ---- main thread, the session's own ---- */

/* All that are left, when the stream is gone. */
void tap_forget_all(struct media_session *session);

#endif
