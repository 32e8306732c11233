/* recogniser: pocketsphinx, for one thread: what is said in a piece of audio, as far as a grammar has it.
 *
 * How sure it is: the same audio is heard as any sounds at all, too, and how much better the grammar explains
 * it tells right words from wrong ones. (What the library itself says is 1 with every grammar.) */
#ifndef OFFHOOK_HEAR_RECOGNISER_H
#define OFFHOOK_HEAR_RECOGNISER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recogniser;

enum { RECOGNISER_TEXT_MAX = 1000 };

/* A grammar with the pronunciations of its words. Read only, once it is made; several threads may hear by it.
 */
struct recogniser_grammar {
	uint64_t number; /* another for every grammar */
	const char *jsgf;
	const struct recogniser_word {
		char *name; /* "sales", a second pronunciation "sales(2)" behind the first */
		char *phones;
	} * words;
	size_t word_count;
};

struct recogniser_result {
	char text[RECOGNISER_TEXT_MAX]; /* the words; "": none */
	double confidence;		/* 0 to 1, by: */
	double margin;			/* how much better than any sounds it is, by the frame */
};

/* `folder`: of the acoustic model. Returns 0, ENOENT (the model cannot be used), ENOMEM. */
int recogniser_open(struct recogniser **out, const char *folder) __attribute__((warn_unused_result));
void recogniser_close(struct recogniser *recogniser);

/* Hears `count` samples at PIECE_RATE (piece.h). Not `whole`: it may be the beginning of something. Returns 0, or
 * EINVAL: the library does not take the grammar. */
int recogniser_hear(struct recogniser *recogniser, const struct recogniser_grammar *grammar,
		    const int16_t *samples, size_t count, bool whole, struct recogniser_result *out);

#endif
