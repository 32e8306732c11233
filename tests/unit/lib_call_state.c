/* Tests of the table of call states and of what SIP codes mean. */
#include "lib/call_state.h"

#include <criterion/criterion.h>
#include <errno.h>

/* Every pair, written out by hand: rows from, columns to, in the order of enum call_status. */
Test(call_state, table_of_moves)
{
	static const char *const expected[CALL_STATUS_COUNT] = {
		[CALL_QUEUED] = ".xx.xxxx",    [CALL_RINGING] = "..x.xxxx",  [CALL_IN_PROGRESS] = "...xx...",
		[CALL_COMPLETED] = "........", [CALL_FAILED] = "........",   [CALL_BUSY] = "........",
		[CALL_NO_ANSWER] = "........", [CALL_CANCELED] = "........",
	};

	for (int from = 0; from < CALL_STATUS_COUNT; from++) {
		for (int to = 0; to < CALL_STATUS_COUNT; to++)
			cr_expect_eq(call_state_may_move((enum call_status)from, (enum call_status)to),
				     expected[from][to] == 'x', "%s to %s",
				     call_status_name((enum call_status)from),
				     call_status_name((enum call_status)to));
		cr_expect_eq(call_status_is_final((enum call_status)from), from >= CALL_COMPLETED);
	}
	cr_expect_not(call_state_may_move(CALL_QUEUED, CALL_STATUS_COUNT));
}

Test(call_state, names_go_both_ways)
{
	enum call_status status;
	enum call_ender ender;

	for (int i = 0; i < CALL_STATUS_COUNT; i++) {
		cr_expect_eq(call_status_parse(call_status_name((enum call_status)i), &status), 0);
		cr_expect_eq((int)status, i);
	}
	cr_expect_str_eq(call_status_name(CALL_NO_ANSWER), "no-answer");
	cr_expect_eq(call_status_parse("cancelled", &status), EINVAL);
	cr_expect_eq(call_status_parse(NULL, &status), EINVAL);
	for (int i = 1; i < CALL_ENDER_COUNT; i++) {
		cr_expect_eq(call_ender_parse(call_ender_name((enum call_ender)i), &ender), 0);
		cr_expect_eq((int)ender, i);
	}
	cr_expect_null(call_ender_name(CALL_ENDED_BY_NOBODY));
	cr_expect_str_eq(call_direction_name(CALL_INBOUND), "inbound");
	cr_expect_str_eq(call_direction_name(CALL_OUTBOUND), "outbound");
}

Test(call_state, sip_codes)
{
	cr_expect_eq(call_status_from_sip(486), CALL_BUSY);
	cr_expect_eq(call_status_from_sip(600), CALL_BUSY);
	cr_expect_eq(call_status_from_sip(480), CALL_NO_ANSWER);
	cr_expect_eq(call_status_from_sip(408), CALL_NO_ANSWER);
	cr_expect_eq(call_status_from_sip(487), CALL_CANCELED);
	cr_expect_eq(call_status_from_sip(404), CALL_FAILED);
	cr_expect_eq(call_status_from_sip(603), CALL_FAILED);
	cr_expect_eq(call_status_from_sip(302), CALL_FAILED);
	cr_expect_eq(call_q850_from_sip(200), 16);
	cr_expect_eq(call_q850_from_sip(0), 16);
	cr_expect_eq(call_q850_from_sip(404), 1);
	cr_expect_eq(call_q850_from_sip(486), 17);
	cr_expect_eq(call_q850_from_sip(480), 18);
	cr_expect_eq(call_q850_from_sip(499), 31);
	cr_expect_eq(call_sip_from_q850(17), 486);
	cr_expect_eq(call_sip_from_q850(1), 404);
	cr_expect_eq(call_sip_from_q850(34), 503);
	cr_expect_eq(call_sip_from_q850(99), 500);
}

Test(call_state, every_code_has_a_sentence)
{
	for (int code = -1; code < 800; code++) {
		const char *reason = call_reason_from_sip(code);

		cr_assert_not_null(reason);
		cr_expect_eq(reason[strlen(reason) - 1], '.');
	}
	cr_expect_str_eq(call_reason_from_sip(486), "The phone is busy.");
}
