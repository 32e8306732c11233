#include "media/recorder.h"

#include "media/filer.h"
#include "media/stream.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "media/recorder_file.h"

/* Frames that are held back while digits are masked: as long as it takes to hear that a tone is one. */
enum { MASK_LAG = 4 };

/* Mean square of a frame in which nobody speaks: −46 dBFS, above what a line hums and below a low voice. */
enum { QUIET_POWER = 164 * 164 };

int recorder_alloc(struct recorder **out, const struct media_record *record, unsigned rate)
{
	if (!record->file || record->channels < 1 || record->channels > 2)
		return EINVAL;
	size_t size = rate / 1000 * FRAME_MS * record->channels;
	struct recorder *r = calloc(1, sizeof *r + RECORDER_FRAMES * size * sizeof r->ring[0]);
	if (!r)
		return ENOMEM;
	r->file = strdup(record->file);
	if (!r->file) {
		free(r);
		return ENOMEM;
	}
	r->fd = -1;
	r->channels = record->channels;
	r->track = record->track;
	r->rate = rate;
	r->size = size;
	r->trim = record->trim_silence;
	r->mask = record->mask_digits;
	r->quiet_max = (record->silence_ms + FRAME_MS - 1) / FRAME_MS;
	r->frames_max = (record->max_ms + FRAME_MS - 1) / FRAME_MS;
	r->end = MEDIA_END_COMPLETED;
	*out = r;
	return 0;
}

void recorder_free(struct recorder *r)
{
	convert_free(&r->convert_said);
	convert_free(&r->convert_heard);
	free(r->file);
	free(r);
}

static void ask(struct recorder *r, struct filer *filer)
{
	if (atomic_exchange_explicit(&r->asked, true, memory_order_acq_rel))
		return;
	r->flush.run = recorder_file_flush;
	filer_post(filer, &r->flush);
}

void recorder_start(struct recorder *r, struct filer *filer)
{
	ask(r, filer);
}

static int16_t limited(int sum)
{
	return (int16_t)(sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum);
}

/* The codec changed after the file began: the frame is brought to the file's rate. */
static const int16_t *at_rate(struct convert *c, const struct recorder *r, const int16_t *in, size_t count,
			      int16_t *room)
{
	size_t n = r->size / r->channels;
	if (count == n)
		return in;
	convert_frame(c, in, count, room, n);
	return room;
}

void recorder_prepare(struct recorder *first, unsigned rate)
{
	for (struct recorder *r = first; r; r = r->next) {
		(void)convert_prepare(&r->convert_said, rate, r->rate); /* without memory it is silence */
		(void)convert_prepare(&r->convert_heard, rate, r->rate);
	}
}

static void put(struct recorder *r, int16_t *slot, const int16_t *said, const int16_t *heard, size_t count)
{
	int16_t said_room[FRAME_MAX], heard_room[FRAME_MAX];
	size_t n = r->size / r->channels;
	said = at_rate(&r->convert_said, r, said, count, said_room);
	heard = at_rate(&r->convert_heard, r, heard, count, heard_room);
	const int with_said = r->track != MEDIA_TRACK_HEARD, with_heard = r->track != MEDIA_TRACK_SAID;
	for (size_t i = 0; r->channels == 2 && i < n; i++) {
		slot[2 * i] = (int16_t)(said[i] * with_said);
		slot[2 * i + 1] = (int16_t)(heard[i] * with_heard);
	}
	for (size_t i = 0; r->channels == 1 && i < n; i++)
		slot[i] = limited(said[i] * with_said + heard[i] * with_heard);
}

/* What the file thread may take: all, or while digits are masked all but the latest, which may yet turn out
 * to be one. */
static void publish(struct recorder *r, unsigned lag)
{
	unsigned written = atomic_load_explicit(&r->written, memory_order_relaxed);
	if (r->filled - written > lag)
		atomic_store_explicit(&r->written, r->filled - lag, memory_order_release);
}

static bool fill_slot(struct recorder *r, const int16_t *said, const int16_t *heard, size_t count)
{
	if (r->filled - atomic_load_explicit(&r->taken, memory_order_acquire) >= RECORDER_FRAMES)
		return false;
	int16_t *slot = r->ring + r->filled % RECORDER_FRAMES * r->size;
	if (r->paused || r->masked > 0)
		memset(slot, 0, r->size * sizeof *slot);
	else
		put(r, slot, said, heard, count);
	r->masked -= r->masked > 0;
	r->filled++;
	publish(r, r->mask ? MASK_LAG : 0);
	return true;
}

static bool is_quiet(const int16_t *samples, size_t count)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += (uint64_t)((int64_t)samples[i] * samples[i]);
	return sum < (uint64_t)count * QUIET_POWER;
}

/* Whether the far end has said nothing for as long as it may. */
static bool has_fallen_silent(struct recorder *r, const int16_t *said, size_t count)
{
	if (!r->quiet_max || r->paused)
		return false;
	r->quiet = is_quiet(said, count) ? r->quiet + 1 : 0;
	return r->quiet >= r->quiet_max;
}

bool recorder_write(struct recorder *r, struct filer *filer, const int16_t *said, const int16_t *heard,
		    size_t count, enum media_end *end)
{
	*end = MEDIA_END_FAILED;
	if (atomic_load_explicit(&r->failed, memory_order_acquire))
		return true;
	if (r->paused && !r->keep_silence)
		return false;
	if (!fill_slot(r, said, heard, count))
		atomic_fetch_add_explicit(&r->lost, 1, memory_order_relaxed);
	if (r->filled - atomic_load_explicit(&r->taken, memory_order_relaxed) >= RECORDER_FLUSH)
		ask(r, filer);
	*end = MEDIA_END_COMPLETED;
	return ++r->frames == r->frames_max || has_fallen_silent(r, said, count);
}

static void mask(struct recorder *r)
{
	unsigned written = atomic_load_explicit(&r->written, memory_order_relaxed);
	for (; written != r->filled; written++)
		memset(r->ring + written % RECORDER_FRAMES * r->size, 0, r->size * sizeof r->ring[0]);
	r->masked = MASK_LAG;
}

void recorder_mask(struct recorder *first)
{
	for (struct recorder *r = first; r; r = r->next)
		if (r->mask)
			mask(r);
}

void recorder_send_home(struct recorder *r, struct filer *filer, enum media_end end)
{
	publish(r, 0);
	r->end = end;
	r->done.run = recorder_file_close;
	filer_post(filer, &r->done);
}

void recorder_finish(struct stream *s, struct recorder *r, enum media_end end)
{
	struct recorder **at = &s->recorder;
	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	r->next = NULL;
	recorder_send_home(r, s->worker->filer, end);
	stream_choose_path_later(s);
}

void recorder_write_all(struct stream *s, const int16_t *said, const int16_t *heard, size_t count)
{
	struct recorder *next;
	enum media_end end;
	for (struct recorder *r = s->recorder; r; r = next) {
		next = r->next;
		if (recorder_write(r, s->worker->filer, said, heard, count, &end))
			recorder_finish(s, r, end);
	}
}
