/* rtcp_check: whether RTCP (RFC 3550 section 6) is as long everywhere as it says.
 *
 * Concept. oRTP reads what is in a packet and believes its lengths; it reads past the end where one lies. So
 * every length is checked here first: of the packets of a datagram, of what is in each, and of the blocks of
 * an extended report. Nothing is copied or allocated; all of it is plain reading, by any thread. */
#ifndef OFFHOOK_MEDIA_RTCP_CHECK_H
#define OFFHOOK_MEDIA_RTCP_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RTCP_HEAD = 4,
	RTCP_SR_HEAD = 28, /* with the sender's SSRC and what it says of itself */
	RTCP_RR_HEAD = 8,
	RTCP_BLOCK = 24,
	RTCP_XR_HEAD = 8,
	RTCP_XR_BLOCK_HEAD = 4,
	RTCP_DLRR_ITEM = 12,
};

/* Types of packets (RFC 3550 section 12.1, RFC 4585, RFC 3611). */
enum {
	RTCP_TYPE_SR = 200,
	RTCP_TYPE_RR = 201,
	RTCP_TYPE_SDES = 202,
	RTCP_TYPE_BYE = 203,
	RTCP_TYPE_APP = 204,
	RTCP_TYPE_RTPFB = 205,
	RTCP_TYPE_PSFB = 206,
	RTCP_TYPE_XR = 207,
};

/* Types of the blocks of an extended report (RFC 3611 section 4), and how long those are whose length is
 * always the same. */
enum { RTCP_BLOCK_RRTR = 4, RTCP_BLOCK_DLRR = 5, RTCP_BLOCK_SUMMARY = 6, RTCP_BLOCK_VOIP = 7 };
enum { RTCP_RRTR_SIZE = 12, RTCP_SUMMARY_SIZE = 40, RTCP_VOIP_SIZE = 36 };

/* What a statistics summary tells of, in its flags (RFC 3611 section 4.6). */
enum { RTCP_SUMMARY_LOST = 0x80, RTCP_SUMMARY_DUPLICATE = 0x40, RTCP_SUMMARY_JITTER = 0x20 };

struct rtcp_packet {
	uint8_t *bytes;
	size_t size; /* as its header says, padding included */
	size_t body; /* without padding */
	unsigned type, count;
};

/* A block of an extended report (RFC 3611 section 3). */
struct rtcp_xr_block {
	uint8_t *bytes;
	size_t size;
	unsigned type;
};

/* Whether `size` bytes are RTCP packets one after the other and nothing else: version 2, lengths that add up,
 * padding in the last one alone. What comes first does not matter (RFC 5506). */
bool rtcp_check_datagram(const uint8_t *bytes, size_t size);

/* The packet at *at of a datagram that was checked, and moves *at on. False at its end. */
bool rtcp_next(struct rtcp_packet *out, uint8_t *bytes, size_t size, size_t *at);

/* Whether everything that is in it is inside it. Types that are not known here have nothing to check. */
bool rtcp_check_packet(const struct rtcp_packet *packet);

/* The block at *at (begin with RTCP_XR_HEAD) of an extended report that was checked. False at its end. */
bool rtcp_next_block(struct rtcp_xr_block *out, const struct rtcp_packet *packet, size_t *at);

/* Whether the block is as long as its type wants it. False for types that are not known, too. */
bool rtcp_check_block(const struct rtcp_xr_block *block);

#endif
