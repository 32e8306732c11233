/* The gate: every message that arrives passes here when its headers are read, before NUA sees any of it.
 *
 * sofia-sip lets an agent bring a message class of its own. Ours is the usual one but for the function that
 * takes over at the end of the headers: there the source is known, and the message can still be made to look
 * like garbage, for which NTA says nothing (and reads no more from that connection). */
#include "daemon/offhookd/ua/private.h"

#include "lib/log.h"

#include <errno.h>
#include <netinet/in.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/msg_mclass.h>
#include <sofia-sip/sip_parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRYING_SEARCH_MAX = 4096 };

/* The class has no room for an argument of ours. */
static struct ua *gate_of;

enum { NONCE_MAX = 160 };

static const char *nonce_of(const sip_t *sip, char out[NONCE_MAX])
{
	const sip_authorization_t *au =
	    sip->sip_authorization ? sip->sip_authorization : sip->sip_proxy_authorization;
	const char *value = au ? msg_params_find(au->au_params, "nonce=") : NULL;

	if (!value)
		return NULL;
	value += value[0] == '"';
	snprintf(out, NONCE_MAX, "%.*s", (int)strcspn(value, "\""), value);
	return out;
}

/* All but its address. */
static void describe(struct ua_arrival *out, const sip_t *sip, char nonce[NONCE_MAX])
{
	out->transport = ua_intake_transport();
	if (sip->sip_request)
		out->method = sip->sip_request->rq_method_name;
	out->nonce = nonce_of(sip, nonce);
	out->from_user = sip->sip_from ? sip->sip_from->a_url->url_user : NULL;
	out->of_call = gate_of && sip->sip_call_id && sip->sip_call_id->i_id &&
		       ua_index_find(gate_of, sip->sip_call_id->i_id);
	if (sip->sip_user_agent)
		out->user_agent = sip->sip_user_agent->g_string;
	if (!out->user_agent && sip->sip_server)
		out->user_agent = sip->sip_server->g_string;
}

static bool is_admitted(msg_t *msg, const sip_t *sip)
{
	struct ua_arrival arrival = { 0 };
	char nonce[NONCE_MAX];

	if (!gate_of || !gate_of->handlers.arrived || !ua_message_source(&arrival.address, msg))
		return true; /* one of our own making */
	describe(&arrival, sip, nonce);
	return gate_of->handlers.arrived(&arrival, gate_of->arg);
}

/* A 100 to our INVITE. NTA would pass it on (NTATAG_PASS_100), but NUA then loses the message's memory. The
 * call is among the newest. */
static void note_trying(const sip_t *sip)
{
	const char *id = sip->sip_call_id ? sip->sip_call_id->i_id : NULL;
	struct ua_call *call = gate_of && gate_of->all ? gate_of->all->prev : NULL;

	if (!id || !sip->sip_cseq || sip->sip_cseq->cs_method != sip_method_invite)
		return;
	for (int n = 0; call && n < TRYING_SEARCH_MAX; n++) {
		if (call->outgoing && strcmp(call->call_id, id) == 0) {
			if (!call->closed && !call->ended && !call->answered)
				gate_of->handlers.progress(call, 100, NULL, call->arg);
			return;
		}
		call = call == gate_of->all ? NULL : call->prev;
	}
}

/* A phone behind a NAT that does not ask for it gets its answers by the way that its request came, too (RFC
 * 3581): no other leads there. */
static void answer_where_it_came_from(msg_t *msg, const sip_t *sip)
{
	const su_sockaddr_t *su = msg_addr(msg);
	struct sockaddr_storage says;
	sip_via_t *via = sip->sip_via;
	char uri[80];

	if (!sip->sip_request || !via || via->v_rport || ua_transport_of(sip) != CONF_UDP || !via->v_host ||
	    su->su_family != AF_INET)
		return;
	snprintf(uri, sizeof uri, "sip:%.60s", via->v_host);
	if (ua_uri_address(&says, uri) && says.ss_family == AF_INET &&
	    ((struct sockaddr_in *)&says)->sin_addr.s_addr != su->su_sin.sin_addr.s_addr)
		msg_header_add_param(msg_home(msg), via->v_common, "rport");
}

/* The connection that it has come by, whatever its Via says. False: it has come by none. */
static bool came_by(struct sockaddr_storage *out, msg_t *msg)
{
	return gate_of && ua_intake_transport() != CONF_UDP && ua_message_source(out, msg);
}

