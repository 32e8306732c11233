/* The Twilio and SignalWire dialect: ids, dates, forms, who asks, signatures. */
#include "daemon/api/call/machine.h"
#include "daemon/api/call/usage.h"
#include "daemon/api/dialect/twilio/basic.h"
#include "daemon/api/dialect/twilio/dates.h"
#include "daemon/api/dialect/twilio/form.h"
#include "daemon/api/dialect/twilio/ids.h"
#include "daemon/api/dialect/twilio/sign.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

static const char uuid[] = "b3877c40-da60-4998-90ad-b792e98472af";
static const char hex[] = "b3877c40da60499890adb792e98472af";

Test(api_twilio, ids_are_written_as_the_view_does)
{
	char out[SID_SIZE];

	cr_expect_str_eq(sid_write(VIEW_TWILIO, "CA", uuid, out), "CAb3877c40da60499890adb792e98472af");
	cr_expect_str_eq(sid_write(VIEW_SIGNALWIRE, "CA", uuid, out), uuid);
}

/* What the switch says of who has answered, as AnsweredBy. */
Test(api_twilio, every_value_of_answered_by)
{
	static const char *const words[][2] = {
		{ "{\"is\":\"human\"}", "human" },
		{ "{\"is\":\"fax\"}", "fax" },
		{ "{\"is\":\"unknown\"}", "unknown" },
		{ "{\"is\":\"machine\"}", "machine_start" },
		{ "{\"is\":\"machine\",\"end\":\"beep\"}", "machine_end_beep" },
		{ "{\"is\":\"machine\",\"end\":\"silence\"}", "machine_end_silence" },
		{ "{\"is\":\"machine\",\"end\":\"other\"}", "machine_end_other" },
	};

	cr_expect_null(machine_word(NULL));
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		json_t *machine = json_loads(words[i][0], 0, NULL);

		cr_expect_str_eq(machine_word(machine), words[i][1]);
		json_decref(machine);
	}
}

Test(api_twilio, ids_are_read_in_either_writing)
{
	static const char *const good[] = { "CAb3877c40da60499890adb792e98472af",
					    "b3877c40-da60-4998-90ad-b792e98472af",
					    "B3877C40-DA60-4998-90AD-B792E98472AF" };
	static const char *const bad[] = { "",
					   "CA",
					   "CAb3877c40da60499890adb792e98472a",
					   "CAb3877c40da60499890adb792e98472aff",
					   "REb3877c40da60499890adb792e98472af",
					   "CAb3877c40da60499890adb792e98472ag",
					   "b3877c40da60499890adb792e98472af",
					   "b3877c40-da60-4998-90ad-b792e98472afx",
					   "b3877c40-da60-4998-90ad-b792e98472a" };
	char out[UUID_TEXT_SIZE];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		cr_expect(sid_read("CA", good[i], out), "%s", good[i]);
		cr_expect_str_eq(out, uuid);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect_not(sid_read("CA", bad[i], out), "%s", bad[i]);
}

Test(api_twilio, a_number_has_always_the_same_id)
{
	char a[SID_SIZE], b[SID_SIZE], read[UUID_TEXT_SIZE];

	sid_of_number(VIEW_TWILIO, "+15550009000", a);
	cr_expect_str_eq(a, sid_of_number(VIEW_TWILIO, "+15550009000", b));
	cr_expect_str_neq(a, sid_of_number(VIEW_TWILIO, "+15550009001", b));
	cr_expect(sid_read("PN", a, read));
	cr_expect_str_eq(read, sid_of_number(VIEW_SIGNALWIRE, "+15550009000", b));
}

