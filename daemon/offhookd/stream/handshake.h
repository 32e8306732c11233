/* handshake: the beginning of a WebSocket connection of ours (RFC 6455, section 4.1): the request, and what
 * comes back. */
#ifndef OFFHOOK_STREAM_HANDSHAKE_H
#define OFFHOOK_STREAM_HANDSHAKE_H

#include <stddef.h>

struct evbuffer;

enum { HANDSHAKE_KEY_SIZE = 25, HANDSHAKE_ANSWER_MAX = 16384, HANDSHAKE_WHY_MAX = 160 };

/* Makes a new key. */
void handshake_key(char out[HANDSHAKE_KEY_SIZE]);

/* Writes the request. `host` as in the Host field; `target` is path and query; `protocol`: to be spoken, or
 * NULL; `headers` "Name: value", ended by NULL, or NULL. Returns 0; EINVAL: one of the texts has a control
 * character in it; ENOMEM. */
int handshake_write(struct evbuffer *out, const char *host, const char *target, const char *key,
		    const char *protocol, const char *const *headers) __attribute__((warn_unused_result));

enum handshake_state { HANDSHAKE_MORE, HANDSHAKE_DONE, HANDSHAKE_FAILED };

/* Reads the answer, and takes it out of `in` when it is whole. HANDSHAKE_FAILED: `why` has a sentence, and
 * *status what it answered, 0 where that cannot be read. */
enum handshake_state handshake_read(struct evbuffer *in, const char *key, const char *protocol, int *status,
				    char why[HANDSHAKE_WHY_MAX]);

#endif
