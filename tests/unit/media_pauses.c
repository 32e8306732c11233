/* Pauses of a far end: comfort noise (RFC 3389), DTX, and what they do to counters, recordings and relays. */
#include "tests/unit/media_support.h"

#include "media/rtp.h"

#include <criterion/criterion.h>
#include <math.h>
#include <sndfile.h>
#include <stdlib.h>

TestSuite(media_pauses, .timeout = 60, .fini = scratch_sweep);

static const double HEARD = -13.14;

static void send_noise(struct far *f, uint8_t level)
{
	uint8_t noise[RTP_HEADER + 1];
	rtp_write_header(noise, 13, false, f->seq++, f->timestamp, f->ssrc);
	noise[RTP_HEADER] = level;
	far_send_raw(f, noise, sizeof noise);
}

static double rms_db(const int16_t *samples, size_t count)
{
	double power = 0;
	for (size_t i = 0; i < count; i++)
		power += (double)samples[i] * samples[i];
	return 10 * log10(power / (double)count / 32767 / 32767 + 1e-9);
}

static double noise_heard(uint8_t level)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU");
	far_meets(f, s);
	media_session_echo(s, true);
	far_tone(f, 440, -10);
	cr_expect(far_hears(f, 440, HEARD));
	f->dtx = true;
	send_noise(f, level);
	world_pass(w, f, 10);
	far_forget(f);
	world_pass(w, f, 15);
	double rms = f->heard_count >= 1600 ? rms_db(f->heard, 1600) : 0;
	struct media_stats stats = world_stats(w, s);
	cr_expect_eq(stats.rx_lost, 0);
	cr_expect_eq(stats.rx_malformed, 0);
	world_free(w);
	return rms;
}

Test(media_pauses, comfort_noise_fills_them)
{
	double rms = noise_heard(40);
	cr_expect_float_eq(rms, -40, 4, "%.1f dBov", rms);
	rms = noise_heard(0); /* as loud as can be: nobody means that */
	cr_expect_lt(rms, -20, "%.1f dBov", rms);
}

static bool got_noise(struct world *w, void *arg)
{
	const struct far *f = arg;
	(void)w;
	return f->last_pt == 13;
}

Test(media_pauses, comfort_noise_through_a_relay)
{
	struct world *w = world_new(1);
	struct media_session *a = world_session(w, "a", 0), *b = world_session(w, "b", 0);
	struct far *fa = world_far(w, "PCMU"), *fb = world_far(w, "PCMU");
	far_meets(fa, a);
	far_meets(fb, b);
	far_tone(fa, 440, -10);
	media_session_bridge(a, b);
	cr_expect(far_hears(fb, 440, HEARD));
	fa->dtx = true;
	send_noise(fa, 50);
	cr_expect(world_wait(w, got_noise, fb));
	world_pass(w, fa, 20);
	fa->dtx = false;
	far_forget(fb);
	cr_expect(far_hears(fb, 440, HEARD));
	cr_expect_eq(fb->seq_gaps, 0);
	cr_expect_eq(world_stats(w, a).rx_lost, 0);
	world_free(w);
}

/* Half a second of nothing, with timestamps that say so, is no loss and nothing to be made up for. */
static void pauses(const char *codec, const char *codec_b)
{
	struct world *w = world_new(1);
	struct media_session *a = world_session(w, "a", 0), *b = world_session(w, "b", 0);
	struct far *fa = world_far(w, codec), *fb = world_far(w, codec_b);
	far_meets(fa, a);
	far_meets(fb, b);
	far_tone(fa, 440, -10);
	far_tone(fb, 620, -10);
	media_session_bridge(a, b);
	cr_expect(far_hears_about(fb, 440, HEARD, 2.5));
	for (int i = 0; i < 4; i++) {
		fa->dtx = true;
		world_pass(w, fa, 25);
		fa->dtx = false;
		far_forget(fb);
		cr_expect(far_hears_about(fb, 440, HEARD, 2.5), "%s: after the pause", codec);
	}
	struct media_stats stats = world_stats(w, a);
	cr_expect_eq(stats.rx_lost, 0, "%s", codec);
	cr_expect_leq(stats.rx_late, 1, "%s: %u", codec, (unsigned)stats.rx_late);
	cr_expect_leq(stats.rx_concealed_ms, 60, "%s: %u ms", codec, (unsigned)stats.rx_concealed_ms);
	cr_expect_eq(stats.rx_flushed, 0, "%s: no pause is a jump", codec);
	cr_expect_gt(stats.mos_in, 3.8f, "%s: %f", codec, (double)stats.mos_in);
	world_free(w);
}

