/* Which RTP headers are kept, and what is told of them: the first and the last ones, each with its time and
 * whose it is. */
#include "media/headers.h"
#include "media/rtp.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { STEP_US = 20000, UTC_US = 1000000000, RUNS_MAX = 8, UNIT_US = 1 << HEADERS_TIME_SHIFT };

static struct media_headers *h;
static struct media_header_run runs[RUNS_MAX];
static size_t count;
static uint16_t seq;
static uint32_t timestamp;
static int64_t now_us, last_us;
static union address far_end;

static void set_up(void)
{
	h = headers_new();
	cr_assert(h);
	count = 0;
	seq = 65500; /* it wraps soon */
	timestamp = 0xffffff00;
	now_us = last_us = INT64_C(70) * 86400 * 1000000; /* more than 32 bits of units */
	far_end.in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(4000) };
	h->utc_offset_us = UTC_US;
	h->in_hz = h->out_hz = 8000;
}

static void tear_down(void)
{
	free(h);
}

TestSuite(media_headers, .init = set_up, .fini = tear_down);

static void put(struct header_log *log, uint32_t ssrc, unsigned packets)
{
	uint8_t packet[RTP_HEADER];

	for (unsigned i = 0; i < packets; i++) {
		rtp_write_header(packet, 8, i == 0, seq++, timestamp, ssrc);
		header_log_put(log, packet, 172, &far_end, now_us);
		last_us = now_us;
		now_us += STEP_US;
		timestamp += 160;
	}
}

static void take(const struct media_header_run *run, void *arg)
{
	(void)arg;
	cr_assert_lt(count, RUNS_MAX);
	runs[count++] = *run;
}

static void finish(void)
{
	header_log_break(&h->in, last_us);
	header_log_break(&h->out, last_us);
	h->end_us = now_us;
	media_headers_each(h, take, NULL);
}

static uint16_t seq_of(const struct media_header *packet)
{
	return get16(packet->head + 2);
}

static void expect_time(const struct media_header *packet, int64_t us)
{
	int64_t off = packet->time_us - UTC_US - us;

	cr_expect(off >= -2 * UNIT_US && off <= 2 * UNIT_US, "%lld us off", (long long)off);
}

Test(media_headers, what_never_came_is_not_told)
{
	finish();
	cr_expect_eq(count, 0);
}

Test(media_headers, a_short_call_is_there_whole)
{
	const int64_t start = now_us;

	put(&h->in, 7, 60);
	finish();
	cr_assert_eq(count, 1);
	cr_assert_eq(runs[0].count, 60);
	cr_expect_eq(runs[0].ssrc, 7);
	cr_expect_not(runs[0].sent);
	cr_expect(address_equal(&runs[0].remote, &far_end));
	for (unsigned i = 0; i < 60; i++) {
		const struct media_header *p = &runs[0].packets[i];

		cr_expect_eq(seq_of(p), (uint16_t)(65500 + i));
		cr_expect_eq(get32(p->head + 4), 0xffffff00 + i * 160);
		cr_expect_eq(p->head[1], i == 0 ? 0x88 : 8);
		cr_expect_eq(p->size, 172);
		expect_time(p, start + i * STEP_US);
	}
}

Test(media_headers, of_a_long_one_the_beginning_and_the_end)
{
	const int64_t start = now_us;

	put(&h->out, 7, 10007); /* more than the low bits of a time tell apart */
	finish();
	cr_assert_eq(count, 1);
	cr_expect(runs[0].sent);
	cr_assert_eq(runs[0].count, HEADERS_MAX);
	for (unsigned i = 0; i < HEADERS_MAX; i++) {
		unsigned nth = i < HEADERS_FIRST ? i : 10007 - HEADERS_MAX + i;

		cr_expect_eq(seq_of(&runs[0].packets[i]), (uint16_t)(65500 + nth));
		expect_time(&runs[0].packets[i], start + (int64_t)nth * STEP_US);
	}
}

Test(media_headers, a_long_pause_keeps_its_length)
{
	int64_t start = now_us, resumed;

	put(&h->in, 7, 10);
	now_us += INT64_C(200) * 1000000; /* on hold; its clock goes on */
	timestamp += 200 * 8000;
	resumed = now_us;
	put(&h->in, 7, 74);
	finish();
	cr_assert_eq(count, 1);
	cr_assert_eq(runs[0].count, 84);
	expect_time(&runs[0].packets[9], start + 9 * STEP_US);
	expect_time(&runs[0].packets[10], resumed);
	expect_time(&runs[0].packets[83], resumed + 73 * STEP_US);
}

Test(media_headers, another_source_or_address_is_another_run)
{
	put(&h->in, 7, 20);
	header_log_break(&h->in, last_us);
	header_log_break(&h->in, last_us); /* once is enough */
	put(&h->in, 8, 10);
	header_log_break(&h->in, last_us);
	far_end.in.sin_port = htons(4002);
	put(&h->in, 8, 500);
	finish();
	cr_assert_eq(count, 3);
	cr_expect_eq(runs[0].count, 20);
	cr_expect_eq(runs[1].count, 10);
	cr_expect_eq(runs[2].count, HEADERS_MAX - 30);
	cr_expect_eq(runs[0].ssrc, 7);
	cr_expect_eq(runs[2].ssrc, 8);
	cr_expect_eq(ntohs(runs[1].remote.in.sin_port), 4000);
	cr_expect_eq(ntohs(runs[2].remote.in.sin_port), 4002);
	cr_expect_eq(seq_of(&runs[2].packets[HEADERS_MAX - 31]), (uint16_t)(65500 + 529));
}

Test(media_headers, of_many_runs_the_first_two_and_the_newest)
{
	for (uint32_t ssrc = 1; ssrc <= 9; ssrc++) {
		put(&h->out, ssrc, 12);
		header_log_break(&h->out, last_us);
	}
	finish();
	cr_assert_eq(count, 3);
	cr_expect_eq(runs[0].ssrc, 1);
	cr_expect_eq(runs[1].ssrc, 2);
	cr_expect_eq(runs[2].ssrc, 9);
	for (size_t i = 0; i < count; i++)
		cr_expect_eq(runs[i].count, 12, "%zu", runs[i].count);
	cr_expect_eq(seq_of(&runs[2].packets[11]), (uint16_t)(65500 + 9 * 12 - 1));
}
