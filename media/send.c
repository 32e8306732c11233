#include "media/packets.h"
#include "media/stream.h"

#include <string.h>

/* What is sent may be others' too (a room's members get the same packet), so it is encrypted in a copy. NULL:
 * not to be sent. */
static const uint8_t *seal(struct stream *s, const uint8_t *packet, size_t *size, bool rtcp)
{
	uint8_t *copy = s->worker->sealed;
	if (*size > RTP_PACKET_MAX)
		return NULL;
	memcpy(copy, packet, *size);
	if (rtcp ? secure_seal_rtcp(s->seal, copy, size) : secure_seal_rtp(s->seal, copy, size))
		return copy;
	return NULL;
}

void send_raw(struct stream *s, const uint8_t *packet, size_t size)
{
	size_t sent = size;
	if (s->seal && !(packet = seal(s, packet, &sent, false)))
		return;
	ssize_t n = packet_send(s->rtp_fd, packet, sent, &s->remote.origin.at);
	if (n < 0)
		return; /* as good as lost on the way; the far end's reports will show it */
	s->tx.packets++;
	s->tx.bytes += size;
	s->tx.last_us = s->worker->now_us;
	if (s->headers)
		header_log_put(&s->headers->out, packet, size, &s->remote.origin.at, s->tx.last_us);
}

void send_rtcp(struct stream *s, int fd, const uint8_t *packet, size_t size, const union address *to)
{
	if (!s->seal || (packet = seal(s, packet, &size, true)))
		sendto(fd, packet, size, MSG_NOSIGNAL, &to->any, address_size(to));
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
