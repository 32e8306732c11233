/* sealed: files that are encrypted with a key of a key file (AES-256-GCM, NIST SP 800-38D).
 *
 * Each file has a key of its own, drawn for it and kept in its head, encrypted with the one of the key file:
 * so another key of that file takes its place by a new head alone (sealed_rewrap()). Behind the head stand
 * chunks of 64 KiB, each with its tag; the nonce of one is its place and whether it is the last, so that none
 * can be left out, doubled or moved, and the file cannot be cut, without that being found out.
 *
 *   0  8  "OFFHOOK1"
 *   8  8  which key of the key file (its id)
 *  16 12  nonce  28 32  the file's key  60 16  tag    (the first 16 bytes are authenticated with it)
 *  76     chunks: encrypted bytes, tag (16)
 *
 * Threads: no state; any thread, those that may wait for a disk. */
#ifndef OFFHOOK_API_SEALED_H
#define OFFHOOK_API_SEALED_H

#include "lib/key_file.h"

#include <stdatomic.h>
#include <stdint.h>

/* Encrypts all of `in`, from its beginning, into the empty file `out`, with the first key of the ring. Both
 * stay open. Returns 0, EIO, ENOSPC or another errno of writing, ECANCELED when *stop came to be true. */
int sealed_seal(int in, int out, const struct key_ring *ring, const atomic_bool *stop)
    __attribute__((warn_unused_result));

/* The other way. Returns 0; ENOKEY: the ring has not the key that it was encrypted with; EBADMSG: it was
 * changed, cut, or is no such file; else as above. What was written to `out` before an error is of no use. */
int sealed_open(int in, int out, const struct key_ring *ring, const atomic_bool *stop)
    __attribute__((warn_unused_result));

/* Writes the head of the file anew, for the first key of the ring, if it has another. Returns 0 (*done says
 * whether it was written), ENOKEY, EBADMSG, or an errno. */
int sealed_rewrap(int file, const struct key_ring *ring, int *done) __attribute__((warn_unused_result));

/* How many bytes are in a sealed file of that size; -1: there is none of that size. */
int64_t sealed_plain_size(int64_t size);

#endif
