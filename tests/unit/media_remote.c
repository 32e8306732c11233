/* Who is listened to (symmetric RTP, strangers), silence, reports, and ends. */
#include "tests/unit/media_support.h"

#include "media/rtp.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(media_remote, .timeout = 60, .fini = scratch_sweep);

static const double HEARD = -13.14;

static void over(struct world *w, struct media_session *s)
{
	media_session_close(s);
	cr_assert(world_wait_closed(w));
	world_free(w);
}

/* The session knows `f` from the SDP, but `really` is who sends to it. */
static void meets_behind_nat(struct far *f, struct far *really, struct media_session *session)
{
	far_meets(f, session);
	world_stats(f->world, session); /* it knows f, before anybody sends */
	really->to = f->to;
}

Test(media_remote, latches_on_to_where_packets_come_from)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *sdp = world_far(w, "PCMU"), *nat = world_far(w, "PCMU");
	media_session_echo(s, true);
	meets_behind_nat(sdp, nat, s);
	far_tone(nat, 440, -10);
	cr_expect(far_hears(nat, 440, HEARD));
	cr_expect_eq(world_stats(w, s).rx_foreign, 0);
	over(w, s);
}

Test(media_remote, the_address_of_the_sdp_wins)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *sdp = world_far(w, "PCMU"), *thief = world_far(w, "PCMU");
	media_session_echo(s, true);
	meets_behind_nat(sdp, thief, s);
	far_tone(thief, 440, -10);
	cr_expect(far_hears(thief, 440, HEARD));
	far_tone(sdp, 620, -10);
	cr_expect(far_hears(sdp, 620, HEARD), "we send to the address of the SDP again");
	world_pass(w, sdp, 10);
	unsigned before = thief->packets;
	world_pass(w, sdp, 25);
	cr_expect_eq(thief->packets, before, "and to nobody else");
	cr_expect_gt(world_stats(w, s).rx_foreign, 20);
	over(w, s);
}

Test(media_remote, strangers_are_counted_and_dropped)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *sdp = world_far(w, "PCMU"), *stranger = world_far(w, "PCMU");
	media_session_echo(s, true);
	far_meets(sdp, s);
	far_tone(sdp, 440, -10);
	cr_expect(far_hears(sdp, 440, HEARD));
	stranger->to = sdp->to;
	far_tone(stranger, 620, -10);
	world_pass(w, stranger, 40);
	cr_expect_lt(far_level(sdp, 620, 200), -45);
	cr_expect_eq(stranger->packets, 0);
	struct media_stats stats = world_stats(w, s);
	cr_expect_geq(stats.rx_foreign, 39);
	cr_expect_eq(stats.rx_lost, 0);
	over(w, s);
}

Test(media_remote, another_stranger_does_not_displace_the_first)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *sdp = world_far(w, "PCMU"), *nat = world_far(w, "PCMU"), *late = world_far(w, "PCMU");
	media_session_echo(s, true);
	meets_behind_nat(sdp, nat, s);
	far_tone(nat, 440, -10);
	cr_expect(far_hears(nat, 440, HEARD));
	late->to = sdp->to;
	far_tone(late, 620, -10);
	world_pass(w, late, 25);
	cr_expect_eq(late->packets, 0);
	cr_expect(far_hears(nat, 440, HEARD));
	over(w, s);
}

Test(media_remote, nothing_is_taken_before_the_far_end_is_known)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU");
	far_meets(f, s);
	struct media_session *other = world_session(w, "o", 0);
	struct far *early = world_far(w, "PCMU");
	far_meets(early, other); /* gives it an address to send to */
	struct media_session *unknown = world_session(w, "u", 0);
	struct far *eager = world_far(w, "PCMU");
	eager->to = f->to;
	((struct sockaddr_in *)&eager->to)->sin_port = htons(media_session_port(unknown));
	far_tone(eager, 440, -10);
	world_pass(w, eager, 10);
	cr_expect_gt(world_stats(w, unknown).rx_foreign, 5);
	cr_expect_null(world_said(w, MEDIA_FIRST_PACKET, NULL));
	media_session_close(other);
	media_session_close(unknown);
	over(w, s);
}

