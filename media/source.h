/* source: something that can be played, as mono samples of any rate: a sound file, a tone or silence.
 *
 * "/a/file.wav" (whatever libsndfile reads: WAV, MP3 …; any rate and channels), "tone:NAME[/COUNTRY]" (one
 * round of its cadence), "silence:MS". Used by the file thread. */
#ifndef OFFHOOK_MEDIA_SOURCE_H
#define OFFHOOK_MEDIA_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct source;

enum { SOURCE_ERROR_SIZE = 256 };

/* Returns 0, or an errno with one sentence in `error`. */
int source_open(struct source **out, const char *name, unsigned rate, char error[SOURCE_ERROR_SIZE])
    __attribute__((warn_unused_result));
void source_close(struct source *source);

/* Goes on at another rate. Returns 0 or ENOMEM. */
int source_set_rate(struct source *source, unsigned rate) __attribute__((warn_unused_result));

/* Up to `count` samples; less only at the end. */
size_t source_read(struct source *source, int16_t *out, size_t count);

#endif
