/* leg: one call at the test trunk's end: a UAS of RFC 3261 over UDP, from its INVITE until nobody can ask
 * about it any more. It does what its number says (number.h). The test trunk's thread alone; whoever owns it
 * asks every few milliseconds whether there is something to do. */
#ifndef OFFHOOK_TESTTRUNK_LEG_H
#define OFFHOOK_TESTTRUNK_LEG_H

#include "daemon/offhookd/testtrunk/message.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <uthash.h>

enum { TEST_CONTACT_MAX = 80, TEST_CALL_ID_MAX = 256 };

/* Where the test trunk is. */
struct test_line {
	int fd;
	struct sockaddr_storage address;
	char contact[TEST_CONTACT_MAX]; /* "127.0.0.1:5070" */
};

/* A message and where it came from. */
struct test_received {
	const char *bytes;
	size_t size;
	struct test_message message;
	struct sockaddr_storage from;
};

struct test_leg;
struct test_legs {
	struct test_leg *by_call_id;
};

/* A new INVITE: it rings, or is declined. Returns 0, EBADMSG (it cannot be kept) or ENOMEM. */
int test_leg_add(struct test_legs *legs, const struct test_line *line, const struct test_received *invite,
		 int64_t now_us) __attribute__((warn_unused_result));
/* The one with the message's Call-ID, or NULL. */
struct test_leg *test_leg_find(const struct test_legs *legs, struct test_text call_id);
size_t test_leg_count(const struct test_legs *legs);

/* A message of its call. */
void test_leg_take(struct test_leg *leg, const struct test_received *in, int64_t now_us);
/* Does what is due in all of them, and forgets those that are over. */
void test_legs_tick(struct test_legs *legs, int64_t now_us);
void test_legs_free(struct test_legs *legs);

/* Answers a request with nothing but a code. */
void test_line_reply(const struct test_line *line, const struct test_received *in, int code);

#endif
