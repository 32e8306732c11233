/* SHA-1 by its own functions: what replaces them takes memory for each message. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "media/secure_cipher.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <srtp2/auth.h>
#include <srtp2/cipher.h>
#include <srtp2/srtp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16, ICM_SALT = 14, GCM_SALT = 12, GCM_TAG = 16, SHA1_BLOCK = 64, SHA1_SIZE = 20 };

static srtp_err_status_t status_of(int good)
{
	return good == 1 ? srtp_err_status_ok : srtp_err_status_cipher_fail;
}

/* ---- AES, what both modes have ---- */

struct aes {
	EVP_CIPHER_CTX *context;
	const EVP_CIPHER *cipher;
	size_t key_size;
	uint8_t salt[BLOCK]; /* counter mode */
	unsigned tag_size;   /* GCM */
};

static srtp_err_status_t aes_alloc(srtp_cipher_pointer_t *out, const srtp_cipher_type_t *type,
				   const EVP_CIPHER *cipher, size_t salt_size, int key_size, int tag_size)
{
	if ((size_t)key_size != (size_t)EVP_CIPHER_get_key_length(cipher) + salt_size)
		return srtp_err_status_bad_param;
	srtp_cipher_t *c = calloc(1, sizeof *c);
	struct aes *aes = calloc(1, sizeof *aes);
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	if (!c || !aes || !context) {
		free(c);
		free(aes);
		EVP_CIPHER_CTX_free(context);
		return srtp_err_status_alloc_fail;
	}
	*aes = (struct aes){ .context = context,
			     .cipher = cipher,
			     .key_size = (size_t)key_size - salt_size,
			     .tag_size = (unsigned)tag_size };
	*c = (srtp_cipher_t){ .type = type, .state = aes, .key_len = key_size, .algorithm = (int)type->id };
	*out = c;
	return srtp_err_status_ok;
}

static srtp_err_status_t aes_dealloc(srtp_cipher_pointer_t c)
{
	struct aes *aes = c->state;
	EVP_CIPHER_CTX_free(aes->context); /* wipes the key */
	explicit_bzero(aes, sizeof *aes);
	free(aes);
	free(c);
	return srtp_err_status_ok;
}

/* ---- counter mode (RFC 3711 section 4.1.1) ---- */

static srtp_err_status_t icm_init(void *state, const uint8_t *key)
{
	struct aes *aes = state;
	memcpy(aes->salt, key + aes->key_size, ICM_SALT);
	return status_of(EVP_EncryptInit_ex(aes->context, aes->cipher, NULL, key, NULL));
}

static srtp_err_status_t icm_set_iv(void *state, uint8_t *iv, srtp_cipher_direction_t direction)
{
	struct aes *aes = state;
	uint8_t counter[BLOCK];
	(void)direction; /* the same both ways */
	for (size_t i = 0; i < BLOCK; i++)
		counter[i] = aes->salt[i] ^ iv[i];
	return status_of(EVP_EncryptInit_ex(aes->context, NULL, NULL, NULL, counter));
}

static srtp_err_status_t icm_crypt(void *state, uint8_t *bytes, unsigned *size)
{
	struct aes *aes = state;
	int n;
	return *size == 0 ? srtp_err_status_ok
			  : status_of(EVP_EncryptUpdate(aes->context, bytes, &n, bytes, (int)*size));
}

/* ---- GCM (RFC 7714) ---- */

static srtp_err_status_t gcm_init(void *state, const uint8_t *key)
{
	struct aes *aes = state;
	return status_of(EVP_CipherInit_ex(aes->context, aes->cipher, NULL, key, NULL, 1));
}

static srtp_err_status_t gcm_set_iv(void *state, uint8_t *iv, srtp_cipher_direction_t direction)
{
	struct aes *aes = state;
	return status_of(
	    EVP_CipherInit_ex(aes->context, NULL, NULL, NULL, iv, direction == srtp_direction_encrypt));
}

static srtp_err_status_t gcm_set_aad(void *state, const uint8_t *aad, uint32_t size)
{
	struct aes *aes = state;
	int n;
	return size == 0 ? srtp_err_status_ok
			 : status_of(EVP_CipherUpdate(aes->context, NULL, &n, aad, (int)size));
}

