#include "media/secure.h"

#include "media/rtp.h"
#include "media/secure_cipher.h"

#include <arpa/inet.h>
#include <errno.h>
#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	WINDOW = 256,
	SOURCES_MAX = 4,
	RTCP_HEADER = 8,
	INDEX_SIZE = 4,
	GUESS_PACKETS = 50,   /* that none of the counters opens: none is guessed any more */
	RESTART_PACKETS = 5,  /* in a row that only the other context opens: the far end has begun anew */
	SETTLED_PACKETS = 10, /* that were opened as before: it has not */
};

struct suite {
	const char *name;
	size_t key_size; /* with salt */
	void (*rtp)(srtp_crypto_policy_t *policy);
	void (*rtcp)(srtp_crypto_policy_t *policy); /* the short tag is RTP's alone: RFC 4568 section 6.2.2 */
};

static const struct suite suites[] = {
	[MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80] = { "AES_CM_128_HMAC_SHA1_80", 30,
						 srtp_crypto_policy_set_rtp_default,
						 srtp_crypto_policy_set_rtcp_default },
	[MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32] = { "AES_CM_128_HMAC_SHA1_32", 30,
						 srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32,
						 srtp_crypto_policy_set_rtcp_default },
	[MEDIA_SRTP_AES_256_CM_HMAC_SHA1_80] = { "AES_256_CM_HMAC_SHA1_80", 46,
						 srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,
						 srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80 },
	[MEDIA_SRTP_AES_256_CM_HMAC_SHA1_32] = { "AES_256_CM_HMAC_SHA1_32", 46,
						 srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32,
						 srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80 },
	[MEDIA_SRTP_AEAD_AES_128_GCM] = { "AEAD_AES_128_GCM", 28, srtp_crypto_policy_set_aes_gcm_128_16_auth,
					  srtp_crypto_policy_set_aes_gcm_128_16_auth },
	[MEDIA_SRTP_AEAD_AES_256_GCM] = { "AEAD_AES_256_GCM", 44, srtp_crypto_policy_set_aes_gcm_256_16_auth,
					  srtp_crypto_policy_set_aes_gcm_256_16_auth },
};

enum { SUITES = sizeof suites / sizeof suites[0] };

const char *media_srtp_name(enum media_srtp_suite suite)
{
	return suite > MEDIA_SRTP_NONE && (unsigned)suite < SUITES ? suites[suite].name : NULL;
}

enum media_srtp_suite media_srtp_find(const char *name)
{
	for (unsigned i = MEDIA_SRTP_NONE + 1; i < SUITES; i++)
		if (strcasecmp(name, suites[i].name) == 0)
			return (enum media_srtp_suite)i;
	return MEDIA_SRTP_NONE;
}

size_t media_srtp_key_size(enum media_srtp_suite suite)
{
	return media_srtp_name(suite) ? suites[suite].key_size : 0;
}

/* A far end that has sent for a while, we do not know how long: its counter is found out. */
struct guess {
	enum media_srtp_suite suite;
	struct media_srtp_key key;
	unsigned max;  /* the counter is this at the most */
	unsigned left; /* packets to try it with */
};

struct secure {
	srtp_t context;
	unsigned mki_size;
	size_t rtp_tail, rtcp_tail;    /* bytes behind the text: tag, identifier, index */
	uint32_t sources[SOURCES_MAX]; /* whose packets were opened, the last one first */
	unsigned source_count;
	struct guess *guess;  /* owned; NULL: it is known, or was given up */
	struct secure *fresh; /* owned; NULL: none was given */
	bool expecting;	      /* it is tried */
	bool began_anew;      /* it is what we were before */
	unsigned in_row;      /* opened by it alone */
	unsigned settled;     /* opened by us since then */
};

int secure_start(void)
{
	static bool started;
	if (!started)
		started = srtp_init() == srtp_err_status_ok && secure_cipher_install() == 0;
	return started ? 0 : EIO;
}

