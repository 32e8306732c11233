#include "media/rtp.h"

bool rtp_parse_packet(struct rtp_packet *out, uint8_t *p, size_t size)
{
	if (size < RTP_HEADER || p[0] >> 6 != 2)
		return false;
	size_t at = RTP_HEADER + 4u * (p[0] & 0x0f);
	if (p[0] & 0x10) { /* header extension */
		if (size < at + 4)
			return false;
		at += 4 + 4u * get16(p + at + 2);
	}
	if (at > size)
		return false;
	size_t padding = 0;
	if (p[0] & 0x20) {
		padding = p[size - 1];
		if (padding == 0 || padding > size - at)
			return false;
	}
	out->bytes = p;
	out->size = size;
	out->payload = p + at;
	out->payload_size = size - at - padding;
	out->pt = p[1] & 0x7f;
	out->kind = RTP_AUDIO;
	out->marker = p[1] & 0x80;
	out->seq = get16(p + 2);
	out->timestamp = get32(p + 4);
	out->ssrc = get32(p + 8);
	return true;
}