Test(api_twilio, dates)
{
	char out[DATE_TEXT_SIZE];
	int64_t from, to;

	cr_expect_str_eq(date_write(INT64_C(1712255535999), out), "Thu, 04 Apr 2024 18:32:15 +0000");
	cr_expect_str_eq(date_write(INT64_C(1712188800000) - 1, out), "Wed, 03 Apr 2024 23:59:59 +0000");
	cr_expect_str_eq(date_write(INT64_C(1712188800000), out), "Thu, 04 Apr 2024 00:00:00 +0000");
	cr_expect_str_eq(date_write(-1000, out), "Wed, 31 Dec 1969 23:59:59 +0000");
	cr_expect_str_eq(date_write(0, out), "Thu, 01 Jan 1970 00:00:00 +0000");
	cr_assert(date_read("2024-04-04", &from, &to));
	cr_expect_eq(from, INT64_C(1712188800000));
	cr_expect_eq(to - from, INT64_C(86400000));
	cr_assert(date_read("2024-04-04T18:32:15Z", &from, &to));
	cr_expect_eq(from, INT64_C(1712255535000));
	cr_expect_eq(to - from, 1000);
	cr_expect_not(date_read("yesterday", &from, &to));
}

/* The codes of what is wrong with each of the parameters. */
static int code_of(const char *text)
{
	static const char *const words[] = { "one", "two", NULL };
	struct query query;
	struct form form;
	int64_t number = 0, from, to;
	unsigned bits = 0;
	bool on, post;
	int word;

	cr_assert_eq(query_parse(&query, text), 0, "%s", text);
	form_init(&form, &query);
	form_url(&form, "Url");
	form_int(&form, "Number", 1, 10, &number);
	form_bool(&form, "On", &on);
	form_word(&form, "Word", words, &word);
	form_method(&form, "Method", &post);
	form_words(&form, "Words", words, &bits);
	form_date(&form, "Date>=", &from, &to);
	query_clear(&query);
	return form.trouble.code;
}

