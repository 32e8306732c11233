/* Numbers as trunks write them. */
#include "daemon/offhookd/trunks/number_format.h"

#include <criterion/criterion.h>

#define OUT(n, number, expected)                                           \
	do {                                                               \
		char text[NUMBER_TEXT_MAX];                                \
		number_format_out(text, n, number);                        \
		cr_expect_str_eq(text, expected, "%s → %s", number, text); \
	} while (0)

#define IN(n, said, expected, is_number)                                              \
	do {                                                                          \
		char text[NUMBER_TEXT_MAX];                                           \
		cr_expect_eq(number_format_in(text, n, said), is_number, "%s", said); \
		cr_expect_str_eq(text, expected, "%s → %s", said, text);              \
	} while (0)

static char code[] = "49", national[] = "0", international[] = "00", none[] = "", nine[] = "9#", one[] = "1";

static struct conf_numbering make(enum conf_writing out, enum conf_writing in)
{
	return (struct conf_numbering){
		.out = out,
		.in = in,
		.country_code = code,
		.national_prefix = national,
		.international_prefix = international,
		.prepend_out = none,
		.prepend_in = none,
	};
}

Test(number_format, outbound_writings)
{
	struct conf_numbering plus = make(CONF_WRITING_PLUS, 0), bare = make(CONF_WRITING_E164, 0),
			      home = make(CONF_WRITING_NATIONAL, 0);

	OUT(&plus, "+15551234567", "+15551234567");
	OUT(&bare, "+15551234567", "15551234567");
	OUT(&home, "+4930123456", "030123456");
	OUT(&home, "+15551234567", "0015551234567");
	OUT(&home, "*98", "*98");
	OUT(&bare, "anonymous", "anonymous");
}

Test(number_format, short_numbers_are_the_same_in_every_writing)
{
	const char *const numbers[] = { "112", "911", "116117", "08", "*97" };

	for (int w = 0; w < 3; w++) {
		struct conf_numbering n = make((enum conf_writing)w, (enum conf_writing)w);

		n.strip_out = 1;
		n.prepend_out = nine;
		for (size_t i = 0; i < 5; i++) {
			OUT(&n, numbers[i], numbers[i]);
			IN(&n, numbers[i], numbers[i], numbers[i][0] != '*');
		}
		OUT(&n, "+112", "112");
	}
}

Test(number_format, strips_and_prepends_what_is_dialled)
{
	struct conf_numbering n = make(CONF_WRITING_E164, 0);
	char caller[NUMBER_TEXT_MAX];

	n.strip_out = 2;
	n.prepend_out = nine;
	OUT(&n, "+4930123456", "9#30123456");
	OUT(&n, "+1", "9#1"); /* nothing would be left */
	number_format_caller(caller, &n, "+4930123456");
	cr_expect_str_eq(caller, "4930123456");
}

Test(number_format, inbound_writings)
{
	struct conf_numbering bare = make(0, CONF_WRITING_E164), home = make(0, CONF_WRITING_NATIONAL);

	IN(&bare, "+15551234567", "+15551234567", true);
	IN(&bare, "1 (555) 123-4567", "+15551234567", true);
	IN(&bare, "030123456", "030123456", false);
	IN(&home, "+15551234567", "+15551234567", true);
	IN(&home, "030123456", "+4930123456", true);
	IN(&home, "30123456", "+4930123456", true);
	IN(&home, "0015551234567", "+15551234567", true);
	IN(&home, "anonymous", "anonymous", false);
	IN(&home, "", "", false);
	IN(&bare, "+", "+", false);
	IN(&bare, "12345678901234567890123456789012345678901234567890",
	   "12345678901234567890123456789012345678901234567890", false);
}

Test(number_format, inbound_strips_and_prepends)
{
	struct conf_numbering n = make(0, CONF_WRITING_E164);

	n.strip_in = 3;
	n.prepend_in = one;
	IN(&n, "9995551234567", "+15551234567", true);
	IN(&n, "555", "1555", true); /* nothing would be left: nothing is taken */
}

Test(number_format, a_round_trip_in_every_writing)
{
	const char *numbers[] = { "+4930123456", "+15551234567", "+442012345678" };

	for (int w = 0; w < 3; w++) {
		struct conf_numbering n = make((enum conf_writing)w, (enum conf_writing)w);

		for (size_t i = 0; i < 3; i++) {
			char out[NUMBER_TEXT_MAX], back[NUMBER_TEXT_MAX];

			number_format_out(out, &n, numbers[i]);
			cr_expect(number_format_in(back, &n, out));
			cr_expect_str_eq(back, numbers[i]);
		}
	}
}
