/* Offers and answers of keys: off, accepted, offered, required, from either side. */
#include "daemon/offhookd/call/sdes.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct media_srtp nothing;

static void add(struct ua_sdp *sdp, uint32_t tag, enum media_srtp_suite suite, uint8_t fill)
{
	struct ua_sdp_crypto *c = &sdp->crypto[sdp->crypto_count++];

	c->tag = tag;
	c->suite = media_srtp_name(suite);
	c->key_size = (uint8_t)media_srtp_key_size(suite);
	memset(c->key, fill, c->key_size);
}

static struct ua_sdp offer_of(bool savp, enum media_srtp_suite suite)
{
	struct ua_sdp s = { .savp = savp };

	if (suite)
		add(&s, 4, suite, 0x44);
	return s;
}

Test(sdes, what_is_offered)
{
	struct ua_sdp s = { 0 };

	for (int policy = CONF_SRTP_OFF; policy <= CONF_SRTP_ACCEPTED; policy++) {
		sdes_offer(&s, (enum conf_srtp)policy, true, &nothing);
		cr_assert(!s.savp && s.crypto_count == 0);
	}
	sdes_offer(&s, CONF_SRTP_OFFERED, false, &nothing);
	cr_assert(!s.savp, "RFC 8643: RTP/AVP with keys");
	cr_assert_gt(s.crypto_count, 2);
	for (size_t i = 0; i < s.crypto_count; i++) {
		cr_assert_eq(s.crypto[i].tag, i + 1);
		cr_assert_eq(s.crypto[i].key_size, media_srtp_key_size(media_srtp_find(s.crypto[i].suite)));
		for (size_t j = 0; j < i; j++)
			cr_assert_neq(memcmp(s.crypto[i].key, s.crypto[j].key, 28), 0,
				      "no key is used twice");
	}
	sdes_offer(&s, CONF_SRTP_OFFERED, true, &nothing);
	cr_assert(s.savp);
	sdes_offer(&s, CONF_SRTP_REQUIRED, false, &nothing);
	cr_assert(s.savp && s.crypto_count > 2);
}

Test(sdes, an_offer_in_mid_call_keeps_the_key)
{
	struct media_srtp now = { .suite = MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32 };
	struct ua_sdp s = { 0 };

	memset(now.send.bytes, 0x55, 30);
	sdes_offer(&s, CONF_SRTP_ACCEPTED, true, &now);
	cr_assert(s.savp && s.crypto_count == 1);
	cr_assert_arr_eq(s.crypto[0].key, now.send.bytes, 30);
	sdes_offer(&s, CONF_SRTP_REQUIRED, true, &now);
	cr_assert_str_eq(s.crypto[0].suite, "AES_CM_128_HMAC_SHA1_32");
	cr_assert_gt(s.crypto_count, 3);
}

static int answer(struct ua_sdp *out, struct media_srtp *srtp, enum conf_srtp policy, bool savp,
		  enum media_srtp_suite suite)
{
	struct ua_sdp offer = offer_of(savp, suite);

	memset(out, 0, sizeof *out);
	cr_assert_eq(sdes_check(&offer, policy), sdes_answer(out, srtp, &offer, policy, &nothing));
	return sdes_answer(out, srtp, &offer, policy, &nothing);
}

Test(sdes, what_is_answered)
{
	const enum media_srtp_suite some = MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80;
	struct media_srtp srtp;
	struct ua_sdp s;

	cr_assert_eq(answer(&s, &srtp, CONF_SRTP_OFF, false, MEDIA_SRTP_NONE), 0);
	cr_assert_eq(srtp.suite, MEDIA_SRTP_NONE);
	cr_assert_eq(answer(&s, &srtp, CONF_SRTP_OFF, false, some), 0, "it was left open");
	cr_assert(srtp.suite == MEDIA_SRTP_NONE && s.crypto_count == 0 && !s.savp);
	cr_assert_eq(answer(&s, &srtp, CONF_SRTP_OFF, true, some), SDES_IS_OFF);
	for (int policy = CONF_SRTP_ACCEPTED; policy <= CONF_SRTP_REQUIRED; policy++)
		for (int savp = 0; savp < 2; savp++) {
			cr_assert_eq(answer(&s, &srtp, (enum conf_srtp)policy, savp, some), 0);
			cr_assert_eq(srtp.suite, some);
			cr_assert_eq(s.savp, savp, "in the profile of the offer");
			cr_assert_eq(s.crypto_count, 1);
			cr_assert_eq(s.crypto[0].tag, 4, "with the tag of the offer");
			cr_assert_arr_eq(s.crypto[0].key, srtp.send.bytes, 30);
			cr_assert_eq(srtp.receive.bytes[29], 0x44);
			cr_assert_neq(memcmp(srtp.send.bytes, srtp.receive.bytes, 30), 0);
		}
	cr_assert_eq(answer(&s, &srtp, CONF_SRTP_OFFERED, false, MEDIA_SRTP_NONE), 0);
	cr_assert_eq(srtp.suite, MEDIA_SRTP_NONE);
	cr_assert_eq(answer(&s, &srtp, CONF_SRTP_REQUIRED, false, MEDIA_SRTP_NONE), SDES_NOT_OFFERED);
	cr_assert_eq(answer(&s, &srtp, CONF_SRTP_ACCEPTED, true, MEDIA_SRTP_NONE), SDES_NO_SUITE);
}

