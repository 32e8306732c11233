/* Calls that outlive the process: what a dialog is made of (RFC 3261 section 12), so that another process can
 * go on with it. See ua.h and private.h. */
#include "daemon/offhookd/ua/call_kept.h"

#include "lib/hex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ua_kept *begin(struct ua_call *call)
{
	if (!call->ua->keeps)
		return NULL;
	if (!call->kept) {
		call->kept = calloc(1, sizeof *call->kept);
		if (call->kept)
			su_home_init(call->kept->home);
	}
	return call->kept;
}

void ua_kept_free(struct ua_kept *kept)
{
	if (!kept)
		return;
	su_home_deinit(kept->home);
	free(kept);
}

static void note_contact(struct ua_kept *kept, const sip_t *sip)
{
	char *text = sip->sip_contact ? url_as_string(kept->home, sip->sip_contact->m_url) : NULL;

	if (!text)
		return;
	su_free(kept->home, kept->target);
	kept->target = text;
}

/* The route set in the order of our requests: as it came for who was called, the other way round for who
 * called. */
static char *list_routes(su_home_t *home, const sip_record_route_t *r, bool reversed)
{
	char *all = NULL, *one;

	for (; r; r = r->r_next) {
		one = sip_header_as_string(home, (const sip_header_t *)r);
		if (one && all)
			all = reversed ? su_sprintf(home, "%s, %s", one, all)
				       : su_sprintf(home, "%s, %s", all, one);
		else
			all = one;
	}
	return all;
}

static bool takes_update(const sip_t *sip)
{
	return sip->sip_allow && SIP_IS_ALLOWED(sip->sip_allow, sip_method_update);
}

void ua_kept_note_invite(struct ua_call *call, const sip_t *sip, const char *proxy)
{
	struct ua_kept *kept = begin(call);

	if (!kept)
		return;
	kept->local = sip_header_as_string(kept->home, (const sip_header_t *)sip->sip_to);
	kept->remote = sip_header_as_string(kept->home, (const sip_header_t *)sip->sip_from);
	kept->routes = list_routes(kept->home, sip->sip_record_route, false);
	kept->proxy = proxy ? su_strdup(kept->home, proxy) : NULL;
	kept->transport = ua_transport_of(sip);
	kept->updates = takes_update(sip);
	note_contact(kept, sip);
}

void ua_kept_note_way(struct ua_call *call, const char *proxy)
{
	struct ua_kept *kept = proxy ? begin(call) : NULL;

	if (kept)
		kept->proxy = su_strdup(kept->home, proxy);
}

void ua_kept_note_answer(struct ua_call *call, const sip_t *sip)
{
	struct ua_kept *kept = sip ? begin(call) : NULL;

	if (!kept)
		return;
	kept->local = sip_header_as_string(kept->home, (const sip_header_t *)sip->sip_from);
	kept->remote = sip_header_as_string(kept->home, (const sip_header_t *)sip->sip_to);
	kept->routes = list_routes(kept->home, sip->sip_record_route, true);
	kept->transport = ua_transport_of(sip);
	kept->updates = takes_update(sip);
	note_contact(kept, sip);
}

void ua_kept_note_request(struct ua_call *call, const sip_t *sip)
{
	if (call->kept && sip)
		note_contact(call->kept, sip);
}

void ua_kept_note_response(struct ua_call *call, int status, const sip_t *sip)
{
	if (!call->kept || !sip)
		return;
	if (sip->sip_cseq && sip->sip_cseq->cs_seq > call->kept->cseq)
		call->kept->cseq = sip->sip_cseq->cs_seq;
	if (call->answered && status >= 200 && status < 300 && sip->sip_cseq &&
	    sip->sip_cseq->cs_method == sip_method_invite)
		note_contact(call->kept, sip);
}

