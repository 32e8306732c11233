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
static sf_count_t write_frames(SNDFILE *out, const short *frames, int channels, sf_count_t count, bool mp3)
{
	float wide[2 * FRAMES];

	if (!mp3)
		return sf_writef_short(out, frames, count);
	for (sf_count_t i = 0; i < count * channels; i++)
		wide[i] = (float)frames[i] / 32768.0f;
	return sf_writef_float(out, wide, count);
}

static int copy(SNDFILE *in, int from, SNDFILE *out, int to, bool mp3, const atomic_bool *stop)
{
	short read[2 * FRAMES], written[2 * FRAMES];
	sf_count_t n;

	while ((n = sf_readf_short(in, read, FRAMES)) > 0) {
		if (*stop)
			return ECANCELED;
		mix(read, from, written, to, n);
		errno = 0;
		if (write_frames(out, written, to, n, mp3) != n)
			return errno == ENOSPC ? ENOSPC : EIO;
	}
	return 0;
}

int convert_file(int in, int out, bool mp3, int channels, const atomic_bool *stop)
{
	SF_INFO read = { 0 }, written = { 0 };
	SNDFILE *from, *to;
	int err = EINVAL;

	if (lseek(in, 0, SEEK_SET) < 0)
		return EIO;
	from = sf_open_fd(in, SFM_READ, &read, 0);
	if (!from)
		return EINVAL;
	written = (SF_INFO){ .samplerate = read.samplerate,
			     .channels = channels,
			     .format = mp3 ? SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III
					   : SF_FORMAT_WAV | SF_FORMAT_PCM_16 };
	to = read.channels == 1 || read.channels == 2 ? sf_open_fd(out, SFM_WRITE, &written, 0) : NULL;
	if (to) {
		err = copy(from, read.channels, to, channels, mp3, stop);
		if (sf_close(to) && !err)
			err = EIO;
	}
	sf_close(from);
	return err;
}
