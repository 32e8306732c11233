/* Fuzz target: numbers as trunks write them. */
#include "daemon/offhookd/trunks/number_format.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char code[] = "49", national[] = "0", international[] = "00", prepend[] = "9*";
	struct conf_numbering n = { .country_code = code,
				    .national_prefix = national,
				    .international_prefix = international,
				    .prepend_out = prepend,
				    .prepend_in = prepend };
	char in[NUMBER_TEXT_MAX], out[NUMBER_TEXT_MAX], back[NUMBER_TEXT_MAX], *text;

	if (size < 2)
		return 0;
	n.out = n.in = (enum conf_writing)(data[0] % 3);
	n.strip_out = n.strip_in = data[1] % 17;
	text = malloc(size - 1);
	if (!text)
		abort();
	memcpy(text, data + 2, size - 2);
	text[size - 2] = '\0';
	number_format_in(in, &n, text);
	number_format_out(out, &n, text);
	/* a number goes out and comes back as it was; none begins with 0 behind its country code and national
	 * prefix, nor is it the country code alone, nor without that as short as a short number is */
	if (number_format_caller_in(in, &n, text) && strncmp(in, "+490", 4) != 0 && strlen(in) > 9) {
		number_format_caller(out, &n, in);
		if (!number_format_caller_in(back, &n, out) || strcmp(back, in) != 0)
			abort();
	}
	free(text);
	return 0;
}
