/* Tone in, tone out: bridges by relay and by frames, echo, mute, changes in mid-call. */
#include "tests/unit/media_support.h"

#include <criterion/criterion.h>

TestSuite(media_paths, .timeout = 60, .fini = scratch_sweep);

static const double HEARD = -13.14; /* −10 dBm0 */

struct two {
	struct world *world;
	struct media_session *a, *b;
	struct far *fa, *fb;
};

static struct two two(const char *codec_a, const char *codec_b)
{
	struct two t = { .world = world_new(1) };
	t.a = world_session(t.world, "a", 0);
	t.b = world_session(t.world, "b", 0);
	t.fa = world_far(t.world, codec_a);
	t.fb = world_far(t.world, codec_b);
	far_meets(t.fa, t.a);
	far_meets(t.fb, t.b);
	far_tone(t.fa, 440, -10);
	far_tone(t.fb, 620, -10);
	return t;
}

static void both_hear(struct two *t)
{
	cr_expect(far_hears(t->fa, 620, HEARD), "a hears b");
	cr_expect(far_hears(t->fb, 440, HEARD), "b hears a");
	cr_expect_lt(far_level(t->fa, 440, 200), -45, "a does not hear itself");
	cr_expect_lt(far_level(t->fb, 620, 200), -45, "b does not hear itself");
}

static void over(struct two *t)
{
	media_session_close(t->a);
	media_session_close(t->b);
	cr_assert(world_wait_closed(t->world));
	cr_assert_eq(world_count(t->world, MEDIA_CLOSED, NULL), 2);
	world_free(t->world);
}

Test(media_paths, relay_passes_both_ways)
{
	struct two t = two("PCMU", "PCMU");
	cr_assert_eq(media_session_bridge(t.a, t.b), 0);
	both_hear(&t);
	far_forget(t.fa);
	world_pass(t.world, t.fa, 30);
	cr_expect_eq(t.fa->seq_gaps, 0);
	cr_expect_eq(t.fa->ssrc_changes, 0);
	cr_expect_eq(t.fa->timestamp_gaps, 0);
	cr_expect_neq(t.fa->last_ssrc, t.fb->ssrc, "the source is ours, not the peer's");
	struct media_stats stats = world_stats(t.world, t.a);
	cr_expect_gt(stats.rx_packets, 20);
	cr_expect_gt(stats.tx_packets, 20);
	cr_expect_eq(stats.rx_lost, 0);
	cr_expect_str_eq(stats.codec, "PCMU");
	over(&t);
}

Test(media_paths, relay_maps_payload_types)
{
	struct two t = two("PCMU", "PCMU");
	t.fb->pt = 96; /* the same codec under a dynamic number */
	far_meets(t.fb, t.b);
	media_session_bridge(t.a, t.b);
	both_hear(&t);
	cr_expect_eq(t.fa->last_pt, 0);
	cr_expect_eq(t.fb->last_pt, 96);
	over(&t);
}

Test(media_paths, ulaw_to_alaw_and_back)
{
	struct two t = two("PCMU", "PCMA");
	media_session_bridge(t.a, t.b);
	both_hear(&t);
	cr_expect_eq(t.fa->last_pt, 0);
	cr_expect_eq(t.fb->last_pt, 8);
	over(&t);
}

static void packet_times(unsigned ms_a, unsigned ms_b)
{
	struct two t = two("PCMU", "PCMU");
	t.fa->ptime_ms = ms_a;
	t.fb->ptime_ms = ms_b;
	far_meets(t.fa, t.a);
	far_meets(t.fb, t.b);
	media_session_bridge(t.a, t.b);
	both_hear(&t);
	cr_expect_eq(t.fa->last_size, 8 * ms_a);
	cr_expect_eq(t.fb->last_size, 8 * ms_b);
	over(&t);
}

Test(media_paths, packet_times_20_and_60)
{
	packet_times(20, 60);
}

Test(media_paths, packet_times_10_and_30)
{
	packet_times(10, 30);
}

Test(media_paths, echo)
{
	struct two t = two("PCMU", "PCMA");
	media_session_echo(t.a, true);
	media_session_echo(t.b, true);
	cr_expect(far_hears(t.fa, 440, HEARD));
	cr_expect(far_hears(t.fb, 620, HEARD));
	media_session_echo(t.a, false);
	cr_expect(far_hears_nothing(t.fa));
	over(&t);
}

