/* SRTP and SRTCP against the RFCs: what we seal is what the formulas of srtp_book.c make of it, and what they
 * make we open. */
#include "media/rtp.h"
#include "media/secure.h"
#include "tests/unit/srtp_book.h"

#include <criterion/criterion.h>
#include <string.h>

enum { SSRC = 0x5a17b00c, PAYLOAD = 160, ROOM = 400 };

static const enum media_srtp_suite all[] = {
	MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32,
	MEDIA_SRTP_AES_256_CM_HMAC_SHA1_80, MEDIA_SRTP_AES_256_CM_HMAC_SHA1_32,
	MEDIA_SRTP_AEAD_AES_128_GCM,	    MEDIA_SRTP_AEAD_AES_256_GCM,
};
enum { ALL = sizeof all / sizeof all[0] };

/* ---- packets ---- */

static struct media_srtp_key key_of(enum media_srtp_suite suite, uint8_t seed)
{
	struct media_srtp_key key = { .mki_size = 0 };
	for (size_t i = 0; i < media_srtp_key_size(suite); i++)
		key.bytes[i] = (uint8_t)(seed + i * 37);
	return key;
}

static size_t rtp(uint8_t *p, unsigned seq)
{
	rtp_write_header(p, 0, seq == 0, (uint16_t)seq, seq * 160, SSRC);
	for (size_t i = 0; i < PAYLOAD; i++)
		p[RTP_HEADER + i] = (uint8_t)(seq + i);
	return RTP_HEADER + PAYLOAD;
}

static size_t rtcp(uint8_t *p)
{
	memset(p, 0x11, 28);
	p[0] = 0x80;
	p[1] = 200;
	put16(p + 2, 6);
	put32(p + 4, SSRC);
	return 28;
}

static struct secure *sender(enum media_srtp_suite suite, const struct media_srtp_key *key)
{
	struct secure *s;
	cr_assert_eq(secure_alloc_sender(&s, suite, key, SSRC), 0);
	return s;
}

static struct secure *receiver(enum media_srtp_suite suite, const struct media_srtp_key *key)
{
	struct secure *s;
	cr_assert_eq(secure_alloc_receiver(&s, suite, key), 0);
	return s;
}

Test(media_secure, what_is_sealed_is_by_the_book)
{
	for (size_t i = 0; i < ALL; i++) {
		struct media_srtp_key key = key_of(all[i], 9);
		struct secure *s = sender(all[i], &key);
		struct formula f;
		uint8_t ours[ROOM], book[ROOM];
		formula_for(&f, all[i], &key);
		for (unsigned seq = 65530; seq < 65536 + 6; seq++) { /* over the end of the numbers */
			size_t size = rtp(ours, seq),
			       expected = by_the_book_rtp(&f, book, rtp(book, seq), seq >> 16);
			cr_assert(secure_seal_rtp(s, ours, &size));
			cr_assert_eq(size, expected, "%s", media_srtp_name(all[i]));
			cr_assert_arr_eq(ours, book, size, "%s %u", media_srtp_name(all[i]), seq);
		}
		for (uint32_t number = 1; number < 5; number++) {
			size_t size = rtcp(ours), expected = by_the_book_rtcp(&f, book, rtcp(book), number);
			cr_assert(secure_seal_rtcp(s, ours, &size));
			cr_assert_eq(size, expected);
			cr_assert_arr_eq(ours, book, size, "%s RTCP", media_srtp_name(all[i]));
		}
		secure_free(s);
	}
}

Test(media_secure, what_the_book_seals_is_opened)
{
	for (size_t i = 0; i < ALL; i++) {
		struct media_srtp_key key = key_of(all[i], 77);
		struct secure *s = receiver(all[i], &key);
		struct formula f;
		uint8_t p[ROOM], plain[ROOM];
		formula_for(&f, all[i], &key);
		for (unsigned seq = 65500; seq < 65536 + 40; seq += 1 + seq % 3) { /* some are lost */
			size_t size = by_the_book_rtp(&f, p, rtp(p, seq), seq >> 16),
			       expected = rtp(plain, seq);
			cr_assert_eq(secure_open_rtp(s, p, &size), SECURE_GOOD, "%s %u",
				     media_srtp_name(all[i]), seq);
			cr_assert_eq(size, expected);
			cr_assert_arr_eq(p, plain, size);
		}
		size_t size = by_the_book_rtcp(&f, p, rtcp(p), 7), expected = rtcp(plain);
		cr_assert_eq(secure_open_rtcp(s, p, &size), SECURE_GOOD);
		cr_assert_eq(size, expected);
		cr_assert_arr_eq(p, plain, size);
		secure_free(s);
	}
}

