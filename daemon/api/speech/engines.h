/* engines: programs of the conf that speak (speech "NAME"), each text by a process of its own: text in, WAV
 * out.
 *
 * Nothing waits for them: they run beside us, so many at once for each engine, and others wait in line; one
 * that takes too long is ended. What comes of a script is given to a program as one argument or as its input,
 * never to a shell; no argument begins with a "-" of a text, {voice} is one of the engine's own, {language} a
 * tag. What comes back is looked at, and is a file only when it is whole.
 *
 * Threads: the event base's thread. Shutdown: engines_free() ends what runs; handlers are not called. */
#ifndef OFFHOOK_API_ENGINES_H
#define OFFHOOK_API_ENGINES_H

#include "daemon/api/speech/speech.h"
#include "lib/conf.h"

struct engines;
struct engine_job;

/* `error` is NULL when the file is there, else one sentence without a full stop. Perhaps called
 * before engines_say() returns. */
typedef void engine_h(const char *error, void *arg);

/* `conf` stays. */
int engines_alloc(struct engines **out, struct event_base *base, const struct conf *conf)
    __attribute__((warn_unused_result));
void engines_free(struct engines *engines);

/* Who is to speak that: the first that has the voice; the first that has the language, best with its region;
 * or NULL. */
const struct conf_speech *engines_find(const struct engines *engines, const struct speech_text *what);

enum { ENGINE_VOICE_SIZE = 200 };
/* Engine, voice and language, for a cache's key. Returns `out`. */
char *engines_voice(const struct conf_speech *engine, const struct speech_text *what,
		    char out[ENGINE_VOICE_SIZE]);

/* Speaks into `file` (written beside it and renamed); its folder is there. *job is valid until the handler
 * was called. Returns 0, ENOMEM, or EAGAIN: too many wait already. */
int engines_say(struct engines *engines, const struct conf_speech *engine, const struct speech_text *what,
		const char *file, engine_h *handler, void *arg, struct engine_job **job)
    __attribute__((warn_unused_result));
/* The handler is not called any more. NULL is allowed. */
void engines_forget(struct engine_job *job);

#endif