/* What libsrtp is to know of a key; it takes pointers that are not const, and only reads. */
static void fill_policy(srtp_policy_t *policy, enum media_srtp_suite suite, struct media_srtp_key *key,
			srtp_master_key_t *master, srtp_master_key_t **keys)
{
	*master = (srtp_master_key_t){ key->bytes, key->mki, key->mki_size };
	policy->window_size = WINDOW;
	suites[suite].rtp(&policy->rtp);
	suites[suite].rtcp(&policy->rtcp);
	if (key->mki_size) {
		policy->keys = keys;
		policy->num_master_keys = 1;
	} else {
		policy->key = key->bytes;
	}
}

/* One source more, or all others, with the same key. */
static bool add_source(srtp_t context, enum media_srtp_suite suite, const struct media_srtp_key *key,
		       srtp_ssrc_t ssrc)
{
	srtp_policy_t policy = { .ssrc = ssrc };
	struct media_srtp_key copy = *key;
	srtp_master_key_t master;
	srtp_master_key_t *keys[] = { &master };
	bool added;

	fill_policy(&policy, suite, &copy, &master, keys);
	added = srtp_add_stream(context, &policy) == srtp_err_status_ok;
	explicit_bzero(&copy, sizeof copy);
	return added;
}

static int make(struct secure **out, enum media_srtp_suite suite, const struct media_srtp_key *key,
		srtp_ssrc_t ssrc)
{
	if (!media_srtp_name(suite) || key->mki_size > MEDIA_SRTP_MKI_MAX)
		return EINVAL;
	int err = secure_start();
	struct secure *s = err ? NULL : calloc(1, sizeof *s);
	if (!s)
		return err ? err : ENOMEM;
	srtp_policy_t policy = { .ssrc = ssrc };
	struct media_srtp_key copy = *key;
	srtp_master_key_t master;
	srtp_master_key_t *keys[] = { &master };
	fill_policy(&policy, suite, &copy, &master, keys);
	srtp_err_status_t status = srtp_create(&s->context, &policy);
	explicit_bzero(&copy, sizeof copy);
	if (status != srtp_err_status_ok) {
		free(s);
		return status == srtp_err_status_alloc_fail ? ENOMEM : EIO;
	}
	s->mki_size = key->mki_size;
	s->rtp_tail = (size_t)policy.rtp.auth_tag_len + key->mki_size;
	s->rtcp_tail = (size_t)policy.rtcp.auth_tag_len + key->mki_size + INDEX_SIZE;
	*out = s;
	return 0;
}

int secure_alloc_sender(struct secure **out, enum media_srtp_suite suite, const struct media_srtp_key *key,
			uint32_t ssrc)
{
	struct media_srtp_key plain = *key; /* what we send has no MKI: we offer one key */
	plain.mki_size = 0;
	int err = make(out, suite, &plain, (srtp_ssrc_t){ ssrc_specific, ssrc });
	explicit_bzero(&plain, sizeof plain);
	return err;
}

int secure_alloc_receiver(struct secure **out, enum media_srtp_suite suite, const struct media_srtp_key *key)
{
	return make(out, suite, key, (srtp_ssrc_t){ ssrc_any_inbound, 0 });
}

static void forget_guess(struct secure *s)
{
	if (s->guess)
		explicit_bzero(s->guess, sizeof *s->guess);
	free(s->guess);
	s->guess = NULL;
}

void secure_free(struct secure *s)
{
	if (!s)
		return;
	secure_free(s->fresh);
	forget_guess(s);
	srtp_dealloc(s->context); /* wipes its keys */
	free(s);
}

bool secure_seal_rtp(struct secure *s, uint8_t *packet, size_t *size)
{
	int n = (int)*size;
	if (srtp_protect(s->context, packet, &n) != srtp_err_status_ok)
		return false;
	*size = (size_t)n;
	return true;
}

