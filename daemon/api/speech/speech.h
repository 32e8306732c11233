/* speech: text to a WAV file, in a small pool of threads: English by flite, other languages and markup by
 * espeak-ng.
 *
 * Long texts are spoken in parts, all waiting texts in turn: none keeps the others waiting.
 *
 * Threads: speech_say() and the handlers on the event base's thread; synthesis in the pool. Shutdown:
 * speech_free() waits for the parts that are being spoken and drops the rest without calling their handlers.
 */
#ifndef OFFHOOK_API_SPEECH_H
#define OFFHOOK_API_SPEECH_H

struct event_base;
struct speech;

/* `err` is 0 when the file is complete, else EIO. */
typedef void speech_h(int err, void *arg);

int speech_alloc(struct speech **out, struct event_base *base) __attribute__((warn_unused_result));
void speech_free(struct speech *speech);

struct speech_text {
	const char *text;
	const char *markup;   /* the same as SSML (one <speak> element), or NULL */
	const char *voice;    /* what a script asked for (voices.h), or NULL */
	const char *language; /* tag that language_find() knows, or NULL: that of the voice, else English */
};

/* Speaks into `file` (written beside it and renamed). Returns 0, EAGAIN (too many waiting) or ENOMEM. */
int speech_say(struct speech *speech, const struct speech_text *what, const char *file, speech_h *handler,
	       void *arg);

enum { SPEECH_VOICE_NAME_SIZE = 40 };
/* The name of the voice that it is spoken with, for a cache's key. Returns `out`. */
char *speech_voice_name(const struct speech_text *what, char out[SPEECH_VOICE_NAME_SIZE]);

#endif
