/* Fuzzes the cutting of a stream into messages: in one piece and in two it ends at the same places. */
#include "daemon/offhookd/ua/frame.h"
#include "daemon/offhookd/ua/stateless.h"

#include <stdint.h>
#include <stdlib.h>

enum { MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct ua_frame whole = { 0 }, pieces = { 0 };
	enum ua_frame_state a = ua_frame_look(&whole, text, size, MAX), b = UA_FRAME_MORE;
	struct ua_stateless answer = { .code = 400, .phrase = "Bad", .tag = "x" };
	char out[UA_STATELESS_MAX];

	for (size_t n = 1; n <= size && b == UA_FRAME_MORE; n += 1 + n % 7)
		b = ua_frame_look(&pieces, text, n, MAX);
	if (b == UA_FRAME_MORE)
		b = ua_frame_look(&pieces, text, size, MAX);
	if (a != b && a != UA_FRAME_PAUSE)
		abort();
	if (a == UA_FRAME_WHOLE &&
	    (whole.length != pieces.length || whole.length > size || whole.length > MAX))
		abort();
	if (a == UA_FRAME_PAUSE && (whole.length == 0 || whole.length > size))
		abort();
	if (ua_stateless_write(out, text, size, &answer) >= sizeof out)
		abort();
	return 0;
}