Test(media_secure, a_bit_that_is_changed_is_found_wherever_it_is)
{
	for (size_t i = 0; i < ALL; i++) {
		struct media_srtp_key key = key_of(all[i], 3), other = key_of(all[i], 4);
		struct secure *s = sender(all[i], &key), *r = receiver(all[i], &key),
			      *w = receiver(all[i], &other);
		uint8_t p[ROOM], copy[ROOM];
		size_t size = rtp(p, 100), n;
		cr_assert(secure_seal_rtp(s, p, &size));
		for (size_t at = 0; at < size; at++) {
			memcpy(copy, p, size);
			copy[at] ^= 0x10;
			n = size;
			cr_assert_neq(secure_open_rtp(r, copy, &n), SECURE_GOOD, "%s byte %zu",
				      media_srtp_name(all[i]), at);
		}
		for (size_t shorter = 0; shorter < size; shorter++) {
			memcpy(copy, p, size);
			n = shorter;
			cr_assert_neq(secure_open_rtp(r, copy, &n), SECURE_GOOD);
			n = shorter;
			cr_assert_neq(secure_open_rtcp(r, copy, &n), SECURE_GOOD);
		}
		memcpy(copy, p, size);
		n = size;
		cr_assert_eq(secure_open_rtp(w, copy, &n), SECURE_FORGED, "another key");
		n = size;
		cr_assert_eq(secure_open_rtp(r, p, &n), SECURE_GOOD);
		secure_free(s);
		secure_free(r);
		secure_free(w);
	}
}

Test(media_secure, nothing_is_taken_twice_or_sent_twice)
{
	for (size_t i = 0; i < ALL; i++) {
		struct media_srtp_key key = key_of(all[i], 50);
		struct secure *s = sender(all[i], &key), *r = receiver(all[i], &key);
		uint8_t kept[ROOM], p[ROOM];
		size_t size = rtp(kept, 1), n;
		cr_assert(secure_seal_rtp(s, kept, &size));
		for (unsigned seq = 2; seq < 600; seq++) {
			n = rtp(p, seq);
			cr_assert(secure_seal_rtp(s, p, &n));
			if (seq == 3) { /* overtaken */
				memcpy(p, kept, n = size);
				cr_assert_eq(secure_open_rtp(r, p, &n), SECURE_GOOD);
				memcpy(p, kept, n = size);
				cr_assert_eq(secure_open_rtp(r, p, &n), SECURE_REPLAYED);
			} else {
				cr_assert_eq(secure_open_rtp(r, p, &n), SECURE_GOOD);
			}
		}
		memcpy(p, kept, n = size);
		cr_assert_eq(secure_open_rtp(r, p, &n), SECURE_REPLAYED, "too old to say");
		n = rtp(p, 599);
		cr_assert_not(secure_seal_rtp(s, p, &n), "that would give the plaintext of both away");
		secure_free(s);
		secure_free(r);
	}
}

Test(media_secure, a_far_end_may_change_its_ssrc_as_often_as_it_likes)
{
	struct media_srtp_key key = key_of(all[0], 1);
	struct secure *r = receiver(all[0], &key);
	struct formula f;
	uint8_t p[ROOM];
	formula_for(&f, all[0], &key);
	for (unsigned ssrc = 1; ssrc < 40; ssrc++)
		for (unsigned seq = 1; seq < 4; seq++) {
			size_t size = rtp(p, seq);
			put32(p + 8, ssrc);
			size = by_the_book_rtp(&f, p, size, 0);
			cr_assert_eq(secure_open_rtp(r, p, &size), SECURE_GOOD);
		}
	secure_free(r);
}

