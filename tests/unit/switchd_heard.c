/* What servers that hear callers answer, and how much of it is told. */
#include "daemon/offhookd/stream/heard.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void expect(const char *text, enum heard_kind kind, const char *words, double confidence)
{
	json_t *said;
	const enum heard_kind is = heard_read(text, strlen(text), &said);
	const json_t *sure = json_object_get(said, "confidence");
	const char *heard = json_string_value(json_object_get(said, kind == HEARD_ERROR ? "error" : "text"));

	cr_expect_eq(is, kind, "%s", text);
	cr_expect_str_eq(heard ? heard : "", words, "%s", text);
	cr_expect_float_eq(sure ? json_number_value(sure) : -1, confidence, 1e-6, "%s", text);
	if (kind == HEARD_PARTIAL || kind == HEARD_FINAL)
		cr_expect_eq(json_is_true(json_object_get(said, "final")), kind == HEARD_FINAL, "%s", text);
	json_decref(said);
}

Test(heard, what_is_answered)
{
	expect("{\"type\":\"transcription\",\"is_final\":true,\"alternatives\":[{\"transcript\":\"hi\","
	       "\"confidence\":0.5}]}",
	       HEARD_FINAL, "hi", 0.5);
	expect("{\"type\":\"transcription\",\"alternatives\":[{\"transcript\":\"h\"}]}", HEARD_PARTIAL, "h",
	       -1);
	expect("{\"type\":\"transcription\",\"is_final\":true,\"alternatives\":[{\"transcript\":\"h\","
	       "\"confidence\":7}]}",
	       HEARD_FINAL, "h", -1);
	expect("{\"type\":\"error\",\"error\":\"no\"}", HEARD_ERROR, "no", -1);
	expect("{\"type\":\"error\"}", HEARD_ERROR, "The server has failed.", -1);
	expect("{\"type\":\"transcription\",\"is_final\":true,\"alternatives\":[{\"transcript\":\" \"}]}",
	       HEARD_NOTHING, "", -1);
	expect("{\"type\":\"transcription\",\"is_final\":true,\"alternatives\":{}}", HEARD_NOTHING, "", -1);
	expect("{\"type\":[]}", HEARD_NOTHING, "", -1);
	expect("{\"type\":\"start\",\"text\":\"x\"}", HEARD_NOTHING, "", -1);
	expect("[1]", HEARD_NOTHING, "", -1);
	expect("no JSON", HEARD_NOTHING, "", -1);
	expect("", HEARD_NOTHING, "", -1);
}

Test(heard, what_vosk_server_answers)
{
	expect("{\"partial\" : \"one two\"}", HEARD_PARTIAL, "one two", -1);
	expect("{\"partial\" : \"\"}", HEARD_NOTHING, "", -1);
	expect("{\"text\" : \"\"}", HEARD_NOTHING, "", -1);
	expect("{\"text\" : \"one two\"}", HEARD_FINAL, "one two", -1);
	expect("{\"result\" : [{\"conf\" : 1.0, \"word\" : \"one\"}, {\"conf\" : 0.5, \"word\" : \"two\"}], "
	       "\"text\" : \"one two\"}",
	       HEARD_FINAL, "one two", 0.75);
	expect("{\"alternatives\" : [{\"confidence\" : 230.5, \"text\" : \"one\"}, {\"text\" : \"won\"}]}",
	       HEARD_FINAL, "one", -1);
}

Test(heard, alternatives_are_in_our_words)
{
	const char text[] =
	    "{\"type\":\"transcription\",\"is_final\":true,\"alternatives\":["
	    "{\"transcript\":\"a\",\"confidence\":0.9},{\"transcript\":\"b\"},7,{\"transcript\":\"\"}]}";
	json_t *said, *list;

	cr_assert_eq(heard_read(text, sizeof text - 1, &said), HEARD_FINAL);
	list = json_object_get(said, "alternatives");
	cr_expect_eq(json_array_size(list), 2u);
	cr_expect_str_eq(json_string_value(json_object_get(json_array_get(list, 1), "text")), "b");
	json_decref(said);
}

/* A talkative server: so many messages a second for so long. Returns how many are told. */
static unsigned told_of(enum heard_kind kind, unsigned per_s, unsigned seconds, bool same, bool *lost_any)
{
	struct heard_bound bound = { 0 };
	unsigned told = 0;

	*lost_any = false;
	for (unsigned i = 0; i < per_s * seconds; i++) {
		const int64_t now = 1000000 + (int64_t)i * 1000000 / per_s;
		char words[20];
		bool lost;
		json_t *said;

		snprintf(words, sizeof words, "w%u", same ? 0 : i);
		said = json_pack("{s:b, s:s}", "final", kind == HEARD_FINAL, "text", words);
		said = heard_pass(&bound, kind, said, now, &lost);
		told += said != NULL;
		*lost_any = *lost_any || lost;
		json_decref(said);
		said = heard_due(&bound, now);
		told += said != NULL;
		json_decref(said);
	}
	heard_bound_clear(&bound);
	return told;
}

Test(heard, a_talkative_server_fills_no_log)
{
	bool lost;

	cr_expect_leq(told_of(HEARD_PARTIAL, 100, 10, false, &lost), 41u);
	cr_expect(!lost, "the newest replaces those before it");
	cr_expect_eq(told_of(HEARD_PARTIAL, 100, 10, true, &lost), 1u, "nothing new");
	cr_expect_eq(told_of(HEARD_PARTIAL, 10, 2000, false, &lost), (unsigned)HEARD_PARTIALS_MAX);
	cr_expect_leq(told_of(HEARD_FINAL, 100, 10, false, &lost), 120u);
	cr_expect(lost);
	cr_expect_eq(told_of(HEARD_FINAL, 2, 10, false, &lost), 20u);
	cr_expect(!lost);
}

Test(heard, the_newest_partial_result_is_told_when_its_time_has_come)
{
	struct heard_bound bound = { 0 };
	bool lost;
	json_t *said;

	json_decref(heard_pass(&bound, HEARD_PARTIAL, json_pack("{s:s}", "text", "a"), 1000000, &lost));
	cr_expect_null(heard_pass(&bound, HEARD_PARTIAL, json_pack("{s:s}", "text", "a b"), 1010000, &lost));
	cr_expect_null(
	    heard_pass(&bound, HEARD_PARTIAL, json_pack("{s:s}", "text", "a b c"), 1020000, &lost));
	cr_expect_null(heard_due(&bound, 1030000));
	said = heard_due(&bound, 1300000);
	cr_assert_not_null(said);
	cr_expect_str_eq(json_string_value(json_object_get(said, "text")), "a b c");
	json_decref(said);
	cr_expect_null(heard_pass(&bound, HEARD_PARTIAL, json_pack("{s:s}", "text", "d"), 1310000, &lost));
	json_decref(heard_pass(&bound, HEARD_FINAL, json_pack("{s:s}", "text", "d e"), 1320000, &lost));
	cr_expect_null(heard_due(&bound, 9000000), "what is final is the last");
	heard_bound_clear(&bound);
}
