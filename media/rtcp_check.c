#include "media/rtcp_check.h"

#include "media/rtp.h"

enum { APP_HEAD = 12, FEEDBACK_HEAD = 12, SSRC_SIZE = 4, TYPE_MIN = 192, TYPE_MAX = 223 };

static size_t length_of(const uint8_t *p)
{
	return 4u * (get16(p + 2) + 1u);
}

static bool is_padded(const uint8_t *p)
{
	return p[0] & 0x20;
}

/* Padding says in its last byte how long it is. */
static bool padding_fits(const uint8_t *p, size_t length)
{
	size_t padding = p[length - 1];
	return padding > 0 && padding % 4 == 0 && padding + RTCP_HEAD <= length;
}

bool rtcp_check_datagram(const uint8_t *p, size_t size)
{
	if (size == 0)
		return false;
	while (size > 0) {
		if (size < RTCP_HEAD || p[0] >> 6 != 2 || p[1] < TYPE_MIN || p[1] > TYPE_MAX)
			return false;
		size_t length = length_of(p);
		if (length > size)
			return false;
		if (is_padded(p) && (length < size || !padding_fits(p, length)))
			return false;
		p += length;
		size -= length;
	}
	return true;
}

bool rtcp_next(struct rtcp_packet *out, uint8_t *bytes, size_t size, size_t *at)
{
	if (*at >= size)
		return false;
	uint8_t *p = bytes + *at;
	size_t length = length_of(p);
	*out = (struct rtcp_packet){
		.bytes = p,
		.size = length,
		.body = is_padded(p) ? length - p[length - 1] : length,
		.type = p[1],
		.count = p[0] & 0x1f,
	};
	*at += length;
	return true;
}

/* Items of a source up to one of type 0 and what fills its word; some leave that out at the very end. Returns
 * where they end, 0 where they do not. */
static size_t end_of_chunk(const struct rtcp_packet *packet, size_t at)
{
	const uint8_t *p = packet->bytes;
	at += SSRC_SIZE;
	while (at < packet->body && p[at] != 0) {
		if (at + 2 > packet->body)
			return 0;
		at += 2u + p[at + 1];
	}
	if (at != packet->body)
		at = at / 4 * 4 + 4;
	return at <= packet->body ? at : 0;
}

static bool check_sdes(const struct rtcp_packet *packet)
{
	size_t at = RTCP_HEAD;
	for (unsigned i = 0; i < packet->count; i++) {
		at = end_of_chunk(packet, at);
		if (at == 0)
			return false;
	}
	return true;
}

static bool check_bye(const struct rtcp_packet *packet)
{
	size_t reason = RTCP_HEAD + SSRC_SIZE * (size_t)packet->count;
	if (reason >= packet->body)
		return reason == packet->body;
	return reason + 1 + packet->bytes[reason] <= packet->body;
}

static bool check_xr(const struct rtcp_packet *packet)
{
	size_t at = RTCP_XR_HEAD;
	while (at < packet->body) {
		if (at + RTCP_XR_BLOCK_HEAD > packet->body)
			return false;
		at += length_of(packet->bytes + at);
	}
	return at == packet->body;
}

bool rtcp_check_packet(const struct rtcp_packet *packet)
{
	switch (packet->type) {
	case RTCP_TYPE_SR:
		return RTCP_SR_HEAD + RTCP_BLOCK * (size_t)packet->count <= packet->body;
	case RTCP_TYPE_RR:
		return RTCP_RR_HEAD + RTCP_BLOCK * (size_t)packet->count <= packet->body;
	case RTCP_TYPE_SDES:
		return check_sdes(packet);
	case RTCP_TYPE_BYE:
		return check_bye(packet);
	case RTCP_TYPE_APP:
		return APP_HEAD <= packet->body;
	case RTCP_TYPE_RTPFB:
	case RTCP_TYPE_PSFB:
		return FEEDBACK_HEAD <= packet->body;
	case RTCP_TYPE_XR:
		return check_xr(packet);
	default:
		return true;
	}
}

bool rtcp_next_block(struct rtcp_xr_block *out, const struct rtcp_packet *packet, size_t *at)
{
	if (*at >= packet->body)
		return false;
	out->bytes = packet->bytes + *at;
	out->size = length_of(out->bytes);
	out->type = out->bytes[0];
	*at += out->size;
	return true;
}

bool rtcp_check_block(const struct rtcp_xr_block *block)
{
	switch (block->type) {
	case RTCP_BLOCK_RRTR:
		return block->size == RTCP_RRTR_SIZE;
	case RTCP_BLOCK_DLRR:
		return (block->size - RTCP_XR_BLOCK_HEAD) % RTCP_DLRR_ITEM == 0;
	case RTCP_BLOCK_SUMMARY:
		return block->size == RTCP_SUMMARY_SIZE;
	case RTCP_BLOCK_VOIP:
		return block->size == RTCP_VOIP_SIZE;
	default:
		return false;
	}
}
