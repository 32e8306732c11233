/* Tests of numbers that programs set, on top of those of a conf. */
#include "lib/conf_number_id.h"
#include "lib/conf_numbers.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char text[] =
    "account \"a\" { } account \"b\" { sid = \"c4977c40-da60-4998-90ad-b792e9847200\" }\n"
    "user \"alice\" { number = \"+15550001001\" }\n"
    "number \"+15550009000\" { voice-url = \"http://x/v\" status-callback = \"http://x/s\" "
    "status-callback-events = {\"completed\"} }\n"
    "number \"+15550009001\" { dial = {\"user:alice\"} }\n"
    "number \"+15550009002\" { account = \"b\" echo = true }\n";

static struct conf *load(const char *source)
{
	struct conf_errors errors;
	struct conf *conf = NULL;
	int err = conf_parse(&conf, "t.conf", source, &errors);

	conf_errors_print(&errors, stderr);
	cr_assert_eq(err, 0);
	conf_errors_free(&errors);
	return conf;
}

static int set(struct conf *conf, const char *number, const char *account, const char *url)
{
	return conf_numbers_set(conf, &(struct conf_number_set){ .number = number,
								 .account = account,
								 .voice_url = url,
								 .voice_get = true,
								 .dialect = url ? "twilio" : NULL });
}

static bool join(const struct conf_number *number, void *arg)
{
	strcat(strcat(arg, " "), number->number + 5);
	return true;
}

static const char *all(const struct conf *conf)
{
	static char out[200];

	*out = '\0';
	conf_numbers_each(conf, join, out);
	return out;
}

Test(conf_numbers, a_new_one_is_found_until_it_is_unset)
{
	struct conf *conf = load(text);
	const struct conf_number *number;

	cr_expect_null(conf_number_find(conf, "+15551230009"));
	cr_expect_eq(set(conf, "+15551230009", "b", NULL), 0);
	number = conf_number_find(conf, "+15551230009");
	cr_assert_not_null(number);
	cr_expect_eq(number->action, CONF_NUMBER_NOTHING);
	cr_expect_str_eq(number->account->name, "b");
	cr_expect_eq(number->fallback_code, 503);
	cr_expect_eq(set(conf, "+15551230009", "b", "http://y/"), 0);
	number = conf_number_find(conf, "+15551230009");
	cr_expect_eq(number->action, CONF_NUMBER_VOICE_URL);
	cr_expect_str_eq(number->voice_url, "http://y/");
	cr_expect(number->voice_get);
	cr_expect_str_eq(number->dialect, "twilio");
	cr_expect_eq(conf_numbers_count(conf), 1);
	conf_numbers_unset(conf, "+15551230009");
	cr_expect_null(conf_number_find(conf, "+15551230009"));
	conf_numbers_unset(conf, "+15551230009");
	conf_free(conf);
}

Test(conf_numbers, an_account_may_have_those_that_begin_so)
{
	struct conf *conf =
	    load("account \"a\" { numbers = {\"+1555\", \"+49\"} } account \"b\" { numbers = {none} }");
	struct conf_errors errors;
	struct conf *bad = NULL;

	cr_assert_eq(conf->accounts[0].numbers.count, 2);
	cr_expect_str_eq(conf->accounts[0].numbers.items[1], "+49");
	cr_expect_eq(conf->accounts[1].numbers.count, 1);
	conf_free(conf);
	cr_expect_eq(conf_parse(&bad, "t.conf", "account \"a\" { numbers = {\"all\"} }", &errors), EINVAL);
	conf_errors_free(&errors);
}

Test(conf_numbers, one_of_the_file_is_as_it_was_but_for_what_was_set)
{
	struct conf *conf = load(text);
	const struct conf_number *number;

	cr_expect_eq(conf_numbers_set(conf, &(struct conf_number_set){ .number = "+15550009000",
								       .account = "a",
								       .fallback_url = "http://y/f",
								       .fallback_get = true,
								       .friendly_name = "Main" }),
		     0);
	number = conf_number_find(conf, "+15550009000");
	cr_expect_str_eq(number->voice_url, "http://x/v");
	cr_expect_str_eq(number->fallback_url, "http://y/f");
	cr_expect(number->fallback_get);
	cr_expect_str_eq(number->friendly_name, "Main");
	cr_expect_eq(number->callback_events.count, 1);
	cr_expect_eq(conf_numbers_set(conf, &(struct conf_number_set){ .number = "+15550009000",
								       .account = "a",
								       .status_callback = "http://y/s" }),
		     0);
	number = conf_number_find(conf, "+15550009000");
	cr_expect_str_eq(number->status_callback, "http://y/s");
	cr_expect_eq(number->callback_events.count, 0);
	cr_expect_null(number->fallback_url);
	cr_expect_eq(set(conf, "+15550009001", "a", "http://y/"), 0);
	cr_expect_eq(conf_number_find(conf, "+15550009001")->action, CONF_NUMBER_VOICE_URL);
	conf_numbers_unset(conf, "+15550009001");
	cr_expect_eq(conf_number_find(conf, "+15550009001")->action, CONF_NUMBER_DIAL);
	conf_free(conf);
}

