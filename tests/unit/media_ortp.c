#include "tests/unit/media_ortp.h"

#include "lib/clock.h"
#include "media/codec.h"
#include "media/rtp.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <ortp/telephonyevents.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 160, PACKET_US = 20000, STEP_US = 5000, PCMU = 0, EVENTS = 101, PRESS = 960 };

/* ---- what it hears ---- */

static void keep_samples(struct ortp_far *f, mblk_t *m)
{
	unsigned char *payload;
	int size = rtp_get_payload(m, &payload);
	if (f->heard_count + CODEC_MAX_PAYLOAD > FAR_SAMPLES)
		f->heard_count = 0;
	if (size > 0)
		f->heard_count += codec_ops(media_codec_by_pt(PCMU))
				      ->decode(NULL, f->heard + f->heard_count, FAR_SAMPLES - f->heard_count,
					       payload, (size_t)size);
}

/* Its jitter buffer gives out what is to be heard by this time, which may be nothing. */
static void hear(struct ortp_far *f)
{
	mblk_t *m = rtp_session_recvm_with_ts(f->session, f->timestamp);
	f->gaps += m == NULL;
	for (; m; m = rtp_session_recvm_with_ts(f->session, f->timestamp)) {
		if (rtp_get_payload_type(m) == PCMU)
			keep_samples(f, m);
		freemsg(m);
	}
}

static void take_item(void *arg, uint32_t ssrc, rtcp_sdes_type_t type, const char *text, uint8_t length)
{
	struct ortp_told *told = arg;
	(void)ssrc;
	if (type == RTCP_SDES_CNAME && length < sizeof told->cname) {
		memcpy(told->cname, text, length);
		told->cname[length] = 0;
	}
}

static void take_block(struct ortp_far *f, const report_block_t *b)
{
	f->told.blocks_about_it += b && report_block_get_ssrc(b) == rtp_session_get_send_ssrc(f->session);
}

static void take_extended(struct ortp_far *f, mblk_t *m)
{
	const uint32_t it = rtp_session_get_send_ssrc(f->session);
	unsigned char *const whole = m->b_rptr, *const end = whole + rtcp_get_size(m);
	size_t step = 0;
	for (; m->b_rptr + 8 < end; m->b_rptr += step) { /* its getters look at the first block */
		step = 4u * (get16(m->b_rptr + 10) + 1u);
		switch (rtcp_XR_get_block_type(m)) {
		case RTCP_XR_RCVR_RTT:
			f->told.reference_times += rtcp_XR_rcvr_rtt_get_ntp_timestamp(m) != 0;
			break;
		case RTCP_XR_DLRR:
			f->told.delays += rtcp_XR_dlrr_get_ssrc(m) == it && rtcp_XR_dlrr_get_lrr(m) != 0;
			break;
		case RTCP_XR_STAT_SUMMARY:
			f->told.summaries += rtcp_XR_stat_summary_get_ssrc(m) == it;
			f->told.summary_lost += rtcp_XR_stat_summary_get_lost_packets(m);
			break;
		case RTCP_XR_VOIP_METRICS:
			f->told.voip_metrics += rtcp_XR_voip_metrics_get_ssrc(m) == it;
			f->told.voip_loss = rtcp_XR_voip_metrics_get_loss_rate(m);
			f->told.voip_burst_density = rtcp_XR_voip_metrics_get_burst_density(m);
			f->told.voip_r = rtcp_XR_voip_metrics_get_r_factor(m);
			f->told.voip_mos_lq = rtcp_XR_voip_metrics_get_mos_lq(m);
			break;
		default:
			break;
		}
	}
	m->b_rptr = whole;
}

static void take_rtcp(struct ortp_far *f, mblk_t *m)
{
	do {
		if (rtcp_is_SR(m)) {
			f->told.sender_reports++;
			take_block(f, rtcp_SR_get_report_block(m, 0));
		} else if (rtcp_is_SDES(m)) {
			rtcp_sdes_parse(m, take_item, &f->told);
		} else if (rtcp_is_XR(m)) {
			take_extended(f, m);
		} else if (rtcp_is_BYE(m)) {
			f->told.byes++;
		}
	} while (rtcp_next_packet(m));
}

