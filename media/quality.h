/* quality: how good every second of a stream was, kept until its end. Used by the stream's worker, once a
 * second. */
#ifndef OFFHOOK_MEDIA_QUALITY_H
#define OFFHOOK_MEDIA_QUALITY_H

#include "media/media.h"

#include <stdbool.h>
#include <stdint.h>

struct stream;

enum { QUALITY_KINDS = 6 };

struct quality {
	struct media_second *seconds; /* grows as the call does */
	size_t count, room;
	unsigned each;		 /* seconds that an entry stands for: doubled when there are too many */
	struct media_second sum; /* of the entry under way, when an entry is more than a second */
	unsigned summed;
	uint64_t packets, lost, late, concealed_ms, sent, unauthentic; /* at the last second */
	unsigned silent_s, one_way_s;
	bool bad[QUALITY_KINDS]; /* said, and not over yet */
	float mos_in_sum, mos_out_sum;
	unsigned mos_in_count, mos_out_count;
};

/* The E-model (ITU-T G.107) as far as it matters here. Mean opinion score, 1 to 4.5, for a codec's Ie and Bpl
 * (G.113), loss [%] and one-way delay [ms]. */
float quality_mos(float ie, float bpl, float loss_percent, float delay_ms);

/* The rating that it comes from, 0 to 100. */
unsigned quality_r(float ie, float bpl, float loss_percent, float delay_ms);

/* A second has passed. */
void quality_second(struct stream *stream);
/* The stream ends: the rest of its second counts, too. */
void quality_end(struct stream *stream);
float quality_mos_in(const struct quality *quality);
float quality_mos_out(const struct quality *quality);

#endif