bool secure_seal_rtcp(struct secure *s, uint8_t *packet, size_t *size)
{
	int n = (int)*size;
	if (srtp_protect_rtcp(s->context, packet, &n) != srtp_err_status_ok)
		return false;
	*size = (size_t)n;
	return true;
}

/* libsrtp keeps something for each SSRC that has sent, and a far end may change its own without end: all but
 * the last few are forgotten. */
static void note_source(struct secure *s, uint32_t ssrc)
{
	unsigned at = 0;
	if (s->source_count && s->sources[0] == ssrc)
		return;
	while (at < s->source_count && s->sources[at] != ssrc)
		at++;
	if (at == SOURCES_MAX)
		srtp_remove_stream(s->context, htonl(s->sources[--at]));
	else if (at == s->source_count)
		s->source_count++;
	memmove(s->sources + 1, s->sources, at * sizeof s->sources[0]);
	s->sources[0] = ssrc;
}

static enum secure_verdict verdict(struct secure *s, srtp_err_status_t status, uint32_t ssrc)
{
	switch (status) {
	case srtp_err_status_ok:
		note_source(s, ssrc);
		return SECURE_GOOD;
	case srtp_err_status_replay_fail:
	case srtp_err_status_replay_old:
		return SECURE_REPLAYED;
	default:
		return SECURE_FORGED;
	}
}

/* Whether a packet has all that its header promises, and what stands behind the text. libsrtp does not look
 * closely enough: what is shorter, it would take for 4 GB. */
static bool is_whole(const uint8_t *p, size_t size, size_t tail)
{
	size_t at = RTP_HEADER + 4u * (p[0] & 0x0f);
	if (size < at + 4)
		return false;
	if (p[0] & 0x10)
		at += 4 + 4u * get16(p + at + 2);
	return at + tail <= size;
}

static enum secure_verdict open_rtp(struct secure *s, uint8_t *packet, size_t *size)
{
	int n = (int)*size;
	if (*size < RTP_HEADER || !is_whole(packet, *size, s->rtp_tail))
		return SECURE_FORGED;
	uint32_t ssrc = get32(packet + 8);
	srtp_err_status_t status = srtp_unprotect_mki(s->context, packet, &n, s->mki_size > 0);
	if (status == srtp_err_status_ok)
		*size = (size_t)n;
	return verdict(s, status, ssrc);
}

struct secure *secure_expect_restart(struct secure *s, struct secure *fresh)
{
	struct secure *last = s->fresh;

	s->fresh = fresh;
	s->expecting = fresh != NULL;
	s->began_anew = false;
	s->in_row = s->settled = 0;
	return last;
}

/* Before the first roll-over what is refused as a repetition is one: there is no counter to begin anew with.
 */
static bool may_be_restart(const struct secure *s, uint32_t ssrc, enum secure_verdict verdict)
{
	uint32_t roc = 0;

	if (verdict == SECURE_FORGED || s->began_anew)
		return true;
	return srtp_get_stream_roc(s->context, ssrc, &roc) == srtp_err_status_ok && roc > 0;
}

/* The other context is ours from now on, and ours the other, should that have been an error. */
static void begin_anew(struct secure *s)
{
	struct secure *fresh = s->fresh;
	const struct secure was = *s;

	s->context = fresh->context;
	memcpy(s->sources, fresh->sources, sizeof s->sources);
	s->source_count = fresh->source_count;
	fresh->context = was.context;
	memcpy(fresh->sources, was.sources, sizeof fresh->sources);
	fresh->source_count = was.source_count;
	s->began_anew = !s->began_anew;
	s->in_row = s->settled = 0;
}

/* What may be of a far end that has begun anew. */
static enum secure_verdict open_expecting(struct secure *s, uint8_t *packet, size_t *size)
{
	uint8_t copy[RTP_PACKET_MAX];
	size_t n = *size;
	enum secure_verdict verdict;

