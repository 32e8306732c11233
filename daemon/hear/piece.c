#include "daemon/hear/piece.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	TENTH = PIECE_RATE / 100, /* samples of ten milliseconds */
	ROOM = PIECE_RATE * PIECE_MAX_S,
	BEFORE = PIECE_RATE / 1000 * PIECE_BEFORE_MS,
};

int piece_init(struct piece *p, unsigned rate)
{
	*p = (struct piece){ .rate = rate };
	if (rate != PIECE_RATE && rate != PIECE_RATE / 2)
		return EINVAL;
	voice_init(&p->voice, PIECE_BEGIN_MS, PIECE_END_MS);
	p->samples = malloc(ROOM * sizeof *p->samples);
	return p->samples ? 0 : ENOMEM;
}

void piece_clear(struct piece *p)
{
	free(p->samples);
	p->samples = NULL;
}

static void add(struct piece *p, const int16_t *samples)
{
	int16_t *to = p->samples + p->count;

	if (p->rate == PIECE_RATE) {
		memcpy(to, samples, TENTH * sizeof *to);
	} else {
		for (unsigned i = 0; i < TENTH / 2; i++) {
			to[2 * i] = samples[i];
			to[2 * i + 1] = 0;
		}
	}
	p->count += TENTH;
}

/* Of silence a little is kept, for what a word begins with. */
static void forget(struct piece *p)
{
	if (p->count <= BEFORE)
		return;
	memmove(p->samples, p->samples + (p->count - BEFORE), BEFORE * sizeof *p->samples);
	p->count = BEFORE;
}

enum piece_state piece_hear(struct piece *p, const int16_t *samples)
{
	const enum voice_change change = voice_hear(&p->voice, samples, p->rate / 100);

	add(p, samples);
	if (change == VOICE_ENDED || p->count + TENTH > ROOM)
		return PIECE_WHOLE;
	if (p->voice.talking)
		return PIECE_GROWING;
	if (!p->voice.loud_ms)
		forget(p);
	return PIECE_SILENT;
}

bool piece_has_speech(const struct piece *p)
{
	return p->voice.talking || p->voice.loud_ms;
}

void piece_begin(struct piece *p)
{
	p->count = 0;
}
