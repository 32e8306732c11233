/* Who is banned, for what, and for how long. */
#include "daemon/offhookd/phones/guard.h"
#include "lib/clock.h"
#include "lib/conf.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct {
	unsigned banned, expired, lifted;
	struct guard_ban last;
	bool exempt;
} seen;

static void on_banned(const struct guard_ban *ban, void *arg)
{
	(void)arg;
	seen.banned++;
	seen.last = *ban;
}

static void on_lifted(const struct guard_ban *ban, bool by_hand, void *arg)
{
	(void)arg;
	*(by_hand ? &seen.lifted : &seen.expired) += 1;
	seen.last = *ban;
}

static bool is_exempt(const struct sockaddr_storage *source, void *arg)
{
	(void)source, (void)arg;
	return seen.exempt;
}

static struct guard *guard;

static void begin(void)
{
	struct guard_limits limits = { .rate = 10,
				       .burst = 20,
				       .max_failures = 8,
				       .max_names = 3,
				       .max_challenges = 12,
				       .window_s = 60,
				       .ban_s = 600,
				       .max_sources = 50 };
	struct guard_handlers handlers = { on_banned, on_lifted, is_exempt, NULL };

	memset(&seen, 0, sizeof seen);
	clock_test_freeze(1000000, 1000000);
	cr_assert_eq(guard_alloc(&guard, &limits, &handlers), 0);
}

static void end(void)
{
	guard_free(guard);
	clock_test_thaw();
}

TestSuite(guard, .init = begin, .fini = end);

static struct sockaddr_storage at(const char *text)
{
	struct sockaddr_storage a = { 0 };

	if (inet_pton(AF_INET, text, &((struct sockaddr_in *)&a)->sin_addr) == 1)
		a.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&a)->sin6_addr) == 1)
		a.ss_family = AF_INET6;
	return a;
}

Test(guard, a_scanner_is_banned_at_once_and_for_its_time)
{
	struct sockaddr_storage bad = at("192.0.2.1"), good = at("192.0.2.2");

	cr_assert(guard_admit(guard, &bad));
	guard_on_agent(guard, &bad);
	cr_assert_eq(seen.banned, 1);
	cr_assert_str_eq(seen.last.address, "192.0.2.1");
	cr_assert_eq(seen.last.until - seen.last.since, 600000);
	cr_assert_not(guard_admit(guard, &bad));
	cr_assert(guard_admit(guard, &good));
	clock_test_advance(599999);
	guard_expire(guard);
	cr_assert_not(guard_admit(guard, &bad));
	clock_test_advance(1);
	guard_expire(guard);
	cr_assert_eq(seen.expired, 1);
	cr_assert_eq(seen.last.dropped, 2);
	cr_assert(guard_admit(guard, &bad));
}

Test(guard, wrong_credentials_and_names_count_alike_and_right_ones_clear_them)
{
	struct sockaddr_storage a = at("192.0.2.1"), b = at("192.0.2.2"), c = at("192.0.2.3");

	for (int i = 0; i < 7; i++)
		guard_on_failure(guard, &a, "alice", NULL);
	cr_assert_eq(seen.banned, 0);
	guard_on_failure(guard, &a, "alice", NULL);
	cr_assert_eq(seen.banned, 1);
	cr_assert_eq(seen.last.reason, GUARD_FAILURES);
	guard_on_failure(guard, &b, "alice", NULL);
	guard_on_failure(guard, &b, "bob", NULL);
	cr_assert_eq(seen.banned, 1);
	guard_on_failure(guard, &b, "carol", NULL);
	cr_assert_eq(seen.banned, 2);
	cr_assert_eq(seen.last.reason, GUARD_NAMES);
	for (int i = 0; i < 7; i++)
		guard_on_failure(guard, &c, "alice", NULL);
	guard_on_success(guard, &c);
	for (int i = 0; i < 7; i++)
		guard_on_failure(guard, &c, "alice", NULL);
	cr_assert_eq(seen.banned, 2);
}

