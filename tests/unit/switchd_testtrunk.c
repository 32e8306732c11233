/* The far end of trunk { built-in }, as a user agent that is not ours would meet it. */
#include "daemon/offhookd/testtrunk/message.h"
#include "daemon/offhookd/testtrunk/number.h"
#include "daemon/offhookd/testtrunk/offer.h"
#include "daemon/offhookd/testtrunk/testtrunk.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DEADLINE_MS = 15000 };

Test(testtrunk, numbers)
{
	cr_expect_eq(test_plan_of("+15550190486").code, 486);
	cr_expect_eq(test_plan_of("0603;phone-context=x").code, 603);
	cr_expect_eq(test_plan_of("0142@host").hang_up_ms, 42000);
	cr_expect_eq(test_plan_of("0003").sound, TEST_ECHO);
	cr_expect(!test_plan_of("0002").answers && !test_plan_of("0002").code);
	for (const char *const *none =
		 (const char *const[]){ "", "1", "000", "00a0", "0399", "0700", "0100", "0200", NULL };
	     *none; none++)
		cr_expect_eq(test_plan_of(*none).code, 404, "%s", *none);
}

static int read_offer(struct test_offer *out, const char *sdp)
{
	return test_offer_read(out, (struct test_text){ sdp, strlen(sdp) });
}

Test(testtrunk, offers)
{
	struct test_offer offer;
	char sdp[TEST_SDP_MAX];

	cr_assert_eq(
	    read_offer(
		&offer,
		"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 9 8 0 101\r\n"
		"a=rtpmap:101 telephone-event/8000\r\na=sendonly\r\nm=video 9 RTP/AVP 99\r\na=inactive\r\n"),
	    0);
	cr_expect(offer.codec == 8 && offer.events == 101 && offer.sends && !offer.takes);
	test_offer_write(sdp, &offer, &offer.rtp, 7);
	cr_expect(strstr(sdp, "m=audio 4000 RTP/AVP 8 101\r\n") && strstr(sdp, "a=recvonly\r\n") &&
		  strstr(sdp, " 1 7 IN "));
	cr_assert_eq(read_offer(&offer, "c=IN IP4 0.0.0.0\nm=audio 4000 RTP/AVP 0\n"), 0);
	cr_expect(!offer.takes && offer.events < 0);
	cr_expect_eq(read_offer(&offer, "c=IN IP4 127.0.0.1\nm=audio 4000 RTP/SAVP 0\n"), EBADMSG);
	cr_expect_eq(read_offer(&offer, "c=IN IP4 127.0.0.1\nm=audio 4000 RTP/AVP 96\n"), EBADMSG);
	cr_expect_eq(read_offer(&offer, "c=IN IP4 name\nm=audio 4000 RTP/AVP 0\n"), EBADMSG);
	cr_expect_eq(read_offer(&offer, "m=audio 4000 RTP/AVP 0\n"), EBADMSG);
	cr_expect_eq(read_offer(&offer, ""), EBADMSG);
}

/* ---- calls ---- */

struct caller {
	struct testtrunk *trunk;
	int fd;
	char own[32], text[TEST_MESSAGE_MAX];
	struct test_message got;
};

static void begin(struct caller *c)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof a;

	cr_assert_eq(testtrunk_start(&c->trunk, "0.0.0.0"), 0);
	c->fd = socket(AF_INET, SOCK_DGRAM, 0);
	cr_assert(bind(c->fd, (struct sockaddr *)&a, sizeof a) == 0 &&
		  getsockname(c->fd, (struct sockaddr *)&a, &size) == 0);
	snprintf(c->own, sizeof c->own, "127.0.0.1:%u", ntohs(a.sin_port));
}

static void finish(struct caller *c)
{
	close(c->fd);
	testtrunk_stop(c->trunk);
}

