/* The nonces and the arithmetic of digest authentication. See digest.h. */
#include "daemon/offhookd/digest/digest.h"

#include "lib/clock.h"
#include "lib/hex.h"
#include "lib/random.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

enum {
	NONCES_MAX = 65536, /* with counts in use */
	COUNT_WINDOW = 64,  /* counts that may come out of order, below the highest */
	STAMP_HEX = 16,
	RANDOM_HEX = 8,
	PROOF_HEX = 8, /* of the source */
	SALT_HEX = RANDOM_HEX + PROOF_HEX,
	SIGNATURE_HEX = 32,
	PARTS_MAX = 6,
	NONCE_SIZE = STAMP_HEX + SALT_HEX + SIGNATURE_HEX + 1,
};

/* A nonce that was used with counts. */
struct used_nonce {
	UT_hash_handle hh;
	struct used_nonce *prev, *next; /* oldest first */
	char nonce[NONCE_SIZE];
	int64_t issued_us;
	uint32_t highest;
	uint64_t seen; /* bit i: highest − i was used */
};

struct digest {
	uint8_t secret[32];
	bool is_shared; /* other switches make nonces with it too: their stamps are UTC */
	int64_t life_us;
	struct used_nonce *table, *list;
	size_t count;
	int64_t floor_us; /* nonces made up to then are stale unless they are in the table */
	struct digest_stats stats;
};

int digest_alloc(struct digest **out, unsigned nonce_life_s)
{
	struct digest *digest = calloc(1, sizeof *digest);

	if (!digest)
		return ENOMEM;
	random_bytes(digest->secret, sizeof digest->secret);
	digest_set_nonce_life(digest, nonce_life_s);
	digest->floor_us = INT64_MIN;
	*out = digest;
	return 0;
}

void digest_share(struct digest *digest, const char *secret)
{
	unsigned length = 0;

	EVP_Digest(secret, strlen(secret), digest->secret, &length, EVP_sha256(), NULL);
	digest->is_shared = true;
	/* what was used before this process began, it does not know */
	digest->floor_us = clock_mono_us();
}

void digest_set_nonce_life(struct digest *digest, unsigned nonce_life_s)
{
	digest->life_us = (int64_t)nonce_life_s * 1000000;
}

static void forget(struct digest *digest, struct used_nonce *nonce)
{
	HASH_DEL(digest->table, nonce);
	DL_DELETE(digest->list, nonce);
	digest->count--;
	free(nonce);
}

void digest_free(struct digest *digest)
{
	if (!digest)
		return;
	while (digest->list)
		forget(digest, digest->list);
	OPENSSL_cleanse(digest->secret, sizeof digest->secret);
	free(digest);
}

/* ---- nonces ---- */

