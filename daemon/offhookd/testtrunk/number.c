/* See number.h. */
#include "daemon/offhookd/testtrunk/number.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

enum { RING_MS = 200, LONG_RING_MS = 5000, LOSS_PERCENT = 5, JITTER_MS = 80, NUMBER_DIGITS = 4 };

/* The last four digits, or -1. */
static int last_digits(const char *user)
{
	size_t length = strcspn(user, ";@");
	int value = 0;

	if (length < NUMBER_DIGITS)
		return -1;
	for (size_t i = length - NUMBER_DIGITS; i < length; i++) {
		if (!isdigit((unsigned char)user[i]))
			return -1;
		value = value * 10 + user[i] - '0';
	}
	return value;
}

struct test_plan test_plan_of(const char *user)
{
	struct test_plan plan = { .answers = true, .ring_ms = RING_MS, .sound = TEST_SPEECH };
	int number = last_digits(user);

	switch (number) {
	case 0:
		return plan;
	case 1:
		return (struct test_plan){ .code = 486 };
	case 2:
		return (struct test_plan){ .answers = false };
	case 3:
		plan.sound = TEST_ECHO;
		return plan;
	case 4:
		plan.sound = TEST_VOICEMAIL;
		return plan;
	case 5:
		plan.sound = TEST_DIGITS;
		return plan;
	case 6:
		plan.sound = TEST_SPEECHES;
		plan.loss_percent = LOSS_PERCENT;
		return plan;
	case 7:
		plan.sound = TEST_SPEECHES;
		plan.jitter_ms = JITTER_MS;
		return plan;
	case 8:
		plan.sound = TEST_SILENCE;
		return plan;
	case 9:
		plan.ring_ms = LONG_RING_MS;
		return plan;
	default:
		break;
	}
	if (number > 100 && number < 200) {
		plan.hang_up_ms = (unsigned)(number - 100) * 1000;
		return plan;
	}
	return (struct test_plan){ .code = number >= 400 && number < 700 ? number : 404 };
}