static srtp_err_status_t gcm_encrypt(void *state, uint8_t *bytes, unsigned *size)
{
	struct aes *aes = state;
	int n;
	return *size == 0 ? srtp_err_status_ok
			  : status_of(EVP_CipherUpdate(aes->context, bytes, &n, bytes, (int)*size));
}

static srtp_err_status_t gcm_get_tag(void *state, uint8_t *tag, uint32_t *size)
{
	struct aes *aes = state;
	int n;
	*size = aes->tag_size;
	return status_of(EVP_CipherFinal_ex(aes->context, tag, &n) &&
			 EVP_CIPHER_CTX_ctrl(aes->context, EVP_CTRL_AEAD_GET_TAG, (int)aes->tag_size, tag));
}

/* The tag is behind the text. */
static srtp_err_status_t gcm_decrypt(void *state, uint8_t *bytes, unsigned *size)
{
	struct aes *aes = state;
	int n;
	if (*size < aes->tag_size)
		return srtp_err_status_bad_param;
	unsigned length = *size - aes->tag_size;
	if (EVP_CIPHER_CTX_ctrl(aes->context, EVP_CTRL_AEAD_SET_TAG, (int)aes->tag_size, bytes + length) !=
		1 ||
	    (length && EVP_CipherUpdate(aes->context, bytes, &n, bytes, (int)length) != 1))
		return srtp_err_status_cipher_fail;
	if (EVP_CipherFinal_ex(aes->context, bytes + length, &n) != 1)
		return srtp_err_status_auth_fail;
	*size = length;
	return srtp_err_status_ok;
}

/* ---- HMAC-SHA1 (RFC 2104) ---- */

/* The states after the key, so that it is not hashed for every packet. */
struct hmac {
	SHA_CTX inner, outer, now;
};

static srtp_err_status_t hmac_dealloc(srtp_auth_pointer_t a)
{
	explicit_bzero(a->state, sizeof(struct hmac));
	free(a->state);
	free(a);
	return srtp_err_status_ok;
}

static srtp_err_status_t hmac_init(void *state, const uint8_t *key, int key_size)
{
	struct hmac *h = state;
	uint8_t inner[SHA1_BLOCK], outer[SHA1_BLOCK];
	if (key_size < 0 || key_size > SHA1_SIZE)
		return srtp_err_status_bad_param;
	for (int i = 0; i < SHA1_BLOCK; i++) {
		uint8_t byte = i < key_size ? key[i] : 0;
		inner[i] = byte ^ 0x36;
		outer[i] = byte ^ 0x5c;
	}
	bool good = SHA1_Init(&h->inner) && SHA1_Update(&h->inner, inner, sizeof inner) &&
		    SHA1_Init(&h->outer) && SHA1_Update(&h->outer, outer, sizeof outer);
	h->now = h->inner;
	explicit_bzero(inner, sizeof inner);
	explicit_bzero(outer, sizeof outer);
	return status_of(good);
}

static srtp_err_status_t hmac_start(void *state)
{
	struct hmac *h = state;
	h->now = h->inner;
	return srtp_err_status_ok;
}

static srtp_err_status_t hmac_update(void *state, const uint8_t *bytes, int size)
{
	struct hmac *h = state;
	return status_of(SHA1_Update(&h->now, bytes, (size_t)size));
}

static srtp_err_status_t hmac_compute(void *state, const uint8_t *bytes, int size, int tag_size, uint8_t *tag)
{
	struct hmac *h = state;
	uint8_t digest[SHA1_SIZE];
	if (tag_size < 0 || tag_size > SHA1_SIZE)
		return srtp_err_status_bad_param;
	if (!SHA1_Update(&h->now, bytes, (size_t)size) || !SHA1_Final(digest, &h->now))
		return srtp_err_status_cipher_fail;
	h->now = h->outer;
	if (!SHA1_Update(&h->now, digest, sizeof digest) || !SHA1_Final(digest, &h->now))
		return srtp_err_status_cipher_fail;
	memcpy(tag, digest, (size_t)tag_size);
	return srtp_err_status_ok;
}

/* ---- one vector each, which libsrtp wants; it adds its own ---- */

static uint8_t no_iv[BLOCK];
static const uint8_t nothing[32];

