/* What the switch does with a call: see ua.h. */
#include "daemon/offhookd/ua/private.h"

#include "lib/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

struct ua_call *ua_call_new(struct ua_agent *agent, bool outgoing)
{
	struct ua_call *call = calloc(1, sizeof *call);

	if (!call)
		return NULL;
	call->ua = agent->ua;
	call->agent = agent;
	call->outgoing = outgoing;
	agent->ua->calls++;
	DL_APPEND(agent->ua->all, call);
	return call;
}

/* Both sides are through with it: the switch has closed it, and NUA says that it has ended. */
void ua_call_destroy(struct ua_call *call)
{
	if (call->nh) {
		nua_handle_bind(call->nh, NULL);
		nua_handle_destroy(call->nh);
		ua_root_kick(call->ua->root);
	}
	call->ua->calls--;
	call->ua->outside -= call->outside;
	ua_index_remove(call);
	DL_DELETE(call->ua->all, call);
	msg_destroy(call->offer);
	ua_retry_free(call->retry);
	free(call->username);
	free(call->password);
	ua_offer_free(call->reoffer);
	ua_call_forget_expiry(call);
	ua_name_free(call->name);
	free(call->route);
	ua_way_free(call->way);
	ua_kept_free(call->kept);
	ua_digits_free(call->digits);
	free(call);
}

void ua_call_set_arg(struct ua_call *call, void *arg)
{
	call->arg = arg;
}

void *ua_arg(const struct ua_call *call)
{
	return call->ua->arg;
}

const char *ua_call_id(const struct ua_call *call)
{
	return call->call_id;
}

/* ---- outgoing ---- */

struct ua_agent *ua_pick_agent(struct ua *ua, const struct ua_target *target)
{
	if (target->listener >= 0 && (size_t)target->listener < ua->agent_count &&
	    ua->agents[target->listener].transports[target->transport])
		return &ua->agents[target->listener];
	for (size_t i = 0; i < ua->agent_count; i++)
		if (ua->agents[i].transports[target->transport] &&
		    (target->family == AF_UNSPEC || ua->agents[i].family == target->family))
			return &ua->agents[i];
	return NULL;
}

