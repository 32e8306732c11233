#include "media/source.h"

#include "media/tones.h"

#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <speex/speex_resampler.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1024, CHANNELS_MAX = 8, QUALITY = 4, SILENCE_MAX_MS = 3600000, RATE_MAX = 384000 };

enum source_kind { SOURCE_FILE, SOURCE_TONE, SOURCE_SILENCE };

struct source {
	enum source_kind kind;
	unsigned rate;
	struct tones tones;
	uint64_t silence; /* samples left */
	int fd;
	SNDFILE *file;
	unsigned channels, file_rate;
	SpeexResamplerState *resampler; /* NULL: the rates are the same */
	float chunk[CHUNK], mono[CHUNK];
	size_t at, have; /* in mono */
	bool ended;
};

static int fail(char error[SOURCE_ERROR_SIZE], int err, const char *name, const char *why)
{
	snprintf(error, SOURCE_ERROR_SIZE, "%s cannot be played: %s.", name, why);
	return err;
}

static int make_resampler(struct source *s)
{
	int err = 0;
	if (s->resampler)
		speex_resampler_destroy(s->resampler);
	s->resampler = NULL;
	if (s->file_rate == s->rate)
		return 0;
	s->resampler = speex_resampler_init(1, s->file_rate, s->rate, QUALITY, &err);
	if (!s->resampler)
		return ENOMEM;
	speex_resampler_skip_zeros(s->resampler);
	return 0;
}

static int open_file(struct source *s, const char *name, char *error)
{
	struct stat st;
	SF_INFO info = { 0 };
	s->fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a FIFO must not hold up the others' files */
	if (s->fd < 0)
		return fail(error, errno, name, strerror(errno));
	if (fstat(s->fd, &st) || !S_ISREG(st.st_mode))
		return fail(error, EINVAL, name, "it is no file");
	s->file = sf_open_fd(s->fd, SFM_READ, &info, SF_FALSE);
	if (!s->file)
		return fail(error, EINVAL, name, "it is no sound file that can be read");
	if (info.channels < 1 || info.channels > CHANNELS_MAX || info.samplerate < 1000 ||
	    info.samplerate > RATE_MAX)
		return fail(error, EINVAL, name, "its rate or number of channels is out of range");
	s->kind = SOURCE_FILE;
	s->channels = (unsigned)info.channels;
	s->file_rate = (unsigned)info.samplerate;
	return make_resampler(s) ? fail(error, ENOMEM, name, strerror(ENOMEM)) : 0;
}

static int open_tone(struct source *s, const char *name, const char *tone, char *error)
{
	char copy[32];
	size_t n = strcspn(tone, "/");
	if (n >= sizeof copy)
		return fail(error, EINVAL, name, "there is no such tone");
	memcpy(copy, tone, n);
	copy[n] = 0;
	s->kind = SOURCE_TONE;
	if (tones_start(&s->tones, copy, tone[n] ? tone + n + 1 : NULL, s->rate))
		return fail(error, EINVAL, name, "there is no such tone");
	return 0;
}

static int open_silence(struct source *s, const char *name, const char *ms, char *error)
{
	char *end;
	errno = 0;
	unsigned long value = strtoul(ms, &end, 10);
	if (*ms < '0' || *ms > '9' || *end || errno || value > SILENCE_MAX_MS)
		return fail(error, EINVAL, name, "silence is from 0 to 3600000 milliseconds");
	s->kind = SOURCE_SILENCE;
	s->silence = (uint64_t)value * s->rate / 1000;
	return 0;
}

int source_open(struct source **out, const char *name, unsigned rate, char error[SOURCE_ERROR_SIZE])
{
	struct source *s = calloc(1, sizeof *s);
	if (!s)
		return fail(error, ENOMEM, name, strerror(ENOMEM));
	s->rate = rate;
	s->fd = -1;
	int err;
	if (strncmp(name, "tone:", 5) == 0)
		err = open_tone(s, name, name + 5, error);
	else if (strncmp(name, "silence:", 8) == 0)
		err = open_silence(s, name, name + 8, error);
	else
		err = open_file(s, name, error);
	if (err)
		source_close(s);
	else
		*out = s;
	return err;
}

void source_close(struct source *s)
{
	if (!s)
		return;
	if (s->resampler)
		speex_resampler_destroy(s->resampler);
	if (s->file)
		sf_close(s->file);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

int source_set_rate(struct source *s, unsigned rate)
{
	if (s->rate == rate)
		return 0;
	s->silence = s->silence * rate / s->rate;
	s->rate = rate;
	return s->kind == SOURCE_FILE ? make_resampler(s) : 0; /* a tone changes when its next round begins */
}

/* The next chunk of the file, mixed to mono. */
static void read_chunk(struct source *s)
{
	sf_count_t frames = sf_readf_float(s->file, s->chunk, (sf_count_t)(CHUNK / s->channels));
	s->at = 0;
	s->have = frames > 0 ? (size_t)frames : 0;
	s->ended = s->have == 0;
	for (size_t i = 0; i < s->have; i++) {
		float sum = 0;
		for (unsigned c = 0; c < s->channels; c++)
			sum += s->chunk[i * s->channels + c];
		s->mono[i] = sum / (float)s->channels;
	}
}

static int16_t clip(float sample)
{
	sample *= 32768.0f;
	return (int16_t)(sample >= 32767.0f ? 32767 : sample <= -32768.0f ? -32768 : sample);
}

static size_t convert(struct source *s, int16_t *out, size_t count)
{
	float made[CHUNK];
	size_t used = s->have - s->at, n = count < CHUNK ? count : CHUNK;
	if (s->resampler) {
		spx_uint32_t in = (spx_uint32_t)used, converted = (spx_uint32_t)n;
		speex_resampler_process_float(s->resampler, 0, s->mono + s->at, &in, made, &converted);
		used = in;
		n = converted;
	} else {
		n = used < n ? used : n;
		used = n;
		memcpy(made, s->mono + s->at, n * sizeof *made);
	}
	s->at += used;
	for (size_t i = 0; i < n; i++)
		out[i] = clip(made[i]);
	return n;
}

static size_t read_file(struct source *s, int16_t *out, size_t count)
{
	size_t done = 0;
	while (done < count && !s->ended) {
		if (s->at == s->have)
			read_chunk(s);
		if (!s->ended)
			done += convert(s, out + done, count - done);
	}
	return done;
}

size_t source_read(struct source *s, int16_t *out, size_t count)
{
	if (s->ended)
		return 0;
	if (s->kind == SOURCE_FILE)
		return read_file(s, out, count);
	if (s->kind == SOURCE_TONE) {
		size_t n = tones_read(&s->tones, out, count);
		s->ended = s->tones.round_over;
		return n;
	}
	size_t n = s->silence < count ? (size_t)s->silence : count;
	memset(out, 0, n * sizeof *out);
	s->silence -= n;
	s->ended = s->silence == 0;
	return n;
}
