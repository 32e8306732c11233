#include "tests/unit/srtp_book.h"

#include "media/rtp.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

enum { SALT = SRTP_BOOK_SALT, GCM_SALT = 12 };

static void counter_mode(const uint8_t *key, size_t key_size, const uint8_t iv[16], const uint8_t *in,
			 uint8_t *out, size_t size)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;
	EVP_EncryptInit_ex(c, key_size == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr(), NULL, key, iv);
	EVP_EncryptUpdate(c, out, &n, in, (int)size);
	EVP_CIPHER_CTX_free(c);
}

/* RFC 3711 section 4.3: with a key derivation rate of 0. */
static void derive(const struct formula *f, uint8_t label, uint8_t *out, size_t size)
{
	uint8_t iv[16] = { 0 };
	memcpy(iv, f->master_salt, SALT);
	iv[7] ^= label;
	memset(out, 0, size);
	counter_mode(f->master_key, f->key_size, iv, out, out, size);
}

void formula_for(struct formula *f, enum media_srtp_suite suite, const struct media_srtp_key *key)
{
	memset(f, 0, sizeof *f);
	f->gcm = suite == MEDIA_SRTP_AEAD_AES_128_GCM || suite == MEDIA_SRTP_AEAD_AES_256_GCM;
	f->salt_size = f->gcm ? GCM_SALT : SALT;
	f->key_size = media_srtp_key_size(suite) - f->salt_size;
	f->rtp_tag =
	    f->gcm											 ? 16
	    : suite == MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32 || suite == MEDIA_SRTP_AES_256_CM_HMAC_SHA1_32 ? 4
													 : 10;
	f->rtcp_tag = f->gcm ? 16 : 10;
	memcpy(f->master_key, key->bytes, f->key_size);
	memcpy(f->master_salt, key->bytes + f->key_size,
	       f->salt_size); /* RFC 7714 section 11: zeros behind 12 bytes */
}

static void gcm(const uint8_t *key, size_t key_size, const uint8_t iv[12], const uint8_t *aad,
		size_t aad_size, const uint8_t *more, size_t more_size, uint8_t *text, size_t size)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;
	EVP_EncryptInit_ex(c, key_size == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm(), NULL, key, iv);
	EVP_EncryptUpdate(c, NULL, &n, aad, (int)aad_size);
	if (more_size)
		EVP_EncryptUpdate(c, NULL, &n, more, (int)more_size);
	EVP_EncryptUpdate(c, text, &n, text, (int)size);
	EVP_EncryptFinal_ex(c, text + n, &n);
	EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16, text + size);
	EVP_CIPHER_CTX_free(c);
}

static void xor_into(uint8_t *to, const uint8_t *what, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] ^= what[i];
}

size_t by_the_book_rtp(const struct formula *f, uint8_t *p, size_t size, uint32_t roc)
{
	uint8_t key[32], salt[SALT], iv[16] = { 0 }, index[6], auth[20], digest[20], roc_bytes[4];
	unsigned digest_size;
	put32(roc_bytes, roc);
	put32(index, roc);
	memcpy(index + 4, p + 2, 2);
	derive(f, 0, key, f->key_size);
	derive(f, 2, salt, f->salt_size);
	if (f->gcm) {
		memcpy(iv + 2, p + 8, 4);
		memcpy(iv + 6, index, 6);
		xor_into(iv, salt, GCM_SALT);
		gcm(key, f->key_size, iv, p, RTP_HEADER, NULL, 0, p + RTP_HEADER, size - RTP_HEADER);
		return size + 16;
	}
	memcpy(iv + 4, p + 8, 4);
	memcpy(iv + 8, index, 6);
	xor_into(iv, salt, SALT);
	counter_mode(key, f->key_size, iv, p + RTP_HEADER, p + RTP_HEADER, size - RTP_HEADER);
	derive(f, 1, auth, sizeof auth);
	memcpy(p + size, roc_bytes, 4);
	HMAC(EVP_sha1(), auth, sizeof auth, p, size + 4, digest, &digest_size);
	memcpy(p + size, digest, f->rtp_tag);
	return size + f->rtp_tag;
}

size_t by_the_book_rtcp(const struct formula *f, uint8_t *p, size_t size, uint32_t number)
{
	uint8_t key[32], salt[SALT], iv[16] = { 0 }, auth[20], digest[20], index[4];
	unsigned digest_size;
	derive(f, 3, key, f->key_size);
	derive(f, 5, salt, f->salt_size);
	put32(index, number);
	if (f->gcm) {
		uint8_t marked[4];
		put32(marked, number | 0x80000000u);
		memcpy(iv + 2, p + 4, 4);
		memcpy(iv + 8, index, 4);
		xor_into(iv, salt, GCM_SALT);
		gcm(key, f->key_size, iv, p, 8, marked, 4, p + 8, size - 8);
		memcpy(p + size + 16, marked, 4);
		return size + 20;
	}
	memcpy(iv + 4, p + 4, 4);
	memcpy(iv + 10, index, 4);
	xor_into(iv, salt, SALT);
	counter_mode(key, f->key_size, iv, p + 8, p + 8, size - 8);
	put32(p + size, number | 0x80000000u);
	derive(f, 4, auth, sizeof auth);
	HMAC(EVP_sha1(), auth, sizeof auth, p, size + 4, digest, &digest_size);
	memcpy(p + size + 4, digest, f->rtcp_tag);
	return size + 4 + f->rtcp_tag;
}

/* RFC 3711 appendix B.3. */
Test(srtp_book, the_formulas_are_those_of_the_rfc)
{
	static const uint8_t expected_key[] = { 0xC6, 0x1E, 0x7A, 0x93, 0x74, 0x4F, 0x39, 0xEE,
						0x10, 0x73, 0x4A, 0xFE, 0x3F, 0xF7, 0xA0, 0x87 };
	static const uint8_t expected_salt[] = { 0x30, 0xCB, 0xBC, 0x08, 0x86, 0x3D, 0x8C,
						 0x85, 0xD4, 0x9D, 0xB3, 0x4A, 0x9A, 0xE1 };
	static const uint8_t expected_auth[] = { 0xCE, 0xBE, 0x32, 0x1F, 0x6F, 0xF7, 0x71, 0x6B, 0x6F, 0xD4,
						 0xAB, 0x49, 0xAF, 0x25, 0x6A, 0x15, 0x6D, 0x38, 0xBA, 0xA4 };
	const struct formula f = {
		.key_size = 16,
		.salt_size = SALT,
		.master_key = { 0xE1, 0xF9, 0x7A, 0x0D, 0x3E, 0x01, 0x8B, 0xE0, 0xD6, 0x4F, 0xA3, 0x2C, 0x06,
				0xDE, 0x41, 0x39 },
		.master_salt = { 0x0E, 0xC6, 0x75, 0xAD, 0x49, 0x8A, 0xFE, 0xEB, 0xB6, 0x96, 0x0B, 0x3A, 0xAB,
				 0xE6 },
	};
	uint8_t out[20];
	derive(&f, 0, out, 16);
	cr_assert_arr_eq(out, expected_key, 16);
	derive(&f, 2, out, SALT);
	cr_assert_arr_eq(out, expected_salt, SALT);
	derive(&f, 1, out, 20);
	cr_assert_arr_eq(out, expected_auth, 20);
}
