/* Tests of json_pick: members of JSON text are those that a whole reading finds. */
#include "lib/json_pick.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char text[] =
    "{\"a\":1, \"b\" : {\"a\":2,\"c\":[1,{\"b\":\"}\"}]},\"text\":\"q\\\"uo]te\\\\\",\"none\":null,"
    "\"list\":[[],\"[\",{}],\"real\":-1.5e3,\"\":true,\"ab\":\"\xc3\xa9\"}";

Test(json_pick, members_are_those_of_the_whole)
{
	static const char *const all[] = {
		"a", "b", "text", "none", "list", "real", "", "ab", "c", "t", NULL
	};
	json_t *whole = json_loads(text, 0, NULL), *picked = json_pick(text, all);

	cr_assert(whole);
	cr_expect(json_equal(whole, picked));
	json_decref(picked);
	for (size_t i = 0; all[i]; i++) {
		const char *const one[] = { all[i], NULL };
		json_t *value = json_object_get(whole, all[i]);

		picked = json_pick(text, one);
		cr_expect_eq(json_object_size(picked), value != NULL, "%s", all[i]);
		cr_expect(!value || json_equal(value, json_object_get(picked, all[i])), "%s", all[i]);
		json_decref(picked);
	}
	json_decref(whole);
}

Test(json_pick, the_text_of_one)
{
	size_t length = 0;
	const char *value = json_pick_text(text, "b", &length);

	cr_assert(value);
	cr_expect_eq(length, strlen("{\"a\":2,\"c\":[1,{\"b\":\"}\"}]}"));
	cr_expect_eq(strncmp(value, "{\"a\":2", 6), 0);
	cr_expect_null(json_pick_text(text, "c", &length));
	cr_expect_null(json_pick_text("[]", "a", &length));
	cr_expect_null(json_pick_text("", "a", &length));
	cr_expect_null(json_pick_text("{}", "a", &length));
}

/* Whatever is cut off or put in, nothing behind the text is read: each is in memory of just its size. */
Test(json_pick, broken_text)
{
	static const char *const names[] = { "ab", "real", "text", NULL };
	static const char odd[] = "\"\\{}[],: x";

	for (size_t cut = 0; cut <= strlen(text); cut++) {
		for (size_t i = 0; i < sizeof odd; i++) {
			char *copy = malloc(cut + 2);

			cr_assert(copy);
			memcpy(copy, text, cut);
			copy[cut] = odd[i];
			copy[cut + 1] = '\0';
			json_decref(json_pick(copy, names));
			free(copy);
		}
	}
}

/* What is there is set, what is not stays as it is. */
Test(json_pick, into_another)
{
	static const char *const names[] = { "a", "b", "c", NULL };
	json_t *from = json_pack("{s:i, s:n, s:i}", "a", 1, "b", "d", 4);
	json_t *out = json_pack("{s:i, s:i}", "a", 0, "c", 3);

	json_pick_into(out, from, names);
	cr_expect_eq(json_object_size(out), 3);
	cr_expect_eq(json_integer_value(json_object_get(out, "a")), 1);
	cr_expect(json_is_null(json_object_get(out, "b")));
	cr_expect_eq(json_integer_value(json_object_get(out, "c")), 3);
	json_pick_into(out, NULL, names);
	cr_expect_eq(json_object_size(out), 3);
	json_decref(from);
	json_decref(out);
}
