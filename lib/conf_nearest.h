/* conf_nearest: what somebody may have meant. For the conf loader and json_get. */
#ifndef OFFHOOK_LIB_CONF_NEAREST_H
#define OFFHOOK_LIB_CONF_NEAREST_H

#include <stddef.h>

/* The candidate that fewest strokes (a letter more, less, other, or two changed about) make of `word`, while
 * that is at most two of them and less than half of it. */
struct conf_nearest {
	const char *word;
	size_t length;
	const char *best; /* so far, borrowed; NULL: none */
	unsigned strokes; /* that it takes */
};

void conf_nearest_begin(struct conf_nearest *nearest, const char *word, size_t length);
void conf_nearest_look(struct conf_nearest *nearest, const char *candidate);
/* "; did you mean \"BEST\"?", or "" when there is none. */
const char *conf_nearest_text(const struct conf_nearest *nearest, char out[128]);

#endif
