/* Tests of sign, auth, deny and weburl. */
#include "daemon/api/dialect/telefonie/sign.h"
#include "daemon/api/http/auth.h"
#include "lib/deny.h"
#include "daemon/api/net/weburl.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define SIGNED_BODY "91b5374b153842ad05b2c4eab9349b8321b14703165bd3fb8b034dfb8be98ae5"

Test(sign, is_hmac_sha256_over_time_and_body)
{
	char key[] = "key", *keys[] = { key };
	struct conf_account account = { .api_keys = { keys, 1 } };
	char out[SIGN_HEADER_SIZE];

	/* printf '1.body' | openssl dgst -sha256 -hmac key */
	cr_expect_str_eq(sign_header(&account, 1999, "body", out), "Offhook-Signature: t=1,v1=" SIGNED_BODY);
	account.auth_token = (char *)"other";
	cr_expect_null(strstr(sign_header(&account, 1999, "body", out), SIGNED_BODY));
}

Test(auth, finds_the_account_of_a_key)
{
	char a[] = "aaa", b[] = "bbb", c[] = "ccc", *first[] = { a, b }, *second[] = { c };
	struct conf_account accounts[] = { { .api_keys = { first, 2 } }, { .api_keys = { second, 1 } } };
	struct conf conf = { .accounts = accounts, .account_count = 2 };

	cr_expect_eq(auth_account(&conf, "aaa"), &accounts[0]);
	cr_expect_eq(auth_account(&conf, "bbb"), &accounts[0]);
	cr_expect_eq(auth_account(&conf, "ccc"), &accounts[1]);
	cr_expect_null(auth_account(&conf, "aa"));
	cr_expect_null(auth_account(&conf, "aaaa"));
	cr_expect_null(auth_account(&conf, ""));
	cr_expect_null(auth_account(&conf, NULL));
}

Test(auth, a_key_that_only_reads_is_told_apart)
{
	char a[] = "aaa", b[] = "bbb", *full[] = { a }, *reading[] = { b };
	struct conf_account account = { .api_keys = { full, 1 }, .api_keys_read_only = { reading, 1 } };
	struct conf conf = { .accounts = &account, .account_count = 1 };

	cr_expect_eq(auth_account(&conf, "bbb"), &account);
	cr_expect(auth_only_reads(&conf, "bbb"));
	cr_expect_not(auth_only_reads(&conf, "aaa"));
	cr_expect_not(auth_only_reads(&conf, "ccc"));
	cr_expect_not(auth_only_reads(&conf, NULL));
}

static void expect_resolved(const char *base, const char *reference, const char *expected)
{
	char *out = weburl_resolve(base, reference);

	if (expected)
		cr_expect(out && !strcmp(out, expected), "%s + %s gives %s", base, reference, out);
	else
		cr_expect_null(out, "%s + %s gives %s", base, reference, out);
	free(out);
}

Test(weburl, resolves_references)
{
	expect_resolved("http://h:1/a/b?c", "/d", "http://h:1/d");
	expect_resolved("http://h:1/a/b?c", "d?e", "http://h:1/a/d?e");
	expect_resolved("http://h:1/a/b", "https://i/", "https://i/");
	expect_resolved(NULL, "http://h/x", "http://h/x");
	expect_resolved(NULL, "/d", NULL);
	expect_resolved(NULL, "ftp://h/", NULL);
	expect_resolved(NULL, "file:///etc/passwd", NULL);
	expect_resolved("http://h/", "file:///etc/passwd", NULL);
	expect_resolved(NULL, "http://h/a b", NULL);
	expect_resolved(NULL, "http://h/\r\nX: y", NULL);
	expect_resolved(NULL, "", NULL);
}

Test(weburl, knows_the_authority)
{
	char *a = weburl_authority("HTTPS://Example.COM/x"), *b = weburl_authority("http://u:p@h:81");

	cr_expect_str_eq(a, "example.com:443");
	cr_expect_str_eq(b, "h:81");
	free(a);
	free(b);
}

static bool is_denied(const struct conf_strings *networks, const char *text)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		return deny_holds(networks, (struct sockaddr *)&four);
	cr_assert_eq(inet_pton(AF_INET6, text, &six.sin6_addr), 1, "%s", text);
	return deny_holds(networks, (struct sockaddr *)&six);
}

Test(deny, holds_addresses_in_all_their_writings)
{
	char a[] = "10.0.0.0/8", b[] = "127.0.0.1", c[] = "fd00:ec2::254", d[] = "::1",
	     *list[] = { a, b, c, d };
	const struct conf_strings networks = { list, 4 };
	static const char *const denied[] = {
		"10.0.0.0", "10.255.255.255", "127.0.0.1", "0.0.0.0", "::ffff:10.1.2.3", "::10.1.2.3",
		"64:ff9b::a01:203", "2002:a01:203::1", "fd00:ec2::254", "::1", "::", "::ffff:0.0.0.0",
		/* translated; NAT64 of one's own with prefixes of 96, 64, 56 and 48 bits */
		"::ffff:0:10.1.2.3", "64:ff9b:1::10.1.2.3", "64:ff9b:1:0:a:102:300:0",
		"64:ff9b:1:a:1:203::", "64:ff9b:1:a01:2:300::",
		/* Teredo (its server, and its client), ISATAP */
		"2001:0:a01:203::1", "2001:0:506:708:0:0:f5fe:fdfc", "2001:db8::5efe:10.1.2.3",
		"2001:db8::200:5efe:10.1.2.3"
	};
	static const char *const allowed[] = { "11.0.0.0",
					       "127.0.0.2",
					       "fd00:ec2::255",
					       "2001:db8::1",
					       "::ffff:11.1.2.3",
					       "64:ff9b::b01:203",
					       "2002:b01:203::1",
					       "64:ff9b:1::11.1.2.3",
					       "64:ff9b:1:0:b:102:300:0",
					       "2001:0:506:708::f4fe:fdfc",
					       "2001:db8::5efe:11.1.2.3" };
	const struct sockaddr_storage local = { .ss_family = AF_UNIX };

	for (size_t i = 0; i < sizeof denied / sizeof *denied; i++)
		cr_expect(is_denied(&networks, denied[i]), "%s", denied[i]);
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		cr_expect_not(is_denied(&networks, allowed[i]), "%s", allowed[i]);
	cr_expect(deny_holds(&networks, (const struct sockaddr *)&local));
}
