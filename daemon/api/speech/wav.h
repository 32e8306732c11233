/* wav: WAV files that programs write to a pipe, whose lengths they did not know. */
#ifndef OFFHOOK_API_WAV_H
#define OFFHOOK_API_WAV_H

#include <stddef.h>

/* Whether `bytes` are a WAV file with sound in it; its lengths become what is there. Returns 0, or EINVAL: it
 * is none, or there is no sound in it. */
int wav_mend(char *bytes, size_t size) __attribute__((warn_unused_result));

#endif
