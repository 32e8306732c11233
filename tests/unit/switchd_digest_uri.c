/* What the uri of an answer to a challenge may say. */
#include "daemon/offhookd/digest/digest.h"

#include <criterion/criterion.h>

Test(digest_uri, what_it_means)
{
	static const char realm[] = "127.0.0.1";
	static const struct {
		const char *uri, *method, *user, *host;
		bool same;
	} cases[] = {
		{ "sip:+15551@pbx.example", "INVITE", "+15551", "pbx.example", true },
		{ "sips:+15551@PBX.example:5061;transport=tls", "INVITE", "+15551", "pbx.example", true },
		{ "sip:%2b15551@pbx.example", "INVITE", "+15551", "pbx.example", true },
		{ "sip:+15551:x@pbx.example", "INVITE", "+15551", "pbx.example", true },
		{ "sip:+15551;user=phone@pbx.example", "INVITE", "+15551", "pbx.example", true },
		{ "sip:+15551@127.0.0.1", "INVITE", "+15551", "pbx.example", true },
		{ "sip:+15551@[2001:db8::1]:5060", "INVITE", "+15551", "[2001:db8::1]", true },
		{ "tel:+15551", "INVITE", "+15551", NULL, true },
		{ "tel:+15552", "INVITE", "+15551", NULL, false },
		{ "sip:+15552@pbx.example", "INVITE", "+15551", "pbx.example", false },
		{ "sip:+155@pbx.example", "INVITE", "+15551", "pbx.example", false },
		{ "sip:Bob@pbx.example", "INVITE", "bob", "pbx.example", false },
		{ "sip:+15551@elsewhere.example", "INVITE", "+15551", "pbx.example", false },
		{ "sip:pbx.example", "INVITE", "+15551", "pbx.example", false },
		{ "sip:pbx.example", "REGISTER", NULL, "pbx.example", true },
		{ "sip:alice@pbx.example", "REGISTER", NULL, "pbx.example", true },
		{ "sip:elsewhere.example", "REGISTER", NULL, "pbx.example", false },
		{ "", "INVITE", "bob", "pbx.example", false },
		{ "sip:[", "INVITE", "bob", "pbx.example", false },
		{ "sip:bob%@pbx.example", "INVITE", "bob", "pbx.example", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_expect_eq(
		    digest_uri_means(cases[i].uri, cases[i].method, cases[i].user, cases[i].host, realm),
		    cases[i].same, "%s", cases[i].uri);
}
