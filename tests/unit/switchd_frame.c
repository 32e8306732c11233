/* Where a message ends in a stream, and answers that are made of a request's text alone. */
#include "daemon/offhookd/ua/frame.h"
#include "daemon/offhookd/ua/stateless.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define HEAD                                                                                       \
	"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1;rport\r\nFrom: " \
	"<sip:a@b>;tag=1\r\n"                                                                      \
	"To: <sip:c@d>\r\nCall-ID: 7\r\nCSeq: 1 OPTIONS\r\n"

enum { MAX = 4096 };

static const struct {
	const char *text;
	enum ua_frame_state state;
	size_t length; /* of the message, when whole */
	int code;      /* when bad */
} cases[] = {
	{ HEAD "Content-Length: 0\r\n\r\n", UA_FRAME_WHOLE, sizeof(HEAD "Content-Length: 0\r\n\r\n") - 1, 0 },
	{ HEAD "l:5\r\n\r\nhello", UA_FRAME_WHOLE, sizeof(HEAD "l:5\r\n\r\nhello") - 1, 0 },
	{ HEAD "L \t: \r\n 5 \r\n\r\nhello", UA_FRAME_WHOLE, sizeof(HEAD "L \t: \r\n 5 \r\n\r\nhello") - 1,
	  0 },
	{ HEAD "l:5\r\n\r\nhelloOPTIONS", UA_FRAME_WHOLE, sizeof(HEAD "l:5\r\n\r\nhello") - 1, 0 },
	{ HEAD "l: 5\r\n\r\nhell", UA_FRAME_MORE, 0, 0 },
	{ HEAD "Content-Len", UA_FRAME_MORE, 0, 0 },
	{ HEAD "Subject: Content-Length: 9\r\nX-Content-Length: 9\r\nl: 0\r\n\r\n", UA_FRAME_WHOLE,
	  sizeof(HEAD "Subject: Content-Length: 9\r\nX-Content-Length: 9\r\nl: 0\r\n\r\n") - 1, 0 },
	{ HEAD "Subject: a\r\n Content-Length: 9\r\nl: 0\r\n\r\n", UA_FRAME_WHOLE,
	  sizeof(HEAD "Subject: a\r\n Content-Length: 9\r\nl: 0\r\n\r\n") - 1, 0 },
	{ "SIP/2.0 200 OK\nl: 2\n\nab", UA_FRAME_WHOLE, 23, 0 },
	{ "\r\n\r\nOPTIONS", UA_FRAME_PAUSE, 4, 0 },
	{ "\r", UA_FRAME_PAUSE, 1, 0 },
	{ HEAD "\r\n", UA_FRAME_BAD, 0, 400 },
	{ HEAD "l: 0\r\nl: 0\r\n\r\n", UA_FRAME_BAD, 0, 400 },
	{ HEAD "l: 0\r\nContent-Length: 9\r\n\r\n", UA_FRAME_BAD, 0, 400 },
	{ HEAD "l: -1\r\n\r\n", UA_FRAME_BAD, 0, 400 },
	{ HEAD "l: 1 1\r\n\r\n", UA_FRAME_BAD, 0, 400 },
	{ HEAD "l: \r\n\r\n", UA_FRAME_BAD, 0, 400 },
	{ HEAD "l: 5000\r\n\r\n", UA_FRAME_BAD, 0, 413 },
	{ HEAD "l: 18446744073709551616\r\n\r\n", UA_FRAME_BAD, 0, 413 },
	{ HEAD "l: 18446744073709551615\r\n\r\n", UA_FRAME_BAD, 0, 413 },
	{ HEAD "Subject: a\rb\r\nl: 0\r\n\r\n", UA_FRAME_BAD, 0, 400 },
	{ "GET / HTTP/1.1\r\n\r\n", UA_FRAME_BAD, 0, 0 },
	{ "OPTIONS sip:x SIP/2.0\r\n Content-Length: 4\r\n\r\n", UA_FRAME_BAD, 0, 400 },
};

Test(frame, whole_and_byte_by_byte)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ua_frame frame = { 0 }, slow = { 0 };
		size_t size = strlen(cases[i].text);
		enum ua_frame_state state = ua_frame_look(&frame, cases[i].text, size, MAX),
				    last = UA_FRAME_MORE;

		cr_expect_eq(state, cases[i].state, "%zu: %d", i, state);
		cr_expect_eq(frame.code, cases[i].code, "%zu: %d", i, frame.code);
		if (cases[i].length)
			cr_expect_eq(frame.length, cases[i].length, "%zu: %zu", i, frame.length);
		if (state == UA_FRAME_PAUSE)
			continue; /* each of its bytes is one */
		for (size_t n = 1; n <= size && last == UA_FRAME_MORE; n++)
			last = ua_frame_look(&slow, cases[i].text, n, MAX);
		cr_expect_eq(last, state, "%zu, byte by byte: %d", i, last);
		cr_expect_eq(slow.length, frame.length, "%zu: %zu", i, slow.length);
		cr_expect_eq(slow.code, frame.code, "%zu: %d", i, slow.code);
	}
}

