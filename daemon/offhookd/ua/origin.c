/* Calls by their Call-ID, and where a call's far end may be: who knows Call-ID and tags of a call could
 * otherwise end or divert it from anywhere. See private.h. */
#include "daemon/offhookd/ua/private.h"

#include "lib/log.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* ---- by Call-ID ---- */

void ua_index_add(struct ua_call *call)
{
	struct ua_call *first;

	HASH_FIND_STR(call->ua->by_id, call->call_id, first);
	if (first) { /* an INVITE that comes again with credentials has the Call-ID that it had */
		call->same_id = first->same_id;
		first->same_id = call;
	} else {
		HASH_ADD_STR(call->ua->by_id, call_id, call);
	}
	call->indexed = true;
}

void ua_index_remove(struct ua_call *call)
{
	struct ua_call *first, *next = call->same_id;

	if (!call->indexed)
		return;
	call->indexed = false;
	HASH_FIND_STR(call->ua->by_id, call->call_id, first);
	if (first != call) {
		while (first->same_id != call)
			first = first->same_id;
		first->same_id = next;
		return;
	}
	HASH_DEL(call->ua->by_id, call);
	if (next)
		HASH_ADD_STR(call->ua->by_id, call_id, next);
}

struct ua_call *ua_index_find(struct ua *ua, const char *call_id)
{
	struct ua_call *first = NULL;

	if (strlen(call_id) < sizeof first->call_id)
		HASH_FIND_STR(ua->by_id, call_id, first);
	return first;
}

/* ---- where it may be ---- */

static bool make_origin(struct ua_origin *out, const struct sockaddr_storage *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	memset(out, 0, sizeof *out);
	if (a->ss_family == AF_INET) {
		memcpy(out->bytes, mapped, sizeof mapped);
		memcpy(out->bytes + 12, &((const struct sockaddr_in *)a)->sin_addr, 4);
	} else if (a->ss_family == AF_INET6) {
		memcpy(out->bytes, &((const struct sockaddr_in6 *)a)->sin6_addr, 16);
	}
	return a->ss_family == AF_INET || a->ss_family == AF_INET6;
}

static bool holds(const struct ua_call *call, const struct ua_origin *wanted)
{
	size_t n = call->origin_count < UA_ORIGINS_MAX ? call->origin_count : UA_ORIGINS_MAX;

	for (size_t i = 0; i < n; i++)
		if (memcmp(&call->origins[i], wanted, sizeof *wanted) == 0)
			return true;
	return false;
}

void ua_origin_add(struct ua_call *call, const struct sockaddr_storage *address)
{
	struct ua_origin origin;

	/* the newest take the places of the oldest but the first */
	if (!make_origin(&origin, address) || holds(call, &origin))
		return;
	call->origins[call->origin_count < UA_ORIGINS_MAX ? call->origin_count
							  : 1 + call->origin_count % (UA_ORIGINS_MAX - 1)] =
	    origin;
	call->origin_count++;
}

static void add_url(struct ua_call *call, const url_t *url)
{
	struct sockaddr_storage address;
	char text[UA_HOST_MAX];

	snprintf(text, sizeof text, "sip:%s", url->url_host ? url->url_host : "");
	if (ua_uri_address(&address, text))
		ua_origin_add(call, &address);
}

void ua_origin_note(struct ua_call *call, const sip_t *sip)
{
	struct ua_source source;
	unsigned n = 0;

	if (!sip)
		return;
	ua_source_from(&source, call->agent, sip);
	ua_origin_add(call, &source.address);
	if (sip->sip_contact)
		add_url(call, sip->sip_contact->m_url);
	for (const sip_record_route_t *r = sip->sip_record_route; r && n < UA_ORIGINS_MAX / 2;
	     r = r->r_next, n++)
		add_url(call, r->r_url);
}

bool ua_origin_holds(const struct ua_call *call, const struct sockaddr_storage *address)
{
	struct ua_origin origin;

	for (; call; call = call->same_id)
		if (!make_origin(&origin, address) || holds(call, &origin))
			return true;
	return false;
}

