/* RTCP, as any sender may write it: through the check of lengths and oRTP's parser, in memory that ends where
 * the datagram does; then a second passes, and what we report of it is whole. */
#include "media/rtcp_check.h"
#include "media/stream.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OURS = 0x01020304 };

static void write_ours(struct stream *s)
{
	uint8_t report[REPORT_XR_MAX];
	struct rtcp_packet packet;
	size_t at = 0, n;
	s->rx =
	    (struct stream_rx){ .started = true, .first = 1, .highest = 60, .unique = 50, .window = 0xfffff };
	s->remote.ptime_ms = 20;
	report_xr_second(s);
	n = report_xr_write(s, report);
	if (n == 0)
		return;
	if (n > sizeof report || !rtcp_check_datagram(report, n) || !rtcp_next(&packet, report, n, &at) ||
	    !rtcp_check_packet(&packet))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct worker worker;
	struct stream s = { .worker = &worker };
	struct media_stats stats;
	s.remote.codec = s.remote.heard = media_codec_at(0);
	s.tx.ssrc = OURS;
	worker.now_us = 1;
	uint8_t *copy = malloc(size ? size : 1); /* so that a read past its end is seen */
	if (!copy)
		return 0;
	memcpy(copy, data, size);
	report_receive(&s, copy, size);
	counters_stats(&s, &stats);
	if (memchr(stats.far.cname, 0, sizeof stats.far.cname) == NULL)
		abort();
	if (report_xr_wanted(&s))
		write_ours(&s);
	free(copy);
	return 0;
}
