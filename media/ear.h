/* ear: hears digits in the audio (spandsp) of a far end that has no telephone-event.
 *
 * Concept. On the frame path it is given the tick's frame. On the relay path, where nothing is decoded
 * otherwise, it is given the packets and decodes them for itself: no jitter buffer, no tick, no delay. Audio
 * that was lost on the way neither ends a press nor begins another, so that a press is one whatever the loss.
 *
 * Plain data of one stream, used by its worker; only ear_alloc() and ear_free() allocate (in mail). */
#ifndef OFFHOOK_MEDIA_EAR_H
#define OFFHOOK_MEDIA_EAR_H

#include "media/convert.h"
#include "media/media.h"
#include "media/rtp.h"

#include <spandsp.h>
#include <stdbool.h>
#include <stdint.h>

struct ear {
	const struct media_codec *codec;
	void *decoder; /* NULL: its decoder has no state */
	dtmf_rx_state_t *dtmf;
	struct convert convert; /* to 8 kHz */
	char digit;		/* being pressed, or 0 */
	bool likely;		/* a digit sounds now, or what may be the beginning of one */
	unsigned ms;		/* since it was pressed */
	unsigned quiet;		/* pieces in a row with nothing in them */
	int64_t last_us;	/* when something was heard last */
	bool following;		/* the next two are known */
	uint16_t next_seq;	/* of the packet after the last one */
	uint32_t next_timestamp;
};

/* What was heard in a piece of audio: at most one press ended and one began in so short a time. */
struct ear_heard {
	char began, ended; /* or 0 */
	unsigned ended_ms; /* how long it was */
};

enum { EAR_MS = 10 }; /* of a piece */

/* Returns 0 or ENOMEM. */
int ear_alloc(struct ear **out, const struct media_codec *codec) __attribute__((warn_unused_result));
void ear_free(struct ear *ear); /* may be NULL */

/* A piece of EAR_MS at the codec's rate. */
struct ear_heard ear_hear(struct ear *ear, const int16_t *piece);
/* So much was lost on the way. */
void ear_miss(struct ear *ear, unsigned ms);
/* The press that is under way, if any, is over. */
struct ear_heard ear_stop(struct ear *ear);

#endif
