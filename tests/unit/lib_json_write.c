/* Tests of json_write: what it makes of a value is what jansson makes of it. */
#include "lib/json_write.h"

#include "lib/json_text.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void compare(json_t *value)
{
	char *wanted = json_dumps(value, JSON_TEXT_FLAGS | JSON_ENCODE_ANY), *got = json_write(value);

	cr_assert(value);
	cr_expect(wanted && got && !strcmp(wanted, got), "%s, not %s", got, wanted);
	free(wanted);
	free(got);
	json_decref(value);
}

Test(json_write, writes_as_jansson_does)
{
	static const char *const texts[] = {
		"{\"b\":1,\"a\":[],\"c\":{},\"d\":[true,false,null,\"\"],\"\":{\"e\":[[1],{\"f\":2}]}}",
		"[0,-1,9223372036854775807,-9223372036854775808]",
		"[0.0,-0.0,1.0,4.38,44.1,1e300,-2.5e-9,123456789012.5]",
		"[\"\\u0000\\u0001\\b\\f\\n\\r\\t\\u001f\\u007f\\\"\\\\/\",\"\xc3\xa9\xf0\x9f\x98\x80 and "
		"more\"]",
		"{\"na\\\"me\\u0007\":\"eight or more bytes, then a\\nline\"}",
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
		"]]]]]]]]]",
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		compare(json_loads(texts[i], JSON_ALLOW_NUL, NULL));
	compare(json_string("alone"));
	compare(json_integer(-7));
	compare(json_real(0.1));
	compare(json_true());
	compare(json_null());
}

/* Each length around the eight bytes that are looked at together, and each byte at each place. */
Test(json_write, every_byte)
{
	char text[24];

	for (size_t at = 0; at < sizeof text; at++) {
		for (int c = 1; c < 0x80; c++) {
			memset(text, 'x', sizeof text);
			text[at] = (char)c;
			compare(json_stringn(text, sizeof text));
			compare(json_stringn(text, at + 1));
		}
	}
}

Test(json_write, what_cannot_be_written)
{
	json_t *outer = json_array(), *inner = json_array();

	cr_expect_null(json_write(NULL));
	json_array_append(outer, inner);
	json_array_append(inner, outer);
	cr_expect_null(json_write(outer));
	json_array_clear(inner);
	json_decref(inner);
	json_decref(outer);
}

Test(json_write, long_texts)
{
	json_t *list = json_array();

	for (int i = 0; i < 1000; i++)
		json_array_append_new(list,
				      json_pack("{s:i, s:s}", "number", i, "text",
						"a line that\nis longer than the first room by itself"));
	compare(list);
}