/* `more` with it, if not NULL. */
static void sign(const struct digest *digest, const char *text, size_t n, const char *more,
		 char out[SIGNATURE_HEX + 1])
{
	uint8_t mac[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	char both[128];

	if (more) {
		snprintf(both, sizeof both, "%.*s/%s", (int)n, text, more);
		text = both;
		n = strlen(both);
	}
	HMAC(EVP_sha256(), digest->secret, sizeof digest->secret, (const unsigned char *)text, n, mac,
	     &length);
	hex_write(out, mac, SIGNATURE_HEX / 2);
}

static void make_nonce(const struct digest *digest, const struct digest_ask *ask, char out[NONCE_SIZE])
{
	uint64_t now = (uint64_t)(digest->is_shared ? clock_utc_us() : clock_mono_us());
	uint64_t half = (uint64_t)digest->life_us / 2 + 1;
	char proof[SIGNATURE_HEX + 1];

	snprintf(out, STAMP_HEX + 1, "%016" PRIx64, ask->steady ? now / half * half : now);
	if (ask->steady)
		memset(out + STAMP_HEX, '0', RANDOM_HEX);
	else
		random_hex(out + STAMP_HEX, RANDOM_HEX / 2);
	sign(digest, out, STAMP_HEX + RANDOM_HEX, ask->source, proof);
	memcpy(out + STAMP_HEX + RANDOM_HEX, proof, PROOF_HEX);
	sign(digest, out, STAMP_HEX + SALT_HEX, NULL, out + STAMP_HEX + SALT_HEX);
}

bool digest_proves(const struct digest *digest, const char *nonce, const char *source)
{
	char signature[SIGNATURE_HEX + 1];

	if (strlen(nonce) != NONCE_SIZE - 1)
		return false;
	sign(digest, nonce, STAMP_HEX + SALT_HEX, NULL, signature);
	if (CRYPTO_memcmp(signature, nonce + STAMP_HEX + SALT_HEX, SIGNATURE_HEX) != 0)
		return false;
	sign(digest, nonce, STAMP_HEX + RANDOM_HEX, source, signature);
	return CRYPTO_memcmp(signature, nonce + STAMP_HEX + RANDOM_HEX, PROOF_HEX) == 0;
}

int64_t digest_issued_us(const struct digest *digest, const char *nonce)
{
	char stamp[STAMP_HEX + 1];
	int64_t us;

	snprintf(stamp, sizeof stamp, "%.*s", STAMP_HEX, nonce);
	us = (int64_t)strtoull(stamp, NULL, 16);
	return digest->is_shared ? us - clock_utc_us() + clock_mono_us() : us;
}

/* Makes room by forgetting what is too old to be used again, else the oldest. One that is forgotten while it
 * is good could be replayed: so all that were made up to then and are not in the table are stale from now on.
 */
static void make_room(struct digest *digest)
{
	int64_t now = clock_mono_us();

	while (digest->list) {
		bool expired = now - digest->list->issued_us > digest->life_us;

		if (!expired && digest->count < NONCES_MAX)
			return;
		if (!expired) {
			digest->stats.evicted++;
			if (digest->list->issued_us > digest->floor_us)
				digest->floor_us = digest->list->issued_us;
		}
		forget(digest, digest->list);
	}
}

/* Whether count `nc` of a nonce that is not in the table may be used; puts it there. */
static bool use_first_count(struct digest *digest, const char *nonce, int64_t issued_us, uint32_t nc)
{
	struct used_nonce *n;

	make_room(digest);
	if (issued_us <= digest->floor_us)
		return false;
	n = calloc(1, sizeof *n);
	if (!n)
		return false;
	strcpy(n->nonce, nonce);
	n->issued_us = issued_us;
	n->highest = nc;
	n->seen = 1;
	HASH_ADD_STR(digest->table, nonce, n);
	if (!n->hh.tbl) {
		free(n);
		return false;
	}
	DL_APPEND(digest->list, n);
	digest->count++;
	return true;
}

/* Whether count `nc` of `nonce` was never used; marks it. */
static bool use_count(struct digest *digest, const char *nonce, int64_t issued_us, uint32_t nc)
{
	struct used_nonce *n;
	uint32_t back;

	HASH_FIND_STR(digest->table, nonce, n);
	if (!n)
		return use_first_count(digest, nonce, issued_us, nc);
	if (nc > n->highest) {
		uint32_t step = nc - n->highest;

		n->seen = step >= COUNT_WINDOW ? 1 : n->seen << step | 1;
		n->highest = nc;
		return true;
	}
	back = n->highest - nc;
	if (back >= COUNT_WINDOW || n->seen & (uint64_t)1 << back) {
		digest->stats.replays++;
		return false;
	}
	n->seen |= (uint64_t)1 << back;
	return true;
}

void digest_challenge(struct digest *digest, const struct digest_ask *ask, char out[DIGEST_VALUE_MAX])
{
	char nonce[NONCE_SIZE];

	make_nonce(digest, ask, nonce);
	snprintf(out, DIGEST_VALUE_MAX, "Digest realm=\"%s\", nonce=\"%s\", algorithm=%s%s%s", ask->realm,
		 nonce, ask->algorithm == DIGEST_MD5 ? "MD5" : "SHA-256", ask->steady ? "" : ", qop=\"auth\"",
		 ask->stale ? ", stale=true" : "");
}

/* ---- responses ---- */

struct part {
	const char *bytes;
	size_t length;
};

static struct part text_part(const char *text)
{
	return (struct part){ text, strlen(text) };
}

static const EVP_MD *function_of(enum digest_algorithm algorithm)
{
	return algorithm == DIGEST_MD5		? EVP_md5()
	       : algorithm == DIGEST_SHA512_256 ? EVP_sha512_256()
						: EVP_sha256();
}

/* Hashes the parts with ':' between them. */
static void hash(enum digest_algorithm algorithm, char out[DIGEST_HEX_MAX], const struct part *parts,
		 size_t count)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sum[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	out[0] = '\0';
	if (!ctx || !EVP_DigestInit_ex(ctx, function_of(algorithm), NULL))
		goto out;
	for (size_t i = 0; i < count; i++) {
		if (i)
			EVP_DigestUpdate(ctx, ":", 1);
		EVP_DigestUpdate(ctx, parts[i].bytes, parts[i].length);
	}
	if (EVP_DigestFinal_ex(ctx, sum, &length))
		hex_write(out, sum, length);
out:
	EVP_MD_CTX_free(ctx);
}

static void hash_texts(enum digest_algorithm algorithm, char out[DIGEST_HEX_MAX], const char *const texts[],
		       size_t count)
{
	struct part parts[PARTS_MAX];

	for (size_t i = 0; i < count; i++)
		parts[i] = text_part(texts[i]);
	hash(algorithm, out, parts, count);
}

void digest_response(const struct digest_credentials *c, const char *method, const char *password,
		     char out[DIGEST_HEX_MAX])
{
	char a1[DIGEST_HEX_MAX], a2[DIGEST_HEX_MAX], body[DIGEST_HEX_MAX];

	hash_texts(c->algorithm, a1, (const char *const[]){ c->username, c->realm, password }, 3);
	if (c->session) { /* RFC 7616 section 3.4.2 */
		char once[DIGEST_HEX_MAX];

		memcpy(once, a1, sizeof once);
		hash_texts(c->algorithm, a1, (const char *const[]){ once, c->nonce, c->cnonce }, 3);
	}
	if (c->qop_int) {
		hash(c->algorithm, body,
		     &(struct part){ c->body ? c->body : "", c->body ? c->body_length : 0 }, 1);
		hash_texts(c->algorithm, a2, (const char *const[]){ method, c->uri, body }, 3);
	} else {
		hash_texts(c->algorithm, a2, (const char *const[]){ method, c->uri }, 2);
	}
	if (c->qop_auth)
		hash_texts(c->algorithm, out,
			   (const char *const[]){ a1, c->nonce, c->nc, c->cnonce,
						  c->qop_int ? "auth-int" : "auth", a2 },
			   6);
	else
		hash_texts(c->algorithm, out, (const char *const[]){ a1, c->nonce, a2 }, 3);
}

static bool same_hex(const char *a, const char *b)
{
	char lower[DIGEST_HEX_MAX];
	size_t n = strlen(b);

	if (n == 0 || strlen(a) != n)
		return false;
	for (size_t i = 0; i <= n; i++)
		lower[i] = a[i] >= 'A' && a[i] <= 'F' ? (char)(a[i] + 32) : a[i];
	return CRYPTO_memcmp(lower, b, n) == 0;
}

/* Some phones write a count of fewer than eight digits, and hash it as it stands there or in full. */
static bool is_response(const struct digest_credentials *c, const char *method, const char *password)
{
	struct digest_credentials full;
	char expected[DIGEST_HEX_MAX];

	digest_response(c, method, password ? password : "", expected);
	if (same_hex(c->response, expected))
		return true;
	if (!c->qop_auth || strlen(c->nc) >= DIGEST_COUNT_DIGITS)
		return false;
	full = *c;
	snprintf(full.nc, sizeof full.nc, "%08lx", strtoul(c->nc, NULL, 16));
	digest_response(&full, method, password ? password : "", expected);
	return same_hex(c->response, expected);
}

enum digest_verdict digest_verify(struct digest *digest, const struct digest_credentials *c,
				  const char *realm, const char *source, const char *method,
				  const char *password)
{
	int64_t issued_us;
	bool right;

	if (!digest_proves(digest, c->nonce, source))
		return DIGEST_STALE;
	issued_us = digest_issued_us(digest, c->nonce);
	if ((issued_us < 0 && !digest->is_shared) || clock_mono_us() - issued_us > digest->life_us)
		return DIGEST_STALE;
	right = is_response(c, method, password) && strcmp(c->realm, realm) == 0 && password;
	if (!right)
		return DIGEST_WRONG;
	/* without qop (RFC 2069) there is no count: such a response is good once */
	if (!use_count(digest, c->nonce, issued_us,
		       c->qop_auth ? (uint32_t)strtoul(c->nc, NULL, 16) : UINT32_MAX))
		return DIGEST_STALE;
	return DIGEST_GOOD;
}

void digest_stats(const struct digest *digest, struct digest_stats *out)
{
	*out = digest->stats;
	out->nonces = digest->count;
}
