#include "media/stream.h"

void send_raw(struct stream *s, const uint8_t *packet, size_t size)
{
	ssize_t n =
	    sendto(s->rtp_fd, packet, size, MSG_NOSIGNAL, &s->remote.rtp.any, address_size(&s->remote.rtp));
	if (n < 0)
		return; /* as good as lost on the way; the far end's reports will show it */
	s->tx.packets++;
	s->tx.bytes += size;
	s->tx.last_us = s->worker->now_us;
}

void send_rtp(struct stream *s, uint8_t *packet, size_t size, unsigned pt, bool marker, uint32_t timestamp)
{
	rtp_write_header(packet, pt, marker, s->tx.seq++, timestamp, s->tx.ssrc);
	s->tx.last_timestamp = timestamp;
	send_raw(s, packet, RTP_HEADER + size);
}

void send_audio(struct stream *s, uint8_t *packet, size_t size)
{
	if (size == 0) {
		s->tx.marker = true; /* of the packet after the pause */
		return;
	}
	send_rtp(s, packet, size, s->remote.pt, s->tx.marker, s->tx.timestamp);
	s->tx.marker = false;
}
