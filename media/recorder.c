#include "media/recorder.h"

#include "media/filer.h"
#include "media/stream.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "media/recorder_file.h"

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
	r->rate = rate;
	r->size = size;
	r->trim = record->trim_silence;
	r->frames_max = (record->max_ms + FRAME_MS - 1) / FRAME_MS;
	r->end = MEDIA_END_COMPLETED;
	*out = r;
	return 0;
}

void recorder_free(struct recorder *r)
{
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

/* `at` maps a sample of the file to one of the frame, should the codec have changed since the file began. */
static void put(struct recorder *r, int16_t *slot, const int16_t *said, const int16_t *heard, size_t count)
{
	size_t n = r->size / r->channels;
	for (size_t i = 0; i < n; i++) {
		size_t at = count == n ? i : i * count / n;
		if (r->channels == 2) {
			slot[2 * i] = said[at];
			slot[2 * i + 1] = heard[at];
		} else {
			slot[i] = limited(said[at] + heard[at]);
		}
	}
}

bool recorder_write(struct recorder *r, struct filer *filer, const int16_t *said, const int16_t *heard,
		    size_t count, enum media_end *end)
{
	*end = MEDIA_END_FAILED;
	if (atomic_load_explicit(&r->failed, memory_order_acquire))
		return true;
	if (r->paused && !r->keep_silence)
		return false;
	unsigned written = atomic_load_explicit(&r->written, memory_order_relaxed);
	unsigned have = written - atomic_load_explicit(&r->taken, memory_order_acquire);
	if (have < RECORDER_FRAMES) {
		int16_t *slot = r->ring + written % RECORDER_FRAMES * r->size;
		if (r->paused)
			memset(slot, 0, r->size * sizeof *slot);
		else
			put(r, slot, said, heard, count);
		atomic_store_explicit(&r->written, written + 1, memory_order_release);
	} else {
		atomic_fetch_add_explicit(&r->lost, 1, memory_order_relaxed);
	}
	if (have + 1 >= RECORDER_FLUSH)
		ask(r, filer);
	*end = MEDIA_END_COMPLETED;
	return ++r->frames == r->frames_max;
}

void recorder_send_home(struct recorder *r, struct filer *filer, enum media_end end)
{
	r->end = end;
	r->done.run = recorder_file_close;
	filer_post(filer, &r->done);
}

void recorder_finish(struct stream *s, enum media_end end)
{
	recorder_send_home(s->recorder, s->worker->filer, end);
	s->recorder = NULL;
	stream_choose_path_later(s);
}
