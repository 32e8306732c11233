#include "media/player.h"

#include "media/filer.h"
#include "media/stream.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int player_alloc(struct player **out, const struct media_play *play)
{
	if (play->count == 0)
		return EINVAL;
	struct player *p = calloc(1, sizeof *p);
	if (!p)
		return ENOMEM;
	p->files = calloc(play->count, sizeof *p->files);
	p->count = p->files ? play->count : 0;
	p->loops = play->loops;
	p->barge_in = play->barge_in;
	p->gain = play->gain_db ? powf(10, (float)play->gain_db / 20) : 1;
	for (size_t i = 0; i < p->count; i++) {
		p->files[i] = strdup(play->files[i]);
		if (!p->files[i])
			p->count = 0;
	}
	if (p->count == 0) {
		p->count = p->files ? play->count : 0;
		player_free(p);
		return ENOMEM;
	}
	*out = p;
	return 0;
}

void player_free(struct player *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->files[i]);
	free(p->files);
	source_close(p->source);
	free(p);
}

/* ---- file thread ---- */

/* The next of the list, after the last one the first again. False: all rounds are played. */
static bool next_source(struct player *p)
{
	source_close(p->source);
	p->source = NULL;
	if (++p->index < p->count)
		return true;
	p->index = 0;
	p->rounds++;
	bool again = (p->loops == 0 || p->rounds < p->loops) &&
		     p->sounded; /* nothing at all, for ever, is an end too */
	p->sounded = false;
	return again;
}

static void amplify(struct player_frame *f, size_t count, float gain)
{
	for (size_t i = 0; i < count; i++) {
		const float sample = (float)f->samples[i] * gain;

		f->samples[i] = sample > INT16_MAX   ? INT16_MAX
				: sample < INT16_MIN ? INT16_MIN
						     : (int16_t)lrintf(sample);
	}
}

static bool fill_frame(struct player *p, struct player_frame *f, unsigned rate)
{
	size_t size = rate / 1000 * FRAME_MS, done = 0;
	while (done < size) {
		if (!p->source && source_open(&p->source, p->files[p->index], rate, p->error)) {
			p->failed = true;
			break;
		}
		if (source_set_rate(p->source, rate)) {
			p->failed = true;
			break;
		}
		size_t n = source_read(p->source, f->samples + done, size - done);
		p->sounded = p->sounded || n > 0;
		done += n;
		if (done < size && n == 0 && !next_source(p))
			break;
	}
	if (p->gain < 1 || p->gain > 1)
		amplify(f, done, p->gain);
	memset(f->samples + done, 0, (size - done) * sizeof f->samples[0]);
	f->rate = rate;
	f->count = (unsigned)size;
	return done == size;
}

/* Until the ring has `enough` frames. */
static void read_ahead(struct player *p, unsigned enough)
{
	if (atomic_load_explicit(&p->over, memory_order_relaxed))
		return;
	unsigned written = atomic_load_explicit(&p->written, memory_order_relaxed);
	while (written - atomic_load_explicit(&p->taken, memory_order_acquire) < enough) {
		struct player_frame *f = &p->frames[written % PLAYER_FRAMES];
		bool more = fill_frame(p, f, atomic_load_explicit(&p->rate, memory_order_relaxed));
		if (more || !p->failed)
			atomic_store_explicit(&p->written, ++written, memory_order_release);
		if (!more) {
			atomic_store_explicit(&p->over, true, memory_order_release);
			return;
		}
	}
}

static void refill(struct mail *mail, void *owner)
{
	struct player *p = (struct player *)((char *)mail - offsetof(struct player, refill));
	(void)owner;
	atomic_store_explicit(&p->asked, false, memory_order_release);
	read_ahead(p, PLAYER_FRAMES);
}

static void refill_a_little(struct mail *mail, void *owner)
{
	struct player *p = (struct player *)((char *)mail - offsetof(struct player, hurry));
	(void)owner;
	atomic_store_explicit(&p->hurried, false, memory_order_release);
	read_ahead(p, PLAYER_SOON);
}

static void close_source(struct mail *mail, void *owner)
{
	struct player *p = (struct player *)mail;
	(void)owner;
	source_close(p->source);
	p->source = NULL;
	if (p->failed)
		p->end = MEDIA_END_FAILED;
	p->done.run = p->taken_back;
	mailbox_post(p->main, &p->done);
}

/* ---- worker ---- */

/* The codec changed in the middle of what was read ahead: these few frames are stretched to the new rate. */
static void stretch(const struct player_frame *f, int16_t *out, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = f->samples[i * f->count / count];
}

static void hurry(struct player *p, struct filer *filer)
{
	if (atomic_exchange_explicit(&p->hurried, true, memory_order_acq_rel))
		return;
	p->hurry.run = refill_a_little;
	filer_hurry(filer, &p->hurry);
}

static void ask(struct player *p, struct filer *filer)
{
	if (atomic_exchange_explicit(&p->asked, true, memory_order_acq_rel))
		return;
	p->refill.run = refill;
	filer_post(filer, &p->refill);
}

void player_begin(struct player *p, struct filer *filer, unsigned rate)
{
	atomic_store_explicit(&p->rate, rate, memory_order_relaxed);
	hurry(p, filer);
}

void player_read(struct player *p, struct filer *filer, int16_t *out, size_t count, unsigned rate)
{
	unsigned taken = atomic_load_explicit(&p->taken, memory_order_relaxed);
	unsigned have = atomic_load_explicit(&p->written, memory_order_acquire) - taken;
	atomic_store_explicit(&p->rate, rate, memory_order_relaxed);
	if (have <= PLAYER_FRAMES / 2 && !atomic_load_explicit(&p->over, memory_order_relaxed)) {
		if (have <= PLAYER_LOW)
			hurry(p, filer);
		else
			ask(p, filer);
	}
	if (have == 0) {
		memset(out, 0, count * sizeof *out);
		return;
	}
	const struct player_frame *f = &p->frames[taken % PLAYER_FRAMES];
	if (f->count == count)
		memcpy(out, f->samples, count * sizeof *out);
	else
		stretch(f, out, count);
	atomic_store_explicit(&p->taken, taken + 1, memory_order_release);
}

void player_send_home(struct player *p, struct filer *filer, enum media_end end)
{
	p->end = end;
	p->done.run = close_source;
	filer_post(filer, &p->done);
}

void player_finish(struct stream *s, enum media_end end)
{
	player_send_home(s->player, s->worker->filer, end);
	s->player = NULL;
	stream_choose_path_later(s);
}