Test(media_paths, unbridged_sessions_send_silence)
{
	struct two t = two("PCMU", "PCMU");
	media_session_bridge(t.a, t.b);
	both_hear(&t);
	media_session_unbridge(t.b);
	cr_expect(far_hears_nothing(t.fa));
	cr_expect(far_hears_nothing(t.fb));
	media_session_bridge(t.b, t.a);
	both_hear(&t);
	over(&t);
}

Test(media_paths, mute)
{
	struct two t = two("PCMU", "PCMU");
	media_session_bridge(t.a, t.b);
	both_hear(&t);
	media_session_mute(t.a, true, false);
	cr_expect(far_hears_nothing(t.fb));
	cr_expect(far_hears(t.fa, 620, HEARD));
	media_session_mute(t.a, false, true);
	cr_expect(far_hears_nothing(t.fa));
	cr_expect(far_hears(t.fb, 440, HEARD));
	media_session_mute(t.a, false, false);
	both_hear(&t);
	over(&t);
}

Test(media_paths, hold_stops_one_direction)
{
	struct two t = two("PCMU", "PCMU");
	media_session_bridge(t.a, t.b);
	both_hear(&t);
	struct media_remote remote = far_remote(t.fa);
	remote.send = false;
	media_session_set_remote(t.a, &remote);
	world_stats(t.world, t.a); /* the order has been carried out */
	world_pass(t.world, t.fb, 2);
	unsigned packets = t.fa->packets;
	world_pass(t.world, t.fb, 25);
	cr_expect_leq(t.fa->packets, packets + 1, "nothing is sent to a");
	cr_expect(far_hears(t.fb, 440, HEARD), "a is still heard");
	over(&t);
}

Test(media_paths, early_media_before_the_other_side_is_known)
{
	struct world *w = world_new(1);
	struct media_session *a = world_session(w, "a", 0), *b = world_session(w, "b", 0);
	struct far *fa = world_far(w, "PCMU"), *fb = world_far(w, "PCMU");
	far_meets(fa, a);
	far_tone(fa, 440, -10);
	media_session_bridge(a, b);
	cr_expect(far_hears_nothing(fa), "silence until there is something");
	far_meets(fb, b);
	far_tone(fb, 620, -10);
	cr_expect(far_hears(fa, 620, HEARD));
	cr_expect(far_hears(fb, 440, HEARD));
	media_session_close(a);
	media_session_close(b);
	cr_assert(world_wait_closed(w));
	world_free(w);
}

/* Counts pieces of 5 ms in what was heard that hold next to nothing. */
static unsigned quiet_pieces(const struct far *f)
{
	unsigned quiet = 0;
	for (size_t at = 0; at + 40 <= f->heard_count; at += 40) {
		int peak = 0;
		for (size_t i = at; i < at + 40; i++)
			peak = f->heard[i] > peak ? f->heard[i] : peak;
		quiet += peak < 500;
	}
	return quiet;
}

Test(media_paths, recording_a_relayed_bridge_leaves_no_gap)
{
	struct two t = two("PCMU", "PCMU");
	media_session_bridge(t.a, t.b);
	both_hear(&t);
	far_forget(t.fa);
	far_forget(t.fb);
	world_pass(t.world, t.fa, 10);
	struct media_record record = { .file = scratch_file("gap.wav"), .channels = 1 };
	cr_assert_eq(media_session_record(t.a, &record, NULL), 0);
	world_pass(t.world, t.fa, 50);
	media_session_record_stop(t.a, 0);
	cr_expect(world_wait_said(t.world, MEDIA_RECORD_DONE, NULL));
	world_pass(t.world, t.fa, 25);
	cr_expect_eq(quiet_pieces(t.fa), 0, "a heard %u pieces of silence", quiet_pieces(t.fa));
	cr_expect_eq(quiet_pieces(t.fb), 0, "b heard %u pieces of silence", quiet_pieces(t.fb));
	cr_expect_eq(t.fa->seq_gaps, 0);
	cr_expect_eq(t.fb->seq_gaps, 0);
	cr_expect_eq(t.fa->ssrc_changes, 0);
	both_hear(&t);
	over(&t);
}