	if (n < RTP_HEADER || n > sizeof copy)
		return open_rtp(s, packet, size);
	memcpy(copy, packet, n);
	verdict = open_rtp(s, packet, size);
	if (verdict == SECURE_GOOD) {
		s->in_row = 0;
		s->expecting = ++s->settled < SETTLED_PACKETS;
		return verdict;
	}
	if (!may_be_restart(s, get32(copy + 8), verdict) || open_rtp(s->fresh, copy, &n) != SECURE_GOOD ||
	    ++s->in_row < RESTART_PACKETS)
		return verdict;
	begin_anew(s);
	memcpy(packet, copy, n);
	*size = n;
	return SECURE_GOOD;
}

int secure_guess_rollovers(struct secure *s, enum media_srtp_suite suite, const struct media_srtp_key *key,
			   unsigned max)
{
	forget_guess(s);
	if (max == 0)
		return 0;
	s->guess = malloc(sizeof *s->guess);
	if (!s->guess)
		return ENOMEM;
	*s->guess = (struct guess){ .suite = suite, .key = *key, .max = max, .left = GUESS_PACKETS };
	return 0;
}

/* Tries one counter: true, and it is the one from now on, for this source; others may come as ever. */
static bool try_rollovers(struct secure *s, unsigned rollovers, uint8_t *packet, size_t *size)
{
	struct guess *guess = s->guess;
	uint32_t ssrc = get32(packet + 8);
	uint8_t copy[RTP_PACKET_MAX];
	struct secure *tried;
	size_t n = *size;
	bool opened;

	if (make(&tried, guess->suite, &guess->key, (srtp_ssrc_t){ ssrc_specific, ssrc }))
		return false;
	memcpy(copy, packet, n);
	opened = srtp_set_stream_roc(tried->context, ssrc, rollovers) == srtp_err_status_ok &&
		 open_rtp(tried, copy, &n) == SECURE_GOOD &&
		 add_source(tried->context, guess->suite, &guess->key, (srtp_ssrc_t){ ssrc_any_inbound, 0 });
	if (opened) {
		srtp_t context = s->context;

		s->context = tried->context;
		tried->context = context;
		note_source(s, ssrc);
		memcpy(packet, copy, n);
		*size = n;
	}
	secure_free(tried);
	return opened;
}

static enum secure_verdict open_guessing(struct secure *s, uint8_t *packet, size_t *size)
{
	uint8_t copy[RTP_PACKET_MAX];
	const size_t whole = *size;
	enum secure_verdict verdict;

	if (whole < RTP_HEADER || whole > sizeof copy)
		return open_rtp(s, packet, size);
	memcpy(copy, packet, whole);
	verdict = open_rtp(s, packet, size);
	for (unsigned i = 1; verdict == SECURE_FORGED && i <= s->guess->max; i++) {
		memcpy(packet, copy, whole);
		*size = whole;
		if (try_rollovers(s, i, packet, size))
			verdict = SECURE_GOOD;
	}
	if (verdict == SECURE_GOOD || --s->guess->left == 0)
		forget_guess(s);
	return verdict;
}

enum secure_verdict secure_open_rtp(struct secure *s, uint8_t *packet, size_t *size)
{
	if (s->guess)
		return open_guessing(s, packet, size);
	return s->expecting ? open_expecting(s, packet, size) : open_rtp(s, packet, size);
}

enum secure_verdict secure_open_rtcp(struct secure *s, uint8_t *packet, size_t *size)
{
	int n = (int)*size;
	if (*size < RTCP_HEADER + s->rtcp_tail)
		return SECURE_FORGED;
	uint32_t ssrc = get32(packet + 4);
	srtp_err_status_t status = srtp_unprotect_rtcp_mki(s->context, packet, &n, s->mki_size > 0);
	if (status == srtp_err_status_ok)
		*size = (size_t)n;
	return verdict(s, status, ssrc);
}