/* The user part of a URI: RFC 3261 "user", everything else escaped. */
static void escape_user(char *out, size_t size, const char *user)
{
	size_t n = 0;

	for (; *user && n + 4 < size; user++) {
		unsigned char c = (unsigned char)*user;

		if ((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
		    strchr("-_.!~*'()&=+$,;?/", c))
			out[n++] = (char)c;
		else
			n += (size_t)snprintf(out + n, size - n, "%%%02X", c);
	}
	out[n] = '\0';
}

/* A quoted display name and a space, or nothing. */
static void quote_display(char *out, size_t size, const char *display)
{
	size_t n = 0;

	out[0] = '\0';
	if (!display || !display[0])
		return;
	out[n++] = '"';
	for (; *display && n + 4 < size; display++) {
		if ((unsigned char)*display < 0x20 || *display == 0x7f)
			continue;
		if (*display == '"' || *display == '\\')
			out[n++] = '\\';
		out[n++] = *display;
	}
	snprintf(out + n, size - n, "\" ");
}

static void format_from(char *out, size_t size, const struct ua *ua, const struct ua_invite_params *p)
{
	char user[256], display[128];

	escape_user(user, sizeof user, p->from_user ? p->from_user : "anonymous");
	quote_display(display, sizeof display, p->from_display);
	snprintf(out, size, "%s<sip:%s@%s>", display, user, p->from_host ? p->from_host : ua->domain);
}

/* A way through a NAT is open for what it was opened with, and nothing else. */
static bool is_behind_nat(const struct ua_target *target)
{
	struct sockaddr_storage from, contact;

	return target->pinned && target->transport == CONF_UDP && target->route &&
	       ua_uri_address(&from, target->route) &&
	       (!ua_uri_address(&contact, target->uri) || memcmp(&from, &contact, sizeof from) != 0);
}

/* Whether an INVITE with so many bytes that vary may be too long for UDP, and can go by TCP then (RFC 3261
 * section 18.1.1). */
static bool may_need_tcp(const struct ua_invite_params *p, const struct ua_agent *agent, size_t size)
{
	return p->target.transport == CONF_UDP && agent->transports[CONF_TCP] && size > UA_UDP_SIZE / 3 &&
	       !p->target.stays_udp && !is_behind_nat(&p->target);
}

int ua_call_send_invite(struct ua_call *call, const struct ua_invite_params *p, const char *credentials)
{
	char sdp[UA_SDP_TEXT_MAX], from[2 * UA_URI_MAX], to[UA_URI_MAX], block[UA_BLOCK_MAX], forwards[12],
	    cseq[24];
	const char *headers = ua_header_block(block, p->headers, p->header_count);
	bool tcp;

	if (ua_sdp_print(p->offer, sdp, sizeof sdp) < 0)
		return EINVAL;
	format_from(from, sizeof from, call->ua, p);
	snprintf(from + strlen(from), sizeof from - strlen(from), ";tag=%s", call->tag);
	snprintf(cseq, sizeof cseq, "%u INVITE", ++call->cseq);
	if ((size_t)snprintf(to, sizeof to, "<%s>", p->to_uri) >= sizeof to)
		return EINVAL;
	snprintf(forwards, sizeof forwards, "%d", p->max_forwards);
	call->nh = nua_handle(call->agent->nua, call, NUTAG_URL(p->target.uri), SIPTAG_TO_STR(to),
			      SIPTAG_FROM_STR(from), TAG_END());
	if (!call->nh)
		return EINVAL;
	tcp = may_need_tcp(p, call->agent,
			   strlen(sdp) + strlen(from) + strlen(to) + (headers ? strlen(headers) : 0));
	/* for this request alone: NUA does one thing after the other, and passes no MTU on to NTA with a
	 * request */
	if (tcp)
		nua_set_params(call->agent->nua, NTATAG_UDP_MTU(UA_UDP_SIZE), TAG_END());
	nua_invite(call->nh, SIPTAG_CALL_ID_STR(call->call_id), SIPTAG_CSEQ_STR(cseq),
		   SIPTAG_MAX_FORWARDS_STR(forwards), SIPTAG_CONTENT_TYPE_STR("application/sdp"),
		   SIPTAG_PAYLOAD_STR(sdp), TAG_IF(call->contact[0], SIPTAG_CONTACT_STR(call->contact)),
		   /* nua_handle() would not take it */
		   TAG_IF(p->target.route, NTATAG_DEFAULT_PROXY(p->target.route)),
		   TAG_IF(p->target.path, NUTAG_INITIAL_ROUTE_STR(p->target.path)),
		   TAG_IF(headers, SIPTAG_HEADER_STR(headers)),
		   TAG_IF(p->session_s, NUTAG_SESSION_TIMER(p->session_s)),
		   TAG_IF(p->session_s, NUTAG_MIN_SE(p->session_s)),
		   TAG_IF(credentials, SIPTAG_HEADER_STR(credentials)), TAG_END());
	if (tcp)
		nua_set_params(call->agent->nua, NTATAG_UDP_MTU(UINT16_MAX), TAG_END());
	return 0;
}

static void find_contact(struct ua_call *call, const struct ua_invite_params *p)
{
	struct sockaddr_storage peer;

	if (!ua_uri_address(&peer, p->target.route ? p->target.route : p->target.uri))
		return;
	ua_own_contact(call->agent, &peer, p->target.transport, call->contact);
	ua_origin_add(call, &peer);
}

int ua_invite(struct ua_call **out, struct ua *ua, const struct ua_invite_params *params)
{
	struct ua_agent *agent = ua_pick_agent(ua, &params->target);
	struct ua_call *call;
	int err;

	if (!agent)
		return EPROTONOSUPPORT;
	call = ua_call_new(agent, true);
	if (!call)
		return ENOMEM;
	call->arg = params->arg;
	call->pinned = !params->target.route || params->target.pinned;
	call->outside = params->target.outside;
	ua->outside += call->outside;
	call->route = call->pinned ? NULL : strdup(params->target.route);
	random_uuid(call->call_id);
	random_hex(call->tag, 8);
	ua_index_add(call);
	find_contact(call, params);
	if (call->pinned)
		ua_kept_note_way(call, params->target.route);
	err = params->username && params->password ? ua_retry_alloc(&call->retry, params) : 0;
	if (!err && call->retry)
		err = ua_call_set_credentials(call, params->username, params->password);
	if (!err)
		err = ua_call_send_invite(call, params, NULL);
	if (err) {
		ua_call_destroy(call);
		return err;
	}
	ua_root_kick(ua->root);
	*out = call;
	return 0;
}

/* ---- answering ---- */

static void respond(struct ua_call *call, msg_t *request, int code, const struct ua_sdp *sdp)
{
	char text[UA_SDP_TEXT_MAX];
	bool body = sdp && ua_sdp_print(sdp, text, sizeof text) > 0;

	nua_respond(call->nh, code, sip_status_phrase(code), TAG_IF(request, NUTAG_WITH(request)),
		    TAG_IF(call->contact[0], SIPTAG_CONTACT_STR(call->contact)),
		    TAG_IF(body, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
		    TAG_IF(body, SIPTAG_PAYLOAD_STR(text)), TAG_END());
	ua_root_kick(call->ua->root);
}

void ua_call_ring(struct ua_call *call, int code, const struct ua_sdp *answer)
{
	if (!call->ended && !call->answered && !call->outgoing)
		respond(call, NULL, code, answer);
}

void ua_call_ring_with(struct ua_call *call, const struct ua_header *headers, size_t header_count)
{
	char block[UA_BLOCK_MAX];
	const char *lines = ua_header_block(block, headers, header_count);

	if (call->ended || call->answered || call->outgoing)
		return;
	nua_respond(call->nh, SIP_180_RINGING, TAG_IF(call->contact[0], SIPTAG_CONTACT_STR(call->contact)),
		    TAG_IF(lines, SIPTAG_HEADER_STR(lines)), TAG_END());
	ua_root_kick(call->ua->root);
}

void ua_call_accept(struct ua_call *call, const struct ua_sdp *sdp)
{
	if (call->ended || call->answered || call->outgoing)
		return;
	call->answered = true;
	ua_call_forget_expiry(call);
	respond(call, NULL, 200, sdp);
}

/* Takes the request that waits for an answer. */
static msg_t *take_request(struct ua_call *call)
{
	msg_t *request = call->offer;

	call->offered = false;
	call->offer = NULL;
	return request;
}

static void answer_offer(struct ua_call *call, int code, const struct ua_sdp *sdp)
{
	msg_t *request = take_request(call);

	respond(call, request, code, sdp);
	msg_destroy(request);
}

void ua_call_reply_offer(struct ua_call *call, const struct ua_sdp *sdp)
{
	if (call->offered && !call->ended)
		answer_offer(call, 200, sdp);
}

void ua_call_refuse_offer(struct ua_call *call, int code, int warning, const char *why)
{
	msg_t *request;
	char text[400];

	if (!call->offered || call->ended)
		return;
	request = take_request(call);
	snprintf(text, sizeof text, "%d %.120s \"%.200s\"", warning, call->ua->domain, why ? why : "");
	nua_respond(call->nh, code, sip_status_phrase(code), TAG_IF(request, NUTAG_WITH(request)),
		    TAG_IF(call->contact[0], SIPTAG_CONTACT_STR(call->contact)),
		    TAG_IF(warning, SIPTAG_WARNING_STR(text)), TAG_END());
	ua_root_kick(call->ua->root);
	msg_destroy(request);
}

void ua_call_reject(struct ua_call *call, const struct ua_refusal *refusal)
{
	char block[UA_BLOCK_MAX], retry[16];
	const char *phrase = refusal->phrase ? refusal->phrase : sip_status_phrase(refusal->code);
	const char *headers = ua_header_block(block, refusal->headers, refusal->header_count);

	if (call->ended || call->answered || call->outgoing)
		return;
	call->ended = true;
	snprintf(retry, sizeof retry, "%u", refusal->retry_after_s);
	nua_respond(call->nh, refusal->code, phrase ? phrase : "Refused",
		    TAG_IF(refusal->retry_after_s, SIPTAG_RETRY_AFTER_STR(retry)),
		    TAG_IF(headers, SIPTAG_HEADER_STR(headers)), TAG_END());
	ua_root_kick(call->ua->root);
}

void ua_call_close(struct ua_call *call, const char *reason)
{
	if (!call || call->closed)
		return;
	call->closed = true;
	call->arg = NULL;
	ua_name_free(call->name);
	call->name = NULL;
	if (call->terminated) {
		ua_call_destroy(call);
		return;
	}
	/* NUA walks into freed memory when it ends a dialog with two requests that nobody has answered */
	if (call->offered)
		answer_offer(call, 487, NULL);
	if (!call->ended && call->resuming) {
		ua_call_leave(call, call->kept);
		ua_call_destroy(call);
		return;
	}
	if (!call->ended) {
		char block[UA_BLOCK_MAX];
		const char *credentials = ua_retry_credentials(call->retry, "BYE", block);

		if (call->answered)
			nua_bye(call->nh, TAG_IF(reason, SIPTAG_REASON_STR(reason)),
				TAG_IF(credentials, SIPTAG_HEADER_STR(credentials)), TAG_END());
		else if (call->outgoing)
			nua_cancel(call->nh, TAG_IF(reason, SIPTAG_REASON_STR(reason)), TAG_END());
		else
			respond(call, NULL, 480, NULL);
		call->ended = true;
	}
	ua_root_kick(call->ua->root);
}
