/* message: a SIP message as it came in a datagram, taken apart, and the responses to a request. Enough of RFC
 * 3261 for a far end that only our own user agent speaks to: no folded lines, one Contact, what it does not
 * look at is left alone. Pure; whatever comes is refused or understood, and nothing is kept: all text points
 * into the datagram. */
#ifndef OFFHOOK_TESTTRUNK_MESSAGE_H
#define OFFHOOK_TESTTRUNK_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test_text {
	const char *text; /* no NUL at its end */
	size_t length;
};

enum { TEST_VIAS_MAX = 8, TEST_NAME_MAX = 64, TEST_MESSAGE_MAX = 8192 };

struct test_message {
	int status;		  /* of a response; 0: it is a request */
	char method[16];	  /* of the request, or of the one that is responded to (CSeq) */
	char user[TEST_NAME_MAX]; /* of the request URI, "" for none */
	struct test_text via[TEST_VIAS_MAX];
	size_t via_count;
	struct test_text from, to, call_id, contact; /* contact: the URI */
	bool in_dialog;				     /* To has a tag */
	uint32_t cseq;
	struct test_text body;
};

/* Returns 0, or EBADMSG: not a message, or without a header that each needs (Via, From, To, Call-ID, CSeq).
 */
int test_message_read(struct test_message *out, const char *text, size_t length)
    __attribute__((warn_unused_result));

bool test_text_is(struct test_text a, struct test_text b);

/* What a response has beside the headers of its request. */
struct test_response {
	int code;
	const char *tag;     /* for To, unless that has one; NULL: none (100) */
	const char *contact; /* "127.0.0.1:5070", or NULL */
	const char *sdp;     /* or NULL */
};

/* Writes it. Returns its size, or 0: it has no room. */
size_t test_message_respond(char *out, size_t size, const struct test_message *request,
			    const struct test_response *response) __attribute__((warn_unused_result));

#endif
