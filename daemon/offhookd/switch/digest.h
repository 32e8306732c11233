/* switch/digest: HTTP digest authentication as SIP uses it (RFC 3261 section 22, RFC 7616, RFC 8760): the
 * side that challenges.
 *
 * A nonce carries its time and a MAC of ours, so that nothing is kept for those that are never answered. One
 * that was answered is kept with the counts (nc) that were seen, in a bounded table, so that no request can
 * be played again; should the table be full, the oldest nonces count as stale. After a restart all old nonces
 * do: phones are asked once more (stale=true, which they answer without asking their user). The same work is
 * done for a user that does not exist.
 *
 * Use: parse each Authorization (or Proxy-Authorization) value; find the user; verify; on anything but
 * DIGEST_OK answer with one header per algorithm from digest_challenge(), SHA-256 first.
 *
 * Threads: one thread. Time and randomness come from lib/clock and lib/random. */
#ifndef OFFHOOK_SWITCH_DIGEST_H
#define OFFHOOK_SWITCH_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct digest;

enum digest_algorithm { DIGEST_MD5, DIGEST_SHA256, DIGEST_ALGORITHM_COUNT };

/* `realm` (copied) is what phones show and hash; quotes and control characters are refused. `nonces_max`:
 * answered nonces kept, 0 for the default of 65,536. Returns 0, EINVAL or ENOMEM. */
int digest_alloc(struct digest **out, const char *realm, unsigned nonce_life_s, size_t nonces_max)
    __attribute__((warn_unused_result));
void digest_free(struct digest *digest);

/* After a reload: another realm (copied) and life. Returns 0, EINVAL or ENOMEM, and then nothing has changed.
 */
int digest_set(struct digest *digest, const char *realm, unsigned nonce_life_s)
    __attribute__((warn_unused_result));

enum { DIGEST_CHALLENGE_SIZE = 512 };

/* Writes the value of one WWW-Authenticate or Proxy-Authenticate header, with a new nonce. Returns `out`. */
char *digest_challenge(struct digest *digest, enum digest_algorithm algorithm, bool stale,
		       char out[DIGEST_CHALLENGE_SIZE]);

/* What an Authorization header says. */
struct digest_credentials {
	enum digest_algorithm algorithm;
	char username[128];
	char realm[256];
	char nonce[128];
	char uri[512];
	char response[65]; /* lower case */
	char cnonce[128];
	bool qop_auth; /* false: without qop, as RFC 2069 did */
	uint32_t nc;   /* with qop */
};

/* Parses a header's value ("Digest username=…"). Returns 0; EBADMSG when it is malformed or too long; ENOTSUP
 * for another scheme or an algorithm or qop of which we never spoke. *out is set only on success. */
int digest_parse(const char *header, struct digest_credentials *out) __attribute__((warn_unused_result));

enum digest_verdict {
	DIGEST_OK,
	DIGEST_OTHER_REALM, /* not for us: challenge, with stale false */
	DIGEST_WRONG,	    /* wrong password, or no such user */
	DIGEST_STALE, /* the password is right, the nonce is not (too old, from before a restart, count seen):
			 challenge, stale true */
};

/* Verifies. `password` NULL: there is no such user, or it has none: the work is done, and the verdict is
 * DIGEST_WRONG. */
enum digest_verdict digest_verify(struct digest *digest, const struct digest_credentials *credentials,
				  const char *method, const char *password);

struct digest_stats {
	size_t nonces;	  /* kept now */
	uint64_t replays; /* counts that had been seen */
	uint64_t evicted; /* nonces that made room before their time */
};
void digest_stats(const struct digest *digest, struct digest_stats *out);

/* Writes the hexadecimal response of RFC 7616 section 3.4 (qop auth, or none when `qop_auth` is false) for
 * these credentials. */
void digest_response(const struct digest_credentials *credentials, const char *method, const char *password,
		     char out[65]);

#endif
