/* Tests of digest authentication, both sides. */
#include "daemon/offhookd/digest/digest.h"
#include "lib/clock.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char realm[] = "127.0.0.1";
#define SOURCE "192.0.2.7"

static struct digest *open_digest(void)
{
	struct digest *digest = NULL;

	clock_test_freeze(INT64_C(1795166521000), 1000);
	cr_assert_eq(digest_alloc(&digest, 300), 0);
	return digest;
}

/* The example of RFC 7616 section 3.9.1. */
Test(digest, knows_the_example_of_the_rfc)
{
	struct digest_credentials c = { .algorithm = DIGEST_MD5,
					.username = "Mufasa",
					.realm = "http-auth@example.org",
					.nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
					.uri = "/dir/index.html",
					.cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
					.nc = "00000001",
					.qop_auth = true };
	char out[DIGEST_HEX_MAX];

	digest_response(&c, "GET", "Circle of Life", out);
	cr_expect_str_eq(out, "8ca523f5e9506fed4657c9700eebdbec");
	c.algorithm = DIGEST_SHA256;
	digest_response(&c, "GET", "Circle of Life", out);
	cr_expect_str_eq(out, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

/* The values of RFC 2617's example, without what qop brought. */
/* RFC 7616 section 3.4.3: the body is hashed too. */
Test(digest, knows_the_way_of_auth_int)
{
	static const char body[] = "v=0\r\n";
	struct digest_asked asked = { .algorithm = DIGEST_MD5, .realm = "r", .nonce = "n", .qop_int = true };
	struct digest_use use = {
		.username = "u", .password = "p", .method = "INVITE", .uri = "sip:x", .count = 1
	};
	struct digest_credentials c = { .algorithm = DIGEST_MD5,
					.username = "u",
					.realm = "r",
					.nonce = "n",
					.uri = "sip:x",
					.nc = "00000001",
					.cnonce = "c",
					.qop_auth = true,
					.qop_int = true };
	char text[1024], response[DIGEST_HEX_MAX];

	digest_response(&c, "INVITE", "p", response);
	cr_expect_str_eq(response, "b31eac9b8dca006ce09845d22c0acd4e");
	c.body = body;
	c.body_length = sizeof body - 1;
	digest_response(&c, "INVITE", "p", response);
	cr_expect_str_eq(response, "fe7db849a79674b16dd17bebbfae2ed5");
	cr_assert_eq(digest_answer_asked(text, sizeof text, &asked, &use), 0);
	cr_expect_not_null(strstr(text, ", qop=auth-int, nc=00000001, "));
	cr_assert_eq(digest_read_challenge(&asked, "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int,auth\""),
		     0);
	cr_expect(asked.qop_auth && !asked.qop_int, "auth is enough where it is offered");
}

Test(digest, knows_the_way_without_qop)
{
	struct digest_credentials c = { .algorithm = DIGEST_MD5,
					.username = "Mufasa",
					.realm = "testrealm@host.com",
					.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093",
					.uri = "/dir/index.html" };
	char out[DIGEST_HEX_MAX];

	digest_response(&c, "GET", "Circle Of Life", out);
	cr_expect_str_eq(out, "670fd8c2df070c60b045671b8b24ff02");
}

/* What a phone sends for a challenge: the n-th use of its nonce. */
static void answer(const char *challenge, unsigned n, const char *password, struct digest_credentials *out)
{
	char text[1024];

	cr_assert_eq(digest_answer(text, sizeof(text), challenge, "alice", "x", "REGISTER", "sip:127.0.0.1"),
		     0);
	cr_assert_eq(digest_parse(out, text), 0, "%s", text);
	if (out->qop_auth)
		snprintf(out->nc, sizeof(out->nc), "%08x", n);
	digest_response(out, "REGISTER", password, out->response);
}

Test(digest, lets_in_and_keeps_out)
{
	struct digest *digest = open_digest();
	struct digest_credentials c;
	char challenge[DIGEST_VALUE_MAX];

	for (int i = 0; i < DIGEST_SHA512_256; i++) {
		digest_challenge(digest,
				 &(struct digest_ask){ .algorithm = (enum digest_algorithm)i,
						       .realm = realm,
						       .source = SOURCE,
						       .stale = false },
				 challenge);
		cr_expect_null(strstr(challenge, "stale"));
		answer(challenge, 1, "secret", &c);
		cr_expect_eq((int)c.algorithm, i);
		cr_expect_eq(digest_verify(digest, &c, realm, SOURCE, "REGISTER", "other"), DIGEST_WRONG);
		cr_expect_eq(digest_verify(digest, &c, realm, SOURCE, "INVITE", "secret"), DIGEST_WRONG);
		cr_expect_eq(digest_verify(digest, &c, "elsewhere", SOURCE, "REGISTER", "secret"),
			     DIGEST_WRONG);
		cr_expect_eq(digest_verify(digest, &c, realm, SOURCE, "REGISTER", NULL), DIGEST_WRONG);
		cr_expect_eq(digest_verify(digest, &c, realm, SOURCE, "REGISTER", "secret"), DIGEST_GOOD);
		/* One who does not exist is not let in with no password either. */
		answer(challenge, 2, "", &c);
		cr_expect_eq(digest_verify(digest, &c, realm, SOURCE, "REGISTER", NULL), DIGEST_WRONG);
	}
	digest_free(digest);
}

Test(digest, refuses_a_replay_and_takes_counts_out_of_order)
{
	static const unsigned counts[] = { 1, 2, 5, 4, 3, 100, 37, 36, 5 };
	static const enum digest_verdict verdicts[] = { DIGEST_GOOD, DIGEST_GOOD,  DIGEST_GOOD,
							DIGEST_GOOD, DIGEST_GOOD,  DIGEST_GOOD,
							DIGEST_GOOD, DIGEST_STALE, DIGEST_STALE };
	struct digest *digest = open_digest();
	struct digest_credentials c;
	struct digest_stats stats;
	char challenge[DIGEST_VALUE_MAX];

	digest_challenge(digest,
			 &(struct digest_ask){
			     .algorithm = DIGEST_SHA256, .realm = realm, .source = SOURCE, .stale = false },
			 challenge);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		answer(challenge, counts[i], "secret", &c);
		cr_expect_eq(digest_verify(digest, &c, realm, SOURCE, "REGISTER", "secret"), verdicts[i],
			     "count %u", counts[i]);
		cr_expect_eq(digest_verify(digest, &c, realm, SOURCE, "REGISTER", "secret"), DIGEST_STALE,
			     "count %u again", counts[i]);
	}
	digest_stats(digest, &stats);
	cr_expect_eq(stats.nonces, 1);
	cr_expect_eq(stats.replays, 11);
	digest_free(digest);
}

Test(digest, nonces_grow_old_and_do_not_outlive_a_restart)
{
	struct digest *digest = open_digest(), *next = NULL;
	struct digest_credentials c;
	char challenge[DIGEST_VALUE_MAX];

	digest_challenge(
	    digest,
	    &(struct digest_ask){ .algorithm = DIGEST_MD5, .realm = realm, .source = SOURCE, .stale = false },
	    challenge);
	clock_test_advance(300 * 1000);
	answer(challenge, 1, "secret", &c);
	cr_expect_eq(digest_verify(digest, &c, realm, SOURCE, "REGISTER", "secret"), DIGEST_GOOD);
	clock_test_advance(1);
	answer(challenge, 2, "secret", &c);
	cr_expect_eq(digest_verify(digest, &c, realm, SOURCE, "REGISTER", "secret"), DIGEST_STALE);
	/* With an old nonce the password is not looked at. */
	answer(challenge, 2, "wrong", &c);
	cr_expect_eq(digest_verify(digest, &c, realm, SOURCE, "REGISTER", "secret"), DIGEST_STALE);

	digest_challenge(
	    digest,
	    &(struct digest_ask){ .algorithm = DIGEST_MD5, .realm = realm, .source = SOURCE, .stale = true },
	    challenge);
	cr_expect_not_null(strstr(challenge, "stale=true"));
	cr_assert_eq(digest_alloc(&next, 300), 0);
	answer(challenge, 1, "secret", &c);
	cr_expect_eq(digest_verify(next, &c, realm, SOURCE, "REGISTER", "secret"), DIGEST_STALE);
	cr_expect_eq(digest_verify(digest, &c, realm, SOURCE, "REGISTER", "secret"), DIGEST_GOOD);
	/* A nonce of somebody's own making. */
	answer(challenge, 2, "secret", &c);
	c.nonce[3] = c.nonce[3] == '0' ? '1' : '0';
	digest_response(&c, "REGISTER", "secret", c.response);
	cr_expect_eq(digest_verify(digest, &c, realm, SOURCE, "REGISTER", "secret"), DIGEST_STALE);
	digest_free(digest);
	digest_free(next);
}

Test(digest, without_qop_a_nonce_is_good_once)
{
	struct digest *digest = open_digest();
	struct digest_credentials c;
	char challenge[DIGEST_VALUE_MAX], *qop;

	digest_challenge(
	    digest,
	    &(struct digest_ask){ .algorithm = DIGEST_MD5, .realm = realm, .source = SOURCE, .stale = false },
	    challenge);
	qop = strstr(challenge, ", qop=\"auth\"");
	cr_assert_not_null(qop);
	*qop = '\0';
	answer(challenge, 1, "secret", &c);
	cr_expect_not(c.qop_auth);
	cr_expect_eq(digest_verify(digest, &c, realm, SOURCE, "REGISTER", "secret"), DIGEST_GOOD);
	cr_expect_eq(digest_verify(digest, &c, realm, SOURCE, "REGISTER", "secret"), DIGEST_STALE);
	digest_free(digest);
}

Test(digest, the_table_is_bounded_locks_nobody_out_and_forgets_no_replay)
{
	enum { COUNT = 65536 + 500 };
	struct digest *digest = open_digest();
	struct digest_credentials *c = calloc(COUNT, sizeof(*c));
	struct digest_stats stats;
	char challenge[DIGEST_VALUE_MAX];

	for (int i = 0; i < COUNT; i++) {
		digest_challenge(
		    digest,
		    &(struct digest_ask){
			.algorithm = DIGEST_MD5, .realm = realm, .source = SOURCE, .stale = false },
		    challenge);
		answer(challenge, 1, "secret", &c[i]);
		cr_assert_eq(digest_verify(digest, &c[i], realm, SOURCE, "REGISTER", "secret"), DIGEST_GOOD,
			     "phone %d", i);
		clock_test_advance(1);
	}
	digest_stats(digest, &stats);
	cr_expect_eq(stats.nonces, 65536);
	cr_expect_eq(stats.evicted, 500);
	for (int i = 0; i < COUNT; i += 100)
		cr_expect_eq(digest_verify(digest, &c[i], realm, SOURCE, "REGISTER", "secret"), DIGEST_STALE,
			     "replay of %d", i);
	/* What has expired makes room without that. */
	clock_test_advance(301 * 1000);
	digest_challenge(
	    digest,
	    &(struct digest_ask){ .algorithm = DIGEST_MD5, .realm = realm, .source = SOURCE, .stale = false },
	    challenge);
	answer(challenge, 1, "secret", &c[0]);
	cr_expect_eq(digest_verify(digest, &c[0], realm, SOURCE, "REGISTER", "secret"), DIGEST_GOOD);
	digest_stats(digest, &stats);
	cr_expect_eq(stats.nonces, 1);
	digest_free(digest);
	free(c);
}

static const char good[] =
    "Digest username=\"alice\", realm=\"r\", nonce=\"n\", uri=\"sip:x\", "
    "response=\"0123456789ABCDEF0123456789abcdef\", algorithm=MD5, cnonce=\"c\", qop=auth, nc=0000000a";

Test(digest, parses)
{
	struct digest_credentials c;

	cr_assert_eq(digest_parse(&c, good), 0);
	cr_expect_str_eq(c.username, "alice");
	cr_expect_str_eq(c.nc, "0000000a");
	cr_expect(c.qop_auth);
	/* As phones write it: no spaces, folded lines, quotes where there should be none, escapes, empty
	 * elements. */
	cr_assert_eq(
	    digest_parse(&c, "dIGEST\tusername=\"al\\\"ice\",realm=\"r\",nonce=\"n\"\r\n ,uri=\"sip:x\",,"
			     "response=\"0123456789abcdef0123456789abcdef\",algorithm=\"md5\",qop=\"auth\","
			     "nc=\"00000001\",cnonce=\"c\",unknown=1"),
	    0);
	cr_expect_str_eq(c.username, "al\"ice");
}

Test(digest, refuses_what_is_malformed)
{
	static const struct {
		const char *from, *to;
		int err;
	} changes[] = {
		{ "Digest ", "Basic ", EPROTONOSUPPORT },
		{ "Digest ", "Digestive ", EPROTONOSUPPORT },
		{ "Digest ", "", EPROTONOSUPPORT },
		{ "username=\"alice\", ", "", EBADMSG },
		{ "\"alice\"", "\"alice", EBADMSG },
		{ "\"alice\"", "\"\"", EBADMSG },
		{ "realm=\"r\"", "realm=\"r\", realm=\"s\"", EBADMSG },
		{ "realm=\"r\"", "realm=\"r\" x", EBADMSG },
		{ "realm=\"r\"", "=\"r\"", EBADMSG },
		{ "0123456789ABCDEF", "0123456789ABCDE", EBADMSG },
		{ "0123456789ABCDEF", "0123456789ABCDEG", EBADMSG },
		{ "algorithm=MD5", "algorithm=SHA-256", EBADMSG },
		{ "algorithm=MD5", "algorithm=MD5-sess", EPROTONOSUPPORT },
		{ "algorithm=MD5", "algorithm=SHA-512-256", EPROTONOSUPPORT },
		{ "qop=auth", "qop=auth-int", EPROTONOSUPPORT },
		{ "nc=0000000a", "nc=a", 0 },
		{ "nc=0000000a", "nc=", EBADMSG },
		{ "nc=0000000a", "nc=g", EBADMSG },
		{ "nc=0000000a", "nc=00000000a", EBADMSG },
		{ ", nc=0000000a", "", EBADMSG },
		{ "cnonce=\"c\", ", "", EBADMSG },
	};

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct digest_credentials c;
		const char *at = strstr(good, changes[i].from);
		char text[1024];

		cr_assert_not_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, changes[i].to,
			 at + strlen(changes[i].from));
		cr_expect_eq(digest_parse(&c, text), changes[i].err, "%s", text);
	}
}

