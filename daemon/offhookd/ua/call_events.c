/* What NUA says about a call, in the words of ua.h. */
#define _GNU_SOURCE /* strcasestr */
#include "daemon/offhookd/ua/private.h"

#include "lib/log.h"

#include <stdio.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The last word about a call; later ones are not passed on. */
static void end(struct ua_call *call, const struct ua_end *why)
{
	if (call->ended)
		return;
	call->ended = true;
	call->ua->handlers.ended(call, why, call->arg);
}

static bool is_listening(const struct ua_call *call)
{
	return call && !call->closed && !call->ended;
}

/* ---- INVITE ---- */

/* NUA answers challenges, 422 and the like to requests within a dialog by itself. Not to the first INVITE: it would follow redirections
 * too, and wait as long as a Retry-After says. */
static void let_retry(struct ua_call *call)
{
	nua_set_hparams(call->nh, NUTAG_RETRY_COUNT(UA_RETRIES_MAX), TAG_END());
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
		return;
	}
	snprintf(route, sizeof route, "sip:%s;transport=%s", address, ua_transport_name(source->transport));
	nua_set_hparams(call->nh, NTATAG_DEFAULT_PROXY(route), NUTAG_RETRY_COUNT(UA_RETRIES_MAX), TAG_END());
}

/* Who refreshes the session (RFC 4028): we, if the caller takes UPDATE; else the caller, since a re-INVITE of
 * ours would have to make a new offer. */
static void set_refresher(struct ua_call *call, const sip_t *sip)
{
	bool update = sip->sip_allow && SIP_IS_ALLOWED(sip->sip_allow, sip_method_update);

	nua_set_hparams(call->nh, NUTAG_UPDATE_REFRESH(update),
			TAG_IF(!update, NUTAG_SESSION_REFRESHER(nua_remote_refresher)), TAG_END());
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
	pin_to_source(call, &in.request.source, sip);
	ua_own_contact(agent, &in.request.source.address, in.request.source.transport, call->contact);
	if (sip->sip_session_expires)
		set_refresher(call, sip);
	err = ua_read_sdp(&sdp, sip);
	in.sdp = err ? NULL : &sdp;
	in.sdp_broken = err == EBADMSG;
	call->late = err == ENOENT;
	if (sip->sip_replaces)
		in.replaces = sip->sip_replaces->rp_call_id;
	in.asserted_user = ua_read_asserted(sip, home);
	in.wants_privacy = ua_read_privacy(sip);
	in.header_count = ua_read_x_headers(in.headers, UA_HEADERS_MAX, sip, home);
	if (agent->stopping)
		ua_call_close(call, NULL);
	else
		agent->ua->handlers.incoming(call, &in, agent->ua->arg);
	su_home_deinit(home);
}

/* Answers the request that NUA has just told of. */
static void answer_this(struct ua_call *call, int code, const char *phrase)
{
	nua_respond(call->nh, code, phrase, NUTAG_WITH_THIS(call->agent->nua), TAG_END());
}

static void offer(struct ua_call *call, const sip_t *sip)
{
	struct ua_sdp sdp;
	int err = ua_read_sdp(&sdp, sip);

	if (call->outgoing && !call->answered) { /* RFC 3311 5.2: our own offer has no final answer yet */
		answer_this(call, 491, "Request Pending");
		return;
	}
	if (call->offered || !call->answered) { /* theirs has none */
		nua_respond(call->nh, SIP_500_INTERNAL_SERVER_ERROR, NUTAG_WITH_THIS(call->agent->nua),
			    SIPTAG_RETRY_AFTER_STR("1"), TAG_END());
		return;
	}
	call->offered = true;
	call->offer = msg_ref_create(nua_current_request(call->agent->nua));
	call->late = err == ENOENT;
	if (err == EBADMSG)
		ua_call_refuse_offer(call, 488);
	else
		call->ua->handlers.offer(call, err ? NULL : &sdp, call->arg);
}

void ua_call_on_invite(struct ua_agent *agent, nua_handle_t *nh, struct ua_call *call, const sip_t *sip)
{
	if (!call)
		new_call(agent, nh, sip);
	else if (is_listening(call))
		offer(call, sip);
	else
		answer_this(call, 481, "Call Does Not Exist");
}

