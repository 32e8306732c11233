/* Recordings as MP3, as Ogg and with other numbers of channels. */
#include "daemon/api/speech/convert_file.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(api_convert, .timeout = 30);

enum { RATE = 8000, SECONDS = 2 };

/* A file without a name, with `channels` channels of tones: the first 400 Hz, the next silence. */
static int sound_of(int channels)
{
	FILE *file = tmpfile();
	SF_INFO info = { .samplerate = RATE,
			 .channels = channels,
			 .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16 };
	int fd = file ? dup(fileno(file)) : -1;
	SNDFILE *out = fd >= 0 ? sf_open_fd(fd, SFM_WRITE, &info, 0) : NULL;
	short frame[8] = { 0 };

	cr_assert_not_null(out);
	for (int i = 0; i < RATE * SECONDS; i++) {
		frame[0] = (short)(8000 * sin(2 * M_PI * 400 * i / RATE));
		sf_writef_short(out, frame, 1);
	}
	sf_close(out);
	fclose(file);
	return fd;
}

static int empty(void)
{
	FILE *file = tmpfile();
	int fd = file ? dup(fileno(file)) : -1;

	cr_assert_geq(fd, 0);
	fclose(file);
	return fd;
}

static int convert(int in, int out, enum conf_sound format, int channels, bool stopped)
{
	atomic_bool stop = stopped;

	return convert_file(in, out, format, channels, &stop);
}

/* Mean level of a channel of what was made. */
static double level(int fd, int channel, int *channels)
{
	SF_INFO info = { 0 };
	double sum = 0, count = 0;
	short frame[2] = { 0 };
	SNDFILE *in;

	lseek(fd, 0, SEEK_SET);
	in = sf_open_fd(fd, SFM_READ, &info, 0);
	cr_assert_not_null(in, "%s", sf_strerror(NULL));
	cr_assert_leq(info.channels, 2);
	for (; sf_readf_short(in, frame, 1) == 1; count++)
		sum += abs(frame[channel]);
	cr_expect_float_eq(count, RATE * SECONDS, RATE / 8, "%f frames", count);
	sf_close(in);
	*channels = info.channels;
	return sum / count;
}

Test(api_convert, mixes_and_doubles_in_all_formats)
{
	for (enum conf_sound format = CONF_WAV; format <= CONF_OGG; format++) {
		for (int from = 1; from <= 2; from++) {
			for (int to = 1; to <= 2; to++) {
				int in = sound_of(from), out = empty(), channels;
				double expected =
				    from == 2 && to == 1 ? 2546 : 5093; /* 8000 · 2/π, halved by silence */

				cr_assert_eq(convert(in, out, format, to, false), 0);
				cr_expect_float_eq(level(out, 0, &channels), expected, expected / 8,
						   "format %d, %d to %d: %f", (int)format, from, to,
						   level(out, 0, &channels));
				cr_expect_eq(channels, to);
				if (to == 2)
					cr_expect_float_eq(level(out, 1, &channels), from == 2 ? 0 : 5093,
							   650);
				close(in);
				close(out);
			}
		}
	}
}

Test(api_convert, refuses_what_is_no_such_sound)
{
	int many = sound_of(3), nothing = empty(), text = empty(), out = empty();

	cr_assert_eq(write(text, "RIFFxxxxWAVE and no more", 24), 24);
	cr_expect_eq(convert(many, out, CONF_MP3, 1, false), EINVAL);
	cr_expect_eq(convert(nothing, out, CONF_MP3, 1, false), EINVAL);
	cr_expect_eq(convert(text, out, CONF_WAV, 2, false), EINVAL);
	close(many);
	close(nothing);
	close(text);
	close(out);
}

Test(api_convert, stops_when_it_is_told_to)
{
	int in = sound_of(1), out = empty();

	cr_expect_eq(convert(in, out, CONF_MP3, 1, true), ECANCELED);
	close(in);
	close(out);
}