Test(digest, answers_a_challenge)
{
	struct digest_credentials c;
	char text[1024], small[40];

	cr_assert_eq(
	    digest_answer(text, sizeof(text),
			  "Digest realm=\"a\", nonce=\"2\", algorithm=SHA-256, qop=\"auth,auth-int\", "
			  "opaque=\"o\"",
			  "u", "p", "INVITE", "sip:x"),
	    0);
	cr_expect_not_null(strstr(text, "opaque=\"o\""));
	cr_assert_eq(digest_parse(&c, text), 0);
	cr_expect_eq(c.algorithm, DIGEST_SHA256);
	cr_expect_str_eq(c.nonce, "2");
	cr_expect_str_eq(c.nc, "00000001");
	cr_expect_eq(digest_answer(text, sizeof(text), "Basic realm=\"a\"", "u", "p", "INVITE", "sip:x"),
		     EPROTONOSUPPORT);
	cr_expect_eq(digest_answer(text, sizeof(text), "Digest realm=\"a\", nonce=\"1\", algorithm=AKAv1-MD5",
				   "u", "p", "INVITE", "sip:x"),
		     EPROTONOSUPPORT);
	cr_expect_eq(digest_answer(text, sizeof(text), "Digest realm=\"a\", nonce=\"1\", qop=\"auth-conf\"",
				   "u", "p", "INVITE", "sip:x"),
		     EPROTONOSUPPORT);
	cr_expect_eq(digest_answer(text, sizeof(text), "Digest realm=\"a\"", "u", "p", "INVITE", "sip:x"),
		     EBADMSG);
	cr_expect_eq(digest_answer(text, sizeof(text), "Digest realm=\"a\", nonce=\"1\"", "u\"", "p",
				   "INVITE", "sip:x"),
		     EBADMSG);
	cr_expect_eq(digest_answer(small, sizeof(small), "Digest realm=\"a\", nonce=\"1\"", "u", "p",
				   "INVITE", "sip:x"),
		     EMSGSIZE);
}

