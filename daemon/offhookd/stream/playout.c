#include "daemon/offhookd/stream/playout.h"

#include "lib/clock.h"
#include "media/tap.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

enum {
	PER_S = 1000 / FRAME_MS,
	PATIENCE_US = 60000, /* for the rest of a frame */
	AHEAD =
	    3, /* frames that the tap has at a time: what waits there is not dropped before the next tick */
};

struct playout_mark {
	struct playout_mark *next;
	char *name;
	uint64_t behind; /* samples */
	bool given;	 /* all before it */
	unsigned frame;	 /* then: of the tap, the last before it */
};

int playout_init(struct playout *p, unsigned rate)
{
	*p = (struct playout){ .rate = rate, .samples = evbuffer_new() };
	p->end = &p->first;
	return p->samples ? 0 : ENOMEM;
}

static void forget_first(struct playout *p)
{
	struct playout_mark *mark = p->first;

	p->first = mark->next;
	if (!p->first)
		p->end = &p->first;
	p->mark_count--;
	free(mark);
}

void playout_free(struct playout *p)
{
	while (p->first) {
		free(p->first->name);
		forget_first(p);
	}
	if (p->samples)
		evbuffer_free(p->samples);
	convert_free(&p->convert);
	*p = (struct playout){ 0 };
}

static size_t waiting(const struct playout *p)
{
	return evbuffer_get_length(p->samples) / sizeof(int16_t);
}

void playout_add(struct playout *p, const int16_t *samples, size_t count)
{
	size_t room = (size_t)p->rate * PLAYOUT_MAX_S - waiting(p);

	p->last_us = clock_mono_us();
	if (count > room) {
		p->dropped += count - room;
		count = room;
	}
	if (evbuffer_add(p->samples, samples, count * sizeof *samples))
		p->dropped += count;
	else
		p->taken_in += count;
}

unsigned playout_waits_ms(const struct playout *p)
{
	return (unsigned)(waiting(p) * 1000 / p->rate);
}

bool playout_mark(struct playout *p, const char *name)
{
	struct playout_mark *mark;

	if (p->mark_count == PLAYOUT_MARKS_MAX || strlen(name) > PLAYOUT_NAME_MAX)
		return false;
	mark = calloc(1, sizeof *mark);
	if (!mark)
		return false;
	mark->name = strdup(name);
	if (!mark->name) {
		free(mark);
		return false;
	}
	mark->behind = p->taken_in;
	*p->end = mark;
	p->end = &mark->next;
	p->mark_count++;
	return true;
}

/* All up to `given_out` is with the tap. */
static void pass_marks(struct playout *p, const struct media_tap *tap)
{
	for (struct playout_mark *mark = p->first; mark && mark->behind <= p->given_out; mark = mark->next) {
		if (mark->given)
			continue;
		mark->given = true;
		mark->frame = tap_given(tap);
	}
}

static bool give_frame(struct playout *p, struct media_tap *tap, unsigned rate)
{
	int16_t in[FRAME_MAX] = { 0 }, out[FRAME_MAX];
	size_t want = p->rate / PER_S, made = rate / PER_S;
	int got = evbuffer_remove(p->samples, in, want * sizeof in[0]);
	size_t count = got > 0 ? (size_t)got / sizeof in[0] : 0;

	if (!count || want > FRAME_MAX || made > FRAME_MAX)
		return false;
	if (rate != p->rate)
		convert_frame(&p->convert, in, want, out, made);
	(void)tap_speak(tap, rate != p->rate ? out : in, (unsigned)made);
	p->given_out += count;
	return true;
}

void playout_give(struct playout *p, struct media_tap *tap)
{
	const unsigned rate = tap_rate(tap);

	if (rate && !convert_prepare(&p->convert, p->rate, rate)) {
		while (tap_given(tap) - tap_taken(tap) < AHEAD) {
			/* what is no whole frame waits for more, for a while */
			if (waiting(p) < p->rate / PER_S && clock_mono_us() - p->last_us < PATIENCE_US)
				break;
			if (!give_frame(p, tap, rate))
				break;
		}
	}
	pass_marks(p, tap);
}

void playout_clear(struct playout *p, struct media_tap *tap)
{
	p->given_out += waiting(p);
	evbuffer_drain(p->samples, evbuffer_get_length(p->samples));
	tap_drop(tap);
	for (struct playout_mark *mark = p->first; mark; mark = mark->next) {
		mark->given = true;
		mark->frame = tap_taken(tap);
	}
}

char *playout_due(struct playout *p, const struct media_tap *tap)
{
	char *name;

	if (!p->first || !p->first->given || (int)(tap_taken(tap) - p->first->frame) < 0)
		return NULL;
	name = p->first->name;
	forget_first(p);
	return name;
}
