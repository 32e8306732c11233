#include "media/burst.h"

void burst_received(struct burst *b, uint32_t count)
{
	b->received += count;
}

void burst_lost(struct burst *b)
{
	if (b->received >= BURST_GMIN) {
		if (b->lost == 1)
			b->c14++; /* a loss by itself, in a gap */
		else
			b->c13++; /* a burst is over */
		b->lost = 1;
		b->c11 += b->received;
	} else {
		b->lost++;
		if (b->received == 0) {
			b->c33++;
		} else {
			b->c23++;
			b->c22 += b->received - 1;
		}
	}
	b->received = 0;
}

static uint8_t of_256(double share)
{
	double n = 256 * share;
	return (uint8_t)(n < 0 ? 0 : n > 255 ? 255 : n);
}

void burst_measure(const struct burst *b, unsigned packet_ms, struct burst_metrics *out)
{
	const double c13 = (double)b->c13, c23 = (double)b->c23, c22 = (double)b->c22;
	const double c11 = (double)b->c11 + b->received, c14 = (double)b->c14, c33 = (double)b->c33;
	const double p32_of = c13 + c23 + c33, p23 = c22 + c23 < 1 ? 1 : 1 - c22 / (c22 + c23);
	const double p32 = p32_of > 0 ? c23 / p32_of : 0;
	const double in_gaps = c11 + c14 + c13, all = in_gaps + c22 + c23 + c13 + c23 + c33;
	const bool bursts = c13 > 0;
	*out = (struct burst_metrics){
		.burst_density = bursts ? of_256(p23 / (p23 + p32)) : 0,
		.gap_density = c11 + c14 > 0 ? of_256(c14 / (c11 + c14)) : 0,
		.gap_ms = (uint32_t)(in_gaps * packet_ms / (bursts ? c13 : 1)),
	};
	if (bursts)
		out->burst_ms = (uint32_t)(all * packet_ms / c13) - out->gap_ms;
}
