/* Tests of framing: where messages end, and what is refused because that is not clear. */
#include "daemon/api/http/framing.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 1000 };

/* What comes out of it, when `step` bytes come at once: what passes, "[n]" for each head that has, "!status"
 * or
 * "!status within" at the end. */
static const char *run(const char *text, size_t size, size_t step)
{
	static char out[64 * 1024];
	struct framing framing;
	size_t begin = 0, end = 0, used = 0;
	unsigned heads = 0;

	framing_init(&framing, BODY_MAX);
	*out = '\0';
	while (end < size || begin < end) {
		struct framing_part part = { .what = FRAMING_MORE };

		if (begin < end)
			framing_next(&framing, framing_counts(&framing) ? NULL : text + begin, end - begin,
				     &part);
		if (part.what == FRAMING_MORE && end == size)
			break;
		if (part.what == FRAMING_MORE) {
			end = end + step < size ? end + step : size;
			continue;
		}
		if (part.what == FRAMING_REFUSE) {
			snprintf(out + used, sizeof out - used, "!%d%s", part.status,
				 part.within ? " within" : "");
			cr_expect_not_null(part.why);
			break;
		}
		if (part.head)
			used += (size_t)sprintf(out + used, "[%u]", ++heads);
		if (part.what == FRAMING_PASS)
			used += (size_t)sprintf(out + used, "%.*s", (int)part.size, text + begin);
		if (part.what == FRAMING_REPLACE)
			used += (size_t)sprintf(out + used, "%s", part.text);
		begin += part.size;
	}
	return out;
}

/* The same however the bytes come. */
static void expect_of(const char *text, size_t size, const char *expected)
{
	for (size_t step = 1; step <= size; step += step < 40 ? 1 : 977)
		cr_expect_str_eq(run(text, size, step), expected, "in pieces of %zu: %s\n%s\n%s", step, text,
				 run(text, size, step), expected);
}

static void expect(const char *text, const char *expected)
{
	expect_of(text, strlen(text), expected);
}

#define GET	"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
#define POST	"POST /a HTTP/1.1\r\nHost: x\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

Test(framing, lets_whole_requests_pass)
{
	expect(GET GET, "[1]" GET "[2]" GET);
	expect(POST "Content-Length: 3\r\n\r\nabc" GET, "[1]" POST "Content-Length: 3\r\n\r\nabc[2]" GET);
	expect(POST "Content-Length: 0\r\n\r\n" GET, "[1]" POST "Content-Length: 0\r\n\r\n[2]" GET);
	expect(POST "\r\n" GET, "[1]" POST "\r\n[2]" GET);
	expect("GET / HTTP/1.0\r\n\r\n", "[1]GET / HTTP/1.0\r\n\r\n");
	expect("GET http://[::1]:8080/a?b#c HTTP/1.1\r\nHost:\r\n\r\n",
	       "[1]GET http://[::1]:8080/a?b#c HTTP/1.1\r\nHost:\r\n\r\n");
	expect("OPTIONS * HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nX:\t\xc3\xa4 \t\r\n\r\n",
	       "[1]OPTIONS * HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nX:\t\xc3\xa4 \t\r\n\r\n");
	expect("GET /a HTTP/1.1\r\nHost: x\r\n", "");
}

Test(framing, passes_over_empty_lines_before_a_request)
{
	expect("\r\n\r\n" GET "\r\n" GET, "[1]" GET "[2]" GET);
}

/* A body that nobody would read is no request. */
Test(framing, leaves_out_the_body_of_a_method_without_one)
{
	expect("HEAD /a HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\nGET /b HTTP/1.1\r\n\r\n\r\n" GET,
	       "[1]HEAD /a HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n!400");
	expect("HEAD /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd" GET,
	       "[1]HEAD /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n[2]" GET);
}

Test(framing, writes_chunks_plainly)
{
	expect(CHUNKED "3\r\nabc\r\n0A ; x=\"y\"\r\n0123456789\r\n0\r\nX-Trailer: z\r\n\r\n" GET,
	       "[1]" CHUNKED "3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n[2]" GET);
	expect(CHUNKED "0\r\n\r\n" GET, "[1]" CHUNKED "0\r\n\r\n[2]" GET);
}

struct refused {
	const char *text;
	int status;
};

/* Each behind a request that is none of its business. */
static void expect_refused(const struct refused *bad, size_t count)
{
	char text[512], expected[512];

	for (size_t i = 0; i < count; i++) {
		snprintf(text, sizeof text, GET "%s", bad[i].text);
		snprintf(expected, sizeof expected, "[1]" GET "!%d", bad[i].status);
		expect(text, expected);
	}
}

