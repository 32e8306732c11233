/* What servers that hear callers are asked, and what their answers mean. */
#include "daemon/api/speech/hearing.h"

#include "lib/conf.h"

#include <criterion/criterion.h>

static struct conf *conf_of(const char *text)
{
	struct conf_errors errors = { 0 };
	struct conf *conf = NULL;

	cr_assert_eq(conf_parse(&conf, "t.conf", text, &errors), 0);
	return conf;
}

static const char *found(const struct conf *conf, const char *language)
{
	const struct conf_speech *server = hearing_find(conf, language);

	return server ? server->name : "";
}

Test(hearing, the_language_chooses)
{
	struct conf *conf = conf_of("speech \"says\" { command = {\"say\"}  languages = {\"en-US\"} }\n"
				    "speech \"en\" { url = \"ws://h\"  languages = {\"en\"} }\n"
				    "speech \"gb\" { url = \"ws://h\"  languages = {\"en-GB\"} }\n");

	cr_expect_str_eq(found(conf, "en-US"), "en");
	cr_expect_str_eq(found(conf, "en-GB"), "gb");
	cr_expect_str_eq(found(conf, "de-DE"), "");
	conf_free(conf);
	conf = conf_of("speech \"all\" { url = \"ws://h\" }\n"
		       "speech \"de\" { url = \"ws://h\"  languages = {\"de\"} }\n");
	cr_expect_str_eq(found(conf, "de-AT"), "de");
	cr_expect_str_eq(found(conf, "ja-JP"), "all");
	conf_free(conf);
}

Test(hearing, what_is_asked)
{
	struct conf *conf = conf_of("speech \"a\" { url = \"ws://h/x\"  key = \"k\"  rate = 8000 }\n");
	const struct hearing_wish wish = { "en-US", " yes , no,, ", true };
	json_t *params = hearing_params(&conf->speeches[0], &wish), *start = json_object_get(params, "start");
	json_t *hints = json_object_get(json_object_get(start, "options"), "hints");

	cr_assert_not_null(params);
	cr_expect_str_eq(json_string_value(json_object_get(params, "url")), "ws://h/x");
	cr_expect_str_eq(
	    json_string_value(json_object_get(json_object_get(params, "headers"), "Authorization")),
	    "Bearer k");
	cr_expect_eq(json_integer_value(json_object_get(start, "sampleRateHz")), 8000);
	cr_expect_eq(json_array_size(hints), 2u);
	cr_expect_str_eq(json_string_value(json_array_get(hints, 0)), "yes");
	cr_expect_str_eq(json_string_value(json_array_get(hints, 1)), "no");
	json_decref(params);
	conf_free(conf);
}

static void expect(const char *text, enum hearing_kind kind, const char *words, double confidence)
{
	struct hearing_said said;

	hearing_read(text, &said);
	cr_expect_eq(said.kind, kind, "%s", text);
	cr_expect_str_eq(said.text, words, "%s", text);
	cr_expect_float_eq(said.confidence, confidence, 1e-6, "%s", text);
	hearing_said_clear(&said);
}

Test(hearing, what_is_answered)
{
	expect("{\"type\":\"transcription\",\"is_final\":true,\"alternatives\":[{\"transcript\":\"hi\","
	       "\"confidence\":0.5}]}",
	       HEARING_FINAL, "hi", 0.5);
	expect("{\"type\":\"transcription\",\"alternatives\":[{\"transcript\":\"h\"}]}", HEARING_PARTIAL, "h",
	       -1);
	expect("{\"type\":\"transcription\",\"is_final\":true,\"alternatives\":[{\"transcript\":\"h\","
	       "\"confidence\":7}]}",
	       HEARING_FINAL, "h", -1);
	expect("{\"type\":\"error\",\"error\":\"no\"}", HEARING_ERROR, "no", -1);
	expect("{\"type\":\"error\"}", HEARING_ERROR, "", -1);
	expect("{\"type\":\"transcription\",\"is_final\":true,\"alternatives\":[{\"transcript\":\" \"}]}",
	       HEARING_NOTHING, "", -1);
	expect("{\"type\":\"transcription\",\"is_final\":true,\"alternatives\":{}}", HEARING_NOTHING, "", -1);
	expect("{\"type\":[]}", HEARING_NOTHING, "", -1);
	expect("[1]", HEARING_NOTHING, "", -1);
	expect("no JSON", HEARING_NOTHING, "", -1);
	expect("", HEARING_NOTHING, "", -1);
}