Test(media_remote, first_packet_is_said_once)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU");
	far_meets(f, s);
	far_tone(f, 440, -10);
	cr_assert(world_wait_said(w, MEDIA_FIRST_PACKET, NULL));
	world_pass(w, f, 20);
	cr_expect_eq(world_count(w, MEDIA_FIRST_PACKET, NULL), 1);
	over(w, s);
}

Test(media_remote, silence_is_said_once_and_again_after_packets)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 1);
	struct far *f = world_far(w, "PCMU");
	far_meets(f, s);
	cr_assert(world_wait_said(w, MEDIA_TIMEOUT, NULL), "although nothing ever came");
	far_tone(f, 440, -10);
	world_pass(w, f, 20);
	cr_expect_eq(world_count(w, MEDIA_TIMEOUT, NULL), 1);
	far_silent(f);
	w->said_count = 0;
	cr_assert(world_wait_said(w, MEDIA_TIMEOUT, NULL));
	cr_expect_eq(world_count(w, MEDIA_TIMEOUT, NULL), 1);
	over(w, s);
}

Test(media_remote, losses_duplicates_and_reordering_are_counted)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU");
	far_meets(f, s);
	uint8_t packet[172] = { 0 };
	static const uint16_t order[] = {
		65533, 65534, 0, 65535, 1, 1, 2, 5, 4, 8, 8, 2
	}; /* 3, 6, 7 are lost */
	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		rtp_write_header(packet, 0, false, order[i], order[i] * 160u, 99);
		far_send_raw(f, packet, sizeof packet);
	}
	far_tone(f, 440, -10);
	f->ssrc = 99;
	f->seq = 9;
	f->timestamp = 9 * 160;
	world_pass(w, f, 5);
	world_pass(w, f, 5);
	struct media_stats stats = world_stats(w, s);
	cr_expect_eq(stats.rx_lost, 3, "%u", (unsigned)stats.rx_lost);
	cr_expect_eq(stats.rx_duplicate, 3, "%u", (unsigned)stats.rx_duplicate);
	over(w, s);
}

static bool has_rtcp(struct world *w, void *arg)
{
	const struct far *f = arg;
	(void)w;
	return f->rtcp_packets > 0;
}

static bool has_bye(struct world *w, void *arg)
{
	const struct far *f = arg;
	(void)w;
	return f->rtcp_byes > 0;
}

Test(media_remote, reports_are_sent_and_understood)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU");
	media_session_echo(s, true);
	far_meets(f, s);
	far_tone(f, 440, -10);
	cr_assert(world_wait(w, has_rtcp, f));
	/* what we lost, with the round trip unknown: last SR 0 */
	uint8_t rr[32] = { 0x81, 201, 0, 7 };
	put32(rr + 8, f->last_ssrc);
	put32(rr + 12, 5 | 64u << 24);
	put32(rr + 20, 80);
	sendto(f->rtcp_fd, rr, sizeof rr, 0, (struct sockaddr *)&f->rtcp_to, sizeof(struct sockaddr_in));
	uint8_t truncated[8] = { 0x81, 200, 0, 90 };
	sendto(f->rtcp_fd, truncated, sizeof truncated, 0, (struct sockaddr *)&f->rtcp_to,
	       sizeof(struct sockaddr_in));
	world_pass(w, f, 10);
	struct media_stats stats = world_stats(w, s);
	cr_expect_eq(stats.far_lost, 5);
	cr_expect_eq(stats.far_jitter_us, 10000);
	cr_expect_eq(stats.rtt_mean_us, 0);
	cr_expect_eq(stats.rx_malformed, 1);
	media_session_close(s);
	cr_assert(world_wait(w, has_bye, f));
	cr_assert(world_wait_closed(w));
	world_free(w);
}

static void nobody(const struct media_event *event, void *arg)
{
	(void)event;
	(void)arg;
}

