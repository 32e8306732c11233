/* grammar: what a script expects to hear, as a grammar for the recogniser, and its way back: the words that
 * were recognised as the script wrote them.
 *
 * A hint is a phrase ("speak to an agent"), a built-in type ("$digits", spoken.h), or a phrase with one of
 * them in it ("extension $digits:4"). Numbers in a phrase ("option 2") are said as numbers or digit by digit.
 * What cannot be said so (other alphabets, an unknown type) is left out and counted. Without hints yes and no
 * are expected.
 *
 * Everything is bounded: GRAMMAR_HINTS_MAX hints of GRAMMAR_HINT_MAX bytes. */
#ifndef OFFHOOK_HEAR_GRAMMAR_H
#define OFFHOOK_HEAR_GRAMMAR_H

#include "daemon/hear/spoken.h"

#include <jansson.h>

enum { GRAMMAR_HINTS_MAX = 500, GRAMMAR_HINT_MAX = 200, GRAMMAR_WORDS_MAX = 24 };

/* One way to say a hint. */
struct grammar_phrase {
	char *hint;   /* as it was written, without blanks around it */
	char *said;   /* its words with blanks between; what `words` points into */
	char **words; /* NULL in the place of the type */
	size_t count;
	enum spoken_type type;
	unsigned digits; /* of SPOKEN_DIGITS; 0: any number of them */
};

struct grammar {
	struct grammar_phrase *phrases;
	size_t count, room;
	unsigned skipped; /* hints that cannot be said */
	char *jsgf;
	char **words; /* all of the grammar, each once, sorted */
	size_t word_count, word_room;
};

/* `hints`: an array of texts, or NULL. Returns 0, EINVAL (hints, and none of them can be said), ENOMEM. */
int grammar_make(struct grammar *out, const json_t *hints) __attribute__((warn_unused_result));
void grammar_clear(struct grammar *grammar);

/* What was said, when the recogniser heard `words` (with blanks between); new, NULL without memory. */
char *grammar_said(const struct grammar *grammar, const char *words);

#endif