Test(guard, a_window_ends)
{
	struct sockaddr_storage a = at("192.0.2.1");

	for (int i = 0; i < 20; i++) {
		guard_on_failure(guard, &a, "alice", NULL);
		clock_test_advance(10000);
	}
	cr_assert_eq(seen.banned, 0);
}

Test(guard, challenges_that_nobody_answers)
{
	struct sockaddr_storage a = at("192.0.2.1"), b = at("192.0.2.2");

	for (int i = 0; i < 40; i++) {
		guard_on_challenge(guard, &a);
		guard_on_success(guard, &a);
	}
	cr_assert_eq(seen.banned, 0);
	for (int i = 0; i < 11; i++)
		guard_on_challenge(guard, &b);
	cr_assert_eq(seen.banned, 0);
	guard_on_challenge(guard, &b);
	cr_assert_eq(seen.last.reason, GUARD_CHALLENGES);
}

Test(guard, a_forged_source_does_not_get_a_phone_banned)
{
	struct sockaddr_storage phone = at("192.0.2.1");

	guard_on_success(guard, &phone);
	guard_on_agent(guard, &phone);
	for (int i = 0; i < 79; i++)
		guard_on_failure(guard, &phone, "alice", NULL);
	cr_assert_eq(seen.banned, 0);
	guard_on_failure(guard, &phone, "alice", NULL);
	cr_assert_eq(seen.banned, 1, "but guessing has an end");
}

Test(guard, too_fast_is_dropped_and_no_ban)
{
	struct sockaddr_storage a = at("192.0.2.1");
	struct guard_stats stats;
	int passed = 0;

	for (int i = 0; i < 100; i++)
		passed += guard_admit(guard, &a);
	cr_assert_eq(passed, 20);
	clock_test_advance(1000);
	for (int i = 0; i < 100; i++)
		passed += guard_admit(guard, &a);
	cr_assert_eq(passed, 30);
	guard_stats(guard, &stats);
	cr_assert_eq(stats.limited, 170);
	cr_assert_eq(seen.banned, 0);
}

Test(guard, the_same_attempt_counts_once)
{
	struct sockaddr_storage a = at("192.0.2.1");
	char attempt[16];

	for (int i = 0; i < 100; i++)
		guard_on_failure(guard, &a, "alice", "the same");
	cr_assert_eq(seen.banned, 0);
	cr_assert(guard_has_failed(guard, &a));
	guard_on_failure(guard, &a, "bob", "the same"); /* another name */
	for (int i = 0; i < 5; i++) {
		snprintf(attempt, sizeof attempt, "%d", i);
		guard_on_failure(guard, &a, "alice", attempt);
	}
	cr_assert_eq(seen.banned, 0);
	guard_on_failure(guard, &a, "alice", NULL);
	cr_assert_eq(seen.banned, 1);
}

Test(guard, what_is_proven_has_a_share_of_its_own)
{
	struct sockaddr_storage a = at("192.0.2.1");
	struct guard_stats stats;
	int passed = 0;

	while (guard_admit(guard, &a))
		;
	for (int i = 0; i < 100; i++)
		passed += !guard_admit(guard, &a) && guard_admit_proven(guard, &a);
	cr_assert_eq(passed, 20);
	guard_stats(guard, &stats);
	cr_assert_eq(stats.limited, 81);
	guard_on_agent(guard, &a);
	clock_test_advance(10000);
	cr_assert_not(guard_admit_proven(guard, &a), "and none when banned");
}

Test(guard, exempt_ones_are_neither_banned_nor_limited)
{
	struct sockaddr_storage a = at("192.0.2.1");

	seen.exempt = true;
	guard_on_agent(guard, &a);
	for (int i = 0; i < 100; i++) {
		cr_assert(guard_admit(guard, &a));
		guard_on_failure(guard, &a, "alice", NULL);
	}
	cr_assert_eq(seen.banned, 0);
}

