/* REFER and Replaces (RFC 3515, RFC 3891). See private.h. */
#define _GNU_SOURCE /* strcasestr */
#include "daemon/offhookd/ua/private.h"

#include <errno.h>
#include <sofia-sip/sip_util.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *ua_find_replaced(struct ua *ua, const sip_replaces_t *replaces)
{
	sip_replaces_t turned = *replaces;
	nua_handle_t *nh = NULL;
	const struct ua_call *call;

	turned.rp_to_tag = replaces->rp_from_tag;
	turned.rp_from_tag = replaces->rp_to_tag;
	for (size_t i = 0; i < ua->agent_count && !nh; i++) {
		nh = nua_handle_by_replaces(ua->agents[i].nua, replaces);
		if (!nh)
			nh = nua_handle_by_replaces(ua->agents[i].nua, &turned);
	}
	if (!nh)
		return "";
	call = nua_handle_magic(nh);
	nua_handle_unref(nh);
	return call && call->kind == UA_KIND_CALL ? call->call_id : "";
}

/* ---- asked of us ---- */

/* Refer-To: <sip:bob@pbx?Replaces=ID%3Bto-tag%3Dx%3Bfrom-tag%3Dy>. NULL: it has none; "": none of ours. */
static const char *replaces_of(struct ua *ua, const url_t *url, su_home_t *home)
{
	char *headers = url->url_headers ? url_query_as_header_string(home, url->url_headers) : NULL;
	char *value = headers ? strcasestr(headers, "Replaces:") : NULL;
	const sip_replaces_t *replaces;

	if (!value)
		return NULL;
	value += strlen("Replaces:");
	value[strcspn(value, "\r\n")] = '\0';
	replaces = sip_replaces_make(home, value + strspn(value, " "));
	return replaces ? ua_find_replaced(ua, replaces) : "";
}

static void read_refer(struct ua_refer *out, struct ua *ua, const sip_t *sip, su_home_t *home)
{
	url_t *to = url_hdup(home, sip->sip_refer_to->r_url);
	const sip_referred_by_t *by = sip->sip_referred_by;

	memset(out, 0, sizeof *out);
	out->replaces = replaces_of(ua, to, home);
	to->url_headers = NULL;
	out->to_uri = url_as_string(home, to);
	out->to_host = to->url_type == url_tel ? NULL : to->url_host;
	out->from_host = sip->sip_from ? sip->sip_from->a_url->url_host : NULL;
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
	if (!ua_call_is_listening(call) || !call->answered || !sip || !sip->sip_refer_to ||
	    call->refer_event[0]) {
		ua_call_refer_reply(call, !ua_call_is_listening(call) ? 481
					  : call->refer_event[0]      ? 491
								      : 400);
		return;
	}
	su_home_init(home);
	snprintf(call->refer_event, sizeof call->refer_event, "refer");
	if (event && event->t_value) {
		const sip_event_t *o = (const sip_event_t *)event->t_value;

		if (o->o_id)
			snprintf(call->refer_event, sizeof call->refer_event, "refer;id=%.20s", o->o_id);
	}
	read_refer(&refer, call->ua, sip, home);
	call->ua->handlers.refer(call, &refer, call->arg);
	su_home_deinit(home);
}

void ua_call_refer_reply(struct ua_call *call, int code)
{
	if (!call->referring || call->ended)
		return;
	call->referring = false;
	if (code >= 300)
		call->refer_event[0] = '\0';
	nua_respond(call->nh, code, sip_status_phrase(code), NUTAG_WITH_THIS(call->agent->nua), TAG_END());
	ua_root_kick(call->ua->root);
}

void ua_call_refer_notify(struct ua_call *call, int code)
{
	char fragment[128];
	bool last = code >= 200;

	if (!call->refer_event[0] || call->ended)
		return;
	snprintf(fragment, sizeof fragment, "SIP/2.0 %d %s\r\n", code,
		 sip_status_phrase(code) ? sip_status_phrase(code) : "Result");
	nua_notify(call->nh, SIPTAG_EVENT_STR(call->refer_event),
		   NUTAG_SUBSTATE(last ? nua_substate_terminated : nua_substate_active),
		   SIPTAG_SUBSCRIPTION_STATE_STR(last ? "terminated;reason=noresource" : "active;expires=60"),
		   SIPTAG_CONTENT_TYPE_STR("message/sipfrag;version=2.0"), SIPTAG_PAYLOAD_STR(fragment),
		   TAG_END());
	if (last)
		call->refer_event[0] = '\0';
	ua_root_kick(call->ua->root);
}

/* ---- asked by us ---- */

/* "to?Replaces=…", as RFC 5589 section 7 has it. */
static const char *with_replaces(const char *to, const struct ua_call *replaced, su_home_t *home)
{
	sip_replaces_t *replaces = nua_handle_make_replaces(replaced->nh, home, 0);
	char *query = replaces ? sip_headers_as_url_query(home, SIPTAG_REPLACES(replaces), TAG_END()) : NULL;

	return query ? su_sprintf(home, "%s?%s", to, query) : NULL;
}

int ua_call_refer(struct ua_call *call, const char *to, const char *by, const struct ua_call *replaced)
{
	su_home_t home[1] = { SU_HOME_INIT(home) };
	const char *refer_to, *referred_by;

	if (!ua_call_is_listening(call) || !call->answered || (replaced && !ua_call_is_listening(replaced)))
		return ENOTCONN;
	su_home_init(home);
	refer_to = replaced ? with_replaces(to, replaced, home) : to;
	refer_to = refer_to ? su_sprintf(home, "<%s>", refer_to) : NULL;
	referred_by = su_sprintf(home, "<%s>", by);
	if (refer_to && referred_by)
		nua_refer(call->nh, SIPTAG_REFER_TO_STR(refer_to), SIPTAG_REFERRED_BY_STR(referred_by),
			  TAG_END());
	su_home_deinit(home);
	ua_root_kick(call->ua->root);
	return refer_to && referred_by ? 0 : ENOMEM;
}

void ua_call_on_refer_response(struct ua_call *call, int status)
{
	if (status >= 300 && ua_call_is_listening(call))
		call->ua->handlers.referred(call, status, call->arg);
}

/* message/sipfrag: the status line of the response that the far end has got. When it says nothing more, it
 * has taken it in hand, and that is all that we shall know. */
void ua_call_on_notify(struct ua_call *call, const sip_t *sip)
{
	bool last = sip && sip->sip_subscription_state && sip->sip_subscription_state->ss_substate &&
		    strcasecmp(sip->sip_subscription_state->ss_substate, "terminated") == 0;
	char line[32];
	size_t n;
	int code;

	if (!sip || !sip->sip_payload || !sip->sip_event ||
	    strcasecmp(sip->sip_event->o_type, "refer") != 0 || !ua_call_is_listening(call))
		return;
	n = sip->sip_payload->pl_len < sizeof line - 1 ? sip->sip_payload->pl_len : sizeof line - 1;
	memcpy(line, sip->sip_payload->pl_data, n);
	line[n] = '\0';
	if (sscanf(line, "SIP/2.0 %3d", &code) != 1)
		code = 100;
	if (code < 200 && last)
		code = 202;
	call->ua->handlers.referred(call, code, call->arg);
}