/* All of it is there. */
static void note_whole(msg_t *msg)
{
	struct sockaddr_storage from;

	if (came_by(&from, msg))
		ua_connections_heard(gate_of->connections, &from);
}

static void give_up_connection(msg_t *msg, const char *why)
{
	struct sockaddr_storage from;

	if (came_by(&from, msg))
		ua_connections_give_up(gate_of->connections, &from, why);
}

/* A REFER outside a call: NUA would begin a subscription of its own, tell it something, and now and then,
 * having failed at that, answer 500 before we can refuse it. As an INFO, which keeps its name, it comes to us
 * untouched. */
static void disguise_refer(sip_t *sip)
{
	if (!sip->sip_request || sip->sip_request->rq_method != sip_method_refer || !sip->sip_cseq ||
	    !sip->sip_to || sip->sip_to->a_tag || sip->sip_cseq->cs_method != sip_method_refer)
		return;
	sip->sip_request->rq_method = sip->sip_cseq->cs_method = sip_method_info;
}

/* NTA answers 482 to a request that has Call-ID, From tag and CSeq of another, which is for INVITEs that
 * reach us by two ways (RFC 3261 section 8.2.2.2). Two phones that were started at the same moment may make
 * the same ones, and some answer a challenge with the CSeq that they had; of a REGISTER the registrar sees
 * whether it is new. NTA finds transactions by this hash: with the branch in it each has its own. */
static void keep_apart(sip_t *sip)
{
	if (sip->sip_request && sip->sip_request->rq_method == sip_method_register && sip->sip_call_id &&
	    sip->sip_via && sip->sip_via->v_branch)
		sip->sip_call_id->i_hash ^= msg_hash_string(sip->sip_via->v_branch);
}

/* Responses to REFER and INFO say little about the call in which they are sent, but NUA takes some for its
 * end (RFC 5057), without a word. */
static void soften_refusal(sip_t *sip)
{
	sip_status_t *st = sip->sip_status;

	if (st && st->st_status >= 400 && sip->sip_cseq &&
	    (sip->sip_cseq->cs_method == sip_method_refer || sip->sip_cseq->cs_method == sip_method_info) &&
	    st->st_status != 401 && st->st_status != 407)
		st->st_status = st->st_status >= 600 ? 603 : 403;
}

/* What its Content-Length announces is more than any message may have: sofia-sip would take it for a size of
 * memory. The intake lets no such thing in by a connection; a datagram may say it. */
static bool is_too_long(const sip_t *sip)
{
	return gate_of && sip->sip_content_length && sip->sip_content_length->l_length > gate_of->message_max;
}

/* Whether it lacks what no message can be without, so that NTA refuses or drops it. */
static bool is_useless(msg_t *msg, const sip_t *sip)
{
	return (msg_extract_errors(msg) & (sip_mask_request | sip_mask_response)) ||
	       (sip->sip_flags & MSG_FLG_ERROR) || !sip->sip_from || !sip->sip_to || !sip->sip_call_id ||
	       !sip->sip_cseq || !sip->sip_via;
}

static const char *name_of(const sip_error_t *error)
{
	const char *name = error->er_common->h_class == sip_error_class ? error->er_name
									: error->er_common->h_class->hc_name;

	return name ? name : "no header";
}

/* Says what could not be read of a message. What is not needed is passed over (RFC 3261 section 8.2.2); for
 * the rest a request is refused by NTA, and a response dropped, without a word of its own. */
static void note_errors(msg_t *msg, const sip_t *sip)
{
	const char *left_out = ua_lenient_left_out();
	bool useless = is_useless(msg, sip);
	struct sockaddr_storage from;
	char names[120] = "", address[64];

	if (!sip->sip_error && !left_out[0] && !useless)
		return;
	for (const sip_error_t *e = sip->sip_error; e; e = e->er_next)
		snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", names[0] ? ", " : "",
			 name_of(e));
	ua_message_source(&from, msg); /* zeroes: one of our own making */
	ua_format_address(address, sizeof address, &from);
	log_at(useless && sip->sip_status ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
	       useless ? "sip.message_unreadable" : "sip.header_skipped", NULL,
	       "source=%s %s=%s sip_call_id=%s headers=%s contact=%s", address,
	       sip->sip_status ? "status" : "method",
	       log_quote(sip->sip_request  ? sip->sip_request->rq_method_name
			 : sip->sip_status ? sip->sip_status->st_phrase
					   : ""),
	       log_quote(sip->sip_call_id ? sip->sip_call_id->i_id : ""), log_quote(names),
	       log_quote(left_out));
}