/* Challenges as carriers write them. */
/* What a token cannot hold would mean something else in our answer, where it is quoted. */
Test(digest, refuses_challenges_with_what_no_token_holds)
{
	static const char *const wrong[] = { "Digest realm=a\\\"b, nonce=\"1\"",
					     "Digest realm=\"a\", nonce=1\\2",
					     "Digest realm=\"a\", nonce=1\"2", "Digest realm=a\\, nonce=1",
					     "Digest realm=\"a\", nonce=\"1\", opaque=x\"" };
	struct digest_credentials c;
	char text[DIGEST_VALUE_MAX];

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		cr_expect_eq(digest_answer(text, sizeof text, wrong[i], "u", "p", "REGISTER", "sip:x"),
			     EBADMSG, "%s", wrong[i]);
	cr_assert_eq(
	    digest_answer(text, sizeof text, "Digest realm=a.b, nonce=1=2", "u", "p", "REGISTER", "sip:x"),
	    0);
	cr_assert_eq(digest_parse(&c, text), 0);
	cr_expect_str_eq(c.realm, "a.b");
	cr_expect_str_eq(c.nonce, "1=2");
}

Test(digest, reads_odd_challenges)
{
	static const struct {
		const char *text;
		int err;
		const char *realm, *nonce;
	} cases[] = {
		{ "Digest realm=\"r\", nonce=\"n\", qop=\"\"", 0, "r", "n" },
		{ "Digest realm=\"\", nonce=\"n\"", 0, "", "n" },
		{ "Digest realm=\"r\", nonce=\"\"", 0, "r", "" },
		{ "Digest realm=\"a \\\"b\\\" c\", nonce=\"n\"", 0, "a \\\"b\\\" c", "n" },
		{ "Digest realm=\"DOM\\\\x\", nonce=\"n\"", 0, "DOM\\\\x", "n" },
		{ "Digest realm=\"r\", nonce=\"n\", stale", 0, "r", "n" },
		{ "Digest realm=\"r\", nonce=\"n\", nonce=\"m\"", 0, "r", "n" },
		{ "Digest realm=\"r\", nonce=\"m\", algorithm=AKAv2-MD5, Digest realm=\"s\", nonce=\"n\"", 0,
		  "s", "n" },
		{ "Digest realm=\"r\", nonce=\"n\", Digest realm=\"s\", nonce=\"m\"", 0, "r", "n" },
		{ "Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess", 0, "r", "n" },
		{ "Digest realm=\"r\", nonce=\"n\", algorithm=MD5-session", EPROTONOSUPPORT, NULL, NULL },
		{ "Digest nonce=\"n\"", EBADMSG, NULL, NULL },
	};
	char long_one[2200], nonce[1025], text[4096];
	struct digest_asked asked;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		cr_assert_eq(digest_read_challenge(&asked, cases[i].text), cases[i].err, "%zu", i);
		if (cases[i].err)
			continue;
		cr_assert_str_eq(asked.realm, cases[i].realm, "%zu", i);
		cr_assert_str_eq(asked.nonce, cases[i].nonce, "%zu", i);
		cr_assert_eq(digest_answer(text, sizeof text, cases[i].text, "u", "p", "REGISTER", "sip:x"),
			     0);
	}
	memset(nonce, 'n', sizeof nonce - 2);
	nonce[sizeof nonce - 2] = '\0';
	snprintf(long_one, sizeof long_one, "Digest realm=\"r\", nonce=\"%s\", opaque=\"%s\"", nonce, nonce);
	cr_assert_eq(digest_answer(text, sizeof text, long_one, "u", "p", "REGISTER", "sip:x"), 0);
	cr_assert_not_null(strstr(text, nonce));
}

