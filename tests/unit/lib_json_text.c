/* What json_text writes, jansson reads as it was meant. */
#include "lib/json_text.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

static json_t *read(const struct json_text *t)
{
	char *whole = malloc(t->length + 3);
	json_t *out;

	cr_assert_eq(json_text_end(t), 0);
	whole[0] = '{';
	memcpy(whole + 1, t->text, t->length);
	memcpy(whole + 1 + t->length, "}", 2);
	out = json_loads(whole, 0, NULL);
	cr_assert_not_null(out, "%s", whole);
	free(whole);
	return out;
}

Test(json_text, members_of_every_kind)
{
	struct json_text t = { 0 };
	json_t *j;

	json_text_string(&t, "a", "x");
	json_text_string(&t, "none", NULL);
	json_text_string(&t, "empty", "");
	json_text_string_always(&t, "always", NULL);
	json_text_int(&t, "min", INT64_MIN);
	json_text_int(&t, "zero", 0);
	json_text_open(&t, "o");
	json_text_bool(&t, "yes", true);
	json_text_milli(&t, "m", -1.5);
	json_text_close(&t);
	json_text_raw(&t, "raw", "[1]", 3);
	json_text_array_open(&t, "list");
	json_text_element(&t, "1", 1);
	json_text_element(&t, "[2]", 3);
	json_text_element_open(&t);
	json_text_null(&t, "none");
	json_text_close(&t);
	json_text_element_open(&t);
	json_text_close(&t);
	json_text_array_close(&t);
	json_text_members(&t, "\"p\":1,\"q\":2", 11);
	json_text_members(&t, "", 0);
	j = read(&t);
	cr_assert_eq(json_object_size(j), 9);
	cr_assert_eq(json_array_size(json_object_get(j, "list")), 4);
	cr_assert(json_is_null(json_object_get(json_array_get(json_object_get(j, "list"), 2), "none")));
	cr_assert_str_eq(json_string_value(json_object_get(j, "always")), "");
	cr_assert_eq(json_integer_value(json_object_get(j, "min")), INT64_MIN);
	cr_assert(json_is_true(json_object_get(json_object_get(j, "o"), "yes")));
	cr_assert_float_eq(json_real_value(json_object_get(json_object_get(j, "o"), "m")), -1.5, 1e-9);
	cr_assert_eq(json_integer_value(json_object_get(j, "q")), 2);
	json_decref(j);
	json_text_free(&t);
}

Test(json_text, texts_from_outside)
{
	const char *good[] = { "plain", "q\"b\\s/", "\x01\x1f\n\t\r\x7f", "é€𝄞", "" };
	struct json_text t = { 0 };
	json_t *j;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		json_text_reset(&t);
		json_text_string_always(&t, "v", good[i]);
		j = read(&t);
		cr_assert_str_eq(json_string_value(json_object_get(j, "v")), good[i]);
		json_decref(j);
	}
	json_text_free(&t);
}

/* Text is looked at in pieces of eight bytes. */
Test(json_text, each_byte_at_each_place)
{
	struct json_text t = { 0 };
	char text[20];
	json_t *j;

	for (int c = 1; c < 0x80; c++) {
		for (size_t at = 0; at < sizeof text - 1; at++) {
			memset(text, 'x', sizeof text - 1);
			text[sizeof text - 1] = '\0';
			text[at] = (char)c;
			json_text_reset(&t);
			json_text_string_always(&t, "v", text);
			j = read(&t);
			cr_assert_str_eq(json_string_value(json_object_get(j, "v")), text, "%d at %zu", c,
					 at);
			json_decref(j);
		}
	}
	json_text_free(&t);
}

Test(json_text, thousandths)
{
	static const struct {
		double value;
		const char *text;
	} known[] = {
		{ 0, "0.000" },	   { 0.0004, "0.000" },	 { 0.0006, "0.001" },	    { -0.0004, "0.000" },
		{ 4.36, "4.360" }, { -12.5, "-12.500" }, { 1e9, "1000000000.000" }, { 1e300, "0.000" }
	};
	struct json_text t = { 0 };

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		json_text_reset(&t);
		json_text_milli(&t, "v", known[i].value);
		cr_assert_eq(t.length, strlen(known[i].text) + 4);
		cr_assert_arr_eq(t.text + 4, known[i].text, t.length - 4);
	}
	json_text_free(&t);
}

Test(json_text, bytes_that_are_no_utf8)
{
	/* cut short, overlong, a surrogate, beyond Unicode, a lone continuation */
	const char *bad[] = { "a\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
			      "\x80",  "\xe2\x82", "\xff\xfe" };
	struct json_text t = { 0 };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		json_text_reset(&t);
		json_text_string_always(&t, "v", bad[i]);
		json_decref(read(&t));
	}
	json_text_free(&t);
}

Test(json_text, grows)
{
	struct json_text t = { 0 };
	char long_text[5000];
	json_t *j;

	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	for (int i = 0; i < 3; i++)
		json_text_string(&t, i == 0 ? "a" : i == 1 ? "b" : "c", long_text);
	j = read(&t);
	cr_assert_str_eq(json_string_value(json_object_get(j, "c")), long_text);
	json_decref(j);
	json_text_free(&t);
}

Test(json_text, all_of_it_ends_with_a_nul)
{
	struct json_text t = { 0 };

	cr_expect_str_eq(json_text_all(&t), "");
	for (int round = 0; round < 2; round++) {
		json_text_reset(&t);
		json_text_element_open(&t);
		json_text_int(&t, "a", round);
		json_text_close(&t);
		cr_expect_str_eq(json_text_all(&t), round ? "{\"a\":1}" : "{\"a\":0}");
		cr_expect_eq(t.length, 7);
	}
	json_text_free(&t);
}
