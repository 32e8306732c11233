/* See auth.h. */
#include "daemon/offhookd/phones/auth.h"

#include "daemon/offhookd/phones/bans.h"
#include "daemon/offhookd/digest/digest.h"
#include "daemon/offhookd/phones/phones.h"
#include "lib/clock.h"
#include "lib/fnv.h"
#include "lib/log.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SHOWN_MAX = 1024, SHOWN_S = 7200 };

/* The first credentials that are digest for our realm. */
static bool find_credentials(struct digest_credentials *out, const struct ua_request_info *request,
			     const char *realm)
{
	for (size_t i = 0; i < request->authorization_count; i++)
		if (digest_parse(out, request->authorization[i]) == 0 && strcmp(out->realm, realm) == 0)
			return true;
	return false;
}

/* "Asterisk PBX 16.28.0~dfsg", "Asterisk PBX 1.8.32", "Asterisk PBX certified-18.9-cert4" */
static bool is_asterisk_up_to(const char *agent, long last)
{
	static const char name[] = "Asterisk PBX ", certified[] = "certified";
	char *end;
	long major;

	if (strncmp(agent, name, strlen(name)) != 0)
		return false;
	agent += strlen(name);
	if (strncmp(agent, certified, strlen(certified)) == 0)
		agent += strlen(certified) + strspn(agent + strlen(certified), "/-");
	major = strtol(agent, &end, 10);
	return end > agent && *end == '.' && major >= 1 && major <= last;
}

/* Phones that give up at the sight of an algorithm that they do not know, where RFC 7616 has them look for
 * the next: they are shown MD5 alone. A liar about its name gains nothing that it could not have from the MD5
 * challenge. */
static bool gives_up_at_sha256(const char *agent)
{
	enum { ASTERISK_LAST = 18 };
	static const char *const agents[] = {
		"baresip v0.", "baresip v1.", "sipsak 0.", "SIPp", "Twinkle/1.",
	};

	for (size_t i = 0; agent && i < sizeof agents / sizeof agents[0]; i++)
		if (strncmp(agent, agents[i], strlen(agents[i])) == 0)
			return true;
	return agent && is_asterisk_up_to(agent, ASTERISK_LAST);
}

/* Sources that were shown both algorithms and have not come back with credentials since. Who comes again
 * without any cannot choose, and is shown MD5 alone. One slot for many: a mistake shows somebody MD5 who
 * could do better, which is offered as well. */
static struct {
	uint64_t source;
	int64_t until_us;
} shown_both[SHOWN_MAX];

static uint64_t hash_source(const struct ua_source *source)
{
	return fnv_add(FNV_NONE, source->text, strlen(source->text));
}

static bool was_shown_both(const struct ua_source *source)
{
	uint64_t hash = hash_source(source);

	return shown_both[hash % SHOWN_MAX].source == hash &&
	       shown_both[hash % SHOWN_MAX].until_us > clock_mono_us();
}

static void note_shown(const struct ua_source *source, bool both)
{
	uint64_t hash = hash_source(source);

	if (both) {
		shown_both[hash % SHOWN_MAX].source = hash;
		shown_both[hash % SHOWN_MAX].until_us = clock_mono_us() + (int64_t)SHOWN_S * 1000000;
	} else if (shown_both[hash % SHOWN_MAX].source == hash) {
		shown_both[hash % SHOWN_MAX].until_us = 0;
	}
}

static void challenge(struct phones *phones, const struct ua_request_info *request, struct auth_result *out,
		      bool proxy, bool stale)
{
	static const enum digest_algorithm algorithms[] = {
		[CONF_DIGEST_SHA256] = DIGEST_SHA256, [CONF_DIGEST_MD5] = DIGEST_MD5
	};
	bool several = phones->conf->sip.digest_count > 1;
	bool md5_alone =
	    several && (gives_up_at_sha256(request->user_agent) ||
			(!stale && request->authorization_count == 0 && was_shown_both(&request->source)));
	char source[UA_HOST_TEXT_MAX];
	struct digest_ask ask = { .realm = phones->conf->sip.domain,
				  .source = ua_host_text(&request->source.address, source),
				  .stale = stale,
				  .steady = bans_has_failed(phones->bans, &request->source) };
	size_t n = 0;

	if (several && !gives_up_at_sha256(request->user_agent))
		note_shown(&request->source, true);
	for (size_t i = 0; i < phones->conf->sip.digest_count; i++) {
		enum digest_algorithm algorithm = algorithms[phones->conf->sip.digest[i]];

		if (algorithm == DIGEST_SHA256 && md5_alone)
			continue;
		ask.algorithm = algorithm;
		digest_challenge(phones->digest, &ask, out->texts[n]);
		out->headers[n].name = proxy ? "Proxy-Authenticate" : "WWW-Authenticate";
		out->headers[n].value = out->texts[n];
		n++;
	}
	out->refusal.code = proxy ? 407 : 401;
	out->refusal.headers = out->headers;
	out->refusal.header_count = n;
}

