/* What dialled numbers and names lead to. */
#include "daemon/offhookd/trunks/route.h"

#include <criterion/criterion.h>
#include <string.h>

static const char text[] =
    "state-dir = \"/tmp/offhook-test\"\nrun-dir = \"/tmp/offhook-test\"\n"
    "account \"home\" { }\n"
    "account \"german\" { country = \"DE\" }\n"
    "sip { domain = \"pbx.example\" }\n"
    "user \"alice\" { password = \"x\" number = \"+15550001001\" }\n"
    "user \"bob\" { password = \"x\" }\n"
    "trunk \"carrier\" { address = \"127.0.0.1:5090\" }\n"
    "trunk \"second\" { address = \"127.0.0.1:5091\" }\n"
    "route \"^\\\\+44\" { to = {\"trunk:second\"} }\n"
    "route \"^\\\\+\" { to = {\"trunk:carrier\", \"trunk:second\"} }\n"
    "user \"carol\" { password = \"x\" number = \"+15550001003\" extension = \"103\" }\n"
    "user \"dave\" { password = \"x\" number = \"104\" }\n"
    "route \"^[0-9]{4,6}$\" { to = {\"trunk:second\"} }\n"
    "number \"9003\" { conference = \"room\" }\n"
    "number \"*97\" { echo = true }\n"
    "number \"999\" { dial = {\"trunk:second\"} }\n"
    "number \"+493012345\" { echo = true }\n"
    "number \"+15550009001\" { dial = {\"user:alice\"} }\n";
static struct conf *conf;

static void load(void)
{
	struct conf_errors errors = { 0 };

	if (conf_parse(&conf, "test", text, &errors))
		conf_errors_print(&errors, stderr);
	cr_assert_not_null(conf);
	conf_errors_free(&errors);
}

static void unload(void)
{
	conf_free(conf);
}

static struct route find(const char *to)
{
	struct route r;

	route_find(&r, conf, "home", to);
	return r;
}

TestSuite(route, .init = load, .fini = unload);

Test(route, numbers_of_ours_come_first)
{
	struct route r = find("+15550009001");

	cr_assert_eq(r.kind, ROUTE_NUMBER);
	cr_assert_str_eq(r.number->number, "+15550009001");
}

Test(route, a_users_number_in_any_writing)
{
	const char *ways[] = { "+15550001001",
			       "15550001001",
			       "tel:+1-555-000-1001",
			       "sip:+15550001001@pbx.example;user=phone",
			       "alice",
			       "user:alice",
			       "sip:alice@pbx.example",
			       "sip:alice@PBX.example:5060" };

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		struct route r = find(ways[i]);

		cr_assert_eq(r.kind, ROUTE_USER, "%s", ways[i]);
		cr_assert_str_eq(r.user->name, "alice");
		cr_assert_str_eq(r.to, "+15550001001");
	}
	cr_assert_str_eq(find("bob").to, "bob");
}

Test(route, routes_in_file_order)
{
	struct route r = find("+442071838750");

	cr_assert_eq(r.kind, ROUTE_TRUNKS);
	cr_assert_eq(r.target_count, 1);
	cr_assert_str_eq(conf->trunks[r.targets[0].index].name, "second");
	r = find("+15557654321");
	cr_assert_eq(r.target_count, 2);
	cr_assert_str_eq(conf->trunks[r.targets[0].index].name, "carrier");
}

Test(route, short_numbers_of_ours)
{
	cr_assert_str_eq(find("103").user->name, "carol");
	cr_assert_str_eq(find("sip:103@pbx.example;user=phone").user->name, "carol");
	cr_assert_str_eq(find("tel:104").user->name, "dave");
	cr_assert_str_eq(find("104").to, "104");
	cr_assert_eq(find("9003").number->action, CONF_NUMBER_CONFERENCE);
	cr_assert_eq(find("*97").number->action, CONF_NUMBER_ECHO);
	cr_assert_eq(find("101").kind, ROUTE_NONE, "nobody's, and no pattern takes it as it was dialled");
	cr_assert_eq(find("*98").kind, ROUTE_NONE);
}

Test(route, short_numbers_go_out_as_dialled)
{
	struct route r = find("116117");

	cr_assert_eq(r.kind, ROUTE_TRUNKS);
	cr_assert_str_eq(r.to, "116117");
	cr_assert_str_eq(r.route->pattern, "^[0-9]{4,6}$");
	cr_assert_not(r.emergency);
}

Test(route, emergency_numbers)
{
	const char *ways[] = { "112", "911", "tel:112", "+112", "sip:911@pbx.example" };

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		struct route r = find(ways[i]);

		cr_assert_eq(r.kind, ROUTE_TRUNKS, "%s", ways[i]);
		cr_assert(r.emergency, "%s", ways[i]);
		cr_assert_eq(strlen(r.to), 3, "%s is dialled as %s", ways[i], r.to);
		cr_assert_str_eq(r.route->pattern, "^\\+");
	}
	cr_assert(find("999").emergency);
	cr_assert_eq(find("999").kind, ROUTE_NUMBER);
	cr_assert_not(find("*97").emergency);
}

Test(route, numbers_as_they_are_dialled_in_a_country)
{
	struct route r;

	route_find(&r, conf, "german", "030 12345");
	cr_assert_eq(r.kind, ROUTE_NUMBER);
	cr_assert_str_eq(r.to, "+493012345");
	route_find(&r, conf, "german", "0044 20 7183 8750");
	cr_assert_str_eq(r.to, "+442071838750");
	cr_assert_str_eq(r.route->pattern, "^\\+44");
	route_find(&r, conf, "german", "+1 555 765 4321");
	cr_assert_str_eq(r.to, "+15557654321");
	route_find(&r, conf, "german", "110");
	cr_assert_str_eq(r.to, "110");
	cr_assert(r.emergency);
	cr_assert_eq(find("030 12345").kind, ROUTE_NONE, "without a country it is no number");
}

Test(route, nobody)
{
	const char *ways[] = { "",
			       "mallory",
			       "sip:alice@elsewhere.example",
			       "0",
			       "+0155",
			       "12345678901234567",
			       "sip:@pbx.example",
			       "+" };

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		cr_assert_eq(find(ways[i]).kind, ROUTE_NONE, "%s", ways[i]);
	cr_assert_eq(find(NULL).kind, ROUTE_NONE);
}

Test(route, owners)
{
	cr_assert_not_null(route_owner(conf, "+15550009001"));
	cr_assert_not_null(route_owner(conf, "+15550001001"));
	cr_assert_null(route_owner(conf, "+15550001002"));
}