Test(digest, a_nonce_is_good_where_it_was_sent_to)
{
	struct digest *digest = open_digest();
	struct digest_credentials c;
	char challenge[DIGEST_VALUE_MAX];

	digest_challenge(digest, &(struct digest_ask){ .realm = realm, .source = SOURCE }, challenge);
	answer(challenge, 1, "secret", &c);
	cr_expect(digest_proves(digest, c.nonce, SOURCE));
	cr_expect_not(digest_proves(digest, c.nonce, "192.0.2.8"));
	cr_expect_not(digest_proves(digest, "00", SOURCE));
	cr_expect_not(digest_proves(digest, "", SOURCE));
	cr_expect_eq(digest_verify(digest, &c, realm, "192.0.2.8", "REGISTER", "secret"), DIGEST_STALE);
	cr_expect_eq(digest_verify(digest, &c, realm, SOURCE, "REGISTER", "secret"), DIGEST_GOOD);
	clock_test_advance(301 * 1000);
	cr_expect(digest_proves(digest, c.nonce, SOURCE), "an old one proves as much");
	digest_free(digest);
}

Test(digest, a_steady_challenge_makes_the_same_password_the_same_response)
{
	struct digest *digest = open_digest();
	struct digest_credentials a, b;
	struct digest_ask ask = { .realm = realm, .source = SOURCE, .steady = true };
	char challenge[DIGEST_VALUE_MAX];

	digest_challenge(digest, &ask, challenge);
	answer(challenge, 1, "wrong", &a);
	clock_test_advance(1000);
	digest_challenge(digest, &ask, challenge);
	answer(challenge, 1, "wrong", &b);
	cr_expect_str_eq(a.response, b.response);
	cr_expect_eq(digest_verify(digest, &b, realm, SOURCE, "REGISTER", "secret"), DIGEST_WRONG);
	answer(challenge, 1, "other", &b);
	cr_expect_str_neq(a.response, b.response);
	answer(challenge, 1, "secret", &b);
	cr_expect_eq(digest_verify(digest, &b, realm, SOURCE, "REGISTER", "secret"), DIGEST_GOOD);
	cr_expect_eq(digest_verify(digest, &b, realm, SOURCE, "REGISTER", "secret"), DIGEST_STALE, "once");
	digest_free(digest);
}

