/* How what is dialled is read. */
#include "lib/phone_number.h"

#include <criterion/criterion.h>
#include <string.h>

Test(phone_number, what_people_put_between_digits_goes)
{
	char out[PHONE_NUMBER_SIZE];

	cr_expect(phone_number_bare(out, "+49 (30) 123-45.67"));
	cr_expect_str_eq(out, "+49301234567");
	cr_expect(phone_number_bare(out, "*97"));
	cr_expect_str_eq(out, "*97");
	for (size_t i = 0; i < 6; i++)
		cr_expect_not(
		    phone_number_bare(out, (const char *[]){ "", "+", "alice", "12+3", "030x",
							     "123456789012345678901234567890123" }[i]));
}

Test(phone_number, short_ones)
{
	const char *const yes[] = { "112", "08", "100", "9003", "116117", "*97", "#31#", "**1" };
	const char *const no[] = { "", "1", "*", "+112", "1234567", "12a", "1*2", "*12345678" };

	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		cr_expect(phone_number_is_short(yes[i]), "%s", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		cr_expect_not(phone_number_is_short(no[i]), "%s", no[i]);
}

Test(phone_number, countries)
{
	const char *const yes[] = { "AC", "DE", "US", "GB", "XK", "ZW" };
	const char *const no[] = { "", "D", "de", "DEU", "XX", "C ", " A", "EA" };

	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
		cr_expect(phone_number_is_country(yes[i]), "%s", yes[i]);
		cr_expect_gt(phone_number_country_code(yes[i]), 0, "%s", yes[i]);
	}
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		cr_expect_not(phone_number_is_country(no[i]), "%s", no[i]);
	/* the list in C is the library's */
	for (char a = 'A'; a <= 'Z'; a++)
		for (char b = 'A'; b <= 'Z'; b++) {
			char code[3] = { a, b, '\0' };

			cr_expect_eq(phone_number_is_country(code), phone_number_country_code(code) > 0, "%s",
				     code);
		}
}

Test(phone_number, emergency_numbers)
{
	const struct {
		const char *number, *country;
		bool is;
	} cases[] = {
		{ "112", NULL, true },	  { "911", NULL, true },  { "999", NULL, true },
		{ "110", NULL, true },	  { "000", NULL, true },  { "100", NULL, false },
		{ "19222", NULL, false }, { "112", "DE", true },  { "110", "DE", true },
		{ "911", "US", true },	  { "999", "GB", true },  { "000", "AU", true },
		{ "112", "US", true },	  { "999", "DE", false }, { "15", "FR", true },
		{ "118", "DE", false },	  { "*97", "DE", false }, { "911911", "US", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_expect_eq(phone_number_is_emergency(cases[i].number, cases[i].country), cases[i].is,
			     "%s %s", cases[i].number, cases[i].country ? cases[i].country : "");
}

Test(phone_number, national_numbers)
{
	const struct {
		const char *text, *country, *e164;
	} cases[] = {
		{ "0301234567", "DE", "+49301234567" },
		{ "0012125551234", "DE", "+12125551234" },
		{ "08001234567", "DE", "+498001234567" },
		{ "2125551234", "US", "+12125551234" },
		{ "12125551234", "US", "+12125551234" },
		{ "01149301234567", "US", "+49301234567" },
		{ "02071838750", "GB", "+442071838750" },
		{ "0612345678", "FR", "+33612345678" },
		{ "0612345678", "IT", "+390612345678" }, /* whose 0 stays */
		{ "*9712345", "DE", NULL },
		{ "00", "DE", NULL },
		{ "1234567890123456", "US", NULL },
	};
	char out[PHONE_NUMBER_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bool is = phone_number_read(out, cases[i].text, cases[i].country);

		cr_expect_eq(is, cases[i].e164 != NULL, "%s %s", cases[i].text, cases[i].country);
		if (is && cases[i].e164)
			cr_expect_str_eq(out, cases[i].e164);
	}
}

Test(phone_number, numbers_as_people_read_them)
{
	static const char *const cases[][2] = { { "+15550001001", "(555) 000-1001" },
						{ "+12125551234", "(212) 555-1234" },
						{ "+493012345678", "+49 30 12345678" },
						{ "+442071838750", "+44 20 7183 8750" },
						{ "sip:bob@example.org", "sip:bob@example.org" },
						{ "100", "100" },
						{ "+1", "+1" },
						{ "", "" } };
	char out[PHONE_NUMBER_SHOWN_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_expect_str_eq(phone_number_show(out, cases[i][0]), cases[i][1], "%s: %s", cases[i][0],
				 out);
}

Test(phone_number, what_kind_of_which_country)
{
	static const struct {
		const char *number, *country;
		enum phone_number_kind kind;
		unsigned length;
	} cases[] = {
		{ "+4915112345678", "DE", PHONE_NUMBER_MOBILE, 10 },
		{ "+493012345678", "DE", PHONE_NUMBER_LOCAL, 10 },
		{ "+18002345678", "US", PHONE_NUMBER_TOLL_FREE, 11 },
		{ "+14165550123", "CA", PHONE_NUMBER_LOCAL, 11 },
		{ "+15550001001", "US", PHONE_NUMBER_LOCAL, 11 },
		{ "+1555", "US", PHONE_NUMBER_LOCAL, 11 },
		{ "+1", "US", PHONE_NUMBER_LOCAL, 11 },
		{ "+442071838750", "GB", PHONE_NUMBER_LOCAL, 12 },
		{ "+999", "", PHONE_NUMBER_LOCAL, 0 },
		{ "+", "", PHONE_NUMBER_LOCAL, 0 },
		{ "100", "", PHONE_NUMBER_LOCAL, 0 },
		{ "", "", PHONE_NUMBER_LOCAL, 0 },
	};
	char country[PHONE_NUMBER_COUNTRY_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *number = cases[i].number;

		cr_expect_eq(phone_number_kind(number), cases[i].kind, "%s", number);
		cr_expect_str_eq(phone_number_country(country, number), cases[i].country, "%s: %s", number,
				 country);
		cr_expect_eq(phone_number_usual_length(number), cases[i].length, "%s: %u", number,
			     phone_number_usual_length(number));
	}
}
