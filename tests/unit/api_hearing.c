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
	const struct hearing_wish wish = { .language = language };
	struct hearing_server server;

	return hearing_find(conf, NULL, &wish, &server) ? "" : server.name;
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
	const struct hearing_wish wish = { .hints = " yes , no,, ", .profanity_filter = true };
	struct hearing_server server;
	json_t *params, *start;

	cr_assert_null(hearing_find(conf, NULL, &wish, &server));
	params = hearing_params(&server, &wish);
	start = json_object_get(params, "start");
	cr_expect_str_eq(json_string_value(json_object_get(start, "language")), "en-US");
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

Test(hearing, vosk_servers_are_asked_in_their_words)
{
	struct conf *conf = conf_of("speech \"a\" { url = \"ws://h/\"  protocol = \"vosk\"  rate = 8000 }\n");
	const struct hearing_wish wish = { .hints = "yes" };
	struct hearing_server server;
	json_t *params, *config;

	cr_assert_null(hearing_find(conf, NULL, &wish, &server));
	params = hearing_params(&server, &wish);
	config = json_object_get(json_object_get(params, "start"), "config");
	cr_expect_eq(json_integer_value(json_object_get(config, "sample_rate")), 8000);
	cr_expect_str_eq(json_string_value(json_object_get(params, "stop")), "{\"eof\":1}");
	json_decref(params);
	conf_free(conf);
}

Test(hearing, our_own_recogniser_says_what_it_does_not_hear)
{
	struct conf *conf = conf_of("");
	struct conf *off = conf_of("api { hear = false }\n");
	const struct hearing_wish german = { .language = "de-DE", .hints = "ja" },
				  dictation = { .language = "en-GB", .dictation = true },
				  wish = { .hints = "yes" };
	struct hearing_server server;

	cr_expect_not_null(strstr(hearing_find(conf, NULL, &german, &server), "English"));
	cr_expect_not_null(strstr(hearing_find(conf, NULL, &dictation, &server), "hints"));
	cr_expect_not_null(strstr(hearing_find(off, NULL, &wish, &server), "hear"));
	cr_expect_not_null(hearing_find(conf, NULL, &wish, &server), "nobody there to start it");
	conf_free(conf);
	conf_free(off);
}

Test(hearing, conf_refuses_what_is_wrong)
{
	struct conf_errors errors = { 0 };
	struct conf *conf = NULL;

	cr_expect_neq(conf_parse(&conf, "t.conf",
				 "speech \"a\" { url = \"ws://h/\"  protocol = \"kaldi\" }\n", &errors),
		      0);
	conf_errors_free(&errors);
	errors = (struct conf_errors){ 0 };
	cr_expect_neq(
	    conf_parse(&conf, "t.conf",
		       "speech \"a\" { command = {\"say\"}  voices = {\"x\"}  protocol = \"vosk\" }\n",
		       &errors),
	    0);
	conf_errors_free(&errors);
	errors = (struct conf_errors){ 0 };
}