/* Several switches with one secret, whose machines have been up for different times. */
Test(digest, what_one_switch_has_challenged_another_with_its_secret_takes)
{
	static const char secret[] = "0123456789abcdef0123456789abcdef",
			  other[] = "0123456789abcdef0123456789abcdeF";
	const int64_t utc_ms = INT64_C(1795166521000);
	struct digest *first, *second, *stranger;
	struct digest_credentials c;
	char challenge[DIGEST_VALUE_MAX];

	clock_test_freeze(utc_ms, 900000000);
	cr_assert_eq(digest_alloc(&second, 300), 0);
	digest_share(second, secret);
	cr_assert_eq(digest_alloc(&stranger, 300), 0);
	digest_share(stranger, other);
	clock_test_freeze(utc_ms, 1000);
	cr_assert_eq(digest_alloc(&first, 300), 0);
	digest_share(first, secret);
	clock_test_freeze(utc_ms + 1000, 1001000);
	digest_challenge(first,
			 &(struct digest_ask){ .algorithm = DIGEST_MD5, .realm = realm, .source = SOURCE },
			 challenge);
	answer(challenge, 1, "secret", &c);
	clock_test_freeze(utc_ms + 2000, 902000000);
	cr_expect(digest_proves(second, c.nonce, SOURCE));
	cr_expect_eq(digest_issued_us(second, c.nonce), 901000000, "by the clock of the second");
	cr_expect_eq(digest_verify(second, &c, realm, SOURCE, "REGISTER", "wrong"), DIGEST_WRONG);
	cr_expect_eq(digest_verify(second, &c, realm, SOURCE, "REGISTER", "secret"), DIGEST_GOOD);
	cr_expect_eq(digest_verify(second, &c, realm, SOURCE, "REGISTER", "secret"), DIGEST_STALE,
		     "a replay");
	cr_expect_eq(digest_verify(stranger, &c, realm, SOURCE, "REGISTER", "secret"), DIGEST_STALE);
	clock_test_freeze(utc_ms + 302000, 302001000);
	answer(challenge, 2, "secret", &c);
	cr_expect_eq(digest_verify(first, &c, realm, SOURCE, "REGISTER", "secret"), DIGEST_STALE, "too old");
	digest_free(second);
	/* one that begins now does not know what was used before */
	clock_test_freeze(utc_ms + 3000, 903000000);
	cr_assert_eq(digest_alloc(&second, 300), 0);
	digest_share(second, secret);
	answer(challenge, 3, "secret", &c);
	cr_expect_eq(digest_verify(second, &c, realm, SOURCE, "REGISTER", "secret"), DIGEST_STALE);
	digest_free(first);
	digest_free(second);
	digest_free(stranger);
}
