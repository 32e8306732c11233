/* Calls with far ends that are oRTP's: tones and digits both ways, networks that lose, delay and reorder, and
 * what each tells the other by RTCP. */
#include "tests/unit/media_ortp.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

TestSuite(media_ortp, .timeout = 90, .fini = scratch_sweep);

static const double HEARD = -13.14;

struct hearing {
	struct ortp_far *far;
	double hz;
};

static bool hears(struct world *w, void *arg)
{
	const struct hearing *h = arg;
	(void)w;
	return fabs(ortp_far_level(h->far, h->hz) - HEARD) < 1.5;
}

static bool far_gets(struct ortp_far *f, double hz)
{
	struct hearing h = { f, hz };
	return world_wait(f->world, hears, &h);
}

/* Two of them, bridged. */
struct pair {
	struct world *w;
	struct media_session *a, *b;
	struct ortp_far *fa, *fb;
};

static struct pair pair_new(unsigned xr)
{
	struct pair p = { .w = world_new(1) };
	p.a = world_session(p.w, "a", 0);
	p.b = world_session(p.w, "b", 0);
	p.fa = ortp_far_new(p.w);
	p.fb = ortp_far_new(p.w);
	media_session_bridge(p.a, p.b);
	ortp_far_meets(p.fa, p.a, xr, 440);
	ortp_far_meets(p.fb, p.b, xr, 620);
	return p;
}

static void pair_free(struct pair *p)
{
	media_session_close(p->a);
	media_session_close(p->b);
	cr_expect(world_wait_closed(p->w));
	ortp_far_free(p->fa);
	ortp_far_free(p->fb);
	world_free(p->w);
}

/* On the frame path: somebody listens in. */
static void listen_in(struct pair *p)
{
	struct media_record record = { .file = scratch_file("both.wav"), .channels = 2 };
	cr_assert_eq(media_session_record(p->a, &record, NULL), 0);
}

Test(media_ortp, each_hears_the_other)
{
	struct pair p = pair_new(0);
	cr_expect(far_gets(p.fa, 620));
	cr_expect(far_gets(p.fb, 440));
	listen_in(&p);
	ortp_far_pass(p.fa, 75);
	cr_expect(far_gets(p.fa, 620));
	cr_expect(far_gets(p.fb, 440));
	cr_expect_eq(world_stats(p.w, p.a).rx_malformed + world_stats(p.w, p.b).rx_malformed, 0);
	cr_expect_eq(rtp_session_get_stats(p.fa->session)->bad, 0);
	pair_free(&p);
}

/* Every packet that its network loses is one that we miss; what is heard is mended. */
static void lossy(bool listened)
{
	struct pair p = pair_new(0);
	if (listened)
		listen_in(&p);
	cr_expect(far_gets(p.fb, 440));
	ortp_far_network(p.fa, OrtpNetworkSimulatorOutbound, 5, 0);
	ortp_far_pass(p.fa, 400);
	cr_expect(far_gets(p.fb, 440), "%.1f dB", ortp_far_level(p.fb, 440));
	struct media_stats stats = world_stats(p.w, p.a);
	unsigned lost = ortp_far_lost(p.fa);
	cr_expect_gt(lost, 3);
	cr_expect_leq(stats.rx_lost, lost + 1);
	cr_expect_geq(stats.rx_lost + 3, lost, "%u of %u", (unsigned)stats.rx_lost, lost);
	if (listened)
		cr_expect_gt(stats.rx_concealed_ms, 20);
	pair_free(&p);
}

Test(media_ortp, a_network_that_loses_while_relayed)
{
	lossy(false);
}

Test(media_ortp, a_network_that_loses_while_listened_to)
{
	lossy(true);
}

Test(media_ortp, a_network_that_jitters)
{
	struct pair p = pair_new(0);
	listen_in(&p);
	cr_expect(far_gets(p.fb, 440));
	ortp_far_network(p.fa, OrtpNetworkSimulatorOutbound, 0, 0.9f);
	ortp_far_pass(p.fa, 500);
	cr_expect(far_gets(p.fb, 440), "%.1f dB", ortp_far_level(p.fb, 440));
	struct media_stats stats = world_stats(p.w, p.a);
	cr_expect_gt(stats.jitter_max_us, 500, "%u us", stats.jitter_max_us);
	cr_expect_gt(stats.buffer_max_ms, 0);
	pair_free(&p);
}

