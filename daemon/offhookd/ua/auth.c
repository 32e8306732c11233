/* Credentials for those who challenge us (RFC 3261 section 22, RFC 7616, RFC 8760). See private.h. */
#include "daemon/offhookd/ua/private.h"

#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 4096 };

/* Whether the realm has been challenged before; −1: no. */
static int find(const struct ua_auth *auth, const struct digest_asked *asked, bool proxy)
{
	for (size_t i = 0; i < auth->count; i++)
		if (auth->list[i].proxy == proxy && strcmp(auth->list[i].asked->realm, asked->realm) == 0)
			return (int)i;
	return -1;
}

/* Takes the first challenge of each realm that we can answer: whoever sends several prefers the first (RFC
 * 8760 section 2.4). Returns 1: something to answer; 0: nothing; −1: what we sent was wrong. */
static int take_list(struct ua_auth *auth, const msg_auth_t *au, bool proxy, su_home_t *home)
{
	bool fresh[UA_ASKED_MAX] = { false };
	int result = 0;

	for (; au; au = au->au_next) {
		char *value = ua_read_auth(au, home);
		struct digest_asked asked;
		int at;

		if (!value || digest_read_challenge(&asked, value)) {
			auth->trouble =
			    value ? "It asks for a password in a way that Offhook does not know." : NULL;
			continue;
		}
		at = find(auth, &asked, proxy);
		if (at >= 0 && fresh[at])
			continue;
		/* asked again for the realm that we had answered: only a nonce that had grown old is a reason
		 */
		if (at >= 0 && !asked.stale && auth->list[at].uses)
			return -1;
		if (at < 0) {
			if (auth->count == UA_ASKED_MAX)
				continue;
			auth->list[auth->count].asked = calloc(1, sizeof asked);
			if (!auth->list[auth->count].asked)
				continue;
			at = (int)auth->count++;
		}
		*auth->list[at].asked = asked;
		auth->list[at].proxy = proxy;
		auth->list[at].uses = 0;
		fresh[at] = true;
		result = 1;
	}
	return result;
}

bool ua_auth_take(struct ua_auth *auth, const sip_t *sip)
{
	su_home_t home[1] = { SU_HOME_INIT(home) };
	int server, proxy;

	auth->trouble = NULL;
	if (!sip || ++auth->tries > UA_TRIES_MAX) {
		auth->trouble = sip ? "It asks for our password again and again." : NULL;
		return false;
	}
	su_home_init(home);
	server = take_list(auth, sip->sip_www_authenticate, false, home);
	proxy = take_list(auth, sip->sip_proxy_authenticate, true, home);
	su_home_deinit(home);
	if (server < 0 || proxy < 0 || server + proxy > 0)
		auth->trouble = NULL;
	else if (!auth->trouble)
		auth->trouble = "It asks for a password without saying how.";
	return server >= 0 && proxy >= 0 && server + proxy > 0;
}

void ua_auth_forget(struct ua_auth *auth)
{
	for (size_t i = 0; i < auth->count; i++)
		free(auth->list[i].asked);
	auth->count = 0;
}

const char *ua_auth_headers(struct ua_auth *auth, const struct digest_use *use, char out[UA_BLOCK_MAX])
{
	struct digest_use one = *use;
	char values[UA_ASKED_MAX][VALUE_MAX];
	struct ua_header headers[UA_ASKED_MAX];
	size_t n = 0;

	for (size_t i = 0; i < auth->count; i++) {
		one.count = auth->list[i].uses + 1;
		if (digest_answer_asked(values[n], VALUE_MAX, auth->list[i].asked, &one))
			continue;
		auth->list[i].uses++;
		headers[n].name = auth->list[i].proxy ? "Proxy-Authorization" : "Authorization";
		headers[n].value = values[n];
		n++;
	}
	return ua_header_block(out, headers, n);
}
