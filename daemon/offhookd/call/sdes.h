/* sdes: keys for encrypted audio in session descriptions (RFC 4568), as conf { srtp } says.
 *
 * Concept. Each side names the key of what it sends. An offer lists suites, each with a key; the answer takes
 * one. What stays in a later offer keeps its key and goes on; a new key begins anew.
 *
 * How offers look. `required`: RTP/SAVP, which a far end without SRTP refuses. `offered`: RTP/AVP with keys
 * (RFC 8643): who knows nothing of them answers without, so the call connects in one go. Some phones that are
 * set to encrypt always take RTP/SAVP alone and refuse that; they are asked once more that way (`savp`).
 * Offering both in two m= lines, as some do, is understood, but not done: many answer to the first alone, or
 * to both.
 *
 * Pure functions, but for the randomness of keys. */
#ifndef OFFHOOK_SWITCH_SDES_H
#define OFFHOOK_SWITCH_SDES_H

#include "daemon/offhookd/ua/sdp.h"
#include "lib/conf.h"
#include "media/media.h"

/* What an offer of ours has said, for the answer. */
struct sdes_offered {
	struct ua_sdp_crypto crypto[UA_SDP_CRYPTO_MAX];
	size_t count;
	bool savp;
};

/* Why a description is not taken: errno's, for sdes_reason(). */
enum sdes_error {
	SDES_IS_OFF = 1,   /* encryption is demanded, which is off */
	SDES_NO_SUITE,	   /* encryption is demanded, in no way that we know */
	SDES_NOT_OFFERED,  /* we demand it, and there is none */
	SDES_NOT_ANSWERED, /* the answer has taken what was not offered */
};

/* One sentence. */
const char *sdes_reason(int error);

/* Adds keys to an offer. `now`: what the call has (zeros at first); its key is offered again, first. `savp`:
 * as RTP/SAVP, also where the conf does not demand it. */
void sdes_offer(struct ua_sdp *offer, enum conf_srtp policy, bool savp, const struct media_srtp *now);

/* What is to be kept of an offer until it is answered. */
void sdes_keep(struct sdes_offered *out, const struct ua_sdp *offer);
/* Wipes it. */
void sdes_forget(struct sdes_offered *offered);

/* Takes the unencrypted line of an offer that has both, when encryption is off. Before all else is read of
 * it. */
void sdes_choose_line(struct ua_sdp *offer, enum conf_srtp policy);

/* Whether an offer can be answered at all: 0 or a sdes_error. */
int sdes_check(const struct ua_sdp *offer, enum conf_srtp policy);

/* Answers: the line and the profile into `answer`, the keys into *out (no suite: plain). The first suite of
 * the offer is taken; what the call has `now` is kept when it is still offered. Returns 0 or a sdes_error. */
int sdes_answer(struct ua_sdp *answer, struct media_srtp *out, const struct ua_sdp *offer,
		enum conf_srtp policy, const struct media_srtp *now) __attribute__((warn_unused_result));

/* The keys that follow from an answer. `local`, our side's description, keeps of its lines the one that
 * counts. Returns 0 or a sdes_error. */
int sdes_accept(struct ua_sdp *local, struct media_srtp *out, const struct sdes_offered *offered,
		const struct ua_sdp *answer, enum conf_srtp policy) __attribute__((warn_unused_result));

#endif