/* A provisional response to our INVITE that asks for a PRACK, which may be challenged. */
static void note_reliable(const sip_t *sip)
{
	struct ua_call *call = gate_of && sip->sip_status && sip->sip_rseq && sip->sip_call_id &&
				       sip->sip_call_id->i_id && sip->sip_status->st_status < 200
				   ? ua_index_find(gate_of, sip->sip_call_id->i_id)
				   : NULL;

	for (; call; call = call->same_id)
		ua_call_expect_prack(call);
}

/* A response that NTA drops without a word: it fits no request of ours. */
static void note_stray(msg_t *msg, const sip_t *sip)
{
	const int status = sip->sip_status ? sip->sip_status->st_status : 200;
	struct ua_call *call = sip->sip_status && gate_of && sip->sip_call_id && sip->sip_call_id->i_id
				   ? ua_index_find(gate_of, sip->sip_call_id->i_id)
				   : NULL;
	const char *tag = sip->sip_from ? sip->sip_from->a_tag : NULL, *why = NULL;
	struct sockaddr_storage from;
	char address[64];

	if (status < 100 || status > 699)
		why = "no response has such a status";
	else if (call && call->outgoing && !call->same_id && (!tag || strcmp(tag, call->tag) != 0) &&
		 sip->sip_cseq && sip->sip_cseq->cs_method == sip_method_invite)
		why = "its From is not that of our INVITE";
	if (!why || !ua_message_source(&from, msg))
		return;
	ua_format_address(address, sizeof address, &from);
	log_warn("sip.response_stray", NULL, "source=%s status=%d sip_call_id=%s why=%s", address, status,
		 log_quote(sip->sip_call_id ? sip->sip_call_id->i_id : ""), log_quote(why));
}

/* A datagram that ends before the body that it announces is no message (RFC 3261 section 18.3). `left`: bytes
 * behind its headers. */
static bool is_cut(const sip_t *sip, int64_t left)
{
	return ua_intake_transport() == CONF_UDP && sip->sip_content_length &&
	       (int64_t)sip->sip_content_length->l_length > left;
}

static void note_cut(msg_t *msg, const sip_t *sip)
{
	struct sockaddr_storage from;
	char address[64];

	if (!ua_message_source(&from, msg))
		return;
	ua_format_address(address, sizeof address, &from);
	log_warn("sip.message_cut", NULL, "source=%s %s=%s sip_call_id=%s content_length=%lu", address,
		 sip->sip_status ? "status" : "method",
		 log_quote(sip->sip_request  ? sip->sip_request->rq_method_name
			   : sip->sip_status ? sip->sip_status->st_phrase
					     : ""),
		 log_quote(sip->sip_call_id ? sip->sip_call_id->i_id : ""),
		 sip->sip_content_length ? sip->sip_content_length->l_length : 0UL);
}

/* Makes it look like garbage. */
static issize_t drop(sip_t *sip)
{
	sip->sip_request = NULL;
	sip->sip_status = NULL;
	return -1;
}

/* NTA finds nothing in it, and reads on. */
static void ignore(sip_t *sip)
{
	sip->sip_request = NULL;
	sip->sip_status = NULL;
}

static bool is_of_its_call(msg_t *msg, const sip_t *sip)
{
	struct sockaddr_storage from;

	if (!gate_of || !ua_message_source(&from, msg))
		return true;
	return ua_origin_admits(gate_of, sip, &from) && ua_merged_admits(gate_of, sip, &from);
}

/* RFC 3891 section 3 and RFC 3515 section 2.4.1: a Replaces, or Refer-To, that is not one says nothing, and
 * passing it over would do something else than what was asked; so would a REGISTER whose Contact cannot be
 * read, which without one only asks (RFC 3261 section 10.3). False: it has been answered. */
static bool is_clear(const sip_t *sip)
{
	unsigned replaces, refer_to;

	if (sip->sip_request && strcmp(sip->sip_request->rq_method_name, "REGISTER") == 0 &&
	    !sip->sip_contact && ua_intake_count("Contact", 'm') > 0) {
		ua_intake_answer(400, "Bad Contact", NULL);
		return false;
	}
	if (!sip->sip_request || (strcmp(sip->sip_request->rq_method_name, "INVITE") != 0 &&
				  strcmp(sip->sip_request->rq_method_name, "REFER") != 0))
		return true;
	replaces = ua_intake_count("Replaces", '\0');
	refer_to = ua_intake_count("Refer-To", 'r');
	if (replaces <= 1 && refer_to <= 1 && (replaces == 0 || sip->sip_replaces))
		return true;
	ua_intake_answer(400, refer_to > 1 ? "Several Refer-To" : "Bad Replaces", NULL);
	return false;
}

