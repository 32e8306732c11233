/* What far ends may write in RTCP: lengths that lie, extended reports, and everything that is only counted.
 */
#include "tests/unit/media_support.h"

#include "media/burst.h"
#include "media/rtcp_check.h"
#include "media/rtp.h"
#include "media/stream.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

TestSuite(media_rtcp, .timeout = 60, .fini = scratch_sweep);

enum { OURS = 0x01020304, THEIRS = 0x0a0b0c0d };

/* A sender report with a block about us, a name, extended reports of four kinds in one packet, feedback,
 * something of an application, and a goodbye with its reason. */
/* clang-format off */
static const uint8_t everything[] = {
	0x81, 200,  0,	 12,  0xa,  0xb, 0xc, 0xd, 0xe0, 0,    0,   1,	 0x80, 0,   0,	 0,   0,  0,  0,
	9,    0,    0,	 1,   0,    0,	 0,   2,   0, /* */
	1,    2,    3,	 4,   64,   0,	 0,   5,   0,	 0,    1,   1,	 0,    0,   0,	 80,  0,  0,  0,
	0,    0,    0,	 0,   0,							    /* its block */
	0x81, 202,  0,	 3,   0xa,  0xb, 0xc, 0xd, 1,	 5,    'p', 'h', 'o',  'n', 'e', 0, /* */
	0x80, 207,  0,	 32,  0xa,  0xb, 0xc, 0xd,					    /* */
	4,    0,    0,	 2,   0xe0, 0,	 0,   1,   0x40, 0,    0,   0, /* receiver reference time */
	99,   0,    0,	 1,   1,    2,	 3,   4,		       /* nobody's */
	5,    0,    0,	 6,   9,    9,	 9,   9,   0,	 0,    0,   1,	 0,    0,   0,	 1,   1,  2,  3,
	4,    0,    0,	 0,   0,    0,	 0,   0,   0, /* delays */
	6,    0xe0, 0,	 9,   1,    2,	 3,   4,   0,	 10,   0,   60,	 0,    0,   0,	 3,   0,  0,  0,
	1,    0,    0,	 0,   8,    0,	 0,   0,   80,	 0,    0,   0,	 16,   0,   0,	 0,   24, 0,  0,
	0,    0, /* statistics summary */
	7,    0,    0,	 8,   1,    2,	 3,   4,   64,	 32,   16,  8,	 0,    100, 0,	 200, 0,  40, 0,
	60,   0xec, 127, 127, 16,   80,	 127, 41,  40,	 0xb0, 0,   0,	 20,   0,   40,	 1,   44, /* VoIP
												     metrics
												   */
	0x81, 205,  0,	 3,   0xa,  0xb, 0xc, 0xd, 1,	 2,    3,   4,	 0,    1,   0,	 0,	  /* */
	0x81, 206,  0,	 2,   0xa,  0xb, 0xc, 0xd, 1,	 2,    3,   4,				  /* */
	0x80, 204,  0,	 3,   0xa,  0xb, 0xc, 0xd, 't',	 'e',  's', 't', 1,    2,   3,	 4,	  /* */
	0x81, 203,  0,	 2,   0xa,  0xb, 0xc, 0xd, 3,	 'b',  'y', 'e',			  /* */
};
/* clang-format on */

/* A stream that was sent to, as its worker has it; packets come in memory that ends where they do. */
struct alone {
	struct worker worker;
	struct stream stream;
};

static struct alone *alone_new(void)
{
	struct alone *a = calloc(1, sizeof *a);
	a->stream.worker = &a->worker;
	a->worker.now_us = 1;
	a->stream.remote.codec = a->stream.remote.heard = media_codec_find("PCMU", 0);
	a->stream.tx.ssrc = OURS;
	return a;
}

static void receives(struct alone *a, const void *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	memcpy(copy, bytes, size);
	report_receive(&a->stream, copy, size);
	free(copy);
}

