/* Whom we believe to be the far end: cases, and what holds whatever strangers do. */
#include "media/origin.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>

TestSuite(media_origin, .timeout = 60);

enum { SECOND_US = 1000000, PACKET_US = 20000 };

/* One who sends. */
struct sender {
	union address from;
	uint32_t ssrc;
	uint16_t seq;
};

static struct origin origin;
static int64_t now_us;
static bool quiet;

static union address address(const char *host, unsigned port)
{
	union address a = { 0 };
	if (inet_pton(AF_INET, host, &a.in.sin_addr) == 1) {
		a.in.sin_family = AF_INET;
		a.in.sin_port = htons((uint16_t)port);
	} else {
		cr_assert_eq(inet_pton(AF_INET6, host, &a.in6.sin6_addr), 1);
		a.in6.sin6_family = AF_INET6;
		a.in6.sin6_port = htons((uint16_t)port);
	}
	return a;
}

static struct sender sender(const char *host, unsigned port, uint32_t ssrc)
{
	return (struct sender){ address(host, port), ssrc, (uint16_t)(ssrc * 7) };
}

static bool sends_how(struct sender *s, bool authentic)
{
	const struct origin_packet p = { &s->from, s->ssrc, ++s->seq, authentic };
	return origin_judge(&origin, &p, quiet, now_us) != ORIGIN_DROP;
}

static bool sends(struct sender *s)
{
	return sends_how(s, false);
}

/* Sends `count` packets in time; how many are taken. */
static unsigned speaks(struct sender *s, unsigned count)
{
	unsigned taken = 0;
	for (unsigned i = 0; i < count; i++) {
		taken += sends(s);
		now_us += PACKET_US;
	}
	return taken;
}

/* A phone behind NAT: its description names 10.1.2.3, its signalling comes from 192.0.2.1. */
static void describe_with(const char *said)
{
	const union address rtp = address(said, 4000), signal = address("192.0.2.1", 5060);
	origin_describe(&origin, &rtp, &signal, now_us);
}

static void begin(void)
{
	memset(&origin, 0, sizeof origin);
	now_us = 1000 * (int64_t)SECOND_US;
	quiet = false;
	describe_with("10.1.2.3");
}

static bool is_at(const struct sender *s)
{
	return address_equal(&origin.at, &s->from);
}

Test(media_origin, the_address_of_the_description_is_believed_at_once, .init = begin)
{
	struct sender phone = sender("10.1.2.3", 4000, 1), stranger = sender("203.0.113.9", 999, 2);
	cr_expect(sends(&phone));
	for (int i = 0; i < 500; i++) {
		cr_expect(!sends(&stranger));
		cr_expect(sends(&phone));
		now_us += PACKET_US;
	}
	cr_expect(is_at(&phone));
}

Test(media_origin, the_host_of_the_signalling_after_two_packets, .init = begin)
{
	struct sender phone = sender("192.0.2.1", 31000, 1);
	cr_expect(!sends(&phone));
	now_us += PACKET_US;
	cr_expect(sends(&phone));
	cr_expect(is_at(&phone));
	cr_expect_eq(origin.dropped, 1);
}

Test(media_origin, packets_that_do_not_follow_each_other_prove_nothing, .init = begin)
{
	struct sender odd = sender("192.0.2.1", 31000, 1);
	for (int i = 0; i < 50; i++) {
		odd.seq = (uint16_t)(odd.seq + 500);
		cr_expect(!sends(&odd));
		odd.ssrc++;
		cr_expect(!sends(&odd), "another SSRC each");
		now_us += PACKET_US;
	}
}

Test(media_origin, a_few_may_be_lost_or_overtaken, .init = begin)
{
	struct sender phone = sender("192.0.2.1", 31000, 1);
	cr_expect(!sends(&phone));
	phone.seq = (uint16_t)(phone.seq - 2); /* overtaken */
	cr_expect(!sends(&phone));
	phone.seq = (uint16_t)(phone.seq + 4);
	cr_expect(sends(&phone));
}

Test(media_origin, anyone_else_when_nobody_who_is_expected_speaks, .init = begin)
{
	struct sender gateway = sender("198.51.100.7", 20000, 1);
	unsigned taken = speaks(&gateway, 100); /* two seconds */
	cr_expect_geq(taken, 45);
	cr_expect_leq(taken, 51);
	cr_expect(is_at(&gateway));
}

Test(media_origin, the_real_one_takes_it_back, .init = begin)
{
	struct sender thief = sender("203.0.113.9", 999, 2), phone = sender("192.0.2.1", 31000, 1);
	speaks(&thief, 100);
	cr_expect(is_at(&thief));
	cr_expect(!sends(&phone));
	sends(&thief);
	cr_expect(sends(&phone));
	cr_expect(is_at(&phone));
	cr_expect_eq(speaks(&thief, 1), 0);
}

Test(media_origin, another_port_after_half_a_second, .init = begin)
{
	struct sender phone = sender("192.0.2.1", 31000, 1), moved = sender("192.0.2.1", 31002, 5);
	speaks(&phone, 50);
	cr_expect_eq(speaks(&moved, 10), 0);
	cr_expect_gt(speaks(&moved, 50), 30);
	cr_expect(is_at(&moved));
	cr_expect_eq(speaks(&phone, 5), 0);
}

Test(media_origin, at_once_after_a_description, .init = begin)
{
	struct sender phone = sender("10.1.2.3", 4000, 1), moved = sender("192.0.2.1", 31002, 5);
	speaks(&phone, 50);
	now_us += 200000;
	describe_with("10.1.2.3");
	cr_expect_geq(speaks(&moved, 10), 8);
	cr_expect(is_at(&moved));
}

