/* Whatever sound there may be, to the detector of answering machines. The first four bytes are what it is
 * told to go by. */
#include "media/amd.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 4, TIMES = 8, SAID_MAX = 2 };

/* One verdict, and when it was a machine's the end of its message. */
static void check(const struct amd *a, unsigned said)
{
	const struct media_machine *m = &a->so_far;
	if (said > SAID_MAX || m->is == MEDIA_MACHINE_NONE || m->is > MEDIA_MACHINE_UNKNOWN || !m->reason ||
	    m->after_ms > a->ms || m->speech_ms > a->ms || m->initial_silence_ms > a->ms ||
	    m->beep_at_ms > a->ms)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < HEAD + sizeof(int16_t) * AMD_PIECE)
		return 0;
	const struct media_amd how = { .timeout_ms = data[0] * 100U,
				       .speech_ms = data[1] * 20U,
				       .silence_ms = data[2] * 20U,
				       .speech_end_ms = (data[3] & 0x7f) * 10U,
				       .message_end = data[3] & 0x80 };
	int16_t pieces[64][AMD_PIECE];
	struct amd *a;
	size_t count = (size - HEAD) / sizeof pieces[0];
	unsigned said = 0;
	if (count > 64)
		count = 64;
	memcpy(pieces, data + HEAD, count * sizeof pieces[0]);
	if (amd_alloc(&a, &how))
		abort();
	for (size_t i = 0; i < count * TIMES && !a->over; i++)
		if (amd_hear(a, pieces[i % count]))
			check(a, ++said);
	amd_free(a);
	return 0;
}
