/* digest: HTTP digest authentication for SIP (RFC 7616, RFC 8760), the server's side. No SIP types.
 *
 * Concept. A nonce proves itself: it holds its time, a random number and a trace of the address that it was
 * sent to, signed (HMAC-SHA-256) with a secret that lives as long as the process. It is good for its life and
 * for that address; else there is a fresh one with stale=true, and the password is not looked at (RFC 7616
 * section 3.3): who has not received what we sent has said nothing. So wrong credentials prove, over UDP too,
 * that their sender is where it says. A count (nc) may be used once for each nonce: a bounded table
 * remembers, and when it is full the oldest nonces become stale early.
 *
 * Several switches behind one proxy share the secret, so that each takes what another has challenged; their
 * nonces hold the time of day. A count may then be used once at each of them.
 *
 * Unknown users cost the same work and get the same answer. Main thread only. */
#ifndef OFFHOOK_DIGEST_H
#define OFFHOOK_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct digest;

/* We ask for the first two; the third, and each with "-sess", we answer when others ask. */
enum digest_algorithm { DIGEST_SHA256, DIGEST_MD5, DIGEST_SHA512_256, DIGEST_ALGORITHMS };

enum {
	DIGEST_VALUE_MAX = 512,
	DIGEST_NAME_MAX = 128,
	DIGEST_HEX_MAX = 65,
	DIGEST_NONCE_MAX = 1025,
	DIGEST_COUNT_DIGITS = 8
};

/* Credentials as in an Authorization header, unquoted. */
struct digest_credentials {
	enum digest_algorithm algorithm; /* MD5 when the header names none */
	char username[DIGEST_NAME_MAX], realm[256], nonce[DIGEST_NONCE_MAX], uri[512],
	    response[DIGEST_HEX_MAX];
	char cnonce[128], nc[12]; /* "" without qop */
	bool session;		  /* the "-sess" of its algorithm */
	bool qop_auth;
	bool qop_int;	  /* beside it: the body counts too (auth-int) */
	const char *body; /* then; need not end with a NUL */
	size_t body_length;
};

/* `nonce_life_s`: how long a nonce is good. Returns 0 or ENOMEM. */
int digest_alloc(struct digest **out, unsigned nonce_life_s) __attribute__((warn_unused_result));
void digest_set_nonce_life(struct digest *digest, unsigned nonce_life_s);
/* Nonces are good at all switches that were given the same secret; those of before now are stale here. */
void digest_share(struct digest *digest, const char *secret);
void digest_free(struct digest *digest);

struct digest_ask {
	enum digest_algorithm algorithm;
	const char *realm;
	const char *source; /* the address that the challenge goes to, without port */
	bool stale;
	bool steady; /* always the same nonce for a source, for half a nonce's life or more, and no qop: the
			same password gives the same response, however often it is tried */
};

/* Writes the value of a WWW-Authenticate or Proxy-Authenticate header. */
void digest_challenge(struct digest *digest, const struct digest_ask *ask, char out[DIGEST_VALUE_MAX]);

/* Whether we have sent this nonce to `source`, ever. */
bool digest_proves(const struct digest *digest, const char *nonce, const char *source);

/* Parses the value of an Authorization header. Returns 0; EPROTONOSUPPORT for another scheme or algorithm or
 * qop; EBADMSG when it is broken or lacks something or is longer than we take. */
int digest_parse(struct digest_credentials *out, const char *value) __attribute__((warn_unused_result));

enum digest_verdict {
	DIGEST_GOOD,
	DIGEST_STALE, /* the nonce is too old, not ours, or not for this source; or they are right and this
			 count was used: challenge again with stale=true */
	DIGEST_WRONG,
};

/* Checks them for `method`, from the address `source`. `password` NULL: no such user; the work is done all
 * the same, and the verdict is DIGEST_WRONG. */
enum digest_verdict digest_verify(struct digest *digest, const struct digest_credentials *credentials,
				  const char *realm, const char *source, const char *method,
				  const char *password) __attribute__((warn_unused_result));

/* When a nonce was made that digest_verify() has found DIGEST_GOOD [us, clock_mono_us()]. Of any other it
 * says nothing. */
int64_t digest_issued_us(const struct digest *digest, const char *nonce);

/* Whether the uri of credentials means what the request asks for (RFC 7616 section 3.4.6). Phones differ in
 * scheme, port and parameters; another user, or a host that is neither the request's nor `domain`, is
 * something else. Of a REGISTER the user is not looked at. */
bool digest_uri_means(const char *uri, const char *method, const char *user, const char *host,
		      const char *domain);

struct digest_stats {
	size_t nonces;	  /* remembered now */
	uint64_t replays; /* counts that had been used */
	uint64_t evicted; /* nonces that made room before their time */
};
void digest_stats(const struct digest *digest, struct digest_stats *out);

/* The response of RFC 7616 section 3.4.1 to a challenge, for both sides; `out` gets hex. Without qop_auth
 * that of RFC 2069. */
void digest_response(const struct digest_credentials *credentials, const char *method, const char *password,
		     char out[DIGEST_HEX_MAX]);

/* A challenge that somebody has sent us. Texts are as they stood between their quotes, with their escapes: so
 * they are hashed and sent back. */
struct digest_asked {
	enum digest_algorithm algorithm;
	char realm[256], nonce[DIGEST_NONCE_MAX], opaque[DIGEST_NONCE_MAX];
	bool session; /* the "-sess" of its algorithm */
	bool qop_auth, stale;
	bool qop_int; /* it offers auth-int, and not auth */
};

/* What a challenge is answered for. */
struct digest_use {
	const char *username, *password, *method, *uri;
	const char *body; /* of the request, for auth-int; NULL: none */
	size_t body_length;
	uint32_t count; /* of the uses of this nonce, from 1 */
};

/* Reads the value of a WWW-Authenticate or Proxy-Authenticate header; of several challenges in one the first
 * that we can answer. Returns 0, EPROTONOSUPPORT (scheme, algorithm, qop) or EBADMSG. */
int digest_read_challenge(struct digest_asked *out, const char *value) __attribute__((warn_unused_result));

/* Writes the value of the header that answers it. Returns 0, EBADMSG (a text that cannot be quoted) or
 * EMSGSIZE.
 */
int digest_answer_asked(char *out, size_t size, const struct digest_asked *asked,
			const struct digest_use *use) __attribute__((warn_unused_result));

/* Both in one, for the first use. Answers a challenge that somebody has sent us. `challenge` is the value of
 * its header; the header's value to send back is written to `out`. Returns 0, EPROTONOSUPPORT, EBADMSG or
 * EMSGSIZE. */
int digest_answer(char *out, size_t size, const char *challenge, const char *username, const char *password,
		  const char *method, const char *uri) __attribute__((warn_unused_result));

#endif