Test(media_rtcp, everything_is_read)
{
	struct alone *a = alone_new();
	receives(a, everything, sizeof everything);
	const struct stream_report *r = &a->stream.report;
	const struct media_far *far = &r->far;
	cr_expect_eq(a->stream.rx.malformed, 0);
	cr_expect_eq(r->arrived_us, 1);
	cr_expect_eq(r->far_lost, 5);
	cr_expect_eq(r->far_fraction, 64);
	cr_expect_eq(r->far_jitter_us, 10000);
	cr_expect_eq(r->last_sr, 0x00018000);
	cr_expect_str_eq(far->cname, "phone");
	cr_expect_eq(far->reports, 1);
	cr_expect_eq(far->xr, 1);
	cr_expect_eq(far->feedback, 2);
	cr_expect_eq(far->app, 1);
	cr_expect_eq(far->bye, 1);
	cr_expect_eq(r->last_rr, 0x00014000);
	cr_expect_eq(r->last_rr_ssrc, THEIRS);
	cr_assert(far->has_summary);
	cr_expect_eq(far->summary.begin, 10);
	cr_expect_eq(far->summary.end, 60);
	cr_expect_eq(far->summary.lost, 3);
	cr_expect_eq(far->summary.duplicate, 1);
	cr_expect_eq(far->summary.jitter_max_us, 10000);
	cr_assert(far->has_voip);
	cr_expect_eq(far->voip.loss, 64);
	cr_expect_eq(far->voip.discard, 32);
	cr_expect_eq(far->voip.signal_dbm, -20);
	cr_expect_eq(far->voip.noise_dbm, MEDIA_FAR_UNKNOWN);
	cr_expect_eq(far->voip.r, 80);
	cr_expect_eq(far->voip.mos_lq, 41);
	cr_expect_eq(far->voip.buffer_abs_max_ms, 300);
	free(a);
}

Test(media_rtcp, what_is_said_of_others_is_not_of_us)
{
	struct alone *a = alone_new();
	a->stream.tx.ssrc = 77;
	receives(a, everything, sizeof everything);
	cr_expect_not(a->stream.report.heard);
	cr_expect_not(a->stream.report.far.has_voip);
	cr_expect_not(a->stream.report.far.has_summary);
	cr_expect_eq(a->stream.report.rtt_count, 0);
	free(a);
}

/* The second of the delays in a block is ours: what we sent 50 ms ago, of which 30 ms were spent there. */
Test(media_rtcp, the_round_trip_of_one_that_only_receives)
{
	struct alone *a = alone_new();
	uint32_t before = (uint32_t)(report_ntp_now(&a->worker) >> 16) - 65536 / 20;
	uint8_t xr[] = { 0x80, 207, 0, 8, 0xa, 0xb, 0xc, 0xd, 5, 0, 0, 6, 9, 9, 9, 9, 0, 0,
			 0,    0,   0, 0, 0,   0,   1,	 2,   3, 4, 0, 0, 0, 0, 0, 0, 0, 0 };
	put32(xr + 28, before);
	put32(xr + 32, 65536 * 30 / 1000);
	receives(a, xr, sizeof xr);
	cr_expect_eq(a->stream.report.rtt_count, 1);
	cr_expect_geq(a->stream.report.rtt_us, 19000);
	free(a);
}

/* Under the address sanitizer a byte too many that is read ends the test. */
Test(media_rtcp, wherever_it_is_cut)
{
	struct alone *a = alone_new();
	size_t whole = 0;
	for (size_t n = 0; n < sizeof everything; n++) {
		uint64_t malformed = a->stream.rx.malformed;
		receives(a, everything, n);
		whole += a->stream.rx.malformed == malformed;
	}
	cr_expect_eq(whole, 6, "between two packets it may end: %zu", whole);
	free(a);
}

Test(media_rtcp, whatever_length_it_says)
{
	struct alone *a = alone_new();
	uint8_t bytes[sizeof everything];
	for (size_t at = 0; at < sizeof everything; at++) {
		static const uint8_t values[] = { 0, 1, 0x1f, 0x3f, 0x80, 0x9f, 0xa0, 0xff };
		memcpy(bytes, everything, sizeof bytes);
		for (size_t i = 0; i < sizeof values; i++) {
			bytes[at] = values[i];
			receives(a, bytes, sizeof bytes);
		}
		bytes[at] = everything[at] + 1;
		receives(a, bytes, sizeof bytes);
	}
	cr_expect_gt(a->stream.rx.malformed, 0);
	cr_expect_gt(a->stream.report.far.xr, 0);
	free(a);
}

