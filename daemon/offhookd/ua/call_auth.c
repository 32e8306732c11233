/* Challenges to our INVITE: answered by a second one with the same Call-ID and From tag and the next CSeq, on
 * a handle of its own, since NUA's digests know MD5 alone. See private.h. */
#include "daemon/offhookd/ua/private.h"

#include "lib/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What an INVITE was made of: a copy of its parameters, all in one block. */
struct ua_retry {
	struct ua_invite_params params;
	struct ua_sdp offer;
	struct ua_header headers[UA_HEADERS_MAX];
	struct ua_auth auth;
	su_home_t home[1]; /* the texts */
	char *target;	   /* of requests within the dialog, or NULL */
};

static bool keep(struct ua_retry *retry, const char **text)
{
	if (!*text)
		return true;
	*text = su_strdup(retry->home, *text);
	return *text != NULL;
}

static bool keep_headers(struct ua_retry *retry, const struct ua_invite_params *p)
{
	bool ok = true;

	for (size_t i = 0; ok && i < p->header_count && i < UA_HEADERS_MAX; i++) {
		retry->headers[i] = p->headers[i];
		ok = keep(retry, &retry->headers[i].name) && keep(retry, &retry->headers[i].value);
		retry->params.header_count = i + 1;
	}
	return ok;
}

int ua_retry_alloc(struct ua_retry **out, const struct ua_invite_params *p)
{
	struct ua_retry *retry = calloc(1, sizeof *retry);
	struct ua_invite_params *mine;

	if (!retry)
		return ENOMEM;
	su_home_init(retry->home);
	mine = &retry->params;
	*mine = *p;
	mine->header_count = 0;
	mine->headers = retry->headers;
	retry->offer = *p->offer;
	mine->offer = &retry->offer;
	if (!keep_headers(retry, p) || !keep(retry, &mine->target.uri) || !keep(retry, &mine->target.route) ||
	    !keep(retry, &mine->target.path) || !keep(retry, &mine->from_user) ||
	    !keep(retry, &mine->from_display) || !keep(retry, &mine->from_host) ||
	    !keep(retry, &mine->to_uri) || !keep(retry, &mine->username) || !keep(retry, &mine->password)) {
		ua_retry_free(retry);
		return ENOMEM;
	}
	*out = retry;
	return 0;
}

void ua_retry_free(struct ua_retry *retry)
{
	if (!retry)
		return;
	su_home_deinit(retry->home);
	ua_auth_forget(&retry->auth);
	ua_sdp_forget_keys(&retry->offer);
	free(retry);
}

const char *ua_retry_trouble(const struct ua_retry *retry)
{
	return retry ? retry->auth.trouble : NULL;
}

bool ua_call_retry(struct ua_call *call, const sip_t *sip)
{
	struct ua_retry *retry = call->retry;
	nua_handle_t *old = call->nh;
	const char *credentials;
	char block[UA_BLOCK_MAX], sdp[UA_SDP_TEXT_MAX];
	struct digest_use use;

	if (!retry)
		return false;
	if (!ua_auth_take(&retry->auth, sip)) {
		log_info("sip.challenge_unanswered", NULL, "sip_call_id=%s why=%s", log_quote(call->call_id),
			 log_quote(retry->auth.trouble ? retry->auth.trouble : "It refuses our password."));
		return false;
	}
	if (ua_sdp_print(&retry->offer, sdp, sizeof sdp) < 0)
		return false;
	use = (struct digest_use){ .username = retry->params.username,
				   .password = retry->params.password,
				   .method = "INVITE",
				   .uri = retry->params.target.uri,
				   .body = sdp,
				   .body_length = strlen(sdp) };
	credentials = ua_auth_headers(&retry->auth, &use, block);
	if (!credentials)
		return false;
	nua_handle_bind(old, NULL);
	call->nh = NULL;
	if (ua_call_send_invite(call, &retry->params, credentials)) {
		call->nh = old;
		nua_handle_bind(old, call);
		return false;
	}
	nua_handle_destroy(old);
	ua_root_kick(call->ua->root);
	return true;
}

void ua_retry_note_target(struct ua_retry *retry, const sip_t *sip)
{
	if (retry && !retry->target && sip && sip->sip_contact)
		retry->target = url_as_string(retry->home, sip->sip_contact->m_url);
}

const char *ua_retry_credentials(struct ua_retry *retry, const char *method, char out[UA_BLOCK_MAX])
{
	if (!retry || !retry->target)
		return NULL;
	return ua_auth_headers(&retry->auth,
			       &(struct digest_use){ .username = retry->params.username,
						     .password = retry->params.password,
						     .method = method,
						     .uri = retry->target },
			       out);
}
