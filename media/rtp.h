/* rtp: reading and writing RTP headers (RFC 3550 section 5.1). */
#ifndef OFFHOOK_MEDIA_RTP_H
#define OFFHOOK_MEDIA_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is in a packet, as its payload type says: none until that was looked at. */
enum rtp_kind { RTP_AUDIO, RTP_EVENT, RTP_NOISE };

enum { RTP_HEADER = 12, RTP_PACKET_MAX = 2048, COMFORT_NOISE_PT = 13 };

struct rtp_packet {
	uint8_t *bytes; /* the whole packet */
	size_t size;
	const uint8_t *payload;
	size_t payload_size; /* without padding */
	uint32_t timestamp, ssrc;
	uint16_t seq;
	uint8_t pt;
	bool marker;
	enum rtp_kind kind;
};

static inline uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* Fills *out from `size` bytes; false when they are no RTP packet. */
bool rtp_parse_packet(struct rtp_packet *out, uint8_t *bytes, size_t size);

/* Writes the fixed header. */
static inline void rtp_write_header(uint8_t *p, unsigned pt, bool marker, uint16_t seq, uint32_t timestamp,
				    uint32_t ssrc)
{
	p[0] = 0x80;
	p[1] = (uint8_t)((marker ? 0x80 : 0) | (pt & 0x7f));
	put16(p + 2, seq);
	put32(p + 4, timestamp);
	put32(p + 8, ssrc);
}

/* Whether a packet on a port with rtcp-mux is RTCP (RFC 5761 section 4). */
static inline bool rtp_is_rtcp(const uint8_t *p, size_t size)
{
	return size >= 8 && p[1] >= 192 && p[1] <= 223;
}

#endif
