/* jbuf: the jitter buffer of one session on the frame path.
 *
 * Concept. Packets go in when they arrive, in whatever order; on the tick the caller asks for what is due at
 * its own time, counted in units of the RTP clock. The delay adapts to the jitter, and the whole to a far end
 * whose clock is not ours. Made and used by one worker; only jbuf_alloc() allocates. */
#ifndef OFFHOOK_MEDIA_JBUF_H
#define OFFHOOK_MEDIA_JBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jbuf;

struct jbuf_packet {
	const uint8_t *payload; /* valid until the next call for this jbuf */
	size_t size;
	uint32_t timestamp;
	uint16_t seq;
	bool marker;
	uint8_t pt;
	bool noise; /* it describes a pause (RFC 3389), and is no audio */
};

/* `delay_ms`: least delay; `room`: for so many bytes of payload. Returns 0 or ENOMEM. */
int jbuf_alloc(struct jbuf **out, unsigned clock_hz, unsigned delay_ms, size_t room)
    __attribute__((warn_unused_result));
void jbuf_free(struct jbuf *jbuf);

/* A packet that arrived at `now` [RTP clock units]; its payload is copied. */
void jbuf_put(struct jbuf *jbuf, const struct jbuf_packet *packet, uint32_t now);

/* The oldest packet due at `now` [RTP clock units]; false when there is none. */
bool jbuf_get(struct jbuf *jbuf, uint32_t now, struct jbuf_packet *out);

/* The oldest packet whatever the time, left where it is; false when there is none. */
bool jbuf_peek(struct jbuf *jbuf, struct jbuf_packet *out);

/* The oldest packet whatever the time, to empty it. */
bool jbuf_flush(struct jbuf *jbuf, struct jbuf_packet *out);

/* The stream starts anew (other SSRC, jump of sequence or timestamp): forgets what it knows of its timing.
 * Returns how many packets were thrown away. */
unsigned jbuf_restart(struct jbuf *jbuf);

/* Packets that came after their turn, and the delay at present [ms]. */
uint64_t jbuf_late(const struct jbuf *jbuf);
unsigned jbuf_delay_ms(const struct jbuf *jbuf);

#endif
