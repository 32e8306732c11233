/* What NUA says about a call, in the words of ua.h. */
#define _GNU_SOURCE /* strcasestr */
#include "daemon/offhookd/ua/private.h"

#include "lib/log.h"
#include "lib/random.h"

#include <sofia-sip/nta.h>
#include <stdio.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SESSION_MAX_S = 86400 };

/* The last word about a call; later ones are not passed on. */
static void end(struct ua_call *call, const struct ua_end *why)
{
	if (call->ended)
		return;
	call->ended = true;
	call->ua->handlers.ended(call, why, call->arg);
}

/* ---- INVITE ---- */

/* NUA answers challenges, 422 and the like to requests within a dialog by itself. Not to the first INVITE: it
 * would follow redirections too, and wait as long as a Retry-After says. */
static void let_retry(struct ua_call *call)
{
	nua_set_hparams(call->nh, NUTAG_RETRY_COUNT(UA_RETRIES_MAX), TAG_END());
}

/* NUA sends the PRACK before it tells us of the response, and its challenge may be back before what we say
 * then has reached NUA. */
void ua_call_expect_prack(struct ua_call *call)
{
	if (call->outgoing && call->username && call->nh && ua_call_is_listening(call) && !call->answered)
		let_retry(call);
}

/* Phones behind NAT write addresses into Contact that mean nothing here: within a dialog we send to where
 * their INVITE came from. A proxy that wants to stay on the path says so with Record-Route, and then its word
 * holds. */
static void pin_to_source(struct ua_call *call, const struct ua_source *source, const sip_t *sip)
{
	char route[128];
	const char *address = strchr(source->text, ':') + 1;

	if (sip->sip_record_route || source->address.ss_family == AF_UNSPEC) {
		let_retry(call);
		ua_kept_note_invite(call, sip, NULL);
		return;
	}
	snprintf(route, sizeof route, "sip:%s;transport=%s", address, conf_transport_name(source->transport));
	nua_set_hparams(call->nh, NTATAG_DEFAULT_PROXY(route), NUTAG_RETRY_COUNT(UA_RETRIES_MAX), TAG_END());
	ua_kept_note_invite(call, sip, route);
}

/* Who refreshes the session (RFC 4028): we, if the caller takes UPDATE; else the caller, since a re-INVITE of
 * ours would have to make a new offer. */
static void set_refresher(struct ua_call *call, const sip_t *sip)
{
	bool update = sip->sip_allow && SIP_IS_ALLOWED(sip->sip_allow, sip_method_update);

	nua_set_hparams(call->nh, NUTAG_UPDATE_REFRESH(update),
			TAG_IF(!update, NUTAG_SESSION_REFRESHER(nua_remote_refresher)), TAG_END());
}

/* Whether `via` is one that this listener writes. One for all addresses of the host may write any of them. */
static bool may_be_ours(const sip_via_t *via, const struct ua_agent *agent)
{
	const char *ours = ua_advertised(agent), *host = via->v_host;
	unsigned port = via->v_port ? (unsigned)atoi(via->v_port) : 5060;
	size_t n;

	if (!ours)
		ours = agent->host;
	if (!host || port != agent->port)
		return false;
	if (strcmp(ours, "0.0.0.0") == 0 || strcmp(ours, "::") == 0)
		return true;
	ours += ours[0] == '[';
	host += host[0] == '[';
	n = strcspn(ours, "]");
	return strncasecmp(host, ours, n) == 0 && (host[n] == '\0' || host[n] == ']');
}

/* Whether a request may have passed through us before (RFC 3261 section 16.3 item 4). */
static bool has_our_via(const struct ua *ua, const sip_t *sip)
{
	for (const sip_via_t *v = sip->sip_via; v; v = v->v_next)
		for (size_t i = 0; i < ua->agent_count; i++)
			if (may_be_ours(v, &ua->agents[i]))
				return true;
	return false;
}

/* A body that is neither a description nor may hold one, and must be understood (RFC 3261 section 8.2.3). */
static bool has_unknown_body(const sip_t *sip)
{
	const char *type = sip->sip_content_type && sip->sip_payload ? sip->sip_content_type->c_type : NULL;

	return type && strcasecmp(type, "application/sdp") != 0 && strncasecmp(type, "multipart/", 10) != 0 &&
	       !(sip->sip_content_disposition && sip->sip_content_disposition->cd_optional);
}

/* A body that has been compressed, say. */
static bool is_encoded(const sip_t *sip)
{
	const sip_content_encoding_t *encoding = sip->sip_payload ? sip->sip_content_encoding : NULL;

	for (size_t i = 0; encoding && encoding->k_items && encoding->k_items[i]; i++)
		if (strcasecmp(encoding->k_items[i], "identity") != 0)
			return true;
	return false;
}

