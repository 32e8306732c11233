#include "daemon/api/speech/convert_file.h"

#include <errno.h>
#include <sndfile.h>
#include <string.h>
#include <unistd.h>

enum { FRAMES = 4096 };

/* `frames` of `from` channels in `in` to `to` channels in `out`. */
static void mix(const short *in, int from, short *out, int to, sf_count_t frames)
{
	for (sf_count_t i = 0; i < frames; i++) {
		const int left = in[i * from], right = in[i * from + from - 1];

		if (to == 1) {
			out[i] = (short)((left + right) / 2);
		} else {
			out[2 * i] = (short)left;
			out[2 * i + 1] = (short)right;
		}
	}
}

/* libsndfile 1.2.0 takes two channels of short for MP3 wrongly; float it takes well. */
static sf_count_t write_frames(SNDFILE *out, const short *frames, int channels, sf_count_t count,
			       enum conf_sound format)
{
	float wide[2 * FRAMES];

	if (format != CONF_MP3)
		return sf_writef_short(out, frames, count);
	for (sf_count_t i = 0; i < count * channels; i++)
		wide[i] = (float)frames[i] / 32768.0f;
	return sf_writef_float(out, wide, count);
}

static int copy(SNDFILE *in, int from, SNDFILE *out, int to, enum conf_sound format, const atomic_bool *stop)
{
	short read[2 * FRAMES], written[2 * FRAMES];
	sf_count_t n;

	while ((n = sf_readf_short(in, read, FRAMES)) > 0) {
		if (*stop)
			return ECANCELED;
		mix(read, from, written, to, n);
		errno = 0;
		if (write_frames(out, written, to, n, format) != n)
			return errno == ENOSPC ? ENOSPC : EIO;
	}
	return 0;
}

/* Opus has these rates alone (RFC 6716, section 2). */
static int ogg_of(int rate)
{
	switch (rate) {
	case 8000:
	case 12000:
	case 16000:
	case 24000:
	case 48000:
		return SF_FORMAT_OGG | SF_FORMAT_OPUS;
	default:
		return SF_FORMAT_OGG | SF_FORMAT_VORBIS;
	}
}

static int format_of(enum conf_sound format, int rate)
{
	switch (format) {
	case CONF_MP3:
		return SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
	case CONF_OGG:
		return ogg_of(rate);
	case CONF_WAV:
		break;
	}
	return SF_FORMAT_WAV | SF_FORMAT_PCM_16;
}

int convert_file(int in, int out, enum conf_sound format, int channels, const atomic_bool *stop)
{
	SF_INFO read = { 0 }, written = { 0 };
	SNDFILE *from, *to;
	int err = EINVAL;

	if (lseek(in, 0, SEEK_SET) < 0)
		return EIO;
	from = sf_open_fd(in, SFM_READ, &read, 0);
	if (!from)
		return EINVAL;
	if (!channels)
		channels = read.channels;
	written = (SF_INFO){ .samplerate = read.samplerate,
			     .channels = channels,
			     .format = format_of(format, read.samplerate) };
	to = read.channels == 1 || read.channels == 2 ? sf_open_fd(out, SFM_WRITE, &written, 0) : NULL;
	if (to) {
		err = copy(from, read.channels, to, channels, format, stop);
		if (sf_close(to) && !err)
			err = EIO;
	}
	sf_close(from);
	return err;
}
