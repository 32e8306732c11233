/* Headers that programs may give. */
#include "lib/call_header.h"

#include <criterion/criterion.h>

Test(call_header, names)
{
	cr_expect(call_header_may_be_given("x-mine"));
	cr_expect(call_header_may_be_given("alert-info"));
	cr_expect(call_header_may_be_given("Priority"));
	cr_expect_not(call_header_may_be_given("Contact"));
	cr_expect_not(call_header_may_be_given("Alert-Infos"));
	cr_expect_not(call_header_may_be_given(""));
}

Test(call_header, forms)
{
	static const char *const good[] = {
		"<sip:x>;answer-after=0",
		" <sip:x> ; answer-after = 0 ",
		"<http://192.0.2.1/a;b?c=d>",
		"<sip:x>;purpose=icon;n=\"a, \\\" b\";flag, <https://y/>;purpose=card",
		"<sip:[2001:db8::1]>;at=[2001:db8::1]",
	};
	static const char *const bad[] = {
		"",
		" ",
		"answer-after=0",
		";answer-after=0",
		"sip:x;answer-after=0",
		"<sip:x",
		"<>",
		"<x>",
		"<sip:>",
		"<:x>",
		"<sip:x>;",
		"<sip:x>;=0",
		"<sip:x>;a=",
		"<sip:x>,",
		"<sip:x> <sip:y>",
		"<sip:x>;a=\"b",
		"<sip:x>;a=\"b\\",
		"<sip:a b>",
	};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		cr_expect_null(call_header_trouble("call-info", good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_expect_not_null(call_header_trouble("Call-Info", bad[i]), "%s", bad[i]);
	cr_expect_null(call_header_trouble("Priority", "urgent"));
	cr_expect_not_null(call_header_trouble("Priority", ""));
	cr_expect_not_null(call_header_trouble("Priority", "very high"));
	cr_expect_null(call_header_trouble("Alert-Info", "Bellcore-dr1"));
	cr_expect_null(call_header_trouble("Subject", "any text"));
}
