/* What a recording holds whose recorder is no more. */
#include "media/media.h"

#include <errno.h>
#include <sndfile.h>
#include <sys/stat.h>

int media_recording_measure(const char *file, uint64_t *duration_ms, uint64_t *bytes)
{
	SF_INFO info = { 0 };
	SNDFILE *in;
	struct stat st;

	/* Nothing that would have to be waited for. */
	if (stat(file, &st))
		return errno;
	if (!S_ISREG(st.st_mode))
		return EINVAL;
	in = sf_open(file, SFM_READ, &info);
	if (!in)
		return EBADMSG;
	sf_close(in);
	*duration_ms = info.samplerate > 0 ? (uint64_t)info.frames * 1000 / (uint64_t)info.samplerate : 0;
	*bytes = (uint64_t)st.st_size;
	return 0;
}
