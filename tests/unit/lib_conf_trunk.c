/* Trunks and routes of a conf. */
#include "lib/conf.h"

#include <criterion/criterion.h>
#include <string.h>

static struct conf *load(const char *text, struct conf_errors *errors)
{
	struct conf *conf = NULL;

	if (conf_parse(&conf, "t.conf", text, errors) != 0)
		conf = NULL;
	return conf;
}

Test(conf_trunk, defaults)
{
	struct conf_errors errors;
	struct conf *conf =
	    load("trunk \"t\" { address = \"sip.example\" }\nroute \"^.\" { to = {\"trunk:t\"} }", &errors);
	const struct conf_trunk *t;

	cr_assert_not_null(conf);
	t = conf_trunk_by_name(conf, "t");
	cr_expect_eq(t->transport, CONF_TRUNK_AUTO);
	cr_expect_eq(t->network_count, 0);
	cr_expect_eq(t->caller_id, CONF_CALLER_FROM);
	cr_expect_eq(t->numbering.out, CONF_WRITING_PLUS);
	cr_expect_eq(t->numbering.in, CONF_WRITING_E164);
	cr_expect_eq(t->max_calls + t->max_calls_per_second + t->health_interval_s, 0);
	cr_expect_eq(t->register_expires_s, 3600);
	cr_expect_eq(t->try_timeout_ms, 5000);
	cr_expect(!t->registers && !t->registers_here && !t->hide_caller);
	cr_expect_null(conf->routes[0].weights);
	cr_expect(conf_route_fails_over(&conf->routes[0], 503) && conf_route_fails_over(NULL, 408));
	cr_expect(!conf_route_fails_over(&conf->routes[0], 486) && !conf_route_fails_over(NULL, 404));
	conf_free(conf);
	conf_errors_free(&errors);
}

Test(conf_trunk, everything_set)
{
	struct conf_errors errors;
	struct conf *conf = load(
	    "sip { listen = {\"udp:127.0.0.1:5060\", \"tls:127.0.0.1:5061\"} tls-certificate-file = c.pem }\n"
	    "trunk \"t\" { address = \"sip.example\" transport = TLS proxy = \"192.0.2.9:5070\" domain = "
	    "\"d.example\"\n"
	    " from = {\"192.0.2.0/24\", \"2001:db8::/33\", \"198.51.100.7\"} username = u password = p "
	    "register = yes\n"
	    " register-expires = 10m number = \"+4930123\" number-out = national number-in = \"+e164\" "
	    "country-code = 49\n"
	    " national-prefix = \"\" strip-out = 1 prepend-out = \"9\" caller-id = {\"P-Asserted-Identity\", "
	    "\"from\"}\n"
	    " hide-caller = true max-calls = 30 max-calls-per-second = 5 health-interval = 1m try-timeout = "
	    "2s }\n"
	    "trunk \"h\" { registers-here = true username = \"pbx\" password = \"q\" }\n"
	    "route \"^.\" { to = {\"trunk:t\", \"trunk:h\"} weights = {3, 1} failover-on = {404, 503} }\n",
	    &errors);
	const struct conf_trunk *t;

	if (!conf)
		conf_errors_print(&errors, stderr);
	cr_assert_not_null(conf);
	t = conf_trunk_by_name(conf, "t");
	cr_expect_eq(t->transport, CONF_TRUNK_TLS);
	cr_expect_eq(t->network_count, 3);
	cr_expect_eq(t->networks[1].family, AF_INET6);
	cr_expect_eq(t->networks[1].bits, 33);
	cr_expect_eq(t->networks[2].bits, 32);
	cr_expect_eq(t->caller_id, CONF_CALLER_FROM | CONF_CALLER_PAI);
	cr_expect_str_eq(t->numbering.national_prefix, "");
	cr_expect_eq(t->register_expires_s, 600);
	cr_expect_eq(conf->routes[0].weights[0], 3);
	cr_expect(conf_route_fails_over(&conf->routes[0], 404) &&
		  !conf_route_fails_over(&conf->routes[0], 408));
	cr_assert_not_null(conf_user_by_name(conf, "pbx"));
	cr_expect_eq(conf_user_by_name(conf, "pbx")->trunk, conf_trunk_by_name(conf, "h"));
	conf_free(conf);
	conf_errors_free(&errors);
}

/* Every error of the text is one of those expected, in order. */
static void expect_errors(const char *text, const char *const *expected)
{
	struct conf_errors errors;
	struct conf *conf = load(text, &errors);
	size_t n = 0;

	cr_expect_null(conf);
	for (; expected[n]; n++) {
		cr_assert_lt(n, errors.count, "missing: %s", expected[n]);
		cr_expect(strstr(errors.lines[n], expected[n]), "%s\n  is not\n%s", errors.lines[n],
			  expected[n]);
	}
	cr_expect_eq(errors.count, n, "unexpected: %s", errors.count > n ? errors.lines[n] : "");
	conf_errors_free(&errors);
}

