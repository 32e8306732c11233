/* burst: how losses are spread, in bursts and in the gaps between them (RFC 3611 section 4.7.2 and appendix
 * A.2).
 *
 * Concept. It is told the packets in their order, lost or not, in runs: nothing is done for a packet by
 * itself. Plain data, used by one thread; a zeroed struct is a beginning. */
#ifndef OFFHOOK_MEDIA_BURST_H
#define OFFHOOK_MEDIA_BURST_H

#include <stdbool.h>
#include <stdint.h>

enum { BURST_GMIN = 16 }; /* so many packets in a row that were not lost end a burst */

struct burst {
	uint32_t next;			       /* sequence number of the packet that it is to be told next */
	uint32_t received, lost;	       /* packets since the last loss; losses of this burst */
	uint32_t c11, c13, c14, c22, c23, c33; /* transitions, as the RFC names them */
};

struct burst_metrics {
	uint8_t burst_density, gap_density; /* [1/256] */
	uint32_t burst_ms, gap_ms;	    /* mean lengths */
};

void burst_received(struct burst *burst, uint32_t count);
void burst_lost(struct burst *burst);
/* `packet_ms`: the length of a packet. */
void burst_measure(const struct burst *burst, unsigned packet_ms, struct burst_metrics *out);

#endif
