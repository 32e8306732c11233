/* What far ends report by RTCP (RFC 3550 section 6, RFC 3611, RFC 4585), read by oRTP's parser out of the
 * datagram as it came.
 *
 * Its getters ask for a message block; one that lies on the stack and points into the datagram is enough for
 * them, so nothing is copied or allocated. They believe every length: only what rtcp_check.c has let through
 * comes to them, a packet (or a block of an extended report) at a time, with the block's end at its end. */
#include "media/frames.h"
#include "media/rtcp_check.h"
#include "media/stream.h"

#include <ortp/str_utils.h>
#include <ortp/rtcp.h>
#include <string.h>

enum { RTT_MAX_US = 10000000, SECOND_US = 1000000 };

static void look_at(mblk_t *m, uint8_t *begin, uint8_t *end)
{
	m->b_rptr = begin;
	m->b_wptr = end;
}

/* ---- report blocks ---- */

/* Of what passed between our sending of `last` (middle 32 bits of a time of ours) and now the far end spent
 * `delay` [1/65536 s]. */
static void take_round_trip(struct stream *s, uint32_t last, uint32_t delay)
{
	struct stream_report *r = &s->report;
	if (last == 0)
		return;
	uint32_t passed = (uint32_t)(report_ntp_now(s->worker) >> 16) - last - delay;
	int64_t us = (int64_t)(int32_t)passed * SECOND_US / 65536;
	if (us < 0 || us > RTT_MAX_US)
		return;
	if (us == 0)
		us = 1; /* 0 says that nothing is known */
	r->rtt_us = (uint32_t)us;
	if (r->rtt_count == 0 || r->rtt_us < r->rtt_min_us)
		r->rtt_min_us = r->rtt_us;
	if (r->rtt_us > r->rtt_max_us)
		r->rtt_max_us = r->rtt_us;
	r->rtt_sum_us += r->rtt_us;
	r->rtt_count++;
}

static uint32_t to_us(const struct stream *s, uint32_t clock_units)
{
	return (uint32_t)((uint64_t)clock_units * 1000 / (s->remote.codec->clock_hz / 1000));
}

static void take_block(struct stream *s, const report_block_t *b)
{
	struct stream_report *r = &s->report;
	if (!b || report_block_get_ssrc(b) != s->tx.ssrc)
		return;
	int32_t lost = report_block_get_cum_packet_lost(b);
	r->far_fraction = (uint8_t)report_block_get_fraction_lost(b);
	r->far_lost = lost > 0 ? (uint32_t)lost : 0;
	r->far_jitter_us = to_us(s, report_block_get_interarrival_jitter(b));
	if (!r->heard || r->far_jitter_us < r->far_jitter_min_us)
		r->far_jitter_min_us = r->far_jitter_us;
	if (r->far_jitter_us > r->far_jitter_max_us)
		r->far_jitter_max_us = r->far_jitter_us;
	r->far_jitter_sum_us += r->far_jitter_us;
	r->far_count++;
	r->heard = true;
	take_round_trip(s, report_block_get_last_SR_time(b), report_block_get_last_SR_delay(b));
}

static void take_sender(struct stream *s, const mblk_t *m, unsigned blocks)
{
	s->report.far.reports++;
	s->report.last_sr = (uint32_t)(sender_info_get_ntp_timestamp(rtcp_SR_get_sender_info(m)) >> 16);
	s->report.last_sr_us = s->worker->now_us;
	for (unsigned i = 0; i < blocks; i++)
		take_block(s, rtcp_SR_get_report_block(m, (int)i));
}

static void take_receiver(struct stream *s, const mblk_t *m, unsigned blocks)
{
	s->report.far.reports++;
	for (unsigned i = 0; i < blocks; i++)
		take_block(s, rtcp_RR_get_report_block(m, (int)i));
}

/* ---- who it is ---- */

static void take_item(void *arg, uint32_t ssrc, rtcp_sdes_type_t type, const char *text, uint8_t length)
{
	struct media_far *far = arg;
	(void)ssrc;
	if (type != RTCP_SDES_CNAME)
		return;
	size_t n = length < MEDIA_FAR_NAME_MAX ? length : MEDIA_FAR_NAME_MAX - 1;
	for (size_t i = 0; i < n; i++) /* it goes to those who read texts */
		far->cname[i] = (char)(text[i] < ' ' || text[i] > '~' ? '?' : text[i]);
	far->cname[n] = 0;
}