Test(conf_trunk, what_is_wrong_is_told)
{
	expect_errors("trunk \"t\" { address = \"a.example\" transport = sctp from = {\"0.0.0.0/0\", "
		      "\"1.2.3.4/33\", \"host\"} }",
		      (const char *[]){ "from: \"0.0.0.0/0\" is everybody", "from: \"1.2.3.4/33\" is wrong",
					"from: \"host\" is wrong", "transport: \"sctp\" is wrong", NULL });
	expect_errors(
	    "trunk \"t\" { address = \"a.example\" number-out = national caller-id = {callerid} number = 5 }",
	    (const char *[]){ "national numbers need country-code", "caller-id: \"callerid\" is wrong",
			      "number: \"5\" is wrong", NULL });
	expect_errors("trunk \"t\" { registers-here = true }",
		      (const char *[]){ "registers-here: needs a username and a password", NULL });
	expect_errors(
	    "trunk \"t\" { registers-here = true username = a password = b address = \"x.example\" }",
	    (const char *[]){ "registers-here: it has no address of its own", NULL });
	expect_errors("trunk \"t\" { built-in = true address = \"x.example\" srtp = required }",
		      (const char *[]){ "address: a built-in trunk has none",
					"srtp: a built-in trunk has none", NULL });
	expect_errors("sip { listen = {\"tcp:127.0.0.1:5060\"} }\ntrunk \"t\" { built-in = true }",
		      (const char *[]){ "built-in: the built-in trunk is called over UDP", NULL });
	expect_errors(
	    "user \"a\" { password = x }\ntrunk \"t\" { registers-here = true username = a password = b }",
	    (const char *[]){ "username: there is a user", NULL });
	expect_errors("trunk \"t\" { registers-here = true username = a password = b }\n"
		      "number \"+15550009001\" { dial = {\"user:a\"} }",
		      (const char *[]){ "there is no user \"a\"", NULL });
	expect_errors(
	    "trunk \"t\" { address = \"x.example\" }\nroute \"^1\" { to = {\"trunk:t\"} weights = {1, 2} }\n"
	    "route \"^2\" { to = {\"trunk:t\"} weights = {0} failover-on = {200} }",
	    (const char *[]){ "failover-on: \"200\" is wrong", "weights: there are 2 for 1 trunks",
			      "weights: all are 0", NULL });
}

Test(conf_trunk, encryption)
{
	static const char text[] =
	    "user \"a\" { }\nuser \"b\" { srtp = Required }\nuser \"c\" { srtp = off }\n"
	    "trunk \"t\" { address = \"a\" }\ntrunk \"u\" { address = \"b\" srtp = offered }\n";
	struct conf_errors errors = { 0 };
	struct conf *conf;

	cr_assert_eq(conf_parse(&conf, "t.conf", text, &errors), 0);
	cr_expect_eq(conf_user_by_name(conf, "a")->srtp, CONF_SRTP_ACCEPTED);
	cr_expect_eq(conf_user_by_name(conf, "b")->srtp, CONF_SRTP_REQUIRED);
	cr_expect_eq(conf_user_by_name(conf, "c")->srtp, CONF_SRTP_OFF);
	cr_expect_eq(conf_trunk_by_name(conf, "t")->srtp, CONF_SRTP_ACCEPTED);
	cr_expect_eq(conf_trunk_by_name(conf, "u")->srtp, CONF_SRTP_OFFERED);
	conf_free(conf);
	conf_errors_free(&errors);
}

Test(conf_trunk, a_trunk_that_has_a_name_is_to_prove_it)
{
	struct conf_errors errors;
	struct conf *conf = load("trunk \"a\" { address = \"sip.example.com\" }\n"
				 "trunk \"b\" { address = \"192.0.2.1:5061\" }\n"
				 "trunk \"c\" { address = \"[2001:db8::1]\" }\n"
				 "trunk \"d\" { address = \"192.0.2.1\" proxy = \"sip.example.com:5061\" }\n"
				 "trunk \"e\" { address = \"sip.example.com\" tls-verify = false }\n"
				 "trunk \"f\" { address = \"192.0.2.1\" tls-verify = true }\n",
				 &errors);
	static const bool wanted[] = { true, false, false, true, false, true };

	for (size_t i = 0; i < 6; i++)
		cr_expect_eq(conf->trunks[i].tls_verify, wanted[i], "%s", conf->trunks[i].name);
	conf_free(conf);
	conf_errors_free(&errors);
}