Test(frame, nul_and_limits)
{
	static char text[3 * MAX];
	struct ua_frame frame = { 0 };
	int n;

	cr_expect_eq(ua_frame_look(&frame, "A SIP/2.0\r\nB: \0\r\n", 17, MAX), UA_FRAME_BAD);
	cr_expect_eq(frame.code, 400);
	frame = (struct ua_frame){ 0 };
	n = snprintf(text, sizeof text, "A SIP/2.0\r\nS: %0*d", 2 * MAX, 1);
	cr_expect_eq(ua_frame_look(&frame, text, (size_t)n, MAX), UA_FRAME_BAD, "a head that never ends");
	cr_expect_eq(frame.code, 513);
	frame = (struct ua_frame){ 0 };
	n = snprintf(text, sizeof text, "A SIP/2.0\r\nl: %d\r\n\r\n", MAX - 22);
	cr_expect_eq(n, 22);
	cr_expect_eq(ua_frame_look(&frame, text, (size_t)n, MAX), UA_FRAME_MORE, "exactly what may be");
	frame = (struct ua_frame){ 0 };
	snprintf(text, sizeof text, "A SIP/2.0\r\nl: %d\r\n\r\n", MAX - 21);
	cr_expect_eq(ua_frame_look(&frame, text, (size_t)n, MAX), UA_FRAME_BAD, "a byte more");
}

static struct sockaddr_storage source(const char *host, unsigned port)
{
	struct sockaddr_storage out = { .ss_family = AF_INET };
	struct sockaddr_in *in = (void *)&out;

	inet_pton(AF_INET, host, &in->sin_addr);
	in->sin_port = htons((uint16_t)port);
	return out;
}

Test(stateless, an_answer)
{
	struct sockaddr_storage from = source("192.0.2.9", 5071);
	struct ua_stateless answer = { 503, "Service Unavailable", "Retry-After: 5\r\n", "abc", &from };
	char out[UA_STATELESS_MAX + 1];
	size_t n = ua_stateless_write(out, HEAD "l: 0\r\n\r\n", sizeof HEAD + 7, &answer);

	out[n] = '\0';
	cr_expect_str_eq(out,
			 "SIP/2.0 503 Service Unavailable\r\n"
			 "Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1;rport=5071;received=192.0.2.9\r\n"
			 "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=abc\r\nCall-ID: 7\r\nCSeq: 1 OPTIONS\r\n"
			 "Retry-After: 5\r\nContent-Length: 0\r\n\r\n");
}

Test(stateless, compact_folded_and_tagged)
{
	static const char text[] =
	    "BYE sip:x SIP/2.0\r\nv: SIP/2.0/TCP a;branch=1\r\n , SIP/2.0/UDP b\r\nVia: SIP/2.0/UDP c\r\n"
	    "f: <sip:a@b>;tag=1\r\nt: \"x;tag=no\" <sip:c@d;tag=no> ; tag=yes\r\ni: 7\r\nCSeq: 2 BYE\r\n";
	struct ua_stateless answer = { 400, "Bad", NULL, "abc", NULL };
	char out[UA_STATELESS_MAX + 1];
	size_t n = ua_stateless_write(out, text, sizeof text - 1, &answer);

	out[n] = '\0';
	cr_expect(strstr(out, "Via: SIP/2.0/TCP a;branch=1   , SIP/2.0/UDP b\r\nVia: SIP/2.0/UDP c\r\n"),
		  "%s", out);
	cr_expect(strstr(out, "; tag=yes\r\n"), "%s", out);
	cr_expect_not(strstr(out, "abc"), "%s", out);
}

Test(stateless, what_gets_none)
{
	struct ua_stateless answer = { 400, "Bad", NULL, "abc", NULL };
	char out[UA_STATELESS_MAX];
	static const char *const none[] = {
		"",
		"\r\n",
		"ACK sip:x SIP/2.0\r\nv: a\r\nf: a\r\nt: a\r\ni: a\r\nCSeq: 1 ACK\r\n\r\n",
		"SIP/2.0 200 OK\r\nv: a\r\nf: a\r\nt: a\r\ni: a\r\nCSeq: 1 INVITE\r\n\r\n",
		"INVITE sip:x SIP/2.0\r\nf: a\r\nt: a\r\ni: a\r\nCSeq: 1 INVITE\r\n\r\n",
		"INVITE sip:x SIP/2.0\r\nv: a\r\nf: a\r\nt: a\r\ni: a\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		cr_expect_eq(ua_stateless_write(out, none[i], strlen(none[i]), &answer), 0, "%zu", i);
}

Test(stateless, where_it_goes)
{
	static const struct {
		const char *via;
		unsigned port;
	} to[] = { { "SIP/2.0/UDP 192.0.2.9:5070", 5070 },	 { "SIP/2.0/UDP 192.0.2.9", 5060 },
		   { "SIP/2.0/UDP 192.0.2.9:5070;rport", 5071 }, { "SIP/2.0/UDP 10.0.0.1:5070", 5071 },
		   { "SIP/2.0/UDP phone.example:5070", 5071 },	 { "SIP/2.0/UDP 192.0.2.9:99999", 5071 } };
	struct sockaddr_storage from = source("192.0.2.9", 5071), out;
	char text[256];

	for (size_t i = 0; i < sizeof to / sizeof to[0]; i++) {
		int n = snprintf(text, sizeof text, "INVITE sip:x SIP/2.0\r\nVia: %s\r\n", to[i].via);

		cr_assert(ua_stateless_target(&out, text, (size_t)n, &from));
		cr_expect_eq(ntohs(((struct sockaddr_in *)&out)->sin_port), to[i].port, "%s", to[i].via);
	}
}
