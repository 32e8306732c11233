/* See auth.h. */
#include "daemon/offhookd/switch/auth.h"

#include "daemon/offhookd/switch/digest.h"
#include "daemon/offhookd/switch/sw.h"
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

static void challenge(struct sw *sw, struct auth_result *out, bool proxy, bool stale)
{
	/* the stronger one first, as RFC 8760 asks: phones that do not know it take the next */
	static const enum digest_algorithm order[AUTH_CHALLENGES] = { DIGEST_SHA256, DIGEST_MD5 };

	for (size_t i = 0; i < AUTH_CHALLENGES; i++) {
		digest_challenge(sw->digest, order[i], sw->conf->sip.domain, stale, out->texts[i]);
		out->headers[i].name = proxy ? "Proxy-Authenticate" : "WWW-Authenticate";
		out->headers[i].value = out->texts[i];
	}
	out->refusal.code = proxy ? 407 : 401;
	out->refusal.headers = out->headers;
	out->refusal.header_count = AUTH_CHALLENGES;
}

void auth_check(struct sw *sw, const struct ua_request_info *request, bool proxy, struct auth_result *out)
{
	const char *realm = sw->conf->sip.domain;
	const struct conf_user *user;
	struct digest_credentials c;
	enum digest_verdict verdict;

	memset(out, 0, sizeof *out);
	if (!find_credentials(&c, request, realm)) {
		challenge(sw, out, proxy, false);
		return;
	}
	snprintf(out->username, sizeof out->username, "%s", c.username);
	user = conf_user_by_name(sw->conf, c.username);
	verdict = digest_verify(sw->digest, &c, realm, request->method, user ? user->password : NULL);
	if (verdict == DIGEST_GOOD) {
		out->user = user;
		return;
	}
	out->attempted = verdict == DIGEST_WRONG;
	challenge(sw, out, proxy, verdict == DIGEST_STALE);
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