/* `more`: a tag for To; `body` may be "". */
static void ask(struct caller *c, const char *method, const char *cseq_method, unsigned cseq,
		const char *user, const char *tag, const char *body)
{
	char out[2048];
	int n = snprintf(
	    out, sizeof out,
	    "%s sip:%s@x SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%u%s\r\nFrom: <sip:a@x>;tag=1\r\n"
	    "To: <sip:b@x>%s%s\r\nCall-ID: call\r\nCSeq: %u %s\r\nContact: <sip:a@%s>\r\n\r\n%s",
	    method, user, c->own, cseq, cseq_method, *tag ? ";tag=" : "", tag, cseq, cseq_method, c->own,
	    body);

	cr_assert_eq(sendto(c->fd, out, (size_t)n, 0, (const struct sockaddr *)testtrunk_address(c->trunk),
			    sizeof(struct sockaddr_in)),
		     n);
}

/* Waits for a message with this status, or this method when it is 0. */
static void await(struct caller *c, int status, const char *method)
{
	do {
		struct pollfd p = { c->fd, POLLIN, 0 };
		ssize_t n;

		cr_assert_eq(poll(&p, 1, DEADLINE_MS), 1, "waited in vain for %d %s", status, method);
		n = recv(c->fd, c->text, sizeof c->text - 1, 0);
		cr_assert(n > 0);
		c->text[n] = '\0';
		cr_assert_eq(test_message_read(&c->got, c->text, (size_t)n), 0, "%s", c->text);
	} while (c->got.status != status || strcmp(c->got.method, method) != 0);
}

static void keep_tag(const struct caller *c, char tag[64])
{
	const char *at = strstr(c->got.to.text, ";tag=");

	cr_assert(c->got.in_dialog && at);
	snprintf(tag, 64, "%.*s", (int)strcspn(at + 5, "\r\n;"), at + 5);
}

Test(testtrunk, final_responses_come_until_they_are_acknowledged)
{
	struct caller c;
	char tag[64];

	begin(&c);
	ask(&c, "INVITE", "INVITE", 1, "0486", "", "");
	await(&c, 486, "INVITE");
	await(&c, 486, "INVITE"); /* by itself */
	keep_tag(&c, tag);
	ask(&c, "ACK", "ACK", 1, "0486", tag, "");
	ask(&c, "BYE", "BYE", 2, "0486", tag, "");
	await(&c, 200, "BYE");
	finish(&c);
}

Test(testtrunk, a_late_offer_a_reinvite_and_its_own_bye)
{
	static const char answer[] = "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\n";
	struct caller c;
	char tag[64];

	begin(&c);
	ask(&c, "INVITE", "INVITE", 1, "0101", "", "");
	await(&c, 180, "INVITE");
	ask(&c, "INVITE", "INVITE", 1, "0101", "", ""); /* again, as if that had been lost */
	await(&c, 180, "INVITE");
	await(&c, 200, "INVITE");
	cr_expect(strstr(c.text, "m=audio ") && strstr(c.text, "RTP/AVP 0 8 101"));
	keep_tag(&c, tag);
	ask(&c, "ACK", "ACK", 1, "0101", tag, answer);
	ask(&c, "INVITE", "INVITE", 2, "0101", tag,
	    "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/SAVP 0\r\n");
	await(&c, 488, "INVITE");
	ask(&c, "ACK", "ACK", 2, "0101", tag, "");
	ask(&c, "UPDATE", "UPDATE", 3, "0101", tag, answer);
	await(&c, 200, "UPDATE");
	ask(&c, "SUBSCRIBE", "SUBSCRIBE", 4, "0101", tag, "");
	await(&c, 405, "SUBSCRIBE");
	await(&c, 0, "BYE");
	await(&c, 0, "BYE"); /* it was not answered */
	finish(&c);
}

Test(testtrunk, cancel_and_requests_of_no_call)
{
	struct caller c;

	begin(&c);
	ask(&c, "BYE", "BYE", 1, "0000", "x", "");
	await(&c, 481, "BYE");
	ask(&c, "OPTIONS", "OPTIONS", 2, "0000", "", "");
	await(&c, 200, "OPTIONS");
	ask(&c, "INVITE", "INVITE", 3, "0002", "", "");
	await(&c, 180, "INVITE");
	ask(&c, "CANCEL", "CANCEL", 3, "0002", "", "");
	await(&c, 200, "CANCEL");
	await(&c, 487, "INVITE");
	finish(&c);
}
