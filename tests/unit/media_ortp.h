/* media_ortp: far ends that are sessions of oRTP: an RTP stack of others, with a jitter buffer, telephone
 * events, RTCP and a network of its own.
 *
 * One sends PCMU, a tone, every 20 ms from the world's loop, and keeps what it hears as its jitter buffer
 * gives it out. ortp_far_free() before world_free(). */
#ifndef OFFHOOK_TESTS_MEDIA_ORTP_H
#define OFFHOOK_TESTS_MEDIA_ORTP_H

#include "tests/unit/media_support.h"

#include <ortp/ortp.h>

/* What it has heard of us by RTCP. */
struct ortp_told {
	unsigned sender_reports, blocks_about_it, byes;
	char cname[64];
	unsigned reference_times, delays, summaries, voip_metrics;
	unsigned summary_lost, voip_loss, voip_burst_density, voip_r, voip_mos_lq; /* the last ones */
};

struct ortp_far {
	struct world *world;
	RtpSession *session;
	OrtpEvQueue *events;
	struct event *timer;
	struct tones tone;
	double next_us;	    /* when the next packet is due */
	uint32_t timestamp; /* of it, and of what is heard meanwhile */
	unsigned sent,
	    reorder_every; /* so many packets; the next one overtakes each such one; 0: none does */
	unsigned events_sent;
	char digits[64]; /* that it was sent as telephone-events */
	unsigned digit_count;
	unsigned gaps; /* ticks at which its jitter buffer had nothing */
	int16_t *heard;
	size_t heard_count;
	struct ortp_told told;
};

struct ortp_far *ortp_far_new(struct world *world);
void ortp_far_free(struct ortp_far *far);
/* Tells the session of it, with `xr` (MEDIA_XR_…) asked for, and sends a tone of −10 dBm0. */
void ortp_far_meets(struct ortp_far *far, struct media_session *session, unsigned xr, unsigned hz);
/* Puts a network before it: `mode` says in which direction. */
void ortp_far_network(struct ortp_far *far, OrtpNetworkSimulatorMode mode, float loss_percent,
		      float jitter_strength);
/* Packets that the network has lost. */
unsigned ortp_far_lost(const struct ortp_far *far);
/* Reports every `interval_ms`, all that it knows of extended reports too. */
void ortp_far_reports(struct ortp_far *far, int interval_ms);
void ortp_far_press(struct ortp_far *far, const char *digits);
/* Lets the world go on until it has sent `count` more packets. */
void ortp_far_pass(struct ortp_far *far, unsigned count);
/* Level of `hz` in the last second that it heard [dBFS]: of most of its tenths. */
double ortp_far_level(const struct ortp_far *far, double hz);

#endif
