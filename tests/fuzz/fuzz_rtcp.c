/* RTCP, as any sender may write it. */
#include "media/stream.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct worker worker;
	struct stream s = { .worker = &worker };
	s.remote.codec = media_codec_at(0);
	uint8_t *copy = malloc(size ? size : 1); /* so that a read past its end is seen */
	if (!copy)
		return 0;
	for (size_t i = 0; i < size; i++)
		copy[i] = data[i];
	report_receive(&s, copy, size);
	struct media_stats stats;
	counters_stats(&s, &stats);
	free(copy);
	return 0;
}
