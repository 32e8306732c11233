/* sound: what the test trunk says, as 20 ms of 8 kHz at a time. One thread's; nothing allocates. */
#ifndef OFFHOOK_TESTTRUNK_SOUND_H
#define OFFHOOK_TESTTRUNK_SOUND_H

#include "daemon/offhookd/testtrunk/number.h"
#include "media/tones.h"

#include <stddef.h>
#include <stdint.h>

enum { TEST_RATE = 8000, TEST_FRAME = 160 /* samples */, TEST_FRAME_MS = 20 };

struct test_sound {
	enum test_says kind;
	unsigned frame; /* the next one, since the answer */
	struct tones tone;
};

/* The next frame. */
void test_sound_read(struct test_sound *sound, int16_t out[TEST_FRAME]);

#endif