Test(api_twilio, forms)
{
	static const struct {
		const char *text;
		int code;
	} cases[] = { { "", 0 },
		      { "Url=http%3A%2F%2Fh%2F&Number=10&On=true&Word=TWO&Method=get&Words=one&Words=two",
			0 },
		      { "Words=one+two&Words=one,two&Date%3E%3D=2024-01-31&Other=x", 0 },
		      { "Url=&Number=&On=&Word=&Method=&Words=&Date%3E%3D=", 0 },
		      { "Url=ftp%3A%2F%2Fh%2F", TROUBLE_URL },
		      { "Number=11", TROUBLE_PARAMETER },
		      { "Number=0", TROUBLE_PARAMETER },
		      { "Number=1x", TROUBLE_PARAMETER },
		      { "Number=+1", TROUBLE_PARAMETER },
		      { "Number=99999999999999999999", TROUBLE_PARAMETER },
		      { "On=maybe", TROUBLE_PARAMETER },
		      { "Word=three", TROUBLE_PARAMETER },
		      { "Method=PUT", TROUBLE_PARAMETER },
		      { "Words=one&Words=three", TROUBLE_PARAMETER },
		      { "Date%3E%3D=31.1.2024", TROUBLE_PARAMETER } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_expect_eq(code_of(cases[i].text), cases[i].code, "%s: %d", cases[i].text,
			     code_of(cases[i].text));
}

static const char *account_of(const struct conf *conf, const char *name, const char *password)
{
	char plain[200], header[300] = "Basic ";
	const struct conf_account *account;

	snprintf(plain, sizeof plain, "%s:%s", name, password);
	EVP_EncodeBlock((unsigned char *)header + 6, (const unsigned char *)plain, (int)strlen(plain));
	account = basic_account(conf, header);
	return account ? account->name : "";
}

Test(api_twilio, who_asks)
{
	char *keys[] = { "key-one-1", "key-two-2" };
	struct conf_account accounts[] = {
		{ .name = "one", .sid = (char *)uuid, .auth_token = "token", .api_keys = { keys, 1 } },
		{ .name = "two", .sid = "11111111-2222-4333-8444-555555555555", .api_keys = { keys + 1, 1 } },
	};
	const struct conf conf = { .accounts = accounts, .account_count = 2 };
	char ac[40];

	snprintf(ac, sizeof ac, "AC%s", hex);
	cr_expect_str_eq(account_of(&conf, ac, "token"), "one");
	cr_expect_str_eq(account_of(&conf, uuid, "token"), "one");
	cr_expect_str_eq(account_of(&conf, uuid, "key-one-1"), "one");
	cr_expect_str_eq(account_of(&conf, "SK123", "key-two-2"), "two");
	cr_expect_str_eq(account_of(&conf, "key-two-2", ""), "two");
	cr_expect_str_eq(account_of(&conf, ac, "Token"), "");
	cr_expect_str_eq(account_of(&conf, ac, ""), "");
	cr_expect_str_eq(account_of(&conf, ac, "key-two-2"), "");
	cr_expect_str_eq(account_of(&conf, accounts[1].sid, "token"), "");
	cr_expect_str_eq(account_of(&conf, accounts[1].sid, ""), "");
	cr_expect_null(basic_account(&conf, NULL));
	cr_expect_null(basic_account(&conf, "Bearer x"));
	cr_expect_null(basic_account(&conf, "Basic"));
	cr_expect_null(basic_account(&conf, "Basic %%%%"));
	cr_expect_null(basic_account(&conf, "Basic eA=="));
}

/* The example of Twilio's documentation of request validation. */
Test(api_twilio, a_signature_covers_the_url_and_the_sorted_form)
{
	const struct conf_account account = { .auth_token = "12345" };
	char out[SIGN_SIZE];

	cr_expect_str_eq(twilio_sign(&account, "https://mycompany.com/myapp.php?foo=1&bar=2",
				     "To=%2B18005551212&Digits=1234&From=%2B12349013030&CallSid="
				     "CA1234567890ABCDE&Caller=%2B12349013030",
				     out),
			 "0/KCTR6DLpKmkAf8muzZqo1nDgQ=");
}

Test(api_twilio, usage_comes_round_with_the_day_the_month_and_the_year)
{
	/* 2024-02-29, 2024-03-01, 2024-12-31, 1970-01-01 */
	static const struct {
		int64_t day, month, year;
	} all[] = { { 19782, 19754, 19723 }, { 19783, 19783, 19723 }, { 20088, 20058, 19723 }, { 0, 0, 0 } };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		cr_assert_eq(usage_period_begins(USAGE_OF_DAY, all[i].day), all[i].day);
		cr_assert_eq(usage_period_begins(USAGE_OF_MONTH, all[i].day), all[i].month);
		cr_assert_eq(usage_period_begins(USAGE_OF_YEAR, all[i].day), all[i].year);
		cr_assert_eq(usage_period_begins(USAGE_EVER, all[i].day), 0);
	}
}

Test(api_twilio, the_name_says_whose_view_is_meant_where_the_path_does_not)
{
	/* AC…:x, the same as a UUID, and a key */
	static const char ac[] = "Basic QUNiMzg3N2M0MGRhNjA0OTk4OTBhZGI3OTJlOTg0NzJhZjp4";
	static const char dashed[] = "Basic YjM4NzdjNDAtZGE2MC00OTk4LTkwYWQtYjc5MmU5ODQ3MmFmOng=";

	for (int otherwise = VIEW_TWILIO; otherwise <= VIEW_SIGNALWIRE; otherwise++) {
		cr_assert_eq(basic_view(ac, otherwise), VIEW_TWILIO);
		cr_assert_eq(basic_view(dashed, otherwise), VIEW_SIGNALWIRE);
		cr_assert_eq(basic_view("Basic a2V5Ong=", otherwise), (enum view)otherwise);
		cr_assert_eq(basic_view("Bearer x", otherwise), (enum view)otherwise);
		cr_assert_eq(basic_view(NULL, otherwise), (enum view)otherwise);
	}
}
