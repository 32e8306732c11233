/* number: what the test trunk does for a dialled number: its last four digits say. Pure; doc/testing.md lists
 * them. */
#ifndef OFFHOOK_TESTTRUNK_NUMBER_H
#define OFFHOOK_TESTTRUNK_NUMBER_H

#include <stdbool.h>

enum test_says {
	TEST_SILENCE,
	TEST_SPEECH,	/* once */
	TEST_SPEECHES,	/* over and over, so that a quality can be measured */
	TEST_ECHO,	/* what it hears */
	TEST_VOICEMAIL, /* a greeting and a beep */
	TEST_DIGITS,	/* it presses TEST_KEYS */
};

#define TEST_KEYS "1234#"

struct test_plan {
	int code;	  /* it declines with that, 400 to 699; 0: it rings */
	bool answers;	  /* it does not ring for ever */
	unsigned ring_ms; /* before it answers */
	enum test_says sound;
	unsigned loss_percent; /* of its packets that never arrive */
	unsigned jitter_ms;    /* by which its packets are late at most */
	unsigned hang_up_ms;   /* after its answer; 0: it leaves that to the caller */
};

/* `user`: of a request URI. What is no number of the list is declined with 404. */
struct test_plan test_plan_of(const char *user);

#endif
