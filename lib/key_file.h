/* key_file: keys that files are encrypted with, 256 bits each, as an admin keeps them in a file: a line a
 * key, in 64 hexadecimal digits; empty lines and those that begin with # do not count. The first key is the
 * one in use; those after it are for what was encrypted before.
 *
 * Threads: no state; a struct key_ring is read by any. */
#ifndef OFFHOOK_LIB_KEY_FILE_H
#define OFFHOOK_LIB_KEY_FILE_H

#include <stddef.h>

enum { KEY_BYTES = 32, KEY_ID_SIZE = 17, KEYS_MAX = 16, KEY_ERROR_SIZE = 160, KEY_FILE_MAX = 16384 };

struct key_ring {
	struct {
		unsigned char key[KEY_BYTES];
		char id[KEY_ID_SIZE]; /* 16 hexadecimal digits of its digest: says which it is, and nothing of
					 it */
	} keys[KEYS_MAX];
	size_t count; /* 0: nothing is encrypted */
};

/* Reads `file`. Returns 0, EINVAL (no key in it, too many, or a line that is none; *error says which), or the
 * errno of opening and reading it, with *error too. *out is filled on success alone. */
int key_file_read(struct key_ring *out, const char *file, char error[KEY_ERROR_SIZE])
    __attribute__((warn_unused_result));

/* The one of that id, or NULL. */
const unsigned char *key_ring_find(const struct key_ring *ring, const char *id);

/* Leaves nothing of them in memory. */
void key_ring_clear(struct key_ring *ring);

#endif
