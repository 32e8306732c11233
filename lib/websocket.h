/* websocket: what both ends of RFC 6455 have in common: the answer to a key, lists of tokens, whole frames,
 * and wslay's two ends of a connection.
 *
 * What is sent goes out as whole frames, without a copy of its own for each; what comes is put together by
 * wslay, whose control frames go the same way. Threads: any, one at a time for a buffer. */
#ifndef OFFHOOK_LIB_WEBSOCKET_H
#define OFFHOOK_LIB_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wslay/wslay.h>

struct bufferevent;
struct evbuffer;

enum { WEBSOCKET_ACCEPT_SIZE = 29, WEBSOCKET_MASK_BYTES = 4 };

/* Sec-WebSocket-Accept for the text of a Sec-WebSocket-Key (RFC 6455, section 4.2.2). */
void websocket_accept(char out[WEBSOCKET_ACCEPT_SIZE], const char *key);
/* Whether the value of a header, a list with commas (NULL: an empty one), has the token, in any case of
 * letters. */
bool websocket_has_token(const char *list, const char *token);

/* Adds a whole message as one frame; `opcode` WSLAY_TEXT_FRAME or WSLAY_BINARY_FRAME. `mask`: the key, of a
 * client's frame; NULL: a server's. Returns 0 or ENOMEM: nothing was added. */
int websocket_add_frame(struct evbuffer *out, unsigned opcode, const void *payload, size_t size,
			const uint8_t *mask) __attribute__((warn_unused_result));

/* What wslay's callbacks return: bytes of the connection's input, and bytes that are put into `out`. */
ssize_t websocket_on_recv(wslay_event_context_ptr framing, struct evbuffer *in, uint8_t *data, size_t size);
ssize_t websocket_on_send(wslay_event_context_ptr framing, struct evbuffer *out, const uint8_t *data,
			  size_t size);

#endif