Test(media_secure, a_key_identifier_is_taken_off)
{
	for (size_t i = 0; i < ALL; i++) {
		struct media_srtp_key key = key_of(all[i], 8);
		struct formula f;
		uint8_t p[ROOM], tag[16];
		formula_for(&f, all[i], &key);
		key.mki_size = 4;
		memcpy(key.mki, "\0\0\0\1", 4);
		struct secure *r = receiver(all[i], &key);
		size_t size = by_the_book_rtp(&f, p, rtp(p, 10), 0), at = size - f.rtp_tag;
		if (f.gcm) { /* RFC 7714 section 8: behind the ciphertext, of which the tag is a part */
			memcpy(p + size, key.mki, 4);
		} else {
			memcpy(tag, p + at, f.rtp_tag);
			memcpy(p + at, key.mki, 4);
			memcpy(p + at + 4, tag, f.rtp_tag);
		}
		size += 4;
		cr_assert_eq(secure_open_rtp(r, p, &size), SECURE_GOOD, "%s", media_srtp_name(all[i]));
		cr_assert_eq(size, (size_t)RTP_HEADER + PAYLOAD);
		secure_free(r);
	}
}

/* Longer than its tail, and shorter than header and tail: libsrtp itself reads on and on. */
Test(media_secure, packets_that_are_too_short_for_their_key_identifier)
{
	for (size_t i = 0; i < ALL; i++)
		for (uint8_t mki = 0; mki <= MEDIA_SRTP_MKI_MAX; mki++) {
			struct media_srtp_key key = key_of(all[i], 8);
			key.mki_size = mki;
			struct secure *r = receiver(all[i], &key);
			for (size_t size = 0; size < 60; size++)
				for (int head = 0; head < 3;
				     head++) { /* plain, with sources, with an extension */
					uint8_t p[64] = { (uint8_t)(0x80 | (head == 1	? 0x0f
									    : head == 2 ? 0x10
											: 0)) };
					size_t n = size;
					cr_assert_neq(secure_open_rtp(r, p, &n), SECURE_GOOD);
					n = size;
					cr_assert_neq(secure_open_rtcp(r, p, &n), SECURE_GOOD);
				}
			secure_free(r);
		}
}

/* ---- a far end that begins anew with the same key ---- */

enum { RESTART = 5, SETTLED = 10 }; /* of secure.c */

struct far_end {
	enum media_srtp_suite suite;
	struct media_srtp_key key;
	struct secure *sender, *receiver;
};

static enum secure_verdict hear(struct secure *receiver, const uint8_t *sealed, size_t size)
{
	uint8_t p[ROOM];
	memcpy(p, sealed, size);
	return secure_open_rtp(receiver, p, &size);
}

static enum secure_verdict say(struct far_end *f, unsigned seq)
{
	uint8_t p[ROOM];
	size_t size = rtp(p, seq);
	cr_assert(secure_seal_rtp(f->sender, p, &size));
	return hear(f->receiver, p, size);
}

/* One that has spoken from 65,400 on, past the end of the sequence numbers when `rolled`. */
static void speak(struct far_end *f, enum media_srtp_suite suite, bool rolled)
{
	f->suite = suite;
	f->key = key_of(suite, 7);
	f->sender = sender(suite, &f->key);
	f->receiver = receiver(suite, &f->key);
	for (unsigned seq = 65400; seq < (rolled ? 65536 + 50000u : 65500u); seq++)
		cr_assert_eq(say(f, seq & 0xffff), SECURE_GOOD);
}

static void expect_restart(struct far_end *f)
{
	secure_free(secure_expect_restart(f->receiver, receiver(f->suite, &f->key)));
}

static void restart(struct far_end *f)
{
	secure_free(f->sender);
	f->sender = sender(f->suite, &f->key);
}

static void end(struct far_end *f)
{
	secure_free(f->sender);
	secure_free(f->receiver);
}

