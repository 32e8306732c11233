/* Sound files, as anybody may upload them, played at two rates. */
#define _GNU_SOURCE
#include "media/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FRAMES = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64], error[SOURCE_ERROR_SIZE];
	int16_t samples[960];
	struct source *source;
	int fd = memfd_create("sound", 0);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (source_open(&source, path, 8000, error) == 0) {
		for (int i = 0; i < FRAMES && source_read(source, samples, 160) > 0; i++)
			;
		if (source_set_rate(source, 48000) == 0)
			for (int i = 0; i < FRAMES && source_read(source, samples, 960) > 0; i++)
				;
		source_close(source);
	}
	close(fd);
	return 0;
}
