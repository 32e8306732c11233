/* headers: the RTP headers of the first and the last packets that a stream receives and sends.
 *
 * Concept. Of each direction a log has the first HEADERS_FIRST packets, and a ring of the last ones behind
 * them: at 20 ms a packet, close to a second each. A record is 12 bytes: the header up to its timestamp as it
 * was, the size, and when. What is the same for many (SSRC, who the far end is) is a run's; of these the two
 * first and the newest are kept. Packets that were told apart from the far end's (strangers') are not in it.
 *
 * Threads. The stream's worker writes; nothing is allocated then. Once the stream is closed the main thread
 * has it. */
#ifndef OFFHOOK_MEDIA_HEADERS_H
#define OFFHOOK_MEDIA_HEADERS_H

#include "media/address.h"
#include "media/media.h"

#include <stdint.h>
#include <string.h>

enum {
	HEADERS_FIRST = 42,
	HEADERS_LAST = 42,
	HEADERS_MAX = HEADERS_FIRST + HEADERS_LAST, /* MEDIA_HEADERS_MAX */
	HEADERS_RUNS = 3,
	HEADERS_TIME_SHIFT = 10 /* times are in units of 1.024 ms */
};

struct header_record {
	uint8_t head[MEDIA_HEADER_HEAD]; /* as on the wire */
	uint16_t size;			 /* of the whole packet, without what encryption adds */
	uint16_t time;			 /* low bits */
};

struct header_run {
	union address remote;
	uint32_t ssrc, begin, end; /* packets, counted from 0 */
	uint32_t first, last;	   /* times of its first and last one; low bits */
};

struct header_log {
	struct header_record *at; /* where the next one goes; behind the last: header_log_turn() says where */
	struct header_record *resume; /* `at` of after the break; NULL: a run is under way */
	uint32_t laps;		      /* how often the ring went round */
	uint8_t runs;
	struct header_run run[HEADERS_RUNS];
	struct header_record records[HEADERS_MAX];
};

struct media_headers {
	struct header_log in, out;
	/* for the main thread, once it is over */
	union address local;
	unsigned in_hz, out_hz;	       /* clocks */
	int64_t utc_offset_us, end_us; /* monotonic */
};

/* NULL without memory. free() it. */
struct media_headers *headers_new(void);
/* From now on it is another SSRC, or another far end. `last_us`: when the last packet was put. */
void header_log_break(struct header_log *log, int64_t last_us);
/* Where the next record goes when `at` says no more: after a break a run begins, with `packet` as its first.
 */
struct header_record *header_log_turn(struct header_log *log, const uint8_t *packet,
				      const union address *remote, int64_t now_us);

/* A packet of `size` bytes, at least RTP_HEADER, to or from `remote`. */
static inline void header_log_put(struct header_log *log, const uint8_t *packet, size_t size,
				  const union address *remote, int64_t now_us)
{
	struct header_record *r = log->at;
	if (__builtin_expect(r == log->records + HEADERS_MAX, 0))
		r = header_log_turn(log, packet, remote, now_us);
	memcpy(r->head, packet, sizeof r->head);
	r->size = (uint16_t)size;
	r->time = (uint16_t)(now_us >> HEADERS_TIME_SHIFT);
	log->at = r + 1;
}

#endif