Test(media_remote, ports_run_out_and_come_back)
{
	struct world *w = world_new(1);
	struct media_engine *small;
	/* odd, and most likely nobody else's on this machine */
	const uint16_t base = (uint16_t)(23001 + getpid() % 1000 * 8);
	struct media_engine_params params = {
		.address = "127.0.0.1",
		.port_min = base,
		.port_max = (uint16_t)(base + 4),
		.workers = 1,
		.handler = nobody,
	};
	cr_assert_eq(media_engine_alloc(&small, w->base, &params), 0);
	struct media_session *s[3];
	struct media_session_params session = { .id = "x" };
	cr_assert_eq(media_session_alloc(&s[0], small, &session), 0);
	cr_assert_eq(media_session_port(s[0]), base + 1);
	cr_assert_eq(media_session_alloc(&s[1], small, &session), 0);
	cr_assert_eq(media_session_alloc(&s[2], small, &session), EADDRINUSE);
	media_session_close(s[0]);
	while (media_engine_sessions(small) > 1)
		event_base_loop(w->base, EVLOOP_ONCE);
	cr_assert_eq(media_session_alloc(&s[0], small, &session), 0);
	cr_assert_eq(media_session_port(s[0]), base + 1);
	media_engine_free(small);
	params.address = "not an address";
	cr_expect_eq(media_engine_alloc(&small, w->base, &params), EINVAL);
	params.address = "127.0.0.1";
	params.port_min = params.port_max = (uint16_t)(base + 1);
	cr_expect_eq(media_engine_alloc(&small, w->base, &params), EINVAL, "no room for RTCP");
	world_free(w);
}

Test(media_remote, closing_in_the_midst_of_everything)
{
	struct world *w = world_new(2);
	static const char *const files[] = { "tone:dial/us" };
	for (int round = 0; round < 20; round++) {
		struct media_session *a = world_session(w, "a", 0), *b = world_session(w, "b", 0);
		struct far *fa = &w->fars[0], *fb = &w->fars[1];
		if (round == 0) {
			fa = world_far(w, "PCMU");
			fb = world_far(w, "PCMA");
			far_tone(fa, 440, -10);
			far_tone(fb, 620, -10);
		}
		far_meets(fa, a);
		far_meets(fb, b);
		media_session_bridge(a, b);
		struct media_play play = { .files = files, .count = 1 };
		cr_assert_eq(media_session_play(a, &play, NULL), 0);
		struct media_record record = { .file = scratch_file("busy.wav"), .channels = 2 };
		cr_assert_eq(media_session_record(b, &record, NULL), 0);
		media_session_send_digits(b, "12", 100);
		if (round % 3)
			world_pass(w, fa, (unsigned)round % 5);
		media_session_close(round % 2 ? a : b);
		media_session_close(round % 2 ? b : a);
		w->said_count = 0;
		cr_assert(world_wait_closed(w));
		cr_expect_eq(world_count(w, MEDIA_PLAY_DONE, NULL), 1);
		cr_expect_eq(world_count(w, MEDIA_RECORD_DONE, NULL), 1);
		cr_expect_eq(world_count(w, MEDIA_CLOSED, NULL), 2);
	}
	world_free(w);
}

Test(media_remote, freeing_the_engine_closes_what_is_open)
{
	struct world *w = world_new(2);
	struct media_session *a = world_session(w, "a", 0), *b = world_session(w, "b", 0);
	struct far *fa = world_far(w, "PCMU"), *fb = world_far(w, "PCMA");
	far_meets(fa, a);
	far_meets(fb, b);
	far_tone(fa, 440, -10);
	media_session_bridge(a, b);
	struct media_record record = { .file = scratch_file("open.wav"), .channels = 2 };
	cr_assert_eq(media_session_record(b, &record, NULL), 0);
	world_pass(w, fa, 20);
	world_free(w);
}

static bool has_sr(struct world *w, void *arg)
{
	const struct far *f = arg;
	(void)w;
	return f->last_sr != 0;
}