/* ---- extended reports ---- */

static void take_reference_time(struct stream *s, const mblk_t *m)
{
	s->report.last_rr = (uint32_t)(rtcp_XR_rcvr_rtt_get_ntp_timestamp(m) >> 16);
	s->report.last_rr_ssrc = rtcp_XR_get_ssrc(m);
	s->report.last_rr_us = s->worker->now_us;
}

/* oRTP looks at the first item of the block alone, so each is made to look like the first. */
static void take_delays(struct stream *s, const struct rtcp_xr_block *block)
{
	mblk_t m;
	mblk_init(&m);
	for (size_t at = RTCP_XR_BLOCK_HEAD; at < block->size; at += RTCP_DLRR_ITEM) {
		uint8_t *item = block->bytes + at;
		look_at(&m, item - RTCP_XR_BLOCK_HEAD - RTCP_XR_HEAD, item + RTCP_DLRR_ITEM);
		if (rtcp_XR_dlrr_get_ssrc(&m) == s->tx.ssrc)
			take_round_trip(s, rtcp_XR_dlrr_get_lrr(&m), rtcp_XR_dlrr_get_dlrr(&m));
	}
}

static void take_summary(struct stream *s, const mblk_t *m)
{
	if (rtcp_XR_stat_summary_get_ssrc(m) != s->tx.ssrc)
		return;
	unsigned flags = rtcp_XR_stat_summary_get_flags(m);
	s->report.far.has_summary = true;
	s->report.far.summary = (struct media_far_summary){
		.begin = rtcp_XR_stat_summary_get_begin_seq(m),
		.end = rtcp_XR_stat_summary_get_end_seq(m),
		.has_lost = flags & RTCP_SUMMARY_LOST,
		.has_duplicate = flags & RTCP_SUMMARY_DUPLICATE,
		.has_jitter = flags & RTCP_SUMMARY_JITTER,
		.lost = rtcp_XR_stat_summary_get_lost_packets(m),
		.duplicate = rtcp_XR_stat_summary_get_dup_packets(m),
		.jitter_min_us = to_us(s, rtcp_XR_stat_summary_get_min_jitter(m)),
		.jitter_mean_us = to_us(s, rtcp_XR_stat_summary_get_mean_jitter(m)),
		.jitter_max_us = to_us(s, rtcp_XR_stat_summary_get_max_jitter(m)),
		.jitter_deviation_us = to_us(s, rtcp_XR_stat_summary_get_dev_jitter(m)),
	};
}

static void take_voip(struct stream *s, const mblk_t *m)
{
	if (rtcp_XR_voip_metrics_get_ssrc(m) != s->tx.ssrc)
		return;
	s->report.far.has_voip = true;
	s->report.far.voip = (struct media_far_voip){
		.loss = rtcp_XR_voip_metrics_get_loss_rate(m),
		.discard = rtcp_XR_voip_metrics_get_discard_rate(m),
		.burst_density = rtcp_XR_voip_metrics_get_burst_density(m),
		.gap_density = rtcp_XR_voip_metrics_get_gap_density(m),
		.burst_ms = rtcp_XR_voip_metrics_get_burst_duration(m),
		.gap_ms = rtcp_XR_voip_metrics_get_gap_duration(m),
		.rtt_ms = rtcp_XR_voip_metrics_get_round_trip_delay(m),
		.end_system_ms = rtcp_XR_voip_metrics_get_end_system_delay(m),
		.signal_dbm = (int8_t)rtcp_XR_voip_metrics_get_signal_level(m),
		.noise_dbm = (int8_t)rtcp_XR_voip_metrics_get_noise_level(m),
		.rerl_db = rtcp_XR_voip_metrics_get_rerl(m),
		.gmin = rtcp_XR_voip_metrics_get_gmin(m),
		.r = rtcp_XR_voip_metrics_get_r_factor(m),
		.ext_r = rtcp_XR_voip_metrics_get_ext_r_factor(m),
		.mos_lq = rtcp_XR_voip_metrics_get_mos_lq(m),
		.mos_cq = rtcp_XR_voip_metrics_get_mos_cq(m),
		.config = rtcp_XR_voip_metrics_get_rx_config(m),
		.buffer_ms = rtcp_XR_voip_metrics_get_jb_nominal(m),
		.buffer_max_ms = rtcp_XR_voip_metrics_get_jb_maximum(m),
		.buffer_abs_max_ms = rtcp_XR_voip_metrics_get_jb_abs_max(m),
	};
}