/* ---- requests of calls ---- */

static bool is_method(const sip_t *sip, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(sip->sip_request->rq_method_name, *names) == 0)
			return true;
	return false;
}

static void refuse(const sip_t *sip, const struct sockaddr_storage *from, int code, const char *phrase,
		   const char *headers, const char *why)
{
	char address[64];

	ua_format_address(address, sizeof address, from);
	log_warn("sip.stranger", NULL, "sip_call_id=%s method=%s source=%s why=%s",
		 log_quote(sip->sip_call_id->i_id), sip->sip_request->rq_method_name, address,
		 log_quote(why));
	if (sip->sip_request->rq_method != sip_method_ack)
		ua_intake_answer(code, phrase, headers);
}

/* The INVITE that has made the call, sent again because our answer was late or lost: merged.c sees to it. */
static bool is_invite_of(const struct ua_call *c, const sip_t *sip)
{
	return sip->sip_cseq && sip->sip_cseq->cs_seq == c->remote_cseq &&
	       ua_merged_branch(sip) == c->remote_branch;
}

/* One without To tag: NTA would take it for one of the call's nevertheless. */
static bool admit_untagged(struct ua_call *calls, const sip_t *sip, const struct sockaddr_storage *from)
{
	static const char *const tagged[] = { "BYE", "UPDATE", "PRACK", "INFO", NULL };

	if (is_method(sip, tagged)) { /* RFC 3261 section 12.2.2 */
		refuse(sip, from, 481, "Call Does Not Exist", NULL, "it has no To tag");
		return false;
	}
	if (sip->sip_request->rq_method == sip_method_cancel && !ua_origin_holds(calls, from)) {
		refuse(sip, from, 481, "Call Does Not Exist", NULL, "it comes from elsewhere");
		return false;
	}
	for (const struct ua_call *c = calls; c && sip->sip_request->rq_method == sip_method_invite;
	     c = c->same_id)
		if (!c->outgoing && c->answered && !c->closed && sip->sip_from && sip->sip_from->a_tag &&
		    strcmp(sip->sip_from->a_tag, c->remote_tag) == 0 && !is_invite_of(c, sip)) {
			refuse(sip, from, 482, "Loop Detected", NULL, "its call has been answered");
			return false;
		}
	return true;
}

/* Whether the switch knows who it is; a challenge otherwise. */
static bool ask(struct ua_call *calls, const sip_t *sip, const struct sockaddr_storage *from)
{
	su_home_t home[1] = { SU_HOME_INIT(home) };
	struct ua_request_info request;
	char headers[UA_STRANGER_MAX] = "";
	int code = 403;

	su_home_init(home);
	ua_read_headers(&request, sip, home);
	request.source.address = *from;
	request.source.transport = ua_intake_transport();
	ua_source_text(request.source.transport, from, request.source.text);
	for (struct ua_call *c = calls; c && code; c = c->same_id) {
		headers[0] = '\0';
		if (ua_call_is_listening(c) && c->ua->handlers.stranger)
			code = c->ua->handlers.stranger(c->arg, &request, headers, c->ua->arg);
		if (!code)
			ua_origin_add(c, from);
	}
	if (code)
		refuse(sip, from, code, code == 407 ? "Proxy Authentication Required" : "Forbidden", headers,
		       "it comes from elsewhere");
	su_home_deinit(home);
	return code == 0;
}

bool ua_origin_admits(struct ua *ua, const sip_t *sip, const struct sockaddr_storage *from)
{
	struct ua_call *calls;

	if (!sip->sip_request || !sip->sip_call_id || !sip->sip_call_id->i_id || !sip->sip_to)
		return true;
	calls = ua_index_find(ua, sip->sip_call_id->i_id);
	if (!calls)
		return true;
	if (!sip->sip_to->a_tag)
		return admit_untagged(calls, sip, from);
	return ua_origin_holds(calls, from) || ask(calls, sip, from);
}
