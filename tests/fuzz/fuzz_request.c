/* Fuzz target: what a request brings beside its body: query string, Range, Accept, addresses. */
#include "daemon/api/http/accept.h"
#include "daemon/api/http/query.h"
#include "daemon/api/http/range.h"
#include "daemon/api/net/weburl.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	int64_t first, last;
	struct query query;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (!query_parse(&query, text)) {
		for (size_t i = 0; i < query.count; i++)
			if (!query_is_utf8(query.items[i].name) || !query_is_utf8(query.items[i].value))
				abort();
		query_clear(&query);
	}
	if (range_parse(text, 1000, &first, &last) == RANGE_PART && (first < 0 || first > last || last > 999))
		abort();
	(void)accept_prefers(text, "image/svg+xml");
	free(weburl_resolve("http://127.0.0.1:8080/a/b", text));
	free(weburl_authority(text));
	free(text);
	return 0;
}