Test(media_rtcp, a_bad_packet_among_good_ones_is_passed_over)
{
	struct alone *a = alone_new();
	static const uint8_t bytes[] = {
		0x82, 200, 0, 6, 0xa, 0xb, 0xc, 0xd, 0,	  0,   0,   0,	 0, 0,
		0,    0,   0, 0, 0,   0,   0,	0,   0,	  0,   0,   0,	 0, 0, /* two blocks, it says */
		0x81, 202, 0, 1, 0xa, 0xb, 0xc, 0xd, /* a source of which nothing is said */
		0x81, 203, 0, 2, 0xa, 0xb, 0xc, 0xd, 200, 'b', 'y', 'e', /* a longer reason, it says */
		0x80, 207, 0, 2, 0xa, 0xb, 0xc, 0xd, 7,	  0,   0,   8,	 /* a block that ends elsewhere */
		0x81, 203, 0, 1, 0xa, 0xb, 0xc, 0xd,
	};
	receives(a, bytes, sizeof bytes);
	cr_expect_eq(a->stream.rx.malformed, 3, "%u", (unsigned)a->stream.rx.malformed);
	cr_expect_eq(a->stream.report.far.bye, 1);
	cr_expect_eq(a->stream.report.far.reports + a->stream.report.far.xr, 0);
	free(a);
}

Test(media_rtcp, padding_is_in_the_last_packet_alone)
{
	uint8_t rr[] = { 0xa0, 201, 0, 3, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 8 };
	cr_expect(rtcp_check_datagram(rr, sizeof rr));
	rr[15] = 16;
	cr_expect_not(rtcp_check_datagram(rr, sizeof rr), "no header is left");
	rr[15] = 6;
	cr_expect_not(rtcp_check_datagram(rr, sizeof rr));
	rr[15] = 0;
	cr_expect_not(rtcp_check_datagram(rr, sizeof rr));
	uint8_t two[] = { 0xa0, 201, 0, 2, 1, 2, 3, 4, 0, 0, 0, 4, 0x80, 201, 0, 1, 1, 2, 3, 4 };
	cr_expect_not(rtcp_check_datagram(two, sizeof two));
}

Test(media_rtcp, names_are_fit_to_be_printed)
{
	struct alone *a = alone_new();
	uint8_t sdes[72] = { 0x81, 202, 0, 17, 1, 2, 3, 4, 1, 60 };
	memset(sdes + 10, 'x', 60);
	sdes[11] = 0xff;
	sdes[12] = '\n';
	receives(a, sdes, sizeof sdes);
	cr_expect_str_eq(a->stream.report.far.cname, "x??xxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	free(a);
}

/* ---- bursts ---- */

/* 100 packets without loss, a single one, 100 more, and a burst of three losses with one packet in between.
 */
Test(media_rtcp, bursts_and_gaps)
{
	struct burst b = { 0 };
	struct burst_metrics m;
	burst_measure(&b, 20, &m);
	cr_expect_eq(m.burst_density + m.gap_density, 0);
	burst_received(&b, 100);
	burst_lost(&b);
	burst_received(&b, 100);
	burst_lost(&b);
	burst_received(&b, 1);
	burst_lost(&b);
	burst_lost(&b);
	burst_received(&b, 100);
	burst_lost(&b);
	burst_received(&b, 50);
	burst_measure(&b, 20, &m);
	cr_expect_eq(m.burst_density, 204, "%u", m.burst_density);
	cr_expect_eq(m.gap_density, 0, "%u", m.gap_density);
	cr_expect_gt(m.burst_ms, 20);
	cr_expect_lt(m.burst_ms, 200, "%u", m.burst_ms);
	cr_expect_gt(m.gap_ms, 1000, "%u", m.gap_ms);
}

/* ---- on the wire ---- */

static void far_says(struct far *f, const void *bytes, size_t size)
{
	sendto(f->rtcp_fd, bytes, size, 0, (struct sockaddr *)&f->rtcp_to, sizeof(struct sockaddr_in));
}

static bool has_app(struct world *w, void *arg)
{
	return world_stats(w, arg).far.app > 0;
}

Test(media_rtcp, nothing_of_it_disturbs_the_call)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU");
	media_session_echo(s, true);
	far_meets(f, s);
	far_tone(f, 440, -10);
	cr_assert(far_hears(f, 440, -13.14));
	far_says(f, everything, sizeof everything);
	cr_assert(world_wait(w, has_app, s));
	struct media_stats stats = world_stats(w, s);
	cr_expect_eq(stats.far.bye, 1);
	cr_expect_eq(stats.far.feedback, 2);
	cr_expect_str_eq(stats.far.cname, "phone");
	cr_expect_eq(stats.rx_malformed, 0);
	far_forget(f);
	cr_expect(far_hears(f, 440, -13.14), "a goodbye by RTCP ends no call");
	media_session_close(s);
	cr_assert(world_wait_closed(w));
	world_free(w);
}