Test(media_origin, another_network_after_two_seconds_or_with_its_own_sequence_soon, .init = begin)
{
	struct sender phone = sender("192.0.2.1", 31000, 1), moved = sender("198.51.100.7", 31002, 5);
	speaks(&phone, 50);
	cr_expect_eq(speaks(&moved, 95), 0);
	cr_expect_gt(speaks(&moved, 50), 40);
	struct sender again = { address("198.51.100.20", 7), moved.ssrc, moved.seq };
	now_us += 60000;
	cr_expect_gt(speaks(&again, 10), 5);
	cr_expect(is_at(&again));
}

Test(media_origin, not_while_there_is_a_reason_for_the_silence, .init = begin)
{
	struct sender phone = sender("192.0.2.1", 31000, 1), stranger = sender("203.0.113.9", 999, 2);
	speaks(&phone, 50);
	quiet = true; /* it has said so */
	cr_expect_eq(speaks(&stranger, 3000), 0);
	quiet = false; /* or its reports go on */
	speaks(&phone, 50);
	for (int i = 0; i < 12; i++) {
		origin_report(&origin, now_us);
		cr_expect_eq(speaks(&stranger, 250), 0);
	}
	cr_expect(is_at(&phone));
	cr_expect_gt(speaks(&stranger, 500), 0, "it is gone");
}

Test(media_origin, another_description_forgets, .init = begin)
{
	struct sender phone = sender("192.0.2.1", 31000, 1), other = sender("10.9.9.9", 4000, 9);
	speaks(&phone, 50);
	describe_with("10.9.9.9");
	cr_expect(is_at(&other));
	cr_expect(sends(&other));
}

Test(media_origin, who_has_the_key_is_believed_once_the_one_before_is_silent, .init = begin)
{
	struct sender phone = sender("192.0.2.1", 31000, 1), moved = sender("198.51.100.7", 31002, 5);
	cr_expect(sends_how(&phone, true));
	now_us += PACKET_US;
	cr_expect(origin_hopeless(&origin, &moved.from, now_us));
	now_us += 200000;
	cr_expect(!origin_hopeless(&origin, &moved.from, now_us));
	cr_expect(sends_how(&moved, true));
	cr_expect(is_at(&moved));
}

Test(media_origin, ipv6_hosts_change_the_lower_half, .init = begin)
{
	struct sender phone = sender("2001:db8:1:2:aaaa::1", 31000, 1);
	const union address rtp = address("2001:db8:1:2:bbbb::7", 4000), signal = { 0 };
	origin_describe(&origin, &rtp, &signal, now_us);
	cr_expect_eq(speaks(&phone, 5), 4);
	phone = sender("2001:db8:1:3:aaaa::1", 31000, 2);
	cr_expect_eq(speaks(&phone, 5), 0);
}

/* ---- whatever strangers do ---- */

enum { STRANGERS = 6, ROUNDS = 300 };

static uint32_t seed;

static uint32_t dice(uint32_t sides)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % sides;
}

/* They send whatever they like from anywhere but the far end's hosts; they do not know its SSRC. */
static unsigned strangers_send(struct sender strangers[STRANGERS])
{
	unsigned taken = 0;
	for (uint32_t n = dice(8); n > 0; n--) {
		struct sender *s = &strangers[dice(STRANGERS)];
		if (dice(10) == 0)
			s->ssrc = 1000 + dice(1000);
		if (dice(5) == 0)
			s->seq = (uint16_t)dice(65536);
		taken += sends(s);
	}
	return taken;
}

static void strangers_come(struct sender strangers[STRANGERS])
{
	for (unsigned i = 0; i < STRANGERS; i++) {
		strangers[i] = sender("203.0.113.1", 1000 + i, 1000 + i);
		strangers[i].from.in.sin_addr.s_addr = htonl(0xcb007101u + dice(3));
	}
}

/* A phone that may lose packets, be silent, move from port to port of its host, and get new descriptions:
 * none of them is heard while it is expected, and it is always heard again within its second. */
Test(media_origin, strangers_get_nothing_and_disturb_nothing)
{
	for (seed = 1; seed < ROUNDS; seed += 1) {
		struct sender strangers[STRANGERS], phone = sender("192.0.2.1", 31000, 1);
		begin();
		uint32_t first = seed;
		strangers_come(strangers);
		if (dice(2))
			phone.from = address("10.1.2.3", 4000);
		for (unsigned leg = 0; leg < 6; leg++) {
			unsigned heard = 0, packets = 50 + dice(100);
			int64_t begun_us = now_us, taken_us = 0;
			for (unsigned i = 0; i < packets; i++) {
				cr_assert_eq(strangers_send(strangers), 0, "seed %u", first);
				now_us += PACKET_US;
				phone.seq = (uint16_t)(phone.seq + (dice(20) == 0)); /* lost */
				if (!sends(&phone))
					continue;
				heard++;
				taken_us = taken_us ? taken_us : now_us;
			}
			cr_assert(taken_us && taken_us - begun_us < SECOND_US, "seed %u", first);
			cr_assert_geq(heard + 30, packets, "seed %u", first);
			cr_assert(is_at(&phone), "seed %u", first);
			if (dice(2)) /* a NAT forgets */
				phone = sender("192.0.2.1", 31000 + dice(100), dice(100));
			for (uint32_t pause = dice(40); pause > 0; pause--, now_us += PACKET_US)
				cr_assert_eq(strangers_send(strangers), 0, "seed %u", first);
			if (dice(2))
				describe_with("10.1.2.3");
		}
		seed = first;
	}
}