Test(conf_numbers, what_the_file_gives_to_others_cannot_be_set)
{
	struct conf *conf = load(text);
	static const char *const wrong[] = { "",
					     "+",
					     "+1",
					     "15551230009",
					     "+05551230009",
					     "+1555a",
					     "*97",
					     "+1234567890123456",
					     "+15551230009 " };

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		cr_expect_eq(set(conf, wrong[i], "a", NULL), EINVAL, "%s", wrong[i]);
	cr_expect_eq(set(conf, "+15551230009", "nobody", NULL), ENOENT);
	cr_expect_eq(set(conf, "+15550001001", "a", NULL), EEXIST);
	cr_expect_eq(set(conf, "+15550009002", "a", NULL), EEXIST);
	cr_expect_eq(set(conf, "+15550009002", "b", NULL), 0);
	cr_expect_eq(conf_number_find(conf, "+15550009002")->action, CONF_NUMBER_ECHO);
	/* a refusal leaves what was there */
	cr_expect_eq(set(conf, "+15551230009", "a", "http://y/"), 0);
	cr_expect_eq(set(conf, "+15551230009", "nobody", NULL), ENOENT);
	cr_expect_str_eq(conf_number_find(conf, "+15551230009")->voice_url, "http://y/");
	conf_free(conf);
}

Test(conf_numbers, all_are_walked_in_an_order_that_stays)
{
	struct conf *conf = load(text);

	set(conf, "+15551230009", "a", NULL);
	set(conf, "+15551230008", "a", NULL);
	set(conf, "+15550009001", "a", "http://y/");
	cr_expect_str_eq(all(conf), " 0009000 0009001 0009002 1230009 1230008");
	set(conf, "+15551230009", "b", "http://y/");
	cr_expect_str_eq(all(conf), " 0009000 0009001 0009002 1230009 1230008");
	conf_free(conf);
}

Test(conf_numbers, another_conf_takes_over_what_may_be_in_it)
{
	struct conf *conf = load(text);
	struct conf *next = load("account \"a\" { } user \"bob\" { number = \"+15551230008\" }\n"
				 "number \"+15551230007\" { echo = true }\n");

	set(conf, "+15551230009", "a", "http://y/");
	set(conf, "+15551230008", "a", NULL); /* a user's now */
	set(conf, "+15551230006", "b", NULL); /* its account is gone */
	set(conf, "+15551230007", "a", NULL);
	conf_numbers_move(next, conf);
	cr_expect_eq(conf_numbers_count(conf), 0);
	conf_free(conf);
	cr_expect_eq(conf_numbers_count(next), 2);
	cr_expect_str_eq(conf_number_find(next, "+15551230009")->voice_url, "http://y/");
	cr_expect_eq(conf_number_find(next, "+15551230009")->account, &next->accounts[0]);
	cr_expect_eq(conf_number_find(next, "+15551230007")->action, CONF_NUMBER_ECHO);
	conf_free(next);
}

Test(conf_numbers, those_of_the_file_are_found_by_id)
{
	struct conf *conf = load(text);
	char id[UUID_TEXT_SIZE];

	for (size_t i = 0; i < conf->number_count; i++)
		cr_expect_eq(conf_number_by_id(conf, conf_number_id(conf->numbers[i].number, id)),
			     &conf->numbers[i]);
	cr_expect_null(conf_number_by_id(conf, conf_number_id("+15550009003", id)));
	cr_expect_null(conf_number_by_id(conf, ""));
	conf_free(conf);
	conf = load("account \"a\" { }\n");
	cr_expect_null(conf_number_by_id(conf, id));
	conf_free(conf);
}
