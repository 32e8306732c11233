/* See auth.h. */
#include "daemon/offhookd/phones/auth.h"

#include "daemon/offhookd/phones/bans.h"
#include "daemon/offhookd/digest/digest.h"
#include "daemon/offhookd/phones/phones.h"
#include "lib/log.h"

#include <stdio.h>
#include <string.h>

/* The first credentials that are digest for our realm. */
static bool find_credentials(struct digest_credentials *out, const struct ua_request_info *request,
			     const char *realm)
{
	for (size_t i = 0; i < request->authorization_count; i++)
		if (digest_parse(out, request->authorization[i]) == 0 && strcmp(out->realm, realm) == 0)
			return true;
	return false;
}

/* Phones that give up at the sight of an algorithm that they do not know, where RFC 7616 has them look for
 * the next: they are shown MD5 alone. A liar about its name gains nothing that it could not have from the MD5
 * challenge. */
static bool gives_up_at_sha256(const char *agent)
{
	static const char *const agents[] = { "baresip v0.", "baresip v1.", "sipsak 0." };

	for (size_t i = 0; agent && i < sizeof agents / sizeof agents[0]; i++)
		if (strncmp(agent, agents[i], strlen(agents[i])) == 0)
			return true;
	return false;
}

static void challenge(struct phones *phones, const struct ua_request_info *request, struct auth_result *out,
		      bool proxy, bool stale)
{
	static const enum digest_algorithm algorithms[] = {
		[CONF_DIGEST_SHA256] = DIGEST_SHA256, [CONF_DIGEST_MD5] = DIGEST_MD5
	};
	size_t n = 0;

	for (size_t i = 0; i < phones->conf->sip.digest_count; i++) {
		enum digest_algorithm algorithm = algorithms[phones->conf->sip.digest[i]];

		if (algorithm == DIGEST_SHA256 && phones->conf->sip.digest_count > 1 &&
		    gives_up_at_sha256(request->user_agent))
			continue;
		digest_challenge(phones->digest, algorithm, phones->conf->sip.domain, stale, out->texts[n]);
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

void auth_check(struct phones *phones, const struct ua_request_info *request, bool proxy,
		struct auth_result *out)
{
	const char *realm = phones->conf->sip.domain;
	const struct conf_user *user;
	struct digest_credentials c;
	enum digest_verdict verdict;

	memset(out, 0, sizeof *out);
	if (!find_credentials(&c, request, realm) || !is_accepted(phones, c.algorithm)) {
		bans_on_challenge(phones->bans, &request->source);
		challenge(phones, request, out, proxy, false);
		return;
	}
	snprintf(out->username, sizeof out->username, "%s", c.username);
	user = conf_user_by_name(phones->conf, c.username);
	verdict = digest_verify(phones->digest, &c, realm, request->method, user ? user->password : NULL);
	if (verdict == DIGEST_GOOD) {
		bans_on_success(phones->bans, &request->source);
		out->user = user;
		return;
	}
	out->attempted = verdict == DIGEST_WRONG;
	if (out->attempted)
		bans_on_failure(phones->bans, &request->source, c.username);
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
