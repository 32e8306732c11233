/* Fuzz target: whatever a server that hears callers sends, line by line, is words, an error, or nothing;
 * words are never without a letter, a confidence is between 0 and 1 where there is one, and what is told is
 * within bounds. */
#include "daemon/offhookd/stream/heard.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(enum heard_kind kind, const json_t *said)
{
	const char *text = json_string_value(json_object_get(said, kind == HEARD_ERROR ? "error" : "text"));
	const json_t *confidence = json_object_get(said, "confidence");

	if ((kind == HEARD_NOTHING) != !said)
		abort();
	if (said && (!text || !text[strspn(text, " \t\r\n")] || strlen(text) > HEARD_TEXT_MAX))
		abort();
	if (confidence && (json_number_value(confidence) < 0 || json_number_value(confidence) > 1))
		abort();
	if (json_array_size(json_object_get(said, "alternatives")) > HEARD_ALTERNATIVES_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct heard_bound bound = { 0 };
	const char *at = (const char *)data, *end = at + size;
	int64_t now = 1000000;
	unsigned told = 0;

	while (at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		bool lost;
		json_t *said;
		enum heard_kind kind;

		line_end = line_end ? line_end : end;
		kind = heard_read(at, (size_t)(line_end - at), &said);
		check(kind, said);
		said = heard_pass(&bound, kind, said, now, &lost);
		told += said != NULL;
		json_decref(said);
		now += 1000;
		at = line_end + 1;
	}
	if (told > HEARD_FINALS + 2 + (now - 1000000) / (HEARD_FINAL_MS * 1000) * 2)
		abort();
	heard_bound_clear(&bound);
	return 0;
}
