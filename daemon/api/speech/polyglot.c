#include "daemon/api/speech/polyglot.h"

#include "lib/log.h"

#include <espeak-ng/speak_lib.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_MS = 200, MALE = 1, FEMALE = 2 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards espeak-ng and these */
static enum { UNTRIED, USABLE, UNUSABLE } state;
static int rate; /* samples a second */

/* What has been spoken. */
struct spoken {
	short *samples;
	size_t count, room;
	bool failed;
};

static int on_samples(short *samples, int count, espeak_EVENT *events)
{
	struct spoken *spoken = events->user_data;

	if (!samples || count <= 0 || !spoken)
		return 0;
	if (spoken->count + (size_t)count > spoken->room) {
		size_t room = (spoken->count + (size_t)count) * 2;
		short *more = realloc(spoken->samples, room * sizeof *more);

		if (!more) {
			spoken->failed = true;
			return 1;
		}
		spoken->samples = more;
		spoken->room = room;
	}
	memcpy(spoken->samples + spoken->count, samples, (size_t)count * sizeof *samples);
	spoken->count += (size_t)count;
	return 0;
}

static bool is_usable(void)
{
	if (state == UNTRIED) {
		rate =
		    espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, BUFFER_MS, NULL, espeakINITIALIZE_DONT_EXIT);
		state = rate > 0 ? USABLE : UNUSABLE;
		if (rate > 0)
			espeak_SetSynthCallback(on_samples);
		else
			log_error("speech.no_languages", NULL, "%s",
				  "reason=\"espeak-ng cannot find its data\"");
	}
	return state == USABLE;
}

static void speak(const char *text, const char *language, bool male, bool markup, struct spoken *spoken)
{
	const unsigned flags = espeakCHARS_UTF8 | espeakENDPAUSE | (markup ? espeakSSML : 0);
	espeak_VOICE voice = { .languages = language, .gender = male ? MALE : FEMALE };

	if (!is_usable() || espeak_SetVoiceByProperties(&voice) != EE_OK ||
	    espeak_Synth(text, strlen(text) + 1, 0, POS_CHARACTER, 0, flags, NULL, spoken) != EE_OK)
		spoken->failed = true;
}

cst_wave *polyglot_speak(const char *text, const char *language, bool male, bool markup)
{
	struct spoken spoken = { 0 };
	cst_wave *wave = NULL;

	pthread_mutex_lock(&mutex);
	speak(text, language, male, markup, &spoken);
	pthread_mutex_unlock(&mutex);
	if (!spoken.failed)
		wave = new_wave();
	if (wave) {
		cst_wave_resize(wave, (int)spoken.count, 1);
		wave->sample_rate = rate;
		if (spoken.count)
			memcpy(wave->samples, spoken.samples, spoken.count * sizeof *spoken.samples);
	}
	free(spoken.samples);
	return wave;
}

void polyglot_stop(void)
{
	pthread_mutex_lock(&mutex);
	if (state == USABLE)
		espeak_Terminate();
	state = UNTRIED;
	pthread_mutex_unlock(&mutex);
}