Test(media_pauses, of_any_codec_are_no_losses)
{
	pauses("PCMU", "PCMA");
	pauses("G722", "PCMU");
	pauses("opus", "PCMU");
}

Test(media_pauses, of_any_codec_are_no_losses_while_relayed)
{
	pauses("PCMU", "PCMU");
	pauses("opus", "opus");
}

/* We pause too, towards a far end whose codec has that. */
Test(media_pauses, silence_is_not_sent_as_opus)
{
	struct world *w = world_new(1);
	struct media_session *a = world_session(w, "a", 0), *b = world_session(w, "b", 0);
	struct far *fa = world_far(w, "PCMU"), *fb = world_far(w, "opus");
	far_meets(fa, a);
	far_meets(fb, b);
	far_tone(fa, 440, -90);
	media_session_bridge(a, b);
	world_pass(w, fa, 50);
	far_forget(fb);
	world_pass(w, fa, 100);
	cr_expect_lt(fb->packets, 40, "%u packets in two seconds", fb->packets);
	cr_expect_eq(fb->seq_gaps, 0);
	far_tone(fa, 440, -10);
	cr_expect(far_hears_about(fb, 440, HEARD, 2.5));
	far_tone(fa, 440, -90);
	world_pass(w, fa, 50);
	far_tone(fa, 440, -10);
	far_forget(fb);
	cr_expect(far_hears_about(fb, 440, HEARD, 2.5));
	world_free(w);
}

/* Milliseconds until both channels are loud (-1: never), and then until the first is silent, and loud again.
 */
static void edges(const int16_t *both, sf_count_t n, int out[3])
{
	int state = 0, quiet = 0;
	out[0] = out[1] = out[2] = -1;
	for (sf_count_t at = 0; at + 80 <= n && state < 3; at += 80) {
		int left = 0, right = 0;
		for (sf_count_t i = at; i < at + 80; i++) {
			left = abs(both[2 * i]) > left ? abs(both[2 * i]) : left;
			right = abs(both[2 * i + 1]) > right ? abs(both[2 * i + 1]) : right;
		}
		quiet = left < 200 ? quiet + 1 : 0;
		const bool next[3] = { left > 2000 && right > 2000, quiet == 10, left > 2000 };
		if (!next[state])
			continue;
		out[state] = (int)(at / 8) - (state == 1 ? 90 : 0);
		state++;
	}
}

/* What a side says is where it was said: a pause in one channel is as long in the file, beside the other's
 * sound. */
Test(media_pauses, a_recording_stays_aligned)
{
	struct world *w = world_new(1);
	struct media_session *a = world_session(w, "a", 0), *b = world_session(w, "b", 0);
	struct far *fa = world_far(w, "PCMU"), *fb = world_far(w, "PCMU");
	far_meets(fa, a);
	far_meets(fb, b);
	far_tone(fa, 440, -10);
	far_tone(fb, 620, -10);
	media_session_bridge(a, b);
	world_pass(w, fa, 10);
	const char *path = scratch_file("aligned.wav");
	struct media_record record = { .file = path, .channels = 2 };
	cr_assert_eq(media_session_record(a, &record, NULL), 0);
	world_pass(w, fa, 40);
	fa->dtx = true;
	world_pass(w, fa, 50);
	fa->dtx = false;
	world_pass(w, fa, 50);
	media_session_record_stop(a, 0);
	cr_assert(world_wait_said(w, MEDIA_RECORD_DONE, NULL));
	SF_INFO info = { 0 };
	SNDFILE *file = sf_open(path, SFM_READ, &info);
	cr_assert_not_null(file);
	static int16_t both[2 * 8000 * 5];
	sf_count_t n = sf_readf_short(file, both, 8000 * 5);
	sf_close(file);
	int at[3];
	edges(both, n, at);
	cr_expect_float_eq(n / 8.0, 2800, 150, "%f ms", n / 8.0);
	cr_expect(at[0] >= 0 && at[0] <= 120, "%d ms", at[0]);
	cr_expect(at[1] >= 700 && at[1] <= 1050, "%d ms", at[1]);
	cr_expect_float_eq(at[2] - at[1], 1000, 130, "from %d to %d ms", at[1], at[2]);
	world_free(w);
}
