/* offer: what a description says of audio (RFC 4566, RFC 3264), as far as the test trunk needs it: G.711 and
 * telephone-events over plain RTP. Pure. */
#ifndef OFFHOOK_TESTTRUNK_OFFER_H
#define OFFHOOK_TESTTRUNK_OFFER_H

#include "daemon/offhookd/testtrunk/message.h"

#include <sys/socket.h>

struct test_offer {
	struct sockaddr_storage rtp; /* where the other side wants its audio */
	int codec;		     /* payload type: 0 PCMU, 8 PCMA */
	int events;		     /* that of telephone-event, or -1 */
	bool sends, takes;	     /* what the other side does */
};

/* Returns 0, or EBADMSG: there is nothing in it that we speak. */
int test_offer_read(struct test_offer *out, struct test_text sdp) __attribute__((warn_unused_result));

enum { TEST_SDP_MAX = 512 };

/* Our description: the answer to `offer`, or with NULL an offer of our own. `local` has our RTP port;
 * `version` goes up with each. */
void test_offer_write(char out[TEST_SDP_MAX], const struct test_offer *offer,
		      const struct sockaddr_storage *local, unsigned version);

/* An address as text; IPv6 without brackets. */
void test_host(char out[64], const struct sockaddr_storage *address);

#endif