/* Every tenth packet is overtaken by the next: nothing is lost, nothing is heard of it. */
static void reordering(bool listened)
{
	struct pair p = pair_new(0);
	if (listened)
		listen_in(&p);
	p.fa->reorder_every = 10;
	ortp_far_network(p.fa, OrtpNetworkSimulatorOutboundControlled, 0, 0);
	ortp_far_pass(p.fa, 400);
	cr_expect(far_gets(p.fb, 440), "%.1f dB", ortp_far_level(p.fb, 440));
	struct media_stats stats = world_stats(p.w, p.a);
	cr_expect_gt(stats.rx_packets, 390);
	cr_expect_leq(stats.rx_lost, 2);
	cr_expect_eq(stats.rx_duplicate, 0);
	pair_free(&p);
}

Test(media_ortp, a_network_that_reorders_while_relayed)
{
	reordering(false);
}

Test(media_ortp, a_network_that_reorders_while_listened_to)
{
	reordering(true);
}

/* The way back is bad: its reports say so, and its jitter buffer mends what it can. */
static bool says_that_it_loses(struct world *w, void *arg)
{
	const struct pair *p = arg;
	return world_stats(w, p->a).far_lost > 5;
}

Test(media_ortp, a_network_that_loses_and_jitters_on_the_way_to_it)
{
	struct pair p = pair_new(0);
	cr_expect(far_gets(p.fa, 620));
	ortp_far_network(p.fa, OrtpNetworkSimulatorInbound, 5, 0.5f);
	ortp_far_reports(p.fa, 1000);
	cr_assert(world_wait(p.w, says_that_it_loses, &p));
	struct media_stats stats = world_stats(p.w, p.a);
	cr_expect_leq(stats.far_lost, ortp_far_lost(p.fa) + 1);
	cr_expect_eq(stats.rx_lost, 0);
	cr_expect_gt(stats.far_jitter_max_us, 0);
	cr_expect(far_gets(p.fa, 620), "%.1f dB", ortp_far_level(p.fa, 620));
	pair_free(&p);
}

/* ---- digits ---- */

static bool came_through(struct world *w, void *arg)
{
	const struct pair *p = arg;
	return p->fb->digit_count >= 4 && world_count(w, MEDIA_DIGIT, NULL) >= 4;
}

static void press(bool listened)
{
	struct pair p = pair_new(0);
	char said[16] = "";
	if (listened)
		listen_in(&p);
	cr_expect(far_gets(p.fb, 440));
	ortp_far_press(p.fa, "1*#D");
	cr_assert(world_wait(p.w, came_through, &p), "%s", p.fb->digits);
	for (size_t i = 0; i < p.w->said_count && strlen(said) < sizeof said - 1; i++)
		if (p.w->said[i].kind == MEDIA_DIGIT)
			strncat(said, &p.w->said[i].digit, 1);
	cr_expect_str_eq(said, "1*#D");
	cr_expect_str_eq(p.fb->digits, "1*#D");
	cr_expect_eq(p.fa->digit_count, 0);
	pair_free(&p);
}

Test(media_ortp, digits_while_relayed)
{
	press(false);
}

Test(media_ortp, digits_while_listened_to)
{
	press(true);
}

static bool has_three(struct world *w, void *arg)
{
	const struct ortp_far *f = arg;
	(void)w;
	return f->digit_count >= 3;
}

Test(media_ortp, digits_of_ours)
{
	struct pair p = pair_new(0);
	cr_expect(far_gets(p.fb, 440));
	cr_assert_eq(media_session_send_digits(p.b, "09#", 100), 0);
	cr_assert(world_wait(p.w, has_three, p.fb));
	cr_expect_str_eq(p.fb->digits, "09#");
	pair_free(&p);
}