Test(guard, ipv6_is_banned_by_its_64_and_ipv4_in_ipv6_is_ipv4)
{
	struct sockaddr_storage a = at("2001:db8:1:2::7"), b = at("2001:db8:1:2:ffff::1"),
				c = at("2001:db8:1:3::7"), mapped = at("::ffff:192.0.2.9"),
				plain = at("192.0.2.9");

	guard_on_agent(guard, &a);
	cr_assert_str_eq(seen.last.address, "2001:db8:1:2::/64");
	cr_assert_not(guard_admit(guard, &b));
	cr_assert(guard_admit(guard, &c));
	guard_on_agent(guard, &mapped);
	cr_assert_str_eq(seen.last.address, "192.0.2.9");
	cr_assert_not(guard_admit(guard, &plain));
}

static void count(const struct guard_ban *ban, void *arg)
{
	(void)ban;
	(*(unsigned *)arg)++;
}

Test(guard, bans_are_listed_and_lifted)
{
	struct sockaddr_storage a = at("192.0.2.1"), b = at("2001:db8::1");
	unsigned n = 0;

	guard_on_agent(guard, &a);
	guard_on_agent(guard, &b);
	guard_list(guard, count, &n);
	cr_assert_eq(n, 2);
	cr_assert_eq(guard_lift(guard, "192.0.2.2"), ENOENT);
	cr_assert_eq(guard_lift(guard, "nonsense"), EINVAL);
	cr_assert_eq(guard_lift(guard, "192.0.2.1/8"), EINVAL);
	cr_assert_eq(guard_lift(guard, "192.0.2.1"), 0);
	cr_assert_eq(guard_lift(guard, "2001:db8::/64"), 0);
	cr_assert_eq(seen.lifted, 2);
	cr_assert(guard_admit(guard, &a));
}

Test(guard, the_table_is_bounded_and_bans_go_last)
{
	struct guard_stats stats;
	struct sockaddr_storage bad = at("10.9.9.9");
	char text[32];

	guard_on_agent(guard, &bad);
	for (int i = 0; i < 1000; i++) {
		struct sockaddr_storage a;

		snprintf(text, sizeof text, "10.0.%d.%d", i / 250, i % 250);
		a = at(text);
		guard_admit(guard, &a);
	}
	guard_stats(guard, &stats);
	cr_assert_eq(stats.sources, 50);
	cr_assert_eq(stats.bans, 1);
	cr_assert_not(guard_admit(guard, &bad));
	for (int i = 0; i < 1000; i++) {
		struct sockaddr_storage a;

		snprintf(text, sizeof text, "10.1.%d.%d", i / 250, i % 250);
		a = at(text);
		guard_on_agent(guard, &a);
	}
	guard_stats(guard, &stats);
	cr_assert_eq(stats.sources, 50);
	cr_assert_eq(stats.bans, 50);
	cr_assert_eq(seen.expired, 951);
}

Test(guard, networks_of_conf)
{
	struct sockaddr_storage a = at("192.0.2.77"), b = at("2001:db8:1::7");

	cr_assert(conf_network_holds("192.0.2.0/24", &a));
	cr_assert(conf_network_holds("192.0.2.64/26", &a));
	cr_assert_not(conf_network_holds("192.0.2.0/26", &a));
	cr_assert(conf_network_holds("192.0.2.77", &a));
	cr_assert(conf_network_holds("0.0.0.0/0", &a));
	cr_assert(conf_network_holds("2001:db8::/32", &b));
	cr_assert_not(conf_network_holds("2001:db8::/48", &b));
	cr_assert_not(conf_network_holds("::/0", &a));
	cr_assert_not(conf_network_holds("192.0.2.0/33", &a));
	cr_assert_not(conf_network_holds("none", &a));
}
