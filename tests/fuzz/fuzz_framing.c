/* Fuzzes the framing of requests: what passes is the same in one piece and in many, its heads end with an
 * empty line, and framing itself, shown what has passed, finds nothing to change in it. */
#define _GNU_SOURCE /* memmem */
#include "daemon/api/http/framing.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 2000 };

struct output {
	char *data;
	size_t size;
	unsigned heads;
	int status;
};

static void put(struct output *out, const char *data, size_t size)
{
	if (size)
		memcpy(out->data + out->size, data, size);
	out->size += size;
}

/* Scans `text`, of which `step` bytes come at once. */
static void scan(const char *text, size_t size, size_t step, struct output *out)
{
	struct framing framing;
	size_t begin = 0, end = 0;

	framing_init(&framing, BODY_MAX);
	while (begin < size) {
		struct framing_part part = { .what = FRAMING_MORE };
		bool waits = framing_waits(&framing);

		/* An answer other than 101. */
		if (waits)
			framing_go_on(&framing);
		if (begin < end)
			framing_next(&framing, framing_counts(&framing) ? NULL : text + begin, end - begin,
				     &part);
		if (part.what == FRAMING_MORE && end == size)
			break;
		if (part.what == FRAMING_MORE) {
			end = size - end < step ? size : end + step;
			continue;
		}
		if (part.what == FRAMING_REFUSE) {
			out->status = part.status;
			break;
		}
		if (!part.size || part.size > end - begin)
			abort();
		if (part.head && (part.size < 4 || memcmp(text + begin + part.size - 4, "\r\n\r\n", 4)))
			abort();
		out->heads += part.head;
		if (part.what == FRAMING_PASS)
			put(out, text + begin, part.size);
		if (part.what == FRAMING_REPLACE)
			put(out, part.text, strlen(part.text));
		begin += part.size;
	}
}

static void same(const struct output *a, const struct output *b)
{
	if (a->size != b->size || a->heads != b->heads || memcmp(a->data, b->data, a->size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct output whole = { 0 }, pieces = { 0 }, again = { 0 };
	const char *text = (const char *)data;

	/* A size or the end of chunks is written with at most so many bytes more than it was read from. */
	whole.data = malloc(2 * size + 64);
	pieces.data = malloc(2 * size + 64);
	again.data = malloc(4 * size + 128);
	if (!whole.data || !pieces.data || !again.data)
		abort();
	scan(text, size, size, &whole);
	scan(text, size, 1 + size % 13, &pieces);
	if (whole.status != pieces.status)
		abort();
	same(&whole, &pieces);
	/* The body of a HEAD, that is left out, would be missed. */
	if (!memmem(text, size, "HEAD", 4) && !memmem(text, size, "TRACE", 5)) {
		scan(whole.data, whole.size, whole.size, &again);
		if (again.status)
			abort();
		same(&whole, &again);
	}
	free(whole.data);
	free(pieces.data);
	free(again.data);
	return 0;
}
