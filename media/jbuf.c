/* oRTP's receiving half is used without its sockets: its transports are taken away at once, so that a query
 * does not read, and packets are handed to it when they arrive
 * (meta_rtp_transport_modifier_inject_packet_to_recv) with the time of arrival. So used it costs about 0.25
 * µs a packet. */
#include "media/jbuf.h"

#include <errno.h>
#include <ortp/ortp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEADER = 12,
	QUEUE_MAX = 64, /* packets held at most */
	DELAY_MAX_MS = 300,
	CLOCKS_MAX = 8,
	REFRESH_MS = 2000, /* the worst of so long sets the delay */
	RAMP_MS = 500,	   /* then it shrinks by a step, every so often */
	RAMP_STEP_MS = 20,
	NO_LOGS = 0,
};

struct jbuf {
	RtpSession *session;
	RtpTransport *rtp, *rtcp; /* oRTP's own, taken out of the session */
	mblk_t *held;		  /* the packet that the caller looks at */
	unsigned clock_hz;
};

/* One profile a clock rate: payload type 0 with that clock. Packets are given payload type 0 on their way in.
 */
static struct clock_profile {
	unsigned hz;
	PayloadType type;
	RtpProfile *profile;
} clocks[CLOCKS_MAX];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void add_clock(unsigned hz)
{
	static unsigned count;
	struct clock_profile *c = &clocks[count++];
	c->hz = hz;
	c->type = (PayloadType){ .type = PAYLOAD_AUDIO_PACKETIZED, .clock_rate = (int)hz, .channels = 1 };
	c->type.mime_type = (char *)"audio";
	c->profile = rtp_profile_new("offhook");
	rtp_profile_set_payload(c->profile, 0, &c->type);
}

static void library_init(void)
{
	ortp_init();
	bctbx_set_log_level_mask("ortp", NO_LOGS); /* it would log lines a packet */
	add_clock(8000);
	add_clock(16000);
	add_clock(44100);
	add_clock(48000);
}

void jbuf_library_init(void)
{
	pthread_once(&once, library_init);
}

static RtpProfile *profile_for(unsigned hz)
{
	for (size_t i = 0; i < CLOCKS_MAX; i++)
		if (clocks[i].hz == hz)
			return clocks[i].profile;
	return clocks[0].profile;
}

int jbuf_alloc(struct jbuf **out, unsigned clock_hz, unsigned delay_ms)
{
	struct jbuf *j = calloc(1, sizeof *j);
	if (!j)
		return ENOMEM;
	j->session = rtp_session_new(RTP_SESSION_RECVONLY);
	if (!j->session) {
		free(j);
		return ENOMEM;
	}
	j->clock_hz = clock_hz;
	rtp_session_set_scheduling_mode(j->session, 0);
	rtp_session_set_blocking_mode(j->session, 0);
	rtp_session_enable_rtcp(j->session, FALSE);
	rtp_session_set_profile(j->session, profile_for(clock_hz));
	rtp_session_set_payload_type(j->session, 0);
	rtp_session_set_ssrc_changed_threshold(j->session, 0);
	JBParameters parameters;
	rtp_session_get_jitter_buffer_params(j->session, &parameters);
	parameters.adaptive = TRUE;
	parameters.enabled = TRUE;
	parameters.min_size = parameters.nom_size = (int)delay_ms;
	parameters.max_size = DELAY_MAX_MS;
	parameters.max_packets = QUEUE_MAX;
	parameters.refresh_ms = REFRESH_MS;
	parameters.ramp_refresh_ms = RAMP_MS;
	parameters.ramp_step_ms = RAMP_STEP_MS;
	rtp_session_set_jitter_buffer_params(j->session, &parameters);
	rtp_session_get_transports(j->session, &j->rtp, &j->rtcp);
	j->session->rtp.gs.tr = j->session->rtcp.gs.tr = NULL;
	rtp_session_resync(j->session); /* takes the parameters over */
	*out = j;
	return 0;
}

static void release(struct jbuf *j)
{
	if (j->held)
		freemsg(j->held);
	j->held = NULL;
}

void jbuf_free(struct jbuf *j)
{
	if (!j)
		return;
	release(j);
	j->session->rtp.gs.tr = j->rtp; /* so that they are destroyed with it */
	j->session->rtcp.gs.tr = j->rtcp;
	rtp_session_destroy(j->session);
	free(j);
}

void jbuf_put(struct jbuf *j, const struct jbuf_packet *packet, uint32_t now)
{
	mblk_t *m = allocb(HEADER + packet->size, 0);
	rtp_header_t *h = (rtp_header_t *)m->b_wptr;
	memset(h, 0, HEADER);
	h->version = 2;
	h->markbit = packet->marker;
	h->seq_number = htons(packet->seq);
	h->timestamp = htonl(packet->timestamp);
	h->ssrc = htonl(1); /* changes of the source are the caller's to notice, with jbuf_restart() */
	memcpy(m->b_wptr + HEADER, packet->payload, packet->size);
	m->b_wptr += HEADER + packet->size;
	m->reserved1 = now;
	m->timestamp.tv_sec = 1; /* else oRTP asks for the time */
	meta_rtp_transport_modifier_inject_packet_to_recv(j->rtp, NULL, m, 0);
}

static void describe(mblk_t *m, struct jbuf_packet *out)
{
	unsigned char *payload;
	int size = rtp_get_payload(m, &payload);
	*out = (struct jbuf_packet){
		.payload = payload,
		.size = size > 0 ? (size_t)size : 0,
		.timestamp = rtp_get_timestamp(m),
		.seq = rtp_get_seqnumber(m),
		.marker = rtp_get_markbit(m),
	};
}

static bool take(struct jbuf *j, uint32_t now, struct jbuf_packet *out)
{
	release(j);
	mblk_t *m = rtp_session_recvm_with_ts(j->session, now);
	if (!m)
		return false;
	j->held = m;
	describe(m, out);
	return true;
}

bool jbuf_peek(struct jbuf *j, struct jbuf_packet *out)
{
	queue_t *queue = &j->session->rtp.rq;
	if (qempty(queue))
		return false;
	describe(qfirst(queue), out);
	return true;
}

bool jbuf_get(struct jbuf *j, uint32_t now, struct jbuf_packet *out)
{
	return take(j, now, out);
}

bool jbuf_flush(struct jbuf *j, struct jbuf_packet *out)
{
	rtp_session_enable_jitter_buffer(j->session, FALSE);
	bool some = take(j, 0, out);
	if (!some)
		rtp_session_enable_jitter_buffer(j->session, TRUE);
	return some;
}

unsigned jbuf_restart(struct jbuf *j)
{
	int waiting = j->session->rtp.rq.q_mcount;
	release(j);
	rtp_session_resync(j->session);
	return waiting > 0 ? (unsigned)waiting : 0;
}

uint64_t jbuf_late(const struct jbuf *j)
{
	return j->session->stats.outoftime;
}

unsigned jbuf_delay_ms(const struct jbuf *j)
{
	int delay = j->session->rtp.jittctl.adapt_jitt_comp_ts;
	return delay > 0 ? (unsigned)((uint64_t)delay * 1000 / j->clock_hz) : 0;
}
