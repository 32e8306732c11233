/* convert_file: one file of sound into another. No state; any thread. */
#ifndef OFFHOOK_API_CONVERT_FILE_H
#define OFFHOOK_API_CONVERT_FILE_H

#include "lib/conf.h"

#include <stdatomic.h>

/* Reads the sound of `in` from its beginning and writes it into the empty file `out`, as WAV of 16 bits, MP3
 * or Ogg (Opus; Vorbis where Opus knows not the rate), with one channel (mixed), two, or as many as it has
 * (0). Both stay open. Returns 0; EINVAL when it is no sound of one or two channels; EIO; ENOSPC; ECANCELED
 * when *stop came to be true. */
int convert_file(int in, int out, enum conf_sound format, int channels, const atomic_bool *stop)
    __attribute__((warn_unused_result));

#endif