Test(media_paths, codec_changes_in_mid_call)
{
	struct two t = two("PCMU", "PCMU");
	media_session_bridge(t.a, t.b);
	both_hear(&t);
	t.fb->codec = media_codec_find("PCMA", 0);
	t.fb->pt = 8;
	far_meets(t.fb, t.b);
	world_stats(t.world, t.b); /* the order has been carried out */
	world_pass(t.world, t.fa, 5);
	far_forget(t.fb);
	both_hear(&t);
	cr_expect_eq(t.fb->last_pt, 8);
	over(&t);
}

/* A re-offer moves the far end to another place, and perhaps to another codec, in mid-call. */
static void moves(const char *codec)
{
	struct two t = two("PCMU", "PCMU");
	media_session_bridge(t.a, t.b);
	both_hear(&t);
	struct far *elsewhere = world_far(t.world, codec);
	far_silent(t.fa);
	far_meets(elsewhere, t.a);
	far_tone(elsewhere, 800, -10);
	cr_expect(far_hears_about(t.fb, 800, HEARD, 2.5), "%s", codec);
	cr_expect(far_hears_about(elsewhere, 620, HEARD, 2.5), "%s", codec);
	cr_expect_eq(t.fb->ssrc_changes, 0);
	unsigned before = t.fa->packets;
	far_tone(t.fa, 440, -10); /* where it was nobody is listened to any more, or sent to */
	world_pass(t.world, t.fa, 20);
	cr_expect_eq(t.fa->packets, before);
	cr_expect_lt(far_level(t.fb, 440, 200), -45);
	struct media_stats stats = world_stats(t.world, t.a);
	cr_expect_geq(stats.rx_foreign + stats.rx_malformed, 15); /* of another codec it is both */
	over(&t);
}

Test(media_paths, the_far_end_moves)
{
	moves("PCMU");
	moves("opus");
}

Test(media_paths, sessions_of_different_workers_meet)
{
	struct world *w = world_new(3);
	struct media_session *s[6];
	struct far *f[6];
	static const char *const ids[] = { "0", "1", "2", "3", "4", "5" };
	for (unsigned i = 0; i < 6; i++) {
		s[i] = world_session(w, ids[i], 0);
		f[i] = world_far(w, "PCMU");
		far_meets(f[i], s[i]);
		far_tone(f[i], 400 + 100 * i, -10);
	}
	for (unsigned round = 1; round < 6;
	     round += 2) { /* 0-1 2-3 4-5, then others, so that they move about */
		for (unsigned i = 0; i < 6; i += 2)
			cr_assert_eq(media_session_bridge(s[i], s[(i + round) % 6]), 0);
		for (unsigned i = 0; i < 6; i += 2) {
			unsigned peer = (i + round) % 6;
			cr_expect(far_hears(f[i], 400 + 100 * peer, HEARD), "round %u: %u hears %u", round, i,
				  peer);
			cr_expect(far_hears(f[peer], 400 + 100 * i, HEARD), "round %u: %u hears %u", round,
				  peer, i);
		}
	}
	for (unsigned i = 0; i < 6; i++)
		media_session_close(s[i]);
	cr_assert(world_wait_closed(w));
	world_free(w);
}

static void starts_anew(const char *codec_b)
{
	struct two t = two("PCMU", codec_b);
	media_session_bridge(t.a, t.b);
	both_hear(&t);
	t.fa->ssrc = 77;
	t.fa->seq = 3;
	t.fa->timestamp = 12345;
	far_forget(t.fb);
	cr_expect(far_hears(t.fb, 440, HEARD), "after another SSRC");
	t.fa->seq = (uint16_t)(t.fa->seq + 20000);
	far_forget(t.fb);
	cr_expect(far_hears(t.fb, 440, HEARD), "after a jump of the sequence");
	t.fa->timestamp += 400000;
	far_forget(t.fb);
	cr_expect(far_hears(t.fb, 440, HEARD), "after a jump of the timestamps");
	t.fa->timestamp -= 4000000;
	far_forget(t.fb);
	cr_expect(far_hears(t.fb, 440, HEARD), "after a jump back");
	cr_expect_eq(t.fb->ssrc_changes, 0, "the other side sees none of it");
	struct media_stats stats = world_stats(t.world, t.a);
	cr_expect_eq(stats.rx_lost, 0, "%u", (unsigned)stats.rx_lost);
	cr_expect_lt(stats.rx_flushed, 40);
	over(&t);
}

Test(media_paths, a_stream_that_starts_anew_goes_on)
{
	starts_anew("PCMA");
}

Test(media_paths, a_stream_that_starts_anew_goes_on_through_a_relay)
{
	starts_anew("PCMU");
}
