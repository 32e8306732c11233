/* voice: when somebody begins to speak on a line and when he is silent again, by energy.
 *
 * Concept. What is heard is cut into pieces of 10 ms. A piece is loud when it stands out from the line's
 * noise, which is the least of what was heard in the last second. So many loud pieces close together are
 * speech; so many quiet ones in a row are its end.
 *
 * Plain data; nothing allocates. */
#ifndef OFFHOOK_MEDIA_VOICE_H
#define OFFHOOK_MEDIA_VOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VOICE_PIECE_MS = 10, VOICE_MINIMA = 10 };

/* The noise of a line: the least level of the last second. */
struct line_noise {
	float minima[VOICE_MINIMA]; /* of tenths of a second */
	unsigned minimum_at, in_tenth;
	float tenth_minimum;
};
void line_noise_init(struct line_noise *noise);
/* The noise when the level of one more piece is known [RMS]. */
float line_noise_hear(struct line_noise *noise, float level);
/* The level of a piece [RMS], of what changes: a line may have an offset. */
float voice_level(const int16_t *piece, size_t count);
/* Whether a piece of that level is speech on a line of that noise. */
bool voice_stands_out(float level, float noise);

struct voice {
	unsigned begin_ms, end_ms; /* so much of speech is its beginning, so much of silence its end */
	struct line_noise noise;
	uint64_t ms;		    /* heard so far */
	uint64_t began_ms, last_ms; /* when the speech began, and when something of it was heard last */
	unsigned loud_ms, quiet_ms; /* in a row, but for short gaps */
	bool talking;
};

enum voice_change { VOICE_SAME, VOICE_BEGAN, VOICE_ENDED };

enum { VOICE_BEGIN_MS = 120, VOICE_END_MS = 600 };
/* 0: as is usual. */
void voice_init(struct voice *voice, unsigned begin_ms, unsigned end_ms);
/* A piece of VOICE_PIECE_MS, `count` samples at any rate. When it has just begun or ended, began_ms and
 * last_ms say from when to when. */
enum voice_change voice_hear(struct voice *voice, const int16_t *piece, size_t count);

#endif