static void take_events(struct ortp_far *f)
{
	OrtpEvent *e;
	while ((e = ortp_ev_queue_get(f->events))) {
		OrtpEventData *data = ortp_event_get_data(e);
		if (ortp_event_get_type(e) == ORTP_EVENT_TELEPHONE_EVENT)
			f->digits[f->digit_count++ % 63] =
			    "0123456789*#ABCD"[data->info.telephone_event & 15];
		else if (ortp_event_get_type(e) == ORTP_EVENT_RTCP_PACKET_RECEIVED)
			take_rtcp(f, data->packet);
		ortp_event_destroy(e);
	}
}

/* ---- what it sends ---- */

/* When the network has to send it; a packet that is to be overtaken waits for a packet and a half. */
static void set_departure(struct ortp_far *f, mblk_t *m)
{
	if (!f->reorder_every)
		return;
	int64_t us = clock_utc_ms() * 1000 + (f->sent % f->reorder_every == 0 ? PACKET_US * 3 / 2 : 0);
	m->timestamp.tv_sec = us / 1000000;
	m->timestamp.tv_usec = us % 1000000;
}

static void speak(struct ortp_far *f)
{
	int16_t samples[SAMPLES];
	uint8_t payload[SAMPLES];
	tones_read(&f->tone, samples, SAMPLES);
	size_t size =
	    codec_ops(media_codec_by_pt(PCMU))->encode(NULL, payload, sizeof payload, samples, SAMPLES);
	mblk_t *m = rtp_session_create_packet(f->session, RTP_FIXED_HEADER_SIZE, payload, size);
	set_departure(f, m);
	rtp_session_sendm_with_ts(f->session, m, f->timestamp);
	f->sent++;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct ortp_far *f = arg;
	(void)fd;
	(void)what;
	for (; f->next_us <= (double)clock_mono_us(); f->next_us += PACKET_US) {
		speak(f);
		hear(f);
		f->timestamp += SAMPLES;
	}
	take_events(f);
}

void ortp_far_press(struct ortp_far *f, const char *digits)
{
	for (; *digits; digits++) {
		cr_assert_eq(rtp_session_send_dtmf2(f->session, *digits, f->timestamp, PRESS), 0);
		ortp_far_pass(f, 12);
	}
}

/* ---- itself ---- */

static void start_ortp(void)
{
	static bool started;
	if (started)
		return;
	started = true;
	ortp_set_log_level_mask(NULL, ORTP_FATAL);
	ortp_init();
	rtp_profile_set_payload(&av_profile, EVENTS, &payload_type_telephone_event);
}

struct ortp_far *ortp_far_new(struct world *w)
{
	const struct timeval step = { 0, STEP_US };
	struct ortp_far *f = calloc(1, sizeof *f);
	start_ortp();
	f->world = w;
	f->heard = calloc(FAR_SAMPLES, sizeof *f->heard);
	f->session = rtp_session_new(RTP_SESSION_SENDRECV);
	rtp_session_set_scheduling_mode(f->session, 0);
	rtp_session_set_blocking_mode(f->session, 0);
	rtp_session_set_profile(f->session, &av_profile);
	rtp_session_set_payload_type(f->session, PCMU);
	rtp_session_set_send_telephone_event_payload_type(f->session, EVENTS);
	rtp_session_enable_adaptive_jitter_compensation(f->session, TRUE);
	rtp_session_set_jitter_compensation(f->session, 60);
	rtp_session_set_source_description(f->session, "ortp@far.example", NULL, NULL, NULL, NULL, "tests",
					   NULL);
	cr_assert_eq(rtp_session_set_local_addr(f->session, "127.0.0.1", -1, -1), 0);
	f->events = ortp_ev_queue_new();
	rtp_session_register_event_queue(f->session, f->events);
	f->timer = event_new(w->base, -1, EV_PERSIST, on_timer, f);
	f->next_us = (double)clock_mono_us();
	f->timestamp = 8000;
	event_add(f->timer, &step);
	return f;
}