/* RFC 3711 appendix B.2 */
static const srtp_cipher_test_case_t icm_128_test = {
	.key_length_octets = 30,
	.key = (const uint8_t[]){ 0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7,
				  0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c, 0xf0, 0xf1, 0xf2, 0xf3,
				  0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd },
	.idx = no_iv,
	.plaintext_length_octets = 16,
	.plaintext = nothing,
	.ciphertext_length_octets = 16,
	.ciphertext = (const uint8_t[]){ 0xe0, 0x3e, 0xad, 0x09, 0x35, 0xc9, 0x5e, 0x80, 0xe1, 0x66, 0xb1,
					 0x6d, 0xd9, 0x2b, 0x4e, 0xb4 },
};

/* RFC 6188 section 7.1 */
static const srtp_cipher_test_case_t icm_256_test = {
	.key_length_octets = 46,
	.key = (const uint8_t[]){ 0x57, 0xf8, 0x2f, 0xe3, 0x61, 0x3f, 0xd1, 0x70, 0xa8, 0x5e, 0xc9, 0x3c,
				  0x40, 0xb1, 0xf0, 0x92, 0x2e, 0xc4, 0xcb, 0x0d, 0xc0, 0x25, 0xb5, 0x82,
				  0x72, 0x14, 0x7c, 0xc4, 0x38, 0x94, 0x4a, 0x98, 0xf0, 0xf1, 0xf2, 0xf3,
				  0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd },
	.idx = no_iv,
	.plaintext_length_octets = 16,
	.plaintext = nothing,
	.ciphertext_length_octets = 16,
	.ciphertext = (const uint8_t[]){ 0x92, 0xbd, 0xd2, 0x8a, 0x93, 0xc3, 0xf5, 0x25, 0x11, 0xc6, 0x77,
					 0xd0, 0x8b, 0x55, 0x15, 0xa4 },
};

/* Zeros: cases 2 and 14 of the GCM specification */
static const srtp_cipher_test_case_t gcm_128_test = {
	.key_length_octets = 28,
	.key = nothing,
	.idx = no_iv,
	.plaintext_length_octets = 16,
	.plaintext = nothing,
	.ciphertext_length_octets = 32,
	.ciphertext = (const uint8_t[]){ 0x03, 0x88, 0xda, 0xce, 0x60, 0xb6, 0xa3, 0x92, 0xf3, 0x28, 0xc2,
					 0xb9, 0x71, 0xb2, 0xfe, 0x78, 0xab, 0x6e, 0x47, 0xd4, 0x2c, 0xec,
					 0x13, 0xbd, 0xf5, 0x3a, 0x67, 0xb2, 0x12, 0x57, 0xbd, 0xdf },
	.aad = nothing,
	.tag_length_octets = GCM_TAG,
};
static const uint8_t nothing_at_all[44];
static const srtp_cipher_test_case_t gcm_256_test = {
	.key_length_octets = 44,
	.key = nothing_at_all,
	.idx = no_iv,
	.plaintext_length_octets = 16,
	.plaintext = nothing,
	.ciphertext_length_octets = 32,
	.ciphertext = (const uint8_t[]){ 0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e, 0x07, 0x4e, 0xc5,
					 0xd3, 0xba, 0xf3, 0x9d, 0x18, 0xd0, 0xd1, 0xc8, 0xa7, 0x99, 0x99,
					 0x6b, 0xf0, 0x26, 0x5b, 0x98, 0xb5, 0xd4, 0x8a, 0xb9, 0x19 },
	.aad = nothing,
	.tag_length_octets = GCM_TAG,
};

/* RFC 2202 section 3, case 1 */
static const srtp_auth_test_case_t hmac_test = {
	.key_length_octets = 20,
	.key = (const uint8_t
		    *)"\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b",
	.data_length_octets = 8,
	.data = (const uint8_t *)"Hi There",
	.tag_length_octets = 20,
	.tag = (const uint8_t[]){ 0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72, 0x64, 0xe2, 0x8b,
				  0xc0, 0xb6, 0xfb, 0x37, 0x8c, 0x8e, 0xf1, 0x46, 0xbe, 0x00 },
};

/* ---- the types ---- */

