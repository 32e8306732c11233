/* The relay path: what arrives for one side of a bridge leaves by the other with our numbers in it.
 * Differences of sequence and timestamps are kept, so that the far end sees the losses there were. */
#include "media/codec.h"
#include "media/stream.h"

static void sync(struct stream *to, const struct rtp_packet *p)
{
	to->relay.synced = true;
	to->relay.seq_offset = (uint16_t)(to->tx.seq - p->seq);
	to->relay.timestamp_offset = to->tx.timestamp - p->timestamp;
	to->tx.marker = true;
}

bool relay_sounds(const struct stream *from, const struct rtp_packet *p)
{
	const struct codec_ops *ops = codec_ops(from->remote.heard);
	return p->kind == RTP_AUDIO && (!ops->quiet || !ops->quiet(p->payload, p->payload_size));
}

void relay_packet(struct stream *from, const struct rtp_packet *p)
{
	struct stream *to = from->peer;
	if (!send_possible(to) || (p->kind == RTP_AUDIO && from->remote.heard != to->remote.codec))
		return; /* the latter only until the path has been chosen anew */
	bool digit = p->kind == RTP_EVENT;
	if (digit && to->remote.dtmf_pt < 0)
		return;
	if (!to->relay.synced)
		sync(to, p);
	unsigned pt = digit		     ? (unsigned)to->remote.dtmf_pt
		      : p->kind == RTP_AUDIO ? to->remote.pt
		      : p->kind == RTP_NOISE ? COMFORT_NOISE_PT
					     : p->pt;
	uint16_t seq = (uint16_t)(p->seq + to->relay.seq_offset);
	uint32_t timestamp = p->timestamp + to->relay.timestamp_offset;
	bool marker = p->marker || (to->tx.marker && !digit);
	if (digit)
		to->tx.digit_packets++;
	else
		to->tx.marker = false;
	uint8_t *b = p->bytes;
	b[1] = (uint8_t)((marker ? 0x80 : 0) | pt);
	put16(b + 2, seq);
	put32(b + 4, timestamp);
	put32(b + 8, to->tx.ssrc);
	if ((int16_t)(seq - to->tx.seq) >= 0) {
		to->tx.seq = (uint16_t)(seq + 1);
		if (!digit)
			to->tx.timestamp =
			    timestamp + to->remote.codec->clock_hz / 1000 * to->remote.ptime_ms;
	}
	to->tx.last_timestamp = timestamp;
	send_raw(to, b, p->size);
}