Test(media_secure, a_far_end_that_begins_its_rollover_counter_anew_is_heard_again)
{
	static const unsigned begins[] = { 5, 17000, 49000, 49990, 51000, 60000 };
	for (size_t i = 0; i < ALL; i++)
		for (size_t k = 0; k < sizeof begins / sizeof begins[0]; k++) {
			struct far_end f;
			speak(&f, all[i], true);
			restart(&f);
			expect_restart(&f);
			for (unsigned n = 0; n < RESTART - 1; n++)
				cr_expect_neq(say(&f, begins[k] + n), SECURE_GOOD, "%s",
					      media_srtp_name(all[i]));
			for (unsigned n = RESTART - 1; n < 100; n++)
				cr_assert_eq(say(&f, begins[k] + n), SECURE_GOOD, "%s from %u on, %u",
					     media_srtp_name(all[i]), begins[k], n);
			end(&f);
		}
}

Test(media_secure, nobody_begins_anew_who_was_not_expected_to)
{
	struct far_end f;
	speak(&f, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80, true);
	restart(&f);
	for (unsigned n = 0; n < 100; n++)
		cr_expect_neq(say(&f, 5 + n), SECURE_GOOD);
	end(&f);
}

/* What somebody has recorded before the roll-over is refused while the far end goes on, and after it has. */
Test(media_secure, what_was_recorded_before_a_rollover_is_not_taken_for_a_far_end_that_begins_anew)
{
	static uint8_t recorded[40][ROOM];
	struct far_end f;
	size_t size = 0;
	speak(&f, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80, true);
	struct secure *recorder = sender(f.suite, &f.key);
	for (unsigned n = 0; n < 40; n++) {
		size = rtp(recorded[n], 65400 + n);
		cr_assert(secure_seal_rtp(recorder, recorded[n], &size));
	}
	expect_restart(&f);
	for (unsigned n = 0; n < 20; n++) {
		cr_expect_neq(hear(f.receiver, recorded[n], size), SECURE_GOOD);
		cr_expect_eq(say(&f, 50000 + n), SECURE_GOOD);
	}
	for (unsigned n = 20; n < 40; n++)
		cr_expect_neq(hear(f.receiver, recorded[n], size), SECURE_GOOD);
	/* and where it is silent at first, it is heard again when it speaks */
	expect_restart(&f);
	for (unsigned n = 0; n < RESTART + 2; n++)
		(void)hear(f.receiver, recorded[n], size);
	unsigned lost = 0;
	for (unsigned n = 0; n < 100; n++)
		lost += say(&f, 50020 + n) != SECURE_GOOD;
	cr_expect_eq(lost, RESTART - 1);
	secure_free(recorder);
	end(&f);
}

Test(media_secure, before_a_rollover_what_was_there_is_a_repetition_also_of_one_who_may_begin_anew)
{
	static uint8_t recorded[100][ROOM];
	struct far_end f;
	size_t size = 0;
	speak(&f, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80, false);
	struct secure *recorder = sender(f.suite, &f.key);
	for (unsigned n = 0; n < 100; n++) {
		size = rtp(recorded[n], 65400 + n);
		cr_assert(secure_seal_rtp(recorder, recorded[n], &size));
	}
	expect_restart(&f);
	for (unsigned n = 0; n < 100; n++)
		cr_expect_eq(hear(f.receiver, recorded[n], size), SECURE_REPLAYED);
	secure_free(recorder);
	end(&f);
}

Test(media_secure, names)
{
	for (size_t i = 0; i < ALL; i++)
		cr_assert_eq(media_srtp_find(media_srtp_name(all[i])), all[i]);
	cr_assert_eq(media_srtp_find("F8_128_HMAC_SHA1_80"), MEDIA_SRTP_NONE);
	cr_assert_null(media_srtp_name(MEDIA_SRTP_NONE));
	cr_assert_eq(media_srtp_key_size(MEDIA_SRTP_NONE), 0);
	cr_assert_eq(media_srtp_key_size(MEDIA_SRTP_AEAD_AES_128_GCM), 28);
	struct media_srtp_key key = { .mki_size = 0 };
	struct secure *s;
	cr_assert_neq(secure_alloc_receiver(&s, MEDIA_SRTP_NONE, &key), 0);
}
