/* secure: SRTP and SRTCP of one direction of a session (RFC 3711, RFC 6188, RFC 7714), by libsrtp.
 *
 * Concept. One struct secure seals what we send (its SSRC is ours and known beforehand), another opens what
 * comes (whatever SSRC it has). It keeps the rollover counters and what was received, so it must not be made
 * anew while its key stays (but see secure_expect_restart()).
 *
 * Threads. Made and freed on the main thread; used by one thread at a time in between.
 *
 * Opening the first packet of an SSRC takes memory, once it has proved to be genuine; other packets take
 * none. */
#ifndef OFFHOOK_MEDIA_SECURE_H
#define OFFHOOK_MEDIA_SECURE_H

#include "media/media.h"

/* Bytes that a packet may grow by: a tag of 16, an index of 4. */
enum { SECURE_TRAILER = 20 };

struct secure;

enum secure_verdict {
	SECURE_GOOD,
	SECURE_FORGED,	 /* not made with the key, or too broken to say */
	SECURE_REPLAYED, /* was there before, or is too old to say */
};

/* Starts the library, which takes some milliseconds; the others do it when it was not done. Main thread.
 * Returns 0 or EIO. */
int secure_start(void);

/* Returns 0, EINVAL (no suite), ENOMEM, or EIO when the library does not work. */
int secure_alloc_sender(struct secure **out, enum media_srtp_suite suite, const struct media_srtp_key *key,
			uint32_t ssrc) __attribute__((warn_unused_result));
int secure_alloc_receiver(struct secure **out, enum media_srtp_suite suite, const struct media_srtp_key *key)
    __attribute__((warn_unused_result));
/* The far end has described itself anew with the same key: it may begin anew with its rollover counter too,
 * which RFC 3711 forbids and some do after a hold. `fresh`, another receiver of that key, is tried from now
 * on with packets that `secure` cannot open; several authentic ones in a row, with none that `secure` opens
 * among them, decide that the far end has begun anew. As soon as some packets were opened as before, this is
 * over, and what was sent before and is played back is refused as ever. Takes `fresh`, and returns the one of
 * the last time, or NULL. */
struct secure *secure_expect_restart(struct secure *secure, struct secure *fresh)
    __attribute__((warn_unused_result));

/* The far end has sent with this key before, to a process that is no more: its rollover counter may be
 * anything from 0 to `max`, and is found out by the first packets. Returns 0 or ENOMEM. */
int secure_guess_rollovers(struct secure *secure, enum media_srtp_suite suite,
			   const struct media_srtp_key *key, unsigned max)
    __attribute__((warn_unused_result));

/* Wipes the keys. NULL is ignored. */
void secure_free(struct secure *secure);

/* Encrypt in place; SECURE_TRAILER bytes of room stand behind `size`. False: not to be sent (its sequence
 * number was used, or is too old). */
bool secure_seal_rtp(struct secure *secure, uint8_t *packet, size_t *size);
bool secure_seal_rtcp(struct secure *secure, uint8_t *packet, size_t *size);

/* Decrypt in place. What is not good may be garbage afterwards. */
enum secure_verdict secure_open_rtp(struct secure *secure, uint8_t *packet, size_t *size);
enum secure_verdict secure_open_rtcp(struct secure *secure, uint8_t *packet, size_t *size);

#endif