Test(framing, refuses_heads)
{
	static const struct refused bad[] = {
		{ "GET /a HTTP/1.1\nHost: x\n\n", 400 },
		{ "GET /a HTTP/1.1\r\nHost: x\n\r\n", 400 },
		{ "GET  /a HTTP/1.1\r\n", 400 },
		{ "GET /a  HTTP/1.1\r\n", 400 },
		{ "GET /a b HTTP/1.1\r\n", 400 },
		{ "GET /a HTTP/1.1 \r\n", 400 },
		{ " GET /a HTTP/1.1\r\n", 400 },
		{ "GET /a\r\n", 400 },
		{ "GET /\xc3\xa4 HTTP/1.1\r\n", 400 },
		{ "GET a HTTP/1.1\r\n", 400 },
		{ "GET //a HTTP/1.1\r\n", 400 },
		{ "GET http:///a HTTP/1.1\r\n", 400 },
		{ "GET http://u@x/a HTTP/1.1\r\n", 400 },
		{ "GET ftp://x/a HTTP/1.1\r\n", 400 },
		{ "GET /a http/1.1\r\n", 400 },
		{ "GET /a HTTP/1.10\r\n", 400 },
		{ "GET /a HTTP/0.9\r\n", 505 },
		{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505 },
		{ "BREW /a HTTP/1.1\r\n", 501 },
		{ "get /a HTTP/1.1\r\n", 501 },
		{ "CONNECT x:1 HTTP/1.1\r\n", 501 },
		{ "G@T /a HTTP/1.1\r\n", 400 },
		{ "\x16\x03\x01\x02", 400 },
		{ "GET /a HTTP/1.1\r\n\r\n", 400 },
		{ POST "Host: x\r\n", 400 },
		{ "GET /a HTTP/1.1\r\nHost: a, b\r\n", 400 },
		{ "GET /a HTTP/1.1\r\nHost: a/b\r\n", 400 },
		{ POST " folded: x\r\n", 400 },
		{ POST "X: a\r\n b\r\n", 400 },
		{ POST "X\r\n", 400 },
		{ POST ": x\r\n", 400 },
		{ POST "X : y\r\n", 400 },
		{ POST "X\t: y\r\n", 400 },
		{ POST "X: a\rb\r\n", 400 },
		{ POST "X: a\x7f\r\n", 400 },
		{ POST "X: a\x01\r\n", 400 },
	};

	expect_refused(bad, sizeof bad / sizeof *bad);
	expect_of(POST "X: a\0b\r\n", sizeof(POST "X: a\0b\r\n") - 1, "!400");
	expect_of("GET /a\0b HTTP/1.1\r\n", sizeof("GET /a\0b HTTP/1.1\r\n") - 1, "!400");
}

