/* far: what the far end of a call tells by RTCP of how it hears us (RFC 3550, RFC 3611). */
#ifndef OFFHOOK_MEDIA_FAR_H
#define OFFHOOK_MEDIA_FAR_H

#include <stdbool.h>
#include <stdint.h>

enum { MEDIA_FAR_UNKNOWN = 127, MEDIA_FAR_NAME_MAX = 32 };

/* How the far end finds what we send (RFC 3611 section 4.7). What is MEDIA_FAR_UNKNOWN it does not say. */
struct media_far_voip {
	uint8_t loss, discard, burst_density, gap_density; /* [1/256] */
	uint16_t burst_ms, gap_ms, rtt_ms, end_system_ms;  /* the last two: 0 where it does not know */
	int8_t signal_dbm, noise_dbm;
	uint8_t rerl_db, gmin, r, ext_r;
	uint8_t mos_lq, mos_cq; /* times 10 */
	uint8_t config;		/* of its receiver, as in the packet */
	uint16_t buffer_ms, buffer_max_ms, buffer_abs_max_ms;
};

/* Its statistics of the packets from `begin` to before `end` (section 4.6). */
struct media_far_summary {
	uint16_t begin, end; /* sequence numbers of ours */
	bool has_lost, has_duplicate, has_jitter;
	uint32_t lost, duplicate;
	uint32_t jitter_min_us, jitter_mean_us, jitter_max_us, jitter_deviation_us;
};

/* What the far end's RTCP tells beside its report blocks. */
struct media_far {
	uint32_t reports, xr, app, feedback, bye; /* packets of it; the first: SR and RR */
	bool has_voip, has_summary;
	struct media_far_voip voip;	  /* the latest */
	struct media_far_summary summary; /* the latest */
	char cname[MEDIA_FAR_NAME_MAX];	  /* as it calls itself, what is longer is cut; "" */
};

#endif