void ua_call_on_update(struct ua_call *call, const sip_t *sip)
{
	struct ua_sdp sdp;
	int err = ua_read_sdp(&sdp, sip);

	if (!is_listening(call) || err == ENOENT) {
		/* without a body it only refreshes */
		if (is_listening(call))
			answer_this(call, 200, "OK");
		else
			answer_this(call, 481, "Call Does Not Exist");
		return;
	}
	offer(call, sip);
}

/* ---- responses to our INVITE ---- */

static void describe_refusal(struct ua_end *out, int status, const char *phrase, const sip_t *sip,
			     su_home_t *home)
{
	memset(out, 0, sizeof *out);
	out->code = status;
	out->phrase = phrase;
	ua_read_reason(sip, &out->q850);
	if (sip && sip->sip_retry_after)
		out->retry_after_s = (long)sip->sip_retry_after->af_delta;
	if (status < 400 && sip && sip->sip_contact)
		out->contact = url_as_string(home, sip->sip_contact->m_url);
}

/* From the answer on requests go where RFC 3261 section 12 says: the first of the route set, else Contact. What was set for the
 * INVITE goes before a Route header in NTA, also when it is taken back. */
static void follow_route(struct ua_call *call, const sip_t *sip)
{
	const sip_record_route_t *first = sip ? sip->sip_record_route : NULL;
	char route[UA_URI_MAX];

	while (first && first->r_next)
		first = first->r_next;
	if (first && url_e(route, sizeof route, first->r_url) < (issize_t)sizeof route)
		nua_set_hparams(call->nh, NTATAG_DEFAULT_PROXY(route), NUTAG_RETRY_COUNT(UA_RETRIES_MAX), TAG_END());
	else
		nua_set_hparams(call->nh, NTATAG_DEFAULT_PROXY(NULL), NUTAG_RETRY_COUNT(UA_RETRIES_MAX), TAG_END());
}

void ua_call_on_response(struct ua_call *call, int status, const char *phrase, const sip_t *sip)
{
	struct ua_sdp sdp;
	bool has_sdp;

	if (call->answered)
		ua_call_answer_challenge(call, status, sip);
	if (!is_listening(call) || call->answered)
		return;
	has_sdp = ua_read_sdp(&sdp, sip) == 0;
	if (status < 200) {
		if (call->username && sip && sip->sip_rseq) /* the PRACK may be challenged */
			let_retry(call);
		/* NUA reports a retry after a challenge or a redirection as 100 of its own; that of the far end comes by the gate */
		if (status > 100)
			call->ua->handlers.progress(call, status, has_sdp ? &sdp : NULL, call->arg);
	} else if (status < 300) {
		call->answered = true;
		ua_retry_note_target(call->retry, sip);
		if (!call->pinned)
			follow_route(call, sip);
		else if (sip && sip->sip_session_expires)
			let_retry(call);
		call->ua->handlers.answered(call, has_sdp ? &sdp : NULL, call->arg);
	} else if ((status != 401 && status != 407) || !ua_call_retry(call, sip)) {
		su_home_t home[1] = { SU_HOME_INIT(home) };
		struct ua_end why;

		/* after a challenge NUA waits for an answer that it will not get, and never says that it has ended */
		call->terminated = status == 401 || status == 407;
		su_home_init(home);
		describe_refusal(&why, status, phrase, sip, home);
		end(call, &why);
		su_home_deinit(home);
	}
}

/* ---- the rest of a dialog ---- */

void ua_call_on_ack(struct ua_call *call, const sip_t *sip)
{
	struct ua_sdp sdp;
	bool answer = call->late && ua_read_sdp(&sdp, sip) == 0;

	call->late = false;
	if (is_listening(call))
		call->ua->handlers.confirmed(call, answer ? &sdp : NULL, call->arg);
}

