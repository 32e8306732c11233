/* Sessions with SRTP: bridges by relay and by frames, other keys on either leg, keys that change, packets
 * that are not genuine. */
#include "tests/unit/media_support.h"

#include "media/rtp.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

TestSuite(media_srtp, .timeout = 60, .fini = scratch_sweep);

static const double HEARD = -13.14; /* −10 dBm0 */

struct two {
	struct world *world;
	struct media_session *a, *b;
	struct far *fa, *fb;
};

static struct two two(enum media_srtp_suite suite_a, enum media_srtp_suite suite_b, const char *codec_b)
{
	struct two t = { .world = world_new(1) };
	t.a = world_session(t.world, "a", 0);
	t.b = world_session(t.world, "b", 0);
	t.fa = world_far(t.world, "PCMU");
	t.fb = world_far(t.world, codec_b);
	far_secure(t.fa, suite_a, 1, 2);
	far_secure(t.fb, suite_b, 3, 4);
	far_meets(t.fa, t.a);
	far_meets(t.fb, t.b);
	far_tone(t.fa, 440, -10);
	far_tone(t.fb, 620, -10);
	cr_assert_eq(media_session_bridge(t.a, t.b), 0);
	return t;
}

static void both_hear(struct two *t)
{
	cr_expect(far_hears(t->fa, 620, HEARD), "a hears b");
	cr_expect(far_hears(t->fb, 440, HEARD), "b hears a");
	cr_expect_eq(t->fa->forged + t->fb->forged, 0, "all that is sent is genuine");
}

static void over(struct two *t)
{
	media_session_close(t->a);
	media_session_close(t->b);
	cr_assert(world_wait_closed(t->world));
	world_free(t->world);
}

Test(media_srtp, relay_between_every_suite_and_plain)
{
	for (enum media_srtp_suite s = MEDIA_SRTP_NONE; s <= MEDIA_SRTP_AEAD_AES_256_GCM; s++) {
		struct two t = two(s, MEDIA_SRTP_AEAD_AES_256_GCM - s, "PCMU");
		both_hear(&t);
		far_forget(t.fa);
		world_pass(t.world, t.fa, 50); /* numbers begin again at 0 meanwhile */
		cr_expect_eq(t.fa->seq_gaps, 0);
		cr_expect_eq(t.fa->forged, 0);
		struct media_stats stats = world_stats(t.world, t.a);
		cr_expect_eq(stats.rx_unauthentic + stats.rx_replayed + stats.rx_lost, 0);
		if (s)
			cr_expect_str_eq(stats.srtp, media_srtp_name(s));
		else
			cr_expect_null(stats.srtp);
		over(&t);
	}
}

Test(media_srtp, frames_between_codecs_and_a_recording)
{
	struct two t = two(MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80, MEDIA_SRTP_AEAD_AES_128_GCM, "PCMA");
	both_hear(&t);
	const struct media_record record = { .file = scratch_file("secret.wav"), .channels = 2 };
	cr_assert_eq(media_session_record(t.a, &record, &(uint32_t){ 0 }), 0);
	world_pass(t.world, t.fa, 30);
	both_hear(&t);
	over(&t);
}

Test(media_srtp, from_relay_to_frames_and_back)
{
	struct two t = two(MEDIA_SRTP_AEAD_AES_128_GCM, MEDIA_SRTP_AES_256_CM_HMAC_SHA1_32, "PCMU");
	both_hear(&t);
	const struct media_record record = { .file = scratch_file("secret.wav"), .channels = 1 };
	cr_assert_eq(media_session_record(t.a, &record, &(uint32_t){ 0 }), 0);
	world_pass(t.world, t.fa, 30);
	both_hear(&t);
	media_session_record_stop(t.a, 0);
	world_pass(t.world, t.fa, 30);
	both_hear(&t);
	cr_assert_eq(media_session_send_digits(t.b, "42#", 100), 0);
	world_pass(t.world, t.fb, 60);
	cr_expect_str_eq(t.fb->digits, "42#");
	over(&t);
}

Test(media_srtp, members_of_a_room_have_keys_of_their_own)
{
	struct world *w = world_new(1);
	struct media_room *room;
	struct media_session *s[3];
	struct far *f[3];
	cr_assert_eq(media_room_alloc(&room, w->engine, &(struct media_room_params){ .id = "room" }), 0);
	for (unsigned i = 0; i < 3; i++) {
		static const char *const names[] = { "a", "b", "c" };
		s[i] = world_session(w, names[i], 0);
		f[i] = world_far(w, "PCMU");
		far_secure(f[i], i == 2 ? MEDIA_SRTP_NONE : MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80, 10 + i,
			   20 + i);
		far_meets(f[i], s[i]);
		cr_assert_eq(media_room_add(room, s[i], &(struct media_member){ .starts = true }), 0);
	}
	far_tone(f[0], 440, -10);
	far_tone(f[1], 0, -90);
	far_tone(f[2], 0, -90);
	cr_expect(far_hears(f[1], 440, HEARD));
	cr_expect(far_hears(f[2], 440, HEARD));
	cr_expect_eq(f[1]->forged, 0);
	for (unsigned i = 0; i < 3; i++)
		media_session_close(s[i]);
	media_room_close(room);
	cr_assert(world_wait_closed(w));
	world_free(w);
}

