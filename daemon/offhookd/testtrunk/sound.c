/* See sound.h. The speech is in this folder's .wav files (G.711, spoken by flite), which the build turns into
 * lists of bytes. */
#include "daemon/offhookd/testtrunk/sound.h"

#include "media/codec.h"

#include <string.h>

enum {
	WAV_HEADER = 58, /* as all files here have it */
	PAUSE = 15,	 /* frames before the first word, and between rounds */
	BEEP = 30,	 /* frames of it */
	BEEP_HZ = 1000,
};
static const float BEEP_DBM0 = -10;

static const uint8_t hello[] = {
#include "daemon/offhookd/testtrunk/hello.inc"
};
static const uint8_t greeting[] = {
#include "daemon/offhookd/testtrunk/leave-a-message.inc"
};

static unsigned frames_of(size_t wav_size)
{
	return (unsigned)((wav_size - WAV_HEADER) / TEST_FRAME);
}

static void speech(int16_t out[TEST_FRAME], const uint8_t *wav, unsigned frame)
{
	codec_pcmu_ops.decode(NULL, out, TEST_FRAME, wav + WAV_HEADER + (size_t)frame * TEST_FRAME,
			      TEST_FRAME);
}

static void beep(struct test_sound *s, int16_t out[TEST_FRAME], unsigned frame)
{
	if (frame == 0)
		tones_start_pair(&s->tone, BEEP_HZ, 0, BEEP_DBM0, TEST_RATE);
	tones_read(&s->tone, out, TEST_FRAME);
}

void test_sound_read(struct test_sound *s, int16_t out[TEST_FRAME])
{
	const unsigned said = frames_of(sizeof hello), greeted = frames_of(sizeof greeting);
	unsigned at = s->frame++;

	memset(out, 0, TEST_FRAME * sizeof *out);
	if (s->kind == TEST_SPEECHES)
		at %= PAUSE + said;
	if (at < PAUSE)
		return;
	at -= PAUSE;
	if ((s->kind == TEST_SPEECH || s->kind == TEST_SPEECHES) && at < said)
		speech(out, hello, at);
	else if (s->kind == TEST_VOICEMAIL && at < greeted)
		speech(out, greeting, at);
	else if (s->kind == TEST_VOICEMAIL && at >= greeted + PAUSE && at < greeted + PAUSE + BEEP)
		beep(s, out, at - greeted - PAUSE);
}