static bool has_rtt(struct world *w, void *arg)
{
	(void)w;
	return world_stats(w, arg).rtt_mean_us > 0;
}

static void round_trip(bool mux)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU");
	f->rtcp_mux = mux;
	media_session_echo(s, true);
	far_meets(f, s);
	far_tone(f, 440, -10);
	cr_assert(world_wait(w, has_sr, f));
	uint8_t rr[32] = { 0x81, 201, 0, 7 };
	put32(rr + 8, f->last_ssrc);
	put32(rr + 12, 64u << 24);
	put32(rr + 24, f->last_sr);
	put32(rr + 28, 0);
	if (mux)
		far_send_raw(f, rr, sizeof rr);
	else
		sendto(f->rtcp_fd, rr, sizeof rr, 0, (struct sockaddr *)&f->rtcp_to,
		       sizeof(struct sockaddr_in));
	cr_assert(world_wait(w, has_rtt, s));
	struct media_stats stats = world_stats(w, s);
	cr_expect_lt(stats.rtt_max_us, 5000000);
	cr_expect_leq(stats.rtt_min_us, stats.rtt_max_us);
	cr_expect_eq(stats.rx_malformed, 0);
	over(w, s);
}

Test(media_remote, round_trip_time)
{
	round_trip(false);
}

Test(media_remote, round_trip_time_on_one_port)
{
	round_trip(true);
}

/* One PCMU packet a millisecond into an echo on ::1, of an engine with these addresses. */
static void echo_on_ipv6(const char *address, const char *other, int family)
{
	struct world *w = world_new(1);
	struct media_engine *engine;
	struct media_engine_params params = {
		.address = address,
		.other_address = other,
		.port_min = 21000,
		.port_max = 22999,
		.workers = 1,
		.handler = nobody,
	};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in6 ours = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	if (fd < 0 || bind(fd, (struct sockaddr *)&ours, sizeof ours)) { /* a machine without IPv6 */
		close(fd);
		world_free(w);
		return;
	}
	socklen_t size = sizeof ours;
	getsockname(fd, (struct sockaddr *)&ours, &size);
	cr_assert_eq(media_engine_alloc(&engine, w->base, &params), 0);
	struct media_session *s;
	cr_assert_eq(
	    media_session_alloc(&s, engine, &(struct media_session_params){ .id = "six", .family = family }),
	    0);
	struct media_remote remote = { .codec = media_codec_find("PCMU", 0),
				       .dtmf_pt = -1,
				       .ptime_ms = 20,
				       .send = true,
				       .receive = true };
	memcpy(&remote.rtp, &ours, sizeof ours);
	media_session_echo(s, true);
	cr_assert_eq(media_session_set_remote(s, &remote), 0);
	struct sockaddr_in6 to = ours;
	to.sin6_port = htons(media_session_port(s));
	uint8_t packet[172], back[2048];
	unsigned loud = 0;
	for (unsigned i = 0; i < 2000 && loud < 5; i++) {
		memset(packet, 0x90, sizeof packet);
		rtp_write_header(packet, 0, false, (uint16_t)i, i * 160, 6);
		sendto(fd, packet, sizeof packet, 0, (struct sockaddr *)&to, sizeof to);
		event_base_loop(w->base, EVLOOP_ONCE);
		while (recv(fd, back, sizeof back, 0) == 172)
			loud += back[100] == 0x90;
	}
	cr_expect_geq(loud, 5);
	media_engine_free(engine);
	close(fd);
	world_free(w);
}

Test(media_remote, ipv6)
{
	echo_on_ipv6("::1", NULL, 0);
}

Test(media_remote, a_session_of_an_engine_with_both_families)
{
	echo_on_ipv6("127.0.0.1", "::1", AF_INET6);
}

/* It has its sockets in both until it is told of the far end. */
Test(media_remote, a_session_that_may_be_of_either_family)
{
	echo_on_ipv6("127.0.0.1", "::1", 0);
	echo_on_ipv6("::1", "127.0.0.1", 0);
}
