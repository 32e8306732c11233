/* The same over a file: see amd.h. */
#include "media/amd.h"
#include "media/convert.h"

#include <errno.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

/* Frames of 20 ms, all channels made one, at the detector's rate. */
static int read_all(SNDFILE *file, const SF_INFO *info, struct amd *amd, amd_said_h *handler, void *arg)
{
	const unsigned rate = (unsigned)info->samplerate, channels = (unsigned)info->channels;
	const size_t size = rate / 50;
	struct convert convert = { 0 };
	int16_t *in = calloc(size * channels, sizeof *in), *mono = calloc(size, sizeof *mono),
		made[2 * AMD_PIECE];
	int err = in && mono ? convert_prepare(&convert, rate, AMD_RATE) : ENOMEM;
	while (!err && !amd->over) {
		sf_count_t n = sf_readf_short(file, in, (sf_count_t)size);
		if (n <= 0)
			break;
		memset(mono, 0, size * sizeof *mono);
		for (sf_count_t i = 0; i < n; i++) {
			int32_t sum = 0;
			for (unsigned c = 0; c < channels; c++)
				sum += in[(size_t)i * channels + c];
			mono[i] = (int16_t)(sum / (int32_t)channels);
		}
		if (rate == AMD_RATE)
			memcpy(made, mono, sizeof made);
		else
			convert_frame(&convert, mono, size, made, 2 * AMD_PIECE);
		for (unsigned at = 0; at < 2 && !amd->over; at++)
			if (amd_hear(amd, made + at * AMD_PIECE))
				handler(&amd->so_far, arg);
	}
	convert_free(&convert);
	free(in);
	free(mono);
	return err;
}

int amd_hear_file(const char *path, const struct media_amd *how, struct media_machine *so_far,
		  amd_said_h *handler, void *arg)
{
	SF_INFO info = { 0 };
	struct amd *amd;
	SNDFILE *file = sf_open(path, SFM_READ, &info);
	int err;
	if (!file)
		return EINVAL;
	err = info.samplerate < AMD_RATE || info.samplerate > 192000 || info.channels > 8
		  ? EINVAL
		  : amd_alloc(&amd, how);
	if (!err) {
		err = read_all(file, &info, amd, handler, arg);
		*so_far = amd->so_far;
		amd_free(amd);
	}
	sf_close(file);
	return err;
}

const char *media_machine_name(const struct media_machine *m)
{
	static const char *const names[] = { "", "human", "machine", "fax", "unknown" };
	return names[m->is];
}

const char *media_machine_end_name(const struct media_machine *m)
{
	static const char *const names[] = { NULL, "beep", "silence", "other" };
	return names[m->end];
}
