/* piece: cuts audio into what is said between pauses, for the recogniser.
 *
 * Audio of 8000 samples a second gets a zero behind each sample: the model knows speech of twice the rate,
 * and what stands above 4 kHz then, the mirror of what is below, serves it better than nothing there.
 *
 * Plain data but for one buffer of PIECE_MAX_S, which piece_init() allocates. */
#ifndef OFFHOOK_HEAR_PIECE_H
#define OFFHOOK_HEAR_PIECE_H

#include "media/voice.h"

enum { PIECE_RATE = 16000, PIECE_MAX_S = 15, PIECE_BEFORE_MS = 400, PIECE_BEGIN_MS = 80, PIECE_END_MS = 600 };

struct piece {
	unsigned rate; /* 8000 or 16000, of what comes */
	struct voice voice;
	int16_t *samples; /* at PIECE_RATE */
	size_t count;
};

enum piece_state { PIECE_SILENT, PIECE_GROWING, PIECE_WHOLE };

/* Returns 0, EINVAL (the rate), ENOMEM. */
int piece_init(struct piece *piece, unsigned rate) __attribute__((warn_unused_result));
void piece_clear(struct piece *piece);

/* Samples of ten milliseconds. PIECE_WHOLE: samples and count are something that was said; they are to be
 * copied, and piece_begin() called. */
enum piece_state piece_hear(struct piece *piece, const int16_t *samples);
/* Whether something is being said, or was begun. */
bool piece_has_speech(const struct piece *piece);
void piece_begin(struct piece *piece);

#endif
