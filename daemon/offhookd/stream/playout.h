/* playout: what a program says to a call, from the bytes that come over its socket to the frames that the
 * far end hears, with marks.
 *
 * Concept. Audio is one run of samples however it is cut into messages: a frame is given when it is whole;
 * what is left over is filled up with silence only when nothing has come for a while. A mark stands between
 * samples and is due when all before it has been heard; what is dropped counts as heard.
 *
 * Bounds: PLAYOUT_MAX_S of samples; what comes beyond is dropped and counted. One thread. */
#ifndef OFFHOOK_STREAM_PLAYOUT_H
#define OFFHOOK_STREAM_PLAYOUT_H

#include "media/convert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evbuffer;
struct media_tap;
struct playout_mark;

enum { PLAYOUT_MAX_S = 60, PLAYOUT_MARKS_MAX = 256, PLAYOUT_NAME_MAX = 2048 };

struct playout {
	struct evbuffer *samples;
	unsigned rate;
	struct convert convert;
	uint64_t taken_in,
	    given_out;	  /* samples since the beginning; the second also those that were dropped */
	uint64_t dropped; /* for want of room */
	int64_t last_us;  /* when something came last (monotonic) */
	struct playout_mark *first, **end;
	unsigned mark_count;
};

/* Returns 0 or ENOMEM. */
int playout_init(struct playout *playout, unsigned rate) __attribute__((warn_unused_result));
void playout_free(struct playout *playout);

/* Samples at `rate`. */
void playout_add(struct playout *playout, const int16_t *samples, size_t count);
/* What waits [ms], not counting what the tap has. */
unsigned playout_waits_ms(const struct playout *playout);
/* False: there are too many, or the name is too long. */
bool playout_mark(struct playout *playout, const char *name);
/* Gives the tap what it has room for. */
void playout_give(struct playout *playout, struct media_tap *tap);
/* Drops all that was not heard. */
void playout_clear(struct playout *playout, struct media_tap *tap);
/* Takes a mark that is due: its name, to be freed; NULL: none is. */
char *playout_due(struct playout *playout, const struct media_tap *tap);

#endif