/* A body that we do not know, or not so. `with`: the agent whose request is being handled. */
static bool refuse_body(nua_t *with, nua_handle_t *nh, const sip_t *sip)
{
	if (is_encoded(sip))
		nua_respond(nh, SIP_415_UNSUPPORTED_MEDIA, NUTAG_WITH_THIS(with),
			    SIPTAG_ACCEPT_ENCODING_STR("identity"), TAG_END());
	else if (has_unknown_body(sip))
		nua_respond(nh, SIP_415_UNSUPPORTED_MEDIA, NUTAG_WITH_THIS(with),
			    SIPTAG_ACCEPT_STR("application/sdp, multipart/mixed"), TAG_END());
	else
		return false;
	return true;
}

/* What is wrong whoever it comes from. */
static bool refuse_at_sight(struct ua_agent *agent, nua_handle_t *nh, const sip_t *sip)
{
	if (sip->sip_request->rq_url->url_headers) /* RFC 3261 section 19.1.1 */
		nua_respond(nh, 400, "Headers In Request-URI", TAG_END());
	else if (!refuse_body(agent->nua, nh, sip))
		return false;
	nua_handle_destroy(nh);
	return true;
}

static void new_call(struct ua_agent *agent, nua_handle_t *nh, const sip_t *sip)
{
	struct ua_call *call = ua_call_new(agent, false);
	su_home_t home[1] = { SU_HOME_INIT(home) };
	struct ua_incoming in = { 0 };
	struct ua_sdp sdp;
	int err;

	if (!call) {
		nua_respond(nh, SIP_500_INTERNAL_SERVER_ERROR, TAG_END());
		nua_handle_destroy(nh);
		return;
	}
	call->nh = nh;
	nua_handle_bind(nh, call);
	su_home_init(home);
	ua_read_request(&in.request, agent, sip, home);
	snprintf(call->call_id, sizeof call->call_id, "%s", in.request.call_id);
	snprintf(call->remote_tag, sizeof call->remote_tag, "%s",
		 sip->sip_from && sip->sip_from->a_tag ? sip->sip_from->a_tag : "");
	call->remote_cseq = sip->sip_cseq ? sip->sip_cseq->cs_seq : 0;
	call->remote_branch = ua_merged_branch(sip);
	ua_index_add(call);
	ua_origin_note(call, sip);
	pin_to_source(call, &in.request.source, sip);
	ua_own_contact(agent, &in.request.source.address, in.request.source.transport, call->contact);
	if (sip->sip_session_expires)
		set_refresher(call, sip);
	err = ua_read_sdp(&sdp, sip);
	in.sdp = err ? NULL : &sdp;
	in.sdp_trouble = err == EBADMSG ? sdp.trouble : NULL;
	call->late = err == ENOENT;
	if (sip->sip_replaces) {
		in.replaces = ua_find_replaced(agent->ua, sip->sip_replaces);
		in.replaces_early = sip->sip_replaces->rp_early_only;
	}
	/* the Call-IDs that we make are UUIDs */
	in.returns = strlen(call->call_id) == UUID_TEXT_SIZE - 1 && has_our_via(agent->ua, sip);
	in.asserted_user = ua_read_asserted(sip, home);
	in.wants_privacy = ua_read_privacy(sip);
	in.header_count = ua_read_x_headers(in.headers, UA_HEADERS_MAX, sip, home);
	ua_call_watch_expiry(call, sip);
	if (agent->stopping)
		ua_call_close(call, NULL);
	else
		agent->ua->handlers.incoming(call, &in, agent->ua->arg);
	if (!err) /* strangers have been refused by now */
		ua_call_find_name(call, &sdp);
	su_home_deinit(home);
}

static void offer(struct ua_call *call, const sip_t *sip)
{
	struct ua_sdp sdp;
	int err = ua_read_sdp(&sdp, sip);

	if (call->outgoing && !call->answered) { /* RFC 3311 5.2: our own offer has no final answer yet */
		ua_call_answer_this(call, 491, "Request Pending");
		return;
	}
	if (call->offered || !call->answered) { /* theirs has none */
		nua_respond(call->nh, SIP_500_INTERNAL_SERVER_ERROR, NUTAG_WITH_THIS(call->agent->nua),
			    SIPTAG_RETRY_AFTER_STR("1"), TAG_END());
		return;
	}
	call->offered = true;
	ua_kept_note_request(call, sip);
	call->offer = msg_ref_create(nua_current_request(call->agent->nua));
	call->late = err == ENOENT;
	if (err == EBADMSG && !sdp.declined) {
		char why[200];

		snprintf(why, sizeof why, "The session description cannot be used: %s.", sdp.trouble);
		ua_call_refuse_offer(call, 488, 399, why);
		return;
	}
	if (err != ENOENT)
		ua_call_find_name(call, &sdp);
	call->ua->handlers.offer(call, err == ENOENT ? NULL : &sdp, call->arg);
}