/* oRTP 5.1 takes away what its thread works with before it waits for the thread's end: we wait before that.
 */
static void end_network(OrtpNetworkSimulatorCtx *network)
{
	if (!network || !network->thread_started)
		return;
	network->thread_started = FALSE;
	ortp_thread_join(network->thread, NULL);
}

void ortp_far_free(struct ortp_far *f)
{
	event_free(f->timer);
	end_network(f->session->net_sim_ctx);
	rtp_session_unregister_event_queue(f->session, f->events);
	rtp_session_destroy(f->session);
	ortp_ev_queue_destroy(f->events);
	free(f->heard);
	free(f);
}

static struct sockaddr_storage loopback(int port)
{
	struct sockaddr_storage a = { 0 };
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons((uint16_t)port) };
	memcpy(&a, &in, sizeof in);
	return a;
}

void ortp_far_meets(struct ortp_far *f, struct media_session *session, unsigned xr, unsigned hz)
{
	const int port = media_session_port(session);
	struct media_remote remote = {
		.rtp = loopback(rtp_session_get_local_port(f->session)),
		.rtcp = loopback(rtp_session_get_local_rtcp_port(f->session)),
		.codec = media_codec_by_pt(PCMU),
		.pt = PCMU,
		.dtmf_pt = EVENTS,
		.dtmf_clock_hz = 8000,
		.ptime_ms = 20,
		.send = true,
		.receive = true,
		.xr = xr,
	};
	cr_assert_eq(media_session_set_remote(session, &remote), 0);
	world_stats(f->world, session); /* it knows it, before anybody sends */
	rtp_session_set_remote_addr_full(f->session, "127.0.0.1", port, "127.0.0.1", port + 1);
	tones_start_pair(&f->tone, hz, 0, -10, 8000);
}

void ortp_far_network(struct ortp_far *f, OrtpNetworkSimulatorMode mode, float loss_percent,
		      float jitter_strength)
{
	OrtpNetworkSimulatorParams params = {
		.enabled = TRUE,
		.loss_rate = loss_percent,
		.rtp_only = TRUE,
		.jitter_burst_density = jitter_strength > 0 ? 5 : 0,
		.jitter_strength = jitter_strength,
		.max_bandwidth = jitter_strength > 0 ? 120000 : 0,
		.mode = mode,
	};
	rtp_session_enable_network_simulation(f->session, &params);
}

unsigned ortp_far_lost(const struct ortp_far *f)
{
	return (unsigned)f->session->net_sim_ctx->drop_by_loss;
}

void ortp_far_reports(struct ortp_far *f, int interval_ms)
{
	const OrtpRtcpXrConfiguration xr = {
		.enabled = TRUE,
		.stat_summary_enabled = TRUE,
		.voip_metrics_enabled = TRUE,
		.rcvr_rtt_mode = OrtpRtcpXrRcvrRttAll,
		.rcvr_rtt_max_size = 10000,
		.stat_summary_flags =
		    OrtpRtcpXrStatSummaryLoss | OrtpRtcpXrStatSummaryDup | OrtpRtcpXrStatSummaryJitt,
	};
	rtp_session_configure_rtcp_xr(f->session, &xr);
	rtp_session_set_rtcp_report_interval(f->session, interval_ms);
}

struct passing {
	struct ortp_far *far;
	unsigned until;
};

static bool has_sent(struct world *w, void *arg)
{
	const struct passing *p = arg;
	(void)w;
	return p->far->sent >= p->until;
}

void ortp_far_pass(struct ortp_far *f, unsigned count)
{
	struct passing p = { f, f->sent + count };
	cr_assert(world_wait(f->world, has_sent, &p), "it does not send");
}

double ortp_far_level(const struct ortp_far *f, double hz)
{
	enum { RATE = 8000 };
	if (f->heard_count < RATE)
		return -200;
	return level_of_most(f->heard + f->heard_count - RATE, RATE, hz, RATE);
}
