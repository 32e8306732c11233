/* A BYE that could not be delivered where Contact says goes once more the way that the INVITE went: some
 * carriers name a host there that nobody outside can find, and a call that is not ended costs. See private.h.
 */
#include "daemon/offhookd/ua/call_kept.h"

#include "lib/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

/* Texts are of `home`. */
struct ua_way {
	enum ua_kind kind; /* first, as in struct ua_call */
	su_home_t home[1];
	char *route, *uri, *from, *to;
	char *routes; /* Route, or NULL */
	/* from here on when it is gone */
	struct ua_way *prev, *next; /* ua->byes */
	struct ua_agent *agent;	    /* NULL: it is not */
	nua_handle_t *nh;
	char *call_id, *username, *password; /* no password: NULL both */
	uint32_t cseq;
	struct ua_auth auth;
	int first; /* what came of the first BYE */
};

static void drop_handle(struct ua_way *way)
{
	if (!way->nh)
		return;
	nua_handle_bind(way->nh, NULL);
	nua_handle_destroy(way->nh);
	way->nh = NULL;
	ua_root_kick(way->agent->ua->root);
}

void ua_way_free(struct ua_way *way)
{
	if (!way)
		return;
	if (way->agent) {
		drop_handle(way);
		DL_DELETE(way->agent->ua->byes, way);
	}
	ua_auth_forget(&way->auth);
	if (way->password)
		explicit_bzero(way->password, strlen(way->password));
	su_home_deinit(way->home);
	free(way);
}

void ua_call_note_way(struct ua_call *call, const sip_t *sip)
{
	struct ua_way *way;

	if (!call->route || call->way || !sip || !sip->sip_contact || sip->sip_record_route ||
	    !(way = calloc(1, sizeof *way)))
		return;
	su_home_init(way->home);
	way->route = su_strdup(way->home, call->route);
	way->uri = url_as_string(way->home, sip->sip_contact->m_url);
	way->from = sip_header_as_string(way->home, (sip_header_t *)sip->sip_from);
	way->to = sip_header_as_string(way->home, (sip_header_t *)sip->sip_to);
	if (!way->route || !way->uri || !way->from || !way->to) {
		ua_way_free(way);
		return;
	}
	call->way = way;
}

static bool transmit(struct ua_way *way)
{
	char cseq[24], block[UA_BLOCK_MAX];
	const struct digest_use use = {
		.username = way->username, .password = way->password, .method = "BYE", .uri = way->uri
	};
	const char *credentials = way->username ? ua_auth_headers(&way->auth, &use, block) : NULL;

	way->nh = nua_handle(way->agent->nua, (struct ua_call *)(void *)way, NUTAG_URL(way->uri),
			     SIPTAG_TO_STR(way->to), SIPTAG_FROM_STR(way->from), TAG_END());
	if (!way->nh)
		return false;
	snprintf(cseq, sizeof cseq, "%u BYE", way->cseq++);
	nua_method(way->nh, NUTAG_METHOD("BYE"), SIPTAG_CALL_ID_STR(way->call_id), SIPTAG_CSEQ_STR(cseq),
		   TAG_IF(way->route, NTATAG_DEFAULT_PROXY(way->route)),
		   TAG_IF(way->routes, SIPTAG_ROUTE_STR(way->routes)),
		   TAG_IF(credentials, SIPTAG_HEADER_STR(credentials)), TAG_END());
	ua_root_kick(way->agent->ua->root);
	return true;
}

/* Takes the way from its call, which may go before there is an answer. */
static bool set_out(struct ua_way *way, struct ua_call *call, int status)
{
	enum { BEYOND = 1000 }; /* requests that NUA may have sent in the dialog */

	call->way = NULL;
	way->kind = UA_KIND_BYE;
	way->agent = call->agent;
	DL_APPEND(call->ua->byes, way);
	way->first = status;
	way->cseq = call->cseq + BEYOND;
	way->call_id = su_strdup(way->home, call->call_id);
	if (call->username && call->password) {
		way->username = su_strdup(way->home, call->username);
		way->password = su_strdup(way->home, call->password);
		if (!way->username || !way->password)
			return false;
	}
	return way->call_id && transmit(way);
}

void ua_call_leave(struct ua_call *call, const struct ua_kept *kept)
{
	struct ua_way *way = calloc(1, sizeof *way);

	if (!way)
		return;
	su_home_init(way->home);
	way->route = kept->proxy ? su_strdup(way->home, kept->proxy) : NULL;
	way->routes = kept->routes ? su_strdup(way->home, kept->routes) : NULL;
	way->uri = su_strdup(way->home, kept->target);
	way->from = su_strdup(way->home, kept->local);
	way->to = su_strdup(way->home, kept->remote);
	if (!way->uri || !way->from || !way->to || !set_out(way, call, 0))
		ua_way_free(way);
}

static void tell(const struct ua *ua, const char *call_id, int code, int again)
{
	if (ua->handlers.undelivered)
		ua->handlers.undelivered(call_id, code, again, ua->arg);
}

void ua_call_bye_again(struct ua_call *call, int status)
{
	struct ua_way *way = call->way;

	if (status != 408 && status < 500)
		return;
	log_warn("sip.bye_undelivered", NULL, "sip_call_id=%s code=%d again=%s", log_quote(call->call_id),
		 status, log_quote(way ? way->route : "no"));
	if (way && set_out(way, call, status))
		return;
	ua_way_free(way);
	tell(call->ua, call->call_id, status, 0);
}

void ua_way_on_response(struct ua_way *way, int status, const sip_t *sip)
{
	if (status < 200)
		return;
	if ((status == 401 || status == 407) && sip && way->username && ua_auth_take(&way->auth, sip)) {
		drop_handle(way);
		if (transmit(way))
			return;
	}
	log_at(status < 300 || status == 481 ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, "sip.bye_again", NULL,
	       "sip_call_id=%s code=%d", log_quote(way->call_id), status);
	if (way->first)
		tell(way->agent->ua, way->call_id, way->first, status);
	ua_way_free(way);
}