Test(sdes, the_first_suite_of_the_offer_is_taken)
{
	struct ua_sdp offer = offer_of(true, MEDIA_SRTP_AES_256_CM_HMAC_SHA1_32), s = { 0 };
	struct media_srtp srtp, again;

	add(&offer, 9, MEDIA_SRTP_AEAD_AES_256_GCM, 0x66);
	cr_assert_eq(sdes_answer(&s, &srtp, &offer, CONF_SRTP_ACCEPTED, &nothing), 0);
	cr_assert_eq(srtp.suite, MEDIA_SRTP_AES_256_CM_HMAC_SHA1_32);
	/* offered again, and behind another one: both keys stay */
	struct ua_sdp later = { .savp = true };
	add(&later, 1, MEDIA_SRTP_AEAD_AES_128_GCM, 0x77);
	add(&later, 2, MEDIA_SRTP_AES_256_CM_HMAC_SHA1_32, 0x44);
	cr_assert_eq(sdes_answer(&s, &again, &later, CONF_SRTP_ACCEPTED, &srtp), 0);
	cr_assert_eq(memcmp(&again, &srtp, sizeof srtp), 0);
	cr_assert_eq(s.crypto[0].tag, 2);
	/* the far end's key is new: ours stays */
	later.crypto[1].key[0] ^= 1;
	later.crypto[0] = later.crypto[1];
	cr_assert_eq(sdes_answer(&s, &again, &later, CONF_SRTP_ACCEPTED, &srtp), 0);
	cr_assert_arr_eq(&again.send, &srtp.send, sizeof srtp.send);
	cr_assert_neq(memcmp(&again.receive, &srtp.receive, sizeof srtp.receive), 0);
}

Test(sdes, a_phone_that_offers_both_is_taken_at_the_line_that_is_allowed)
{
	struct ua_sdp offer = offer_of(true, MEDIA_SRTP_AEAD_AES_128_GCM);

	offer.line_count = 2;
	offer.lines[0].ours = true;
	offer.plain = (struct ua_sdp_plain){ .there = true, .line = 1 };
	sdes_choose_line(&offer, CONF_SRTP_ACCEPTED);
	cr_assert(offer.savp && offer.crypto_count == 1);
	sdes_choose_line(&offer, CONF_SRTP_OFF);
	cr_assert(!offer.savp && offer.crypto_count == 0 && offer.lines[1].ours);
	cr_assert_eq(sdes_check(&offer, CONF_SRTP_OFF), 0);
}

struct asked {
	struct ua_sdp local;
	struct sdes_offered offered;
	struct media_srtp srtp;
};

static struct asked ask(enum conf_srtp policy)
{
	struct asked a = { .offered = { .count = 0 } };

	sdes_offer(&a.local, policy, false, &nothing);
	sdes_keep(&a.offered, &a.local);
	return a;
}

Test(sdes, what_becomes_of_an_answer)
{
	struct asked a = ask(CONF_SRTP_OFFERED);
	struct ua_sdp s = { 0 };
	const struct ua_sdp_crypto *second = &a.offered.crypto[1];

	add(&s, second->tag, media_srtp_find(second->suite), 0x21);
	s.savp = true; /* some raise the profile */
	cr_assert_eq(sdes_accept(&a.local, &a.srtp, &a.offered, &s, CONF_SRTP_OFFERED), 0);
	cr_assert_eq(a.srtp.suite, media_srtp_find(second->suite));
	cr_assert_arr_eq(a.srtp.send.bytes, second->key, second->key_size);
	cr_assert_eq(a.srtp.receive.bytes[0], 0x21);
	cr_assert(a.local.crypto_count == 1 && a.local.savp);
	/* a wrong tag: the suite says it */
	s.crypto[0].tag = 99;
	a = ask(CONF_SRTP_OFFERED);
	cr_assert_eq(sdes_accept(&a.local, &a.srtp, &a.offered, &s, CONF_SRTP_OFFERED), 0);
	/* a suite that was not offered */
	s.crypto_count = 0;
	add(&s, 1, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32, 0x21);
	cr_assert_eq(sdes_accept(&a.local, &a.srtp, &a.offered, &s, CONF_SRTP_OFFERED), SDES_NOT_ANSWERED);
	/* plain */
	s = (struct ua_sdp){ 0 };
	cr_assert_eq(sdes_accept(&a.local, &a.srtp, &a.offered, &s, CONF_SRTP_REQUIRED), SDES_NOT_OFFERED);
	cr_assert_eq(sdes_accept(&a.local, &a.srtp, &a.offered, &s, CONF_SRTP_OFFERED), 0);
	cr_assert(a.srtp.suite == MEDIA_SRTP_NONE && a.local.crypto_count == 0);
	/* keys in answer to nothing */
	a = ask(CONF_SRTP_ACCEPTED);
	add(&s, 1, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80, 0x21);
	cr_assert_eq(sdes_accept(&a.local, &a.srtp, &a.offered, &s, CONF_SRTP_ACCEPTED), 0);
	cr_assert_eq(a.srtp.suite, MEDIA_SRTP_NONE);
	s.savp = true;
	cr_assert_eq(sdes_accept(&a.local, &a.srtp, &a.offered, &s, CONF_SRTP_ACCEPTED), SDES_NO_SUITE);
}

Test(sdes, every_reason_is_a_sentence)
{
	for (int e = SDES_IS_OFF; e <= SDES_NOT_ANSWERED; e++)
		cr_assert_eq(sdes_reason(e)[strlen(sdes_reason(e)) - 1], '.');
}
