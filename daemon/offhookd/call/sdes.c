/* See sdes.h. */
#include "daemon/offhookd/call/sdes.h"

#include "lib/random.h"

#include <string.h>
#include <strings.h>

/* In the order in which we would like them. GCM costs least; those with a short tag are taken when they are
 * offered. */
static const enum media_srtp_suite offered_suites[] = {
	MEDIA_SRTP_AEAD_AES_128_GCM,
	MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80,
	MEDIA_SRTP_AES_256_CM_HMAC_SHA1_80,
};

const char *sdes_reason(int error)
{
	switch (error) {
	case SDES_IS_OFF:
		return "The far end demands encrypted audio, and srtp is off for it.";
	case SDES_NO_SUITE:
		return "The far end demands encrypted audio, with no key or suite that Offhook can use.";
	case SDES_NOT_OFFERED:
		return "Encrypted audio is required, and the far end has none.";
	default:
		return "The far end's answer has a key for a suite that it was not offered.";
	}
}

static void add_line(struct ua_sdp *sdp, uint32_t tag, enum media_srtp_suite suite,
		     const struct media_srtp_key *key)
{
	struct ua_sdp_crypto *c = &sdp->crypto[sdp->crypto_count++];

	memset(c, 0, sizeof *c);
	c->tag = tag;
	c->suite = media_srtp_name(suite);
	c->key_size = (uint8_t)media_srtp_key_size(suite);
	memcpy(c->key, key->bytes, c->key_size);
}

static void make_key(struct media_srtp_key *out, enum media_srtp_suite suite)
{
	memset(out, 0, sizeof *out);
	random_bytes(out->bytes, media_srtp_key_size(suite));
}

static void take_key(struct media_srtp_key *out, const struct ua_sdp_crypto *c)
{
	memset(out, 0, sizeof *out);
	memcpy(out->bytes, c->key, c->key_size);
	memcpy(out->mki, c->mki, c->mki_size);
	out->mki_size = c->mki_size;
}

/* ---- offers ---- */

void sdes_offer(struct ua_sdp *offer, enum conf_srtp policy, bool savp, const struct media_srtp *now)
{
	bool offers = policy == CONF_SRTP_OFFERED || policy == CONF_SRTP_REQUIRED;
	uint32_t tag = 1;

	ua_sdp_forget_keys(offer);
	offer->feedback = false;
	offer->savp = policy == CONF_SRTP_REQUIRED || (savp && (offers || now->suite));
	if (now->suite)
		add_line(offer, tag++, now->suite, &now->send);
	for (size_t i = 0; offers && i < sizeof offered_suites / sizeof offered_suites[0]; i++) {
		struct media_srtp_key key;

		if (offered_suites[i] == now->suite)
			continue;
		make_key(&key, offered_suites[i]);
		add_line(offer, tag++, offered_suites[i], &key);
		explicit_bzero(&key, sizeof key);
	}
}

void sdes_keep(struct sdes_offered *out, const struct ua_sdp *offer)
{
	memcpy(out->crypto, offer->crypto, sizeof out->crypto);
	out->count = offer->crypto_count;
	out->savp = offer->savp;
}

void sdes_forget(struct sdes_offered *offered)
{
	explicit_bzero(offered, sizeof *offered);
}

/* ---- answers of ours ---- */

void sdes_choose_line(struct ua_sdp *offer, enum conf_srtp policy)
{
	if (policy == CONF_SRTP_OFF)
		ua_sdp_use_plain(offer);
}

int sdes_check(const struct ua_sdp *offer, enum conf_srtp policy)
{
	if (policy == CONF_SRTP_OFF)
		return offer->savp ? SDES_IS_OFF : 0;
	if (offer->crypto_count)
		return 0;
	if (offer->savp)
		return SDES_NO_SUITE;
	return policy == CONF_SRTP_REQUIRED ? SDES_NOT_OFFERED : 0;
}

/* The line that has the key which the far end uses already, else the first. */
static const struct ua_sdp_crypto *choose(const struct ua_sdp *offer, const struct media_srtp *now)
{
	for (size_t i = 0; now->suite && i < offer->crypto_count; i++) {
		const struct ua_sdp_crypto *c = &offer->crypto[i];

		if (media_srtp_find(c->suite) == now->suite &&
		    memcmp(c->key, now->receive.bytes, c->key_size) == 0)
			return c;
	}
	return &offer->crypto[0];
}

int sdes_answer(struct ua_sdp *answer, struct media_srtp *out, const struct ua_sdp *offer,
		enum conf_srtp policy, const struct media_srtp *now)
{
	struct media_srtp srtp = { .suite = MEDIA_SRTP_NONE };
	const struct ua_sdp_crypto *c;
	int err = sdes_check(offer, policy);

	if (err)
		return err;
	ua_sdp_forget_keys(answer);
	answer->savp = offer->savp;
	answer->feedback = offer->feedback;
	if (offer->crypto_count && policy != CONF_SRTP_OFF) {
		c = choose(offer, now);
		srtp.suite = media_srtp_find(c->suite);
		take_key(&srtp.receive, c);
		if (srtp.suite == now->suite)
			srtp.send = now->send;
		else
			make_key(&srtp.send, srtp.suite);
		add_line(answer, c->tag, srtp.suite, &srtp.send);
	}
	*out = srtp;
	explicit_bzero(&srtp, sizeof srtp);
	return 0;
}

/* ---- answers of theirs ---- */

/* The line of ours that is answered. Its tag says so; there are phones that get the tag wrong. */
static const struct ua_sdp_crypto *find_offered(const struct sdes_offered *offered,
						const struct ua_sdp_crypto *theirs)
{
	const struct ua_sdp_crypto *found = NULL;

	for (size_t i = 0; i < offered->count; i++) {
		const struct ua_sdp_crypto *c = &offered->crypto[i];

		if (strcmp(c->suite, theirs->suite) == 0 && (!found || c->tag == theirs->tag))
			found = c;
	}
	return found;
}

int sdes_accept(struct ua_sdp *local, struct media_srtp *out, const struct sdes_offered *offered,
		const struct ua_sdp *answer, enum conf_srtp policy)
{
	const struct ua_sdp_crypto *ours;

	if (!answer->crypto_count || !offered->count) {
		if (answer->savp)
			return SDES_NO_SUITE;
		if (policy == CONF_SRTP_REQUIRED)
			return SDES_NOT_OFFERED;
		ua_sdp_forget_keys(local);
		local->savp = local->feedback = false;
		memset(out, 0, sizeof *out);
		return 0;
	}
	ours = find_offered(offered, &answer->crypto[0]);
	if (!ours)
		return SDES_NOT_ANSWERED;
	ua_sdp_forget_keys(local);
	local->crypto[0] = *ours;
	local->crypto_count = 1;
	local->savp = answer->savp;
	local->feedback = answer->feedback;
	out->suite = media_srtp_find(ours->suite);
	take_key(&out->send, ours);
	take_key(&out->receive, &answer->crypto[0]);
	return 0;
}