/* ---- reports ---- */

struct telling {
	struct media_session *session;
	struct ortp_far *far;
	struct media_stats stats;
};

static bool all_is_told(struct world *w, void *arg)
{
	struct telling *t = arg;
	const struct ortp_told *told = &t->far->told;
	t->stats = world_stats(w, t->session);
	return told->blocks_about_it && told->voip_metrics && told->delays && t->stats.far.has_summary &&
	       t->stats.far.has_voip && t->stats.rtt_mean_us;
}

Test(media_ortp, each_reports_what_it_hears)
{
	struct pair p = pair_new(0);
	struct telling t = { .session = p.a, .far = p.fa };
	const struct ortp_told *told = &p.fa->told;
	ortp_far_reports(p.fa, 1000);
	cr_assert(world_wait(p.w, all_is_told, &t));
	cr_expect_str_eq(t.stats.far.cname, "ortp@far.example");
	cr_expect_eq(t.stats.rx_malformed, 0);
	cr_expect_eq(t.stats.far.voip.mos_lq, MEDIA_FAR_UNKNOWN, "it does not listen");
	cr_expect(t.stats.far.summary.has_jitter);
	cr_expect_lt(t.stats.rtt_mean_us, 2000000);
	cr_expect_gt(told->sender_reports, 0);
	cr_expect_gt(strlen(told->cname), 8);
	cr_expect_gt(told->reference_times, 0);
	cr_expect_gt(told->summaries, 0);
	cr_expect_gt(told->voip_r, 80, "%u", told->voip_r);
	cr_expect_gt(told->voip_mos_lq, 40, "%u", told->voip_mos_lq);
	cr_expect_geq(rtp_session_get_round_trip_propagation(p.fa->session), 0);
	cr_expect_eq(world_stats(p.w, p.b).far.xr, 0, "the other one was not asked for any");
	cr_expect_eq(p.fb->told.voip_metrics, 0, "and gets none");
	pair_free(&p);
}

static bool is_told_of_loss(struct world *w, void *arg)
{
	const struct ortp_far *f = arg;
	(void)w;
	return f->told.voip_metrics > 1 && f->told.voip_loss > 0 && f->told.summary_lost > 0;
}

Test(media_ortp, what_is_asked_for_in_the_sdp_is_sent)
{
	struct pair p = pair_new(MEDIA_XR_VOIP | MEDIA_XR_SUMMARY);
	cr_expect(far_gets(p.fb, 440));
	ortp_far_network(p.fa, OrtpNetworkSimulatorOutbound, 20, 0);
	cr_assert(world_wait(p.w, is_told_of_loss, p.fa));
	cr_expect_lt(p.fa->told.voip_loss, 90, "%u of 256", p.fa->told.voip_loss);
	cr_expect_gt(p.fa->told.voip_burst_density, 0);
	cr_expect_eq(p.fa->told.reference_times, 0, "that was not asked for");
	cr_expect_lt(p.fa->told.voip_r, 90);
	pair_free(&p);
}

static bool has_said_goodbye(struct world *w, void *arg)
{
	return world_stats(w, arg).far.bye > 0;
}

static bool was_told_goodbye(struct world *w, void *arg)
{
	const struct ortp_far *f = arg;
	(void)w;
	return f->told.byes > 0;
}

static bool was_told(struct world *w, void *arg)
{
	const struct ortp_far *f = arg;
	(void)w;
	return f->told.sender_reports > 0;
}

Test(media_ortp, goodbyes)
{
	struct pair p = pair_new(0);
	cr_assert(world_wait(p.w, was_told, p.fb));
	rtp_session_bye(p.fa->session, "enough");
	cr_assert(world_wait(p.w, has_said_goodbye, p.a));
	media_session_close(p.b);
	cr_expect(world_wait(p.w, was_told_goodbye, p.fb));
	media_session_close(p.a);
	cr_expect(world_wait_closed(p.w));
	ortp_far_free(p.fa);
	ortp_far_free(p.fb);
	world_free(p.w);
}
