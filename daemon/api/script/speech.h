/* speech: text to a WAV file, in a small pool of threads (flite).
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

/* Speaks `text` into `file` (written beside it and renamed). `voice` is what a script asked for, or NULL:
 * "man" and other male names give a male voice, all others a female one. Returns 0, EAGAIN (too many waiting)
 * or ENOMEM. */
int speech_say(struct speech *speech, const char *text, const char *voice, const char *file,
	       speech_h *handler, void *arg) __attribute__((warn_unused_result));

/* The name of the voice that `voice` gives, for a cache's key. */
const char *speech_voice_name(const char *voice);

#endif
