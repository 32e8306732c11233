/* entry: how a message, or a link, stands in memory and on disk: a header, its text, and zeroes up to a
 * multiple of eight. Of this machine's byte order: the files are read where they were written. */
#ifndef OFFHOOK_TRACE_ENTRY_H
#define OFFHOOK_TRACE_ENTRY_H

#include <stddef.h>
#include <stdint.h>

enum entry_kind { ENTRY_MESSAGE = 1, ENTRY_LINK, ENTRY_RTP };

enum { ENTRY_SENT = 1, ENTRY_CUT = 2 /* its text is longer than is kept */ };

enum { ENTRY_TEXT_MAX = 32768, ENTRY_SIZE_MAX = ENTRY_TEXT_MAX + 128, ENTRY_MAGIC = 0x5254684f };

struct entry_address {
	uint8_t bytes[16];     /* of IPv4 the first four */
	uint16_t port, family; /* in this machine's order; AF_…, 0: not known */
};

struct entry {
	uint32_t magic;
	uint32_t size;	 /* with this header, and what fills it up */
	int64_t time_us; /* UTC */
	uint32_t text_size;
	uint8_t kind, flags, transport, unused;
	union {
		struct {
			struct entry_address local, remote;
		};
		uint64_t keys[4]; /* of a link: ring_key(), 0 where there is none */
	};
	char text[];
};

/* Whether a whole entry begins at `bytes`, of which there are `size`. */
static inline const struct entry *entry_at(const char *bytes, size_t size)
{
	const struct entry *e = (const struct entry *)(const void *)bytes;

	if (size < sizeof *e || e->magic != ENTRY_MAGIC || e->size > size || e->size < sizeof *e ||
	    e->size > ENTRY_SIZE_MAX || e->size % 8 || e->text_size > e->size - sizeof *e)
		return NULL;
	return e;
}

/* The text of an ENTRY_RTP: this, and its packets. */
struct entry_packet {
	uint32_t after_ms; /* the entry's time */
	uint8_t head[8];   /* of the packet, up to its timestamp */
	uint16_t size, unused;
};

enum { ENTRY_CALL_SIZE = 64 };

struct entry_rtp {
	char call[ENTRY_CALL_SIZE]; /* with its end */
	uint32_t ssrc, count;
	struct entry_packet packets[];
};

/* What an ENTRY_RTP has in it; NULL: it is not whole. */
static inline const struct entry_rtp *entry_rtp(const struct entry *e)
{
	const struct entry_rtp *rtp = (const struct entry_rtp *)(const void *)e->text;

	if (e->kind != ENTRY_RTP || e->text_size < sizeof *rtp || rtp->call[ENTRY_CALL_SIZE - 1] ||
	    rtp->count != (e->text_size - sizeof *rtp) / sizeof rtp->packets[0])
		return NULL;
	return rtp;
}

#endif