Test(media_srtp, keys_change_in_mid_call)
{
	struct two t = two(MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80, MEDIA_SRTP_NONE, "PCMU");
	both_hear(&t);
	far_secure(t.fa, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80, 7, 2); /* the far end's alone: ours goes on */
	far_meets(t.fa, t.a);
	world_pass(t.world, t.fa, 20);
	both_hear(&t);
	far_meets(t.fa, t.a); /* nothing is new */
	world_pass(t.world, t.fa, 20);
	both_hear(&t);
	far_secure(t.fa, MEDIA_SRTP_AEAD_AES_256_GCM, 8, 9);
	far_meets(t.fa, t.a);
	world_stats(t.world, t.a); /* what was under way has come */
	world_pass(t.world, t.fa, 20);
	t.fa->forged = 0;
	both_hear(&t);
	far_secure(t.fa, MEDIA_SRTP_NONE, 0, 0);
	far_meets(t.fa, t.a);
	world_pass(t.world, t.fa, 20);
	both_hear(&t);
	over(&t);
}

static bool says_unauthentic(struct world *w, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < w->said_count; i++)
		if (w->said[i].kind == MEDIA_QUALITY && strcmp(w->said[i].what, "unauthentic") == 0)
			return true;
	return false;
}

Test(media_srtp, what_is_plain_or_forged_is_counted_and_never_heard)
{
	struct two t = two(MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80, MEDIA_SRTP_NONE, "PCMU");
	both_hear(&t);
	struct secure *good = t.fa->seal;
	t.fa->seal = NULL; /* it forgets to encrypt */
	far_tone(t.fa, 1000, -10);
	world_pass(t.world, t.fa, 30);
	struct media_stats stats = world_stats(t.world, t.a);
	cr_expect_geq(stats.rx_unauthentic, 25);
	cr_assert(world_wait(t.world, says_unauthentic, NULL), "and told, for whoever looks for the fault");
	cr_expect_lt(far_level(t.fb, 1000, 200), -45);
	t.fa->seal = good;
	cr_expect(far_hears(t.fb, 1000, HEARD), "it encrypts again");
	over(&t);
}

Test(media_srtp, a_stranger_without_the_key_takes_nothing_over)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU"), *thief = world_far(w, "PCMU");
	media_session_echo(s, true);
	far_secure(f, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80, 1, 2);
	far_meets(f, s);
	world_stats(w, s); /* it knows f, who is silent yet */
	thief->to = f->to;
	far_tone(thief, 620, -10);
	world_pass(w, thief, 25);
	struct media_stats stats = world_stats(w, s);
	cr_expect_gt(stats.rx_unauthentic, 15);
	cr_expect_null(world_said(w, MEDIA_FIRST_PACKET, NULL));
	cr_expect_eq(thief->packets, 0, "nothing is sent to it");
	far_tone(f, 440, -10);
	cr_expect(far_hears(f, 440, HEARD));
	media_session_close(s);
	cr_assert(world_wait_closed(w));
	world_free(w);
}

Test(media_srtp, packets_that_come_again_are_counted)
{
	struct two t = two(MEDIA_SRTP_AEAD_AES_128_GCM, MEDIA_SRTP_NONE, "PCMU");
	t.fa->impairment.duplicate_permille = 500;
	both_hear(&t);
	world_pass(t.world, t.fa, 40);
	struct media_stats stats = world_stats(t.world, t.a);
	cr_expect_gt(stats.rx_replayed, 5);
	cr_expect_eq(stats.rx_unauthentic, 0);
	cr_expect_eq(t.fb->seq_gaps, 0);
	over(&t);
}

static bool has_rtcp(struct world *w, void *arg)
{
	const struct two *t = arg;
	(void)w;
	return t->fa->rtcp_packets > 0 && t->fb->rtcp_packets > 0;
}

Test(media_srtp, reports_are_encrypted_too)
{
	struct two t = two(MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32, MEDIA_SRTP_AEAD_AES_128_GCM, "PCMU");
	t.fb->rtcp_mux = true;
	far_meets(t.fb, t.b);
	both_hear(&t);
	cr_assert(world_wait(t.world, has_rtcp, &t));
	cr_expect_eq(t.fa->forged + t.fb->forged, 0);
	uint8_t report[32 + SECURE_TRAILER] = { 0x81, 201, 0, 7 }; /* RR: 100 lost of what we send */
	size_t size = 32;
	put32(report + 4, t.fa->ssrc);
	put32(report + 8, t.fa->last_ssrc);
	put32(report + 12, 100);
	sendto(t.fa->fd, report, size, 0, (struct sockaddr *)&t.fa->rtcp_to, sizeof(struct sockaddr_in));
	world_pass(t.world, t.fa, 5);
	struct media_stats stats = world_stats(t.world, t.a);
	cr_expect_eq(stats.far_lost, 0, "a plain one is not believed");
	cr_expect_eq(stats.rx_unauthentic, 1);
	cr_assert(secure_seal_rtcp(t.fa->seal, report, &size));
	sendto(t.fa->rtcp_fd, report, size, 0, (struct sockaddr *)&t.fa->rtcp_to, sizeof(struct sockaddr_in));
	world_pass(t.world, t.fa, 5);
	cr_expect_eq(world_stats(t.world, t.a).far_lost, 100);
	over(&t);
}