void ua_call_on_invite(struct ua_agent *agent, nua_handle_t *nh, struct ua_call *call, const sip_t *sip)
{
	if (!call && refuse_at_sight(agent, nh, sip))
		return;
	if (!call)
		new_call(agent, nh, sip);
	else if (!ua_call_is_listening(call))
		ua_call_answer_this(call, 481, "Call Does Not Exist");
	else if (!refuse_body(agent->nua, nh, sip))
		offer(call, sip);
}

void ua_call_on_update(struct ua_call *call, const sip_t *sip)
{
	struct ua_sdp sdp;
	int err = ua_read_sdp(&sdp, sip);

	if (ua_call_is_listening(call) && refuse_body(call->agent->nua, call->nh, sip))
		return;
	if (!ua_call_is_listening(call) || err == ENOENT) {
		/* without a body it only refreshes */
		if (ua_call_is_listening(call))
			ua_call_answer_this(call, 200, "OK");
		else
			ua_call_answer_this(call, 481, "Call Does Not Exist");
		return;
	}
	offer(call, sip);
}

/* ---- responses to our INVITE ---- */

/* The one with the greatest q; of equal ones the first. */
static const sip_contact_t *best_contact(const sip_contact_t *m)
{
	const sip_contact_t *best = m;
	double q, best_q = -1;

	for (; m; m = m->m_next) {
		q = m->m_q ? strtod(m->m_q, NULL) : 1;
		if (q > best_q) {
			best = m;
			best_q = q;
		}
	}
	return best;
}

static void describe_refusal(struct ua_end *out, const struct ua_call *call, int status, const char *phrase,
			     const sip_t *sip, su_home_t *home)
{
	memset(out, 0, sizeof *out);
	out->code = status;
	out->phrase = phrase;
	if (status == 401 || status == 407)
		out->unanswered = ua_retry_trouble(call->retry);
	ua_read_reason(sip, &out->q850);
	if (sip && sip->sip_retry_after)
		out->retry_after_s = (long)sip->sip_retry_after->af_delta;
	if (status == 422 && sip && sip->sip_min_se && sip->sip_min_se->min_delta <= SESSION_MAX_S)
		out->min_se_s = (unsigned)sip->sip_min_se->min_delta;
	if (status < 400 && sip && sip->sip_contact) {
		const sip_contact_t *best = best_contact(sip->sip_contact);

		out->contact = url_as_string(home, best->m_url);
		out->leads_back = ua_is_own(call->ua, best->m_url);
	}
}

/* From the answer on requests go where RFC 3261 section 12 says: the first of the route set, else Contact.
 * What was set for the INVITE goes before a Route header in NTA, also when it is taken back. */
static void follow_route(struct ua_call *call, const sip_t *sip)
{
	const sip_record_route_t *first = sip ? sip->sip_record_route : NULL;
	char route[UA_URI_MAX];

	while (first && first->r_next)
		first = first->r_next;
	if (first && url_e(route, sizeof route, first->r_url) < (issize_t)sizeof route) {
		nua_set_hparams(call->nh, NTATAG_DEFAULT_PROXY(route), NUTAG_RETRY_COUNT(UA_RETRIES_MAX),
				TAG_END());
		ua_kept_note_way(call, route);
	} else {
		nua_set_hparams(call->nh, NTATAG_DEFAULT_PROXY(NULL), NUTAG_RETRY_COUNT(UA_RETRIES_MAX),
				TAG_END());
	}
}

/* An answer that has crossed our CANCEL (RFC 3261 section 15.1.1): NUA has acknowledged it. */
static void hang_up_late(struct ua_call *call)
{
	call->answered = true;
	log_debug("sip.late_answer", NULL, "sip_call_id=%s", log_quote(call->call_id));
	nua_bye(call->nh, TAG_END());
	ua_root_kick(call->ua->root);
}

