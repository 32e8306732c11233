#include "media/recorder_file.h"

#include "media/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SILENCE_LEVEL = 100, /* of 32767: −50 dBFS; below it a frame is silence to trim */
	WAV_MAX = 0xf0000000 /* bytes; the format's sizes have 32 bits */
};

static void fail(struct recorder *r, const char *why)
{
	snprintf(r->error, sizeof r->error, "%s cannot be written: %s.", r->file, why);
	atomic_store_explicit(&r->failed, true, memory_order_release);
}

static void open_file(struct recorder *r)
{
	SF_INFO info = {
		.samplerate = (int)r->rate,
		.channels = (int)r->channels,
		.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16,
	};
	r->open_tried = true;
	r->fd = open(r->file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (r->fd < 0) {
		fail(r, strerror(errno));
		return;
	}
	r->out = sf_open_fd(r->fd, SFM_WRITE, &info, SF_FALSE);
	if (!r->out) {
		fail(r, sf_strerror(NULL));
		return;
	}
	sf_command(r->out, SFC_SET_UPDATE_HEADER_AUTO, NULL, SF_TRUE);
	sf_command(r->out, SFC_UPDATE_HEADER_NOW, NULL, 0);
}

static bool write_frames(struct recorder *r, const int16_t *samples, size_t frames)
{
	sf_count_t count = (sf_count_t)(frames * r->size / r->channels);
	errno = 0;
	if (sf_writef_short(r->out, samples, count) != count) {
		fail(r, errno ? strerror(errno) : sf_strerror(r->out));
		return false;
	}
	r->samples += (uint64_t)count;
	if (r->samples * r->channels * sizeof *samples > WAV_MAX) {
		fail(r, "it has become too long for a WAV file");
		return false;
	}
	return true;
}

static bool silent(const int16_t *samples, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (samples[i] > SILENCE_LEVEL || samples[i] < -SILENCE_LEVEL)
			return false;
	return true;
}

/* Silence is held back until something follows it; before the first sound it is dropped. */
static bool write_trimmed(struct recorder *r, const int16_t *frame)
{
	static const int16_t zeros[FRAME_MAX * 2];
	if (silent(frame, r->size)) {
		r->silent += r->begun;
		return true;
	}
	for (; r->silent > 0; r->silent--)
		if (!write_frames(r, zeros, 1))
			return false;
	r->begun = true;
	return write_frames(r, frame, 1);
}

static void write_ring(struct recorder *r)
{
	unsigned taken = atomic_load_explicit(&r->taken, memory_order_relaxed);
	unsigned written = atomic_load_explicit(&r->written, memory_order_acquire);
	while (taken != written) {
		unsigned at = taken % RECORDER_FRAMES, n = written - taken;
		if (n > RECORDER_FRAMES - at)
			n = RECORDER_FRAMES - at;
		const int16_t *frames = r->ring + at * r->size;
		bool fine = true;
		if (!r->trim)
			fine = write_frames(r, frames, n);
		for (unsigned i = 0; r->trim && fine && i < n; i++)
			fine = write_trimmed(r, frames + i * r->size);
		if (!fine)
			return;
		taken += n;
		atomic_store_explicit(&r->taken, taken, memory_order_release);
	}
	struct stat st;
	if (fstat(r->fd, &st) == 0 && st.st_nlink == 0)
		fail(r, "it was removed");
}

static void bring_up_to_date(struct recorder *r)
{
	if (!r->open_tried)
		open_file(r);
	if (r->out && !atomic_load_explicit(&r->failed, memory_order_relaxed))
		write_ring(r);
}

void recorder_file_flush(struct mail *mail, void *filer)
{
	struct recorder *r = (struct recorder *)((char *)mail - offsetof(struct recorder, flush));
	(void)filer;
	atomic_store_explicit(&r->asked, false, memory_order_release);
	bring_up_to_date(r);
}

void recorder_file_close(struct mail *mail, void *filer)
{
	struct recorder *r = (struct recorder *)mail;
	(void)filer;
	bring_up_to_date(r);
	if (r->out)
		sf_close(r->out);
	struct stat st;
	if (r->fd >= 0 && fstat(r->fd, &st) == 0)
		r->bytes = (uint64_t)st.st_size;
	if (r->fd >= 0)
		close(r->fd);
	/* One into which nothing could be written is of no use to anybody. */
	if (r->fd >= 0 && r->samples == 0 && atomic_load_explicit(&r->failed, memory_order_relaxed) &&
	    unlink(r->file) == 0)
		r->bytes = 0;
	if (atomic_load_explicit(&r->failed, memory_order_relaxed))
		r->end = MEDIA_END_FAILED;
	r->done.run = r->taken_back;
	mailbox_post(r->main, &r->done);
}
