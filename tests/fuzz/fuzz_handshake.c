/* What a server answers to our WebSocket request. The first byte: how the answer is cut, and whether a
 * sub-protocol was asked for. */
#include "daemon/offhookd/stream/handshake.h"

#include <event2/buffer.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char key[] = "dGhlIHNhbXBsZSBub25jZQ=="; /* of RFC 6455, 1.3 */
	enum handshake_state state = HANDSHAKE_MORE;
	struct evbuffer *in = evbuffer_new();
	char why[HANDSHAKE_WHY_MAX];
	int status = -1;
	if (size < 1 || !in) {
		evbuffer_free(in);
		return 0;
	}
	const size_t piece = data[0] & 0x7f ? data[0] & 0x7f : size;
	for (size_t at = 1; at < size && state == HANDSHAKE_MORE; at += piece) {
		evbuffer_add(in, data + at, size - at < piece ? size - at : piece);
		memset(why, 'x', sizeof why);
		state = handshake_read(in, key, data[0] & 0x80 ? "mine" : NULL, &status, why);
	}
	if (state == HANDSHAKE_MORE && evbuffer_get_length(in) >= HANDSHAKE_ANSWER_MAX)
		abort(); /* unbounded */
	if (state == HANDSHAKE_FAILED && !memchr(why, '\0', sizeof why))
		abort();
	if (state == HANDSHAKE_DONE && status != 101)
		abort();
	evbuffer_free(in);
	return 0;
}