void ua_call_on_response(struct ua_call *call, int status, const char *phrase, const sip_t *sip)
{
	struct ua_sdp sdp;
	int err;

	if (status > 100 && status < 300)
		ua_origin_note(call, sip);
	ua_kept_note_response(call, status, sip);
	if (call->answered && !ua_call_answer_challenge(call, status, sip))
		ua_call_on_reoffer_response(call, status, sip);
	if (call->closed && !call->answered && status >= 200 && status < 300)
		hang_up_late(call);
	if (!ua_call_is_listening(call) || call->answered)
		return;
	err = ua_read_sdp(&sdp, sip);
	if (!err && status < 300)
		ua_call_find_name(call, &sdp);
	if (status < 200) {
		/* NUA reports a retry after a challenge or a redirection as 100 of its own; that of the far
		 * end comes by the gate */
		if (status > 100)
			call->ua->handlers.progress(call, status, err ? NULL : &sdp, call->arg);
	} else if (status < 300) {
		call->answered = true;
		ua_retry_note_target(call->retry, sip);
		ua_call_note_way(call, sip);
		ua_kept_note_answer(call, sip);
		if (!call->pinned)
			follow_route(call, sip);
		else if (sip && sip->sip_session_expires)
			let_retry(call);
		if (sip && sip->sip_session_expires && sip->sip_allow &&
		    SIP_IS_ALLOWED(sip->sip_allow, sip_method_update))
			/* a re-INVITE of NUA would make our first offer again, whatever has become of it
			 * since */
			nua_set_hparams(call->nh, NUTAG_UPDATE_REFRESH(1), TAG_END());
		call->ua->handlers.answered(call, err ? NULL : &sdp, err == EBADMSG ? sdp.trouble : NULL,
					    call->arg);
	} else if ((status != 401 && status != 407) || !ua_call_retry(call, sip)) {
		su_home_t home[1] = { SU_HOME_INIT(home) };
		struct ua_end why;

		/* after a challenge NUA waits for an answer that it will not get, and never says that it has
		 * ended */
		call->terminated = status == 401 || status == 407;
		su_home_init(home);
		describe_refusal(&why, call, status, phrase, sip, home);
		/* a time-out, or a transport that failed: NTA then answers itself */
		why.barred = call->barred;
		why.unheard = !sip || nta_is_internal_msg(nua_current_request(call->agent->nua));
		end(call, &why);
		su_home_deinit(home);
	}
}

/* ---- the rest of a dialog ---- */

void ua_call_on_ack(struct ua_call *call, const sip_t *sip)
{
	struct ua_sdp sdp;
	int err = call->late ? ua_read_sdp(&sdp, sip) : ENOENT;

	ua_merged_confirmed(call);
	call->late = false;
	if (!ua_call_is_listening(call))
		return;
	if (!err)
		ua_call_find_name(call, &sdp);
	call->ua->handlers.confirmed(call, err ? NULL : &sdp, err == EBADMSG ? sdp.trouble : NULL, call->arg);
}

/* The answer to a BYE. When it is not ours, NUA has hung up of its own accord. */
void ua_call_on_own_bye(struct ua_call *call)
{
	if (!ua_call_is_listening(call))
		return;
	if (ua_call_reoffer_has_failed(call))
		end(call, &(struct ua_end){ .code = 500, .phrase = "re-INVITE refused" });
	else
		end(call, &(struct ua_end){ .code = 408, .phrase = "Session timeout", .expired = true });
}

void ua_call_on_bye(struct ua_call *call, const sip_t *sip)
{
	struct ua_end why = { 0 };

	ua_read_reason(sip, &why.q850);
	if (ua_call_is_listening(call))
		end(call, &why);
}

void ua_call_on_cancel(struct ua_call *call, const sip_t *sip)
{
	struct ua_end why = { .code = 487 };

	if (ua_read_reason(sip, &why.q850) == 200 && !why.q850)
		why.q850 = UA_Q850_ELSEWHERE;
	if (ua_call_is_listening(call))
		end(call, &why);
}

void ua_call_on_error(struct ua_call *call, int status, const char *phrase)
{
	struct ua_end why = { .code = status >= 300 && status < 700 ? status : 500, .phrase = phrase };

	log_debug("sip.call_error", NULL, "status=%d phrase=%s", status, log_quote(phrase));
	if (ua_call_is_listening(call) && call->answered && status == 408)
		end(call, &why); /* our 2xx was never acknowledged */
}

void ua_call_on_state(struct ua_call *call, int state)
{
	if (state == nua_callstate_calling && call->answered)
		ua_call_note_reinvite(call);
	if (state != nua_callstate_terminated)
		return;
	call->terminated = true;
	if (!call->ended) {
		struct ua_end why = { .code = 500, .phrase = "Terminated" };

		end(call, &why); /* may close it, and then it is gone */
		return;
	}
	if (call->closed)
		ua_call_destroy(call);
}
