/* voices: what vendors call voices ("man", "Polly.Hans-Neural", "Google.de-DE-Wavenet-B"), as language and
 * gender: those are what the voices here are chosen by. Pure functions. */
#ifndef OFFHOOK_API_VOICES_H
#define OFFHOOK_API_VOICES_H

#include <stdbool.h>

enum { VOICE_LANGUAGE_SIZE = 24 };

struct voice {
	char language[VOICE_LANGUAGE_SIZE]; /* tag (BCP 47), or "": its name says nothing of it */
	bool male;
};

/* `name` may be NULL. A name that is not known is that of a woman, of no language. */
void voice_find(const char *name, struct voice *out);

#endif
