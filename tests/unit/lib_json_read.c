/* Tests of json_read: what it makes of a text is what jansson makes of it, of every text. */
#include "lib/json_read.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* In memory of just its size, so that whatever is read behind it shows. */
static void compare(const char *text, size_t length)
{
	char *copy = malloc(length ? length : 1), *wanted, *got;
	json_t *theirs, *ours;

	cr_assert(copy);
	memcpy(copy, text, length);
	theirs = json_loadb(copy, length, JSON_DECODE_ANY, NULL);
	ours = json_read(copy, length);
	wanted = theirs ? json_dumps(theirs, JSON_ENCODE_ANY) : NULL;
	got = ours ? json_dumps(ours, JSON_ENCODE_ANY) : NULL;
	cr_expect_eq(!wanted, !got, "%.*s", (int)length, text);
	cr_expect(!wanted || !got || !strcmp(wanted, got), "%.*s: %s, not %s", (int)length, text, got,
		  wanted);
	free(wanted);
	free(got);
	free(copy);
	json_decref(theirs);
	json_decref(ours);
}

static const char *const texts[] = {
	"{\"a\":1, \"b\" : {\"a\":-2,\"c\":[1,{\"b\":\"}\"}]},\"none\":null,\"yes\":true,\"no\":false}",
	"{\"text\":\"q\\\"uo]te\\\\\",\"u\":\"\\u00e9\\ud83d\\ude00\",\"nul\":\"\\u0000\"}",
	"{\"a\":1,\"a\":2}",
	"{\"\":\"\",\"\xc3\xa9\":\"\xc3\xa9 and more than eight bytes\"}",
	"\"bad \xc3 bytes\"",
	"\"bad bytes at the end \xff\"",
	"\"\x01\"",
	"\"more than eight bytes\n\"",
	"\"\x7f\"",
	"[0,-0,10,01,-,1.]",
	"[0,-0,10,0.5,-0.0,4.38,44100.125,123456789012345.5,0.000000000000001,1.50]",
	"[123456789012345678,-123456789012345678,1234567890123456789,9223372036854775807]",
	"9223372036854775808",
	"[1e3,1E-3,1.5e3,1e999]",
	"1.",
	".5",
	"-.5",
	"00",
	"- 1",
	"truefalse",
	"[true,]",
	"[,1]",
	"{\"a\":1,}",
	"{\"a\" 1}",
	"{a:1}",
	"{\"a\":1}}",
	" \r\n\t[ ] ",
	"[]{}",
	"[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]",
	"nul",
	"\"",
	"",
	"\xef\xbb\xbf[]",
};

Test(json_read, reads_as_jansson_does)
{
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		compare(texts[i], strlen(texts[i]));
}

/* Cut off after each byte, and with each byte changed to what means something. */
Test(json_read, broken_text)
{
	static const char puts[] = "\"\\{}[]:,0.e- \x01\x80";

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const size_t length = strlen(texts[i]);
		char *text = strdup(texts[i]);

		cr_assert(text);
		for (size_t at = 0; at < length; at++) {
			compare(text, at);
			for (size_t c = 0; c < sizeof puts; c++) { /* with its NUL */
				text[at] = puts[c];
				compare(text, length);
			}
			text[at] = texts[i][at];
		}
		free(text);
	}
}
