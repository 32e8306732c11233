/* Tests of sign, auth and weburl. */
#include "daemon/api/hook/sign.h"
#include "daemon/api/http/auth.h"
#include "daemon/api/net/weburl.h"

#include <criterion/criterion.h>
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
