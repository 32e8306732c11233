/* Challenges to our requests within a dialog (BYE, re-INVITE, UPDATE, PRACK, NOTIFY, INFO, REFER; RFC 3261
 * section 22.2): NUA sends them again by itself once it has credentials. Its digests know MD5 alone, so that
 * ours take their place. See private.h. */
#include "daemon/offhookd/ua/private.h"

#include "lib/hex.h"
#include "lib/log.h"

#include <errno.h>
#include <sofia-sip/auth_client_plugin.h>
#include <sofia-sip/msg_header.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CREDENTIAL_MAX = 128, VALUE_MAX = 4096 };

/* One realm of a handle. NUA clears it when it makes it. */
struct realm {
	auth_client_t base;
	struct digest_asked asked;
	bool is_asked;
	uint32_t uses; /* of the nonce */
};

/* NUA takes "scheme:realm:user:password", where a colon ends each: in hexadecimal digits none is in the way.
 */
static void to_hex(char out[2 * CREDENTIAL_MAX + 1], const char *text)
{
	hex_write(out, (const unsigned char *)text, strnlen(text, CREDENTIAL_MAX));
}

static void from_hex(char out[CREDENTIAL_MAX + 1], const char *hex)
{
	out[hex_read((unsigned char *)out, CREDENTIAL_MAX, hex)] = '\0';
}

/* Keeps the first challenge of a response that we can answer: whoever sends several prefers the first (RFC
 * 8760 section 2.4). Returns 2 for one that is worth an attempt, 1 for a refusal of what was sent. */
static int take(auth_client_t *ca, msg_auth_t const *challenge)
{
	struct realm *realm = (struct realm *)(void *)ca;
	su_home_t home[1] = { SU_HOME_INIT(home) };
	struct digest_asked asked;
	bool fresh = false;
	char *value;

	if (realm->is_asked && realm->uses == 0)
		return 2;
	su_home_init(home);
	value = ua_read_auth(challenge, home);
	if (value && digest_read_challenge(&asked, value) == 0) {
		fresh = !realm->is_asked || asked.stale || strcmp(asked.nonce, realm->asked.nonce) != 0;
		realm->asked = asked;
		realm->is_asked = true;
		realm->uses = 0;
	}
	su_home_deinit(home);
	return fresh ? 2 : 1;
}

static int authorize(auth_client_t *ca, su_home_t *home, char const *method, url_t const *url,
		     msg_payload_t const *body, msg_header_t **out)
{
	struct realm *realm = (struct realm *)(void *)ca;
	char username[CREDENTIAL_MAX + 1], password[CREDENTIAL_MAX + 1], value[VALUE_MAX];
	const char *uri = url_as_string(home, url);
	struct digest_use use;

	if (!realm->is_asked || !ca->ca_user || !ca->ca_pass || !uri)
		return 0;
	from_hex(username, ca->ca_user);
	from_hex(password, ca->ca_pass);
	use = (struct digest_use){ .username = username,
				   .password = password,
				   .method = method,
				   .uri = uri,
				   .body = body ? body->pl_data : NULL,
				   .body_length = body ? body->pl_len : 0,
				   .count = realm->uses + 1 };
	if (digest_answer_asked(value, sizeof value, &realm->asked, &use))
		return 0;
	realm->uses++;
	*out = msg_header_make(home, ca->ca_credential_class, value);
	return *out ? 0 : -1;
}

static const auth_client_plugin_t placeholder = { .auc_plugin_size = sizeof placeholder,
						  .auc_size = sizeof(struct realm),
						  .auc_name = "Offhook",
						  .auc_authorize = authorize };
static const auth_client_plugin_t digest = { .auc_plugin_size = sizeof digest,
					     .auc_size = sizeof(struct realm),
					     .auc_name = "Digest",
					     .auc_challenge = take,
					     .auc_authorize = authorize };

void ua_challenge_init(void)
{
	static bool done;

	/* auc_register_plugin() of this sofia-sip replaces the first plugin that has another name: of two,
	 * the second is where the one of its own was. */
	if (!done && (auc_register_plugin(&placeholder) || auc_register_plugin(&digest)))
		log_error("sip.no_digest", NULL, "error=%s", log_quote(strerror(errno)));
	done = true;
}

int ua_call_set_credentials(struct ua_call *call, const char *username, const char *password)
{
	if (!username || !password || strlen(username) > CREDENTIAL_MAX || strlen(password) > CREDENTIAL_MAX)
		return EINVAL;
	free(call->username);
	free(call->password);
	call->username = strdup(username);
	call->password = strdup(password);
	return call->username && call->password ? 0 : ENOMEM;
}

/* What NUA is to be told for each realm that is asked for. */
struct answers {
	char text[UA_ASKED_MAX][UA_URI_MAX + 4 * CREDENTIAL_MAX];
	size_t count;
};

static void add_answers(struct answers *out, const msg_auth_t *challenges, const char *username,
			const char *password)
{
	for (const msg_auth_t *au = challenges; au && out->count < UA_ASKED_MAX; au = au->au_next) {
		const char *realm = msg_params_find(au->au_params, "realm=");
		char *text = out->text[out->count];

		if (realm && strcasecmp(au->au_scheme, "Digest") == 0 &&
		    (size_t)snprintf(text, sizeof out->text[0], "Digest:%s:%s:%s", realm, username,
				     password) < sizeof out->text[0])
			out->count++;
	}
}

/* Without an answer the request that waits for it fails. */
static void authenticate(struct ua_call *call, const struct answers *a)
{
	nua_authenticate(call->nh, TAG_IF(a->count > 0, NUTAG_AUTH(a->text[0])),
			 TAG_IF(a->count > 1, NUTAG_AUTH(a->text[1])),
			 TAG_IF(a->count > 2, NUTAG_AUTH(a->text[2])),
			 TAG_IF(a->count > 3, NUTAG_AUTH(a->text[3])), TAG_END());
	ua_root_kick(call->ua->root);
}

bool ua_call_answer_challenge(struct ua_call *call, int status, const sip_t *sip)
{
	char username[2 * CREDENTIAL_MAX + 1], password[2 * CREDENTIAL_MAX + 1];
	struct answers answers = { .count = 0 };

	if (status != 401 && status != 407) {
		if (status >= 200)
			call->challenges = 0;
		return false;
	}
	if (sip && call->username && ++call->challenges <= UA_RETRIES_MAX) {
		to_hex(username, call->username);
		to_hex(password, call->password);
		add_answers(&answers, sip->sip_www_authenticate, username, password);
		add_answers(&answers, sip->sip_proxy_authenticate, username, password);
	} else {
		log_info("sip.challenge_unanswered", NULL, "sip_call_id=%s code=%d", log_quote(call->call_id),
			 status);
	}
	authenticate(call, &answers);
	return answers.count > 0;
}