enum { NAME_MAX_SIZE = UA_URI_MAX - 32 };

/* A user and a host that are more than any of ours, and than we could write down. */
static bool is_too_long_name(const url_t *url)
{
	size_t user = url->url_user ? strlen(url->url_user) : 0;

	return user + (url->url_host ? strlen(url->url_host) : 0) > NAME_MAX_SIZE;
}

/* Whom a new request is for and from can be read (RFC 3261 section 8.2.2.1, 21.4.12). False: it has been
 * answered. */
static bool is_legible(const sip_t *sip)
{
	const sip_request_t *rq = sip->sip_request;

	if (!rq || rq->rq_method == sip_method_ack)
		return true;
	if (ua_intake_is_torn())
		ua_intake_answer(400, "Bad Request-URI", NULL);
	else if (sip->sip_to && sip->sip_to->a_tag)
		return true;
	else if (is_too_long_name(rq->rq_url))
		ua_intake_answer(414, "Request-URI Too Long", NULL);
	else if ((sip->sip_from && is_too_long_name(sip->sip_from->a_url)) ||
		 (sip->sip_to && is_too_long_name(sip->sip_to->a_url)))
		ua_intake_answer(400, "Address Too Long", NULL);
	else
		return true;
	return false;
}

/* Whoever asks whether we are well, to choose among several switches (RFC 3261 section 11.2), chooses another
 * while we take no new calls. False: it has been answered. */
static bool is_welcome(const sip_t *sip)
{
	if (!gate_of || !gate_of->draining || !sip->sip_request ||
	    strcmp(sip->sip_request->rq_method_name, "OPTIONS") != 0 || !sip->sip_to || sip->sip_to->a_tag)
		return true;
	ua_intake_answer(503, "Draining", "Retry-After: 5\r\n");
	return false;
}

static issize_t extract_body(msg_t *msg, msg_pub_t *pub, char b[], isize_t size, int eos)
{
	sip_t *sip = (sip_t *)pub;
	bool headers_end = !(sip->sip_flags & MSG_FLG_BODY);
	issize_t n;

	if (headers_end && is_too_long(sip)) {
		if (ua_intake_transport() == CONF_UDP)
			note_cut(msg, sip);
		give_up_connection(msg, "Content-Length is more than a message may have");
		return drop(sip);
	}
	n = sip_extract_body(msg, sip, b, size, eos);
	if (sip->sip_flags & MSG_FLG_COMPLETE)
		note_whole(msg);
	if (headers_end && n >= 0 && is_cut(sip, (int64_t)size - n))
		note_cut(msg, sip);
	if (!headers_end || !(sip->sip_flags & MSG_FLG_BODY))
		return n;
	if (is_admitted(msg, sip)) {
		if (!is_legible(sip) || !is_of_its_call(msg, sip) || !is_clear(sip) || !is_welcome(sip)) {
			ignore(sip);
			return n;
		}
		note_errors(msg, sip);
		note_stray(msg, sip);
		note_reliable(sip);
		disguise_refer(sip);
		keep_apart(sip);
		soften_refusal(sip);
		if (sip->sip_status && sip->sip_status->st_status == 100)
			note_trying(sip);
		if (gate_of)
			ua_kept_complete(gate_of, msg, sip);
		answer_where_it_came_from(msg, sip);
		return n;
	}
	ua_intake_unwanted();
	/* sofia-sip will read no more from there */
	give_up_connection(msg, "its source is banned, or too fast");
	return drop(sip);
}

int ua_gate_alloc(struct ua *ua)
{
	ua->mclass = msg_mclass_clone(sip_default_mclass(), 0, 0);
	if (!ua->mclass)
		return ENOMEM;
	ua->mclass->mc_extract_body = extract_body;
	ua_lenient_install(ua->mclass);
	gate_of = ua;
	return 0;
}

void ua_gate_free(struct ua *ua)
{
	if (gate_of == ua)
		gate_of = NULL;
	free(ua->mclass);
}