/* application/dtmf-relay: "Signal=5\r\nDuration=160"; application/dtmf: "5". */
void ua_call_on_info(struct ua_call *call, const sip_t *sip)
{
	char body[128];
	const char *type = sip && sip->sip_content_type ? sip->sip_content_type->c_type : "";
	const char *signal = body, *duration;
	size_t n;

	if (!is_listening(call) || strncasecmp(type, "application/dtmf", 16) != 0 || !sip->sip_payload)
		return;
	n = sip->sip_payload->pl_len < sizeof body - 1 ? sip->sip_payload->pl_len : sizeof body - 1;
	memcpy(body, sip->sip_payload->pl_data, n);
	body[n] = '\0';
	if (strcasecmp(type, "application/dtmf-relay") == 0) {
		signal = strcasestr(body, "Signal");
		signal = signal ? strchr(signal, '=') : NULL;
		signal = signal ? signal + 1 : "";
	}
	signal += strspn(signal, " \t");
	duration = strcasestr(body, "Duration=");
	if (*signal && strchr("0123456789*#ABCDabcd", *signal)) {
		char digit = *signal >= 'a' ? (char)(*signal - 32) : *signal;
		int ms = duration ? atoi(duration + 9) : 0;

		call->ua->handlers.info_digit(call, digit, ms > 0 && ms < 60000 ? (unsigned)ms : 160,
					      call->arg);
	}
}

/* Refer-To: <sip:bob@pbx?Replaces=ID%3Bto-tag%3Dx%3Bfrom-tag%3Dy> */
static const char *replaces_of(const url_t *url, su_home_t *home)
{
	char *headers = url->url_headers ? url_query_as_header_string(home, url->url_headers) : NULL;
	char *value = headers ? strcasestr(headers, "Replaces:") : NULL;

	if (!value)
		return NULL;
	value += strlen("Replaces:");
	value += strspn(value, " ");
	value[strcspn(value, "; \r\n")] = '\0';
	return value[0] ? value : NULL;
}

static void read_refer(struct ua_refer *out, const sip_t *sip, su_home_t *home)
{
	url_t *to = url_hdup(home, sip->sip_refer_to->r_url);
	const sip_referred_by_t *by = sip->sip_referred_by;

	memset(out, 0, sizeof *out);
	out->replaces = replaces_of(to, home);
	to->url_headers = NULL;
	out->to_uri = url_as_string(home, to);
	if (to->url_user) {
		char *user = su_strdup(home, to->url_user);

		url_unescape(user, to->url_user);
		out->to_user = user;
	}
	if (by)
		out->referred_by = su_sprintf(home, "<%s>", url_as_string(home, by->b_url));
}

void ua_call_on_refer(struct ua_call *call, const sip_t *sip, tagi_t tags[])
{
	const tagi_t *event = tl_find(tags, nutag_refer_event);
	su_home_t home[1] = { SU_HOME_INIT(home) };
	struct ua_refer refer;

	call->referring = true;
	if (!is_listening(call) || !call->answered || !sip || !sip->sip_refer_to || call->refer_event[0]) {
		ua_call_refer_reply(call, !is_listening(call) ? 481 : call->refer_event[0] ? 491 : 400);
		return;
	}
	su_home_init(home);
	snprintf(call->refer_event, sizeof call->refer_event, "refer");
	if (event && event->t_value) {
		const sip_event_t *o = (const sip_event_t *)event->t_value;

		if (o->o_id)
			snprintf(call->refer_event, sizeof call->refer_event, "refer;id=%.20s", o->o_id);
	}
	read_refer(&refer, sip, home);
	call->ua->handlers.refer(call, &refer, call->arg);
	su_home_deinit(home);
}

/* The answer to a BYE. When it is not ours, NUA has hung up of its own accord: the session timer ran out. */
void ua_call_on_own_bye(struct ua_call *call)
{
	if (is_listening(call))
		end(call, &(struct ua_end){ .code = 408, .phrase = "Session timeout", .expired = true });
}

void ua_call_on_bye(struct ua_call *call, const sip_t *sip)
{
	struct ua_end why = { 0 };

	ua_read_reason(sip, &why.q850);
	if (is_listening(call))
		end(call, &why);
}

void ua_call_on_cancel(struct ua_call *call, const sip_t *sip)
{
	struct ua_end why = { .code = 487 };

	ua_read_reason(sip, &why.q850);
	if (is_listening(call))
		end(call, &why);
}

void ua_call_on_error(struct ua_call *call, int status, const char *phrase)
{
	struct ua_end why = { .code = status >= 300 && status < 700 ? status : 500, .phrase = phrase };

	log_debug("sip.call_error", NULL, "status=%d phrase=%s", status, log_quote(phrase));
	if (is_listening(call) && call->answered && status == 408)
		end(call, &why); /* our 2xx was never acknowledged */
}

void ua_call_on_state(struct ua_call *call, int state)
{
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
