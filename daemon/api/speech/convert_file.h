/* convert_file: one file of sound into another. No state; any thread. */
#ifndef OFFHOOK_API_CONVERT_FILE_H
#define OFFHOOK_API_CONVERT_FILE_H

#include <stdatomic.h>
#include <stdbool.h>

/* Reads the sound of `in` from its beginning and writes it into the empty file `out`, as MP3 or as WAV of 16
 * bits, with one channel (mixed) or two. Both stay open. Returns 0; EINVAL when it is no sound of one or two
 * channels; EIO; ENOSPC; ECANCELED when *stop came to be true. */
int convert_file(int in, int out, bool mp3, int channels, const atomic_bool *stop);

#endif