/* Adds our tag where NUA has made it; NULL: there is none yet. */
static char *local_with_tag(const struct ua_call *call, su_home_t *home)
{
	sip_replaces_t *r;

	if (call->outgoing || strstr(call->kept->local, ";tag="))
		return su_strdup(home, call->kept->local);
	r = nua_handle_make_replaces(call->nh, home, 0);
	return r && r->rp_from_tag ? su_sprintf(home, "%s;tag=%s", call->kept->local, r->rp_from_tag) : NULL;
}

static json_t *keep_origins(const struct ua_call *call)
{
	size_t n = call->origin_count < UA_ORIGINS_MAX ? call->origin_count : UA_ORIGINS_MAX;
	json_t *list = json_array();
	char text[2 * sizeof call->origins[0].bytes + 1];

	for (size_t i = 0; i < n; i++) {
		hex_write(text, call->origins[i].bytes, sizeof call->origins[i].bytes);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

json_t *ua_call_keep(const struct ua_call *call)
{
	const struct ua_kept *kept = call->kept;
	su_home_t home[1] = { SU_HOME_INIT(home) };
	json_t *out = NULL;
	char *local;

	if (!kept || !call->answered || !ua_call_is_listening(call) || !kept->local || !kept->remote ||
	    !kept->target)
		return NULL;
	su_home_init(home);
	local = local_with_tag(call, home);
	if (local)
		out = json_pack("{s:b,s:b,s:s,s:i,s:i,s:s,s:s,s:s,s:s,s:s*,s:s*,s:I,s:s*,s:o}", "outgoing",
				call->outgoing, "updates", kept->updates, "host", call->agent->host, "port",
				(int)call->agent->port, "transport", (int)kept->transport, "call_id",
				call->call_id, "local", local, "remote", kept->remote, "target", kept->target,
				"routes", kept->routes, "proxy", kept->proxy, "cseq",
				(json_int_t)(kept->cseq > call->cseq ? kept->cseq : call->cseq), "contact",
				call->contact[0] ? call->contact : NULL, "origins", keep_origins(call));
	su_home_deinit(home);
	return out;
}

/* ---- going on ---- */

void ua_kept_send_first(struct ua_call *call, const char *sdp)
{
	const struct ua_kept *kept = call->kept;
	char cseq[24];

	snprintf(cseq, sizeof cseq, "%u INVITE", call->cseq);
	nua_invite(call->nh, SIPTAG_CSEQ_STR(cseq), TAG_IF(kept->routes, SIPTAG_ROUTE_STR(kept->routes)),
		   TAG_IF(kept->proxy, NTATAG_DEFAULT_PROXY(kept->proxy)),
		   TAG_IF(call->contact[0], SIPTAG_CONTACT_STR(call->contact)),
		   SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(sdp), TAG_END());
}

/* The answer to a request within a dialog need not repeat the route set, and NUA takes this one for the
 * first. */
void ua_kept_complete(struct ua *ua, msg_t *msg, sip_t *sip)
{
	struct ua_call *call;
	const struct ua_kept *kept;
	sip_route_t *routes, *r;
	sip_record_route_t *reversed = NULL;

	if (!ua->keeps || !sip->sip_status || sip->sip_status->st_status < 200 ||
	    sip->sip_status->st_status > 299 || sip->sip_record_route || !sip->sip_call_id ||
	    !sip->sip_cseq || sip->sip_cseq->cs_method != sip_method_invite)
		return;
	call = ua_index_find(ua, sip->sip_call_id->i_id);
	kept = call ? call->kept : NULL;
	if (!kept || !call->resuming || !kept->routes)
		return;
	routes = sip_route_make(msg_home(msg), kept->routes);
	while ((r = routes)) {
		routes = r->r_next;
		r->r_next = reversed;
		reversed = r;
	}
	if (reversed)
		msg_header_add_dup_as(msg, (msg_pub_t *)sip, sip_record_route_class,
				      (msg_header_t *)reversed);
}