Test(framing, refuses_lengths_that_are_none_or_two)
{
	static const struct refused bad[] = {
		{ POST "Content-Length: 1\r\nContent-Length: 1\r\n", 400 },
		{ POST "Content-Length: 1\r\ncontent-length: 2\r\n", 400 },
		{ POST "Content-Length: 1, 1\r\n", 400 },
		{ POST "Content-Length: +1\r\n", 400 },
		{ POST "Content-Length: -1\r\n", 400 },
		{ POST "Content-Length: 0x1\r\n", 400 },
		{ POST "Content-Length: 1 1\r\n", 400 },
		{ POST "Content-Length:\r\n", 400 },
		{ POST "Content-Length:\t1\r\n", 400 },
		{ POST "Content-Length: 1001\r\n\r\n", 413 },
		{ POST "Content-Length: 9223372036854775808\r\n\r\n", 413 },
		{ POST "Content-Length: 18446744073709551617\r\n\r\n", 413 },
		{ POST "Content-Length: 99999999999999999999999999999999999999999\r\n\r\n", 413 },
		{ POST "Transfer-Encoding: xchunked\r\n", 501 },
		{ POST "Transfer-Encoding: chunked, chunked\r\n", 501 },
		{ POST "Transfer-Encoding: gzip, chunked\r\n", 501 },
		{ POST "Transfer-Encoding: identity\r\n", 501 },
		{ POST "Transfer-Encoding:\tchunked\r\n", 501 },
		{ POST "Transfer-Encoding: \"chunked\"\r\n", 501 },
		{ POST "Transfer-Encoding:\r\n", 501 },
		{ POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400 },
		{ POST "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400 },
		{ POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
		{ POST "Transfer-Encoding : chunked\r\n", 400 },
		{ "POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
		{ "HEAD /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
		{ POST "Expect: 200-ok\r\n", 417 },
	};

	expect_refused(bad, sizeof bad / sizeof *bad);
}

Test(framing, refuses_chunks)
{
	static const struct {
		const char *text;
		int status;
	} bad[] = {
		{ "\r\n", 400 },	{ "x\r\n", 400 },	 { "+1\r\n", 400 },
		{ "0x1\r\n", 400 },	{ " 1\r\n", 400 },	 { "1 1\r\n", 400 },
		{ "-1\r\n", 400 },	{ "1\n", 400 },		 { "1;a\x01\r\n", 400 },
		{ "1\r\naX", 400 },	{ "1\r\na\n", 400 },	 { "1\r\na\rX", 400 },
		{ "3e9\r\n", 413 },	{ "ffffffff\r\n", 413 }, { "0\r\nX : y\r\n", 400 },
		{ "0\r\n x\r\n", 400 }, { "0\r\nX\n\r\n", 400 }, { "fffffffffffffffff\r\n", 400 },
	};
	char text[256];
	const char *got;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char end[16];

		snprintf(text, sizeof text, CHUNKED "%s", bad[i].text);
		snprintf(end, sizeof end, "!%d within", bad[i].status);
		for (size_t step = 1; step <= strlen(text); step++) {
			got = run(text, strlen(text), step);
			cr_expect(strlen(got) > strlen(end) && !strcmp(got + strlen(got) - strlen(end), end),
				  "%s: %s", bad[i].text, got);
		}
	}
}

/* All chunks together are a body. */
Test(framing, counts_all_chunks)
{
	char text[8192] = CHUNKED;
	const char *got;

	for (int i = 0; i < 21; i++)
		strcat(text, "30\r\n012345678901234567890123456789012345678901234567\r\n");
	got = run(text, strlen(text), sizeof text);
	cr_expect_str_eq(got + strlen(got) - 11, "!413 within");
}

static void expect_too_long(const char *before, int status)
{
	size_t size = strlen(before) + FRAMING_HEAD_MAX;
	char *text = malloc(size + 1);
	const char *got;

	strcpy(text, before);
	memset(text + strlen(before), 'a', FRAMING_HEAD_MAX);
	text[size] = '\0';
	for (size_t step = 100; step < size; step += 5000) {
		got = run(text, size, step);
		cr_expect(got[0] == '!' && atoi(got + 1) == status, "%s: %s", before, got);
	}
	free(text);
}

Test(framing, refuses_what_is_too_long)
{
	char text[64 * 1024] = POST;
	char many[8192] = POST;

	expect_too_long("GET /", 414);
	expect_too_long(POST "X: ", 431);
	for (int i = 0; i < 10; i++) {
		strcat(text, "X: ");
		memset(text + strlen(text), 'a', 2000);
		strcat(text, "\r\n");
	}
	cr_expect_str_eq(run(text, strlen(text), 1000), "!431");
	for (int i = 0; i < FRAMING_FIELDS_MAX; i++)
		strcat(many, "X: y\r\n");
	cr_expect_str_eq(run(many, strlen(many), 1000), "!431");
}

/* Another protocol may begin behind a request that asks for it. */
Test(framing, waits_behind_an_upgrade)
{
	static const char text[] = "GET /a HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n";
	struct framing framing;
	struct framing_part part;

	framing_init(&framing, BODY_MAX);
	framing_next(&framing, text, sizeof text - 1, &part);
	cr_expect_eq(part.what, FRAMING_PASS);
	cr_expect_eq(part.size, sizeof text - 1);
	cr_expect(framing_waits(&framing));
	framing_next(&framing, "\x81\x80", 2, &part);
	cr_expect_eq(part.what, FRAMING_MORE);
	framing_let_through(&framing);
	cr_expect(framing_is_through(&framing));
	framing_next(&framing, "\x81\x80", 2, &part);
	cr_expect(part.what == FRAMING_PASS && part.size == 2);

	framing_init(&framing, BODY_MAX);
	framing_next(&framing, text, sizeof text - 1, &part);
	framing_go_on(&framing);
	framing_next(&framing, text, sizeof text - 1, &part);
	cr_expect(part.what == FRAMING_PASS && part.head);
}

Test(framing, drops_all_behind_a_refusal)
{
	struct framing framing;
	struct framing_part part;

	framing_init(&framing, BODY_MAX);
	framing_next(&framing, "HEAD /a HTTP/3.1\r\n", 18, &part);
	cr_expect(part.what == FRAMING_REFUSE && part.status == 505);
	framing_next(&framing, NULL, 100, &part);
	cr_expect(part.what == FRAMING_DROP && part.size == 100);
}