/* oRTP looks at the first block of the packet alone. The eight bytes before a later one are not its packet's
 * head, but they are there, and no getter used here but that of the SSRC reads them. */
static void take_extended(struct stream *s, const struct rtcp_packet *packet)
{
	struct rtcp_xr_block block;
	mblk_t m;
	mblk_init(&m);
	s->report.far.xr++;
	for (size_t at = RTCP_XR_HEAD; rtcp_next_block(&block, packet, &at);) {
		if (!rtcp_check_block(&block))
			continue; /* RFC 3611 section 3: what is not known is passed over */
		look_at(&m, block.bytes - RTCP_XR_HEAD, block.bytes + block.size);
		switch (rtcp_XR_get_block_type(&m)) {
		case RTCP_XR_RCVR_RTT:
			take_reference_time(s, &m);
			break;
		case RTCP_XR_DLRR:
			take_delays(s, &block);
			break;
		case RTCP_XR_STAT_SUMMARY:
			take_summary(s, &m);
			break;
		case RTCP_XR_VOIP_METRICS:
			take_voip(s, &m);
			break;
		default:
			break;
		}
	}
}

/* ---- packets ---- */

static void take_packet(struct stream *s, const struct rtcp_packet *packet)
{
	mblk_t m;
	mblk_init(&m);
	look_at(&m, packet->bytes, packet->bytes + packet->size);
	if (rtcp_is_SR(&m))
		take_sender(s, &m, packet->count);
	else if (packet->type == RTCP_RR) /* oRTP knows no receiver report without blocks */
		take_receiver(s, &m, packet->count);
	else if (packet->count > 0 && rtcp_is_SDES(&m))
		rtcp_sdes_parse(&m, take_item, &s->report.far);
	else if (rtcp_is_BYE(&m))
		s->report.far.bye++;
	else if (rtcp_is_APP(&m))
		s->report.far.app++;
	else if (rtcp_is_RTPFB(&m) || rtcp_is_PSFB(&m))
		s->report.far.feedback++;
	else if (packet->type == RTCP_XR)
		take_extended(s, packet);
}

/* RTCP of the far end has arrived: it is whole, from where it may come from, and of an encrypted call made
 * with its key. */
static void has_arrived(struct stream *s)
{
	s->report.arrived_us = s->worker->now_us;
	origin_report(&s->remote.origin, s->worker->now_us);
}

void report_receive(struct stream *s, uint8_t *p, size_t size)
{
	struct rtcp_packet packet;
	if (!rtcp_check_datagram(p, size)) {
		s->rx.malformed++;
		return;
	}
	has_arrived(s);
	for (size_t at = 0; rtcp_next(&packet, p, size, &at);) {
		if (rtcp_check_packet(&packet))
			take_packet(s, &packet);
		else
			s->rx.malformed++;
	}
}

/* The host that RTP is exchanged with may speak RTCP, from whatever port. */
void report_receive_socket(struct stream *s)
{
	struct worker *w = s->worker;
	union address from;
	socklen_t from_size = sizeof from;
	ssize_t n = recvfrom(s->rtcp_fd, w->packet, sizeof w->packet, 0, &from.any, &from_size);
	size_t size = (size_t)n;
	if (n < 0)
		return;
	if (!s->remote.codec || s->remote.by_tap ||
	    (!origin_host(&s->remote.origin, &from) && !address_equal(&from, &s->remote.sdp_rtcp)))
		s->rx.foreign++;
	else if (!s->open || receive_open_rtcp(s, w->packet, &size))
		report_receive(s, w->packet, size);
}