static srtp_err_status_t icm_128_alloc(srtp_cipher_pointer_t *out, int key_size, int tag_size);
static srtp_err_status_t icm_256_alloc(srtp_cipher_pointer_t *out, int key_size, int tag_size);
static srtp_err_status_t gcm_128_alloc(srtp_cipher_pointer_t *out, int key_size, int tag_size);
static srtp_err_status_t gcm_256_alloc(srtp_cipher_pointer_t *out, int key_size, int tag_size);
static srtp_err_status_t hmac_alloc(srtp_auth_pointer_t *out, int key_size, int tag_size);

static const srtp_cipher_type_t icm_128 = {
	icm_128_alloc,
	aes_dealloc,
	icm_init,
	NULL,
	icm_crypt,
	icm_crypt,
	icm_set_iv,
	NULL,
	"AES-128 counter mode of OpenSSL",
	&icm_128_test,
	SRTP_AES_ICM_128,
};
static const srtp_cipher_type_t icm_256 = {
	icm_256_alloc,
	aes_dealloc,
	icm_init,
	NULL,
	icm_crypt,
	icm_crypt,
	icm_set_iv,
	NULL,
	"AES-256 counter mode of OpenSSL",
	&icm_256_test,
	SRTP_AES_ICM_256,
};
static const srtp_cipher_type_t gcm_128 = {
	gcm_128_alloc, aes_dealloc,	 gcm_init,
	gcm_set_aad,   gcm_encrypt,	 gcm_decrypt,
	gcm_set_iv,    gcm_get_tag,	 "AES-128 GCM of OpenSSL",
	&gcm_128_test, SRTP_AES_GCM_128,
};
static const srtp_cipher_type_t gcm_256 = {
	gcm_256_alloc, aes_dealloc,	 gcm_init,
	gcm_set_aad,   gcm_encrypt,	 gcm_decrypt,
	gcm_set_iv,    gcm_get_tag,	 "AES-256 GCM of OpenSSL",
	&gcm_256_test, SRTP_AES_GCM_256,
};
static const srtp_auth_type_t hmac_sha1 = {
	hmac_alloc, hmac_dealloc,	    hmac_init,	hmac_compute,	hmac_update,
	hmac_start, "HMAC-SHA1 of OpenSSL", &hmac_test, SRTP_HMAC_SHA1,
};

static srtp_err_status_t icm_128_alloc(srtp_cipher_pointer_t *out, int key_size, int tag_size)
{
	(void)tag_size; /* there is none */
	return aes_alloc(out, &icm_128, EVP_aes_128_ctr(), ICM_SALT, key_size, 0);
}

static srtp_err_status_t icm_256_alloc(srtp_cipher_pointer_t *out, int key_size, int tag_size)
{
	(void)tag_size; /* there is none */
	return aes_alloc(out, &icm_256, EVP_aes_256_ctr(), ICM_SALT, key_size, 0);
}

static srtp_err_status_t gcm_128_alloc(srtp_cipher_pointer_t *out, int key_size, int tag_size)
{
	return aes_alloc(out, &gcm_128, EVP_aes_128_gcm(), GCM_SALT, key_size, tag_size);
}

static srtp_err_status_t gcm_256_alloc(srtp_cipher_pointer_t *out, int key_size, int tag_size)
{
	return aes_alloc(out, &gcm_256, EVP_aes_256_gcm(), GCM_SALT, key_size, tag_size);
}

static srtp_err_status_t hmac_alloc(srtp_auth_pointer_t *out, int key_size, int tag_size)
{
	srtp_auth_t *a = calloc(1, sizeof *a);
	struct hmac *h = calloc(1, sizeof *h);
	if (!a || !h) {
		free(a);
		free(h);
		return srtp_err_status_alloc_fail;
	}
	*a = (srtp_auth_t){ .type = &hmac_sha1, .state = h, .out_len = tag_size, .key_len = key_size };
	*out = a;
	return srtp_err_status_ok;
}

int secure_cipher_install(void)
{
	static const srtp_cipher_type_t *const types[] = { &icm_128, &icm_256, &gcm_128, &gcm_256 };
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (srtp_replace_cipher_type(types[i], types[i]->id) != srtp_err_status_ok)
			return EIO;
	return srtp_replace_auth_type(&hmac_sha1, SRTP_HMAC_SHA1) == srtp_err_status_ok ? 0 : EIO;
}
