/* conf_nearest: see conf_nearest.h. */
#include "lib/conf_nearest.h"

#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 64, STROKES_MAX = 2 };

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned n = a < b ? a : b;

	return n < c ? n : c;
}

/* The optimal string alignment distance of two words of at most WORD_MAX characters. */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned rows[3][WORD_MAX + 1]; /* of a's character before last, last, and this one */

	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = rows[1][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *now = rows[(i + 1) % 3], *last = rows[i % 3], *before = rows[(i + 2) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1, now[j]);
		}
	}
	return rows[(na + 1) % 3][nb];
}

void conf_nearest_begin(struct conf_nearest *nearest, const char *word, size_t length)
{
	unsigned half = length / 2 > STROKES_MAX ? STROKES_MAX : (unsigned)(length / 2);

	*nearest = (struct conf_nearest){ .word = word, .length = length, .strokes = half + 1 };
}

void conf_nearest_look(struct conf_nearest *nearest, const char *candidate)
{
	size_t length = strlen(candidate);
	unsigned strokes;

	if (nearest->length > WORD_MAX || length > WORD_MAX)
		return;
	strokes = distance(nearest->word, nearest->length, candidate, length);
	if (strokes >= nearest->strokes)
		return;
	nearest->strokes = strokes;
	nearest->best = candidate;
}

const char *conf_nearest_text(const struct conf_nearest *nearest, char out[128])
{
	if (!nearest->best)
		return "";
	snprintf(out, 128, "; did you mean \"%.64s\"?", nearest->best);
	return out;
}