/* An algorithm that conf does not list is not taken either. */
static bool is_accepted(const struct phones *phones, enum digest_algorithm algorithm)
{
	unsigned wanted = algorithm == DIGEST_MD5 ? CONF_DIGEST_MD5 : CONF_DIGEST_SHA256;

	for (size_t i = 0; i < phones->conf->sip.digest_count; i++)
		if (phones->conf->sip.digest[i] == wanted)
			return true;
	return false;
}

/* Some phones write "alice@DOMAIN" where "alice" is asked for. */
static const struct conf_user *user_named(const struct conf *conf, const char *username)
{
	const struct conf_user *user = conf_user_by_name(conf, username);
	const char *at = strrchr(username, '@');
	char name[DIGEST_NAME_MAX];

	if (user || !at || strcasecmp(at + 1, conf->sip.domain) != 0)
		return user;
	snprintf(name, sizeof name, "%.*s", (int)(at - username), username);
	return conf_user_by_name(conf, name);
}

void auth_check(struct phones *phones, const struct ua_request_info *request, bool proxy,
		struct auth_result *out)
{
	const char *realm = phones->conf->sip.domain;
	const struct conf_user *user;
	struct digest_credentials c;
	enum digest_verdict verdict;
	char source[UA_HOST_TEXT_MAX];

	memset(out, 0, sizeof *out);
	if (!find_credentials(&c, request, realm) || !is_accepted(phones, c.algorithm)) {
		bans_on_challenge(phones->bans, &request->source);
		challenge(phones, request, out, proxy, false);
		return;
	}
	snprintf(out->username, sizeof out->username, "%s", c.username);
	user = user_named(phones->conf, c.username);
	if (c.algorithm == DIGEST_SHA256)
		note_shown(&request->source, false);
	verdict = digest_verify(phones->digest, &c, realm, ua_host_text(&request->source.address, source),
				request->method, user ? user->password : NULL);
	if (verdict == DIGEST_GOOD &&
	    !digest_uri_means(c.uri, request->method, request->request_user, request->request_host, realm)) {
		log_warn("sip.digest_for_another_uri", NULL, "method=%s source=%s username=%s uri=%s for=%s",
			 request->method, request->source.text, log_quote(c.username), log_quote(c.uri),
			 log_quote(request->request_uri));
		out->refusal.code = 400;
		out->refusal.phrase = "Digest For Another URI";
		return;
	}
	if (verdict == DIGEST_GOOD) {
		bans_on_success(phones->bans, &request->source);
		out->user = user;
		out->nonce_us = digest_issued_us(phones->digest, c.nonce);
		return;
	}
	out->attempted = verdict == DIGEST_WRONG;
	out->unknown = out->attempted && !user;
	/* without qop, and with a nonce that stays, the same password is the same response */
	if (out->attempted)
		bans_on_failure(phones->bans, &request->source, c.username, c.qop_auth ? NULL : c.response);
	else
		bans_on_challenge(phones->bans, &request->source);
	challenge(phones, request, out, proxy, verdict == DIGEST_STALE);
}

void auth_log(const struct ua_request_info *request, const struct auth_result *result)
{
	if (result->attempted)
		log_warn("sip.wrong_credentials", NULL, "method=%s source=%s username=%s", request->method,
			 request->source.text, log_quote(result->username));
	else
		log_debug("sip.challenged", NULL, "method=%s source=%s", request->method,
			  request->source.text);
}
