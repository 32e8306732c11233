#include "daemon/api/http/sessions.h"

#include "lib/clock.h"
#include "lib/random.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COOKIE "offhook_console"

enum { WORD_BYTES = 32, WORD_LENGTH = 2 * WORD_BYTES, COOKIE_SIZE = 160 };

struct session {
	unsigned char digest[SHA256_DIGEST_LENGTH]; /* of the cookie's word */
	const struct conf_account *account;	    /* NULL: free */
	int64_t until;				    /* UTC [ms] */
	bool only_reads;
};

struct sessions {
	const struct conf *conf;
	struct session all[SESSIONS_MAX];
};

int sessions_alloc(struct sessions **out, const struct conf *conf)
{
	struct sessions *sessions = calloc(1, sizeof *sessions);

	if (!sessions)
		return ENOMEM;
	sessions->conf = conf;
	*out = sessions;
	return 0;
}

void sessions_free(struct sessions *sessions)
{
	if (sessions)
		OPENSSL_cleanse(sessions->all, sizeof sessions->all);
	free(sessions);
}

/* Whose page */

/* Whether an origin ("https://host:port") is where `url` or, without a scheme, `host:port` is. */
static bool is_at(const char *origin, const char *place)
{
	const char *authority = strstr(origin, "://"), *scheme = strstr(place, "://");
	size_t length;

	if (!authority)
		return false;
	length = strlen(authority + 3);
	if (scheme && strncasecmp(origin, place, (size_t)(scheme - place) + 3))
		return false;
	place = scheme ? scheme + 3 : place;
	return strcspn(place, "/") == length && !strncasecmp(authority + 3, place, length);
}

static bool reads_only(const struct web_request *request)
{
	return !strcmp(request->method, "GET") || !strcmp(request->method, "HEAD");
}

bool sessions_is_ours(const struct sessions *sessions, const struct web_request *request)
{
	const char *site = web_header(request, "Sec-Fetch-Site"), *origin = web_header(request, "Origin"),
		   *host = web_header(request, "Host");

	/* "none": typed into the browser's bar */
	if (site && strcmp(site, "same-origin") && strcmp(site, "none"))
		return false;
	/* Behind a proxy the browser knows us by the public URL alone. */
	if (origin && !(host && is_at(origin, host)) && !is_at(origin, sessions->conf->api.public_url))
		return false;
	return reads_only(request) || web_header(request, SESSION_HEADER);
}

/* The cookie */

/* The word of the request's cookie, WORD_LENGTH characters, or NULL. */
static const char *word_of(const struct web_request *request)
{
	const char *at = web_header(request, "Cookie");

	for (; at && *at; at += strcspn(at, ";")) {
		at += strspn(at, "; ");
		if (strncmp(at, COOKIE "=", sizeof COOKIE))
			continue;
		at += sizeof COOKIE;
		return strcspn(at, "; ") == WORD_LENGTH ? at : NULL;
	}
	return NULL;
}

/* Not over HTTPS a browser would not keep a Secure one. */
static void set_cookie(struct web_request *request, const char *word, int life_s)
{
	const char *origin = web_header(request, "Origin");
	bool secure = origin && !strncasecmp(origin, "https://", 8);
	char cookie[COOKIE_SIZE];

	snprintf(cookie, sizeof cookie, COOKIE "=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s", word,
		 life_s, secure ? "; Secure" : "");
	web_reply_header(request, "Set-Cookie", cookie);
}

/* Sessions */

static struct session *find(struct sessions *sessions, const struct web_request *request)
{
	const char *word = word_of(request);
	unsigned char digest[SHA256_DIGEST_LENGTH];
	struct session *found = NULL;

	if (!word)
		return NULL;
	SHA256((const unsigned char *)word, WORD_LENGTH, digest);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (sessions->all[i].account &&
		    !CRYPTO_memcmp(sessions->all[i].digest, digest, sizeof digest))
			found = &sessions->all[i];
	if (found && found->until <= clock_utc_ms()) {
		memset(found, 0, sizeof *found);
		return NULL;
	}
	return found;
}

/* A free place: that of the session which ends first when all are taken. */
static struct session *place(struct sessions *sessions)
{
	struct session *oldest = sessions->all;

	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		if (!sessions->all[i].account)
			return &sessions->all[i];
		if (sessions->all[i].until < oldest->until)
			oldest = &sessions->all[i];
	}
	return oldest;
}

void sessions_begin(struct sessions *sessions, struct web_request *request,
		    const struct conf_account *account, bool only_reads)
{
	struct session *session = find(sessions, request);
	char word[WORD_LENGTH + 1];

	/* Who logs in again gets another word, and the one before is good no more. */
	if (!session)
		session = place(sessions);
	random_hex(word, WORD_BYTES);
	SHA256((const unsigned char *)word, WORD_LENGTH, session->digest);
	session->account = account;
	session->only_reads = only_reads;
	session->until = clock_utc_ms() + (int64_t)SESSION_LIFE_S * 1000;
	set_cookie(request, word, SESSION_LIFE_S);
	OPENSSL_cleanse(word, sizeof word);
}

const struct conf_account *sessions_account(struct sessions *sessions, const struct web_request *request)
{
	const struct session *session = sessions_is_ours(sessions, request) ? find(sessions, request) : NULL;

	return session ? session->account : NULL;
}

bool sessions_only_reads(struct sessions *sessions, const struct web_request *request)
{
	const struct session *session = sessions_is_ours(sessions, request) ? find(sessions, request) : NULL;

	return session && session->only_reads;
}

void sessions_end(struct sessions *sessions, struct web_request *request)
{
	struct session *session = find(sessions, request);

	if (session)
		memset(session, 0, sizeof *session);
	set_cookie(request, "", 0);
}
