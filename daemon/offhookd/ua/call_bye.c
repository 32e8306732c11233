/* A BYE that could not be delivered where Contact says goes once more the way that the INVITE went: some
 * carriers name a host there that nobody outside can find, and a call that is not ended costs. See private.h.
 */
#include "daemon/offhookd/ua/private.h"

#include "lib/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All in `home`. */
struct ua_way {
	su_home_t home[1];
	char *route, *uri, *from, *to;
};

void ua_way_free(struct ua_way *way)
{
	if (!way)
		return;
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

void ua_call_bye_again(struct ua_call *call, int status)
{
	enum { BEYOND = 1000 }; /* requests that NUA may have sent in the dialog */
	struct ua_way *way = call->way;
	nua_handle_t *nh;
	char cseq[24];

	if (status != 408 && status < 500)
		return;
	log_warn("sip.bye_undelivered", NULL, "sip_call_id=%s code=%d again=%s", log_quote(call->call_id),
		 status, log_quote(way ? way->route : "no"));
	if (!way)
		return;
	nh = nua_handle(call->agent->nua, NULL, NUTAG_URL(way->uri), SIPTAG_TO_STR(way->to),
			SIPTAG_FROM_STR(way->from), TAG_END());
	snprintf(cseq, sizeof cseq, "%u BYE", call->cseq + BEYOND);
	if (nh)
		nua_method(nh, NUTAG_METHOD("BYE"), SIPTAG_CALL_ID_STR(call->call_id), SIPTAG_CSEQ_STR(cseq),
			   NTATAG_DEFAULT_PROXY(way->route), TAG_END());
	call->way = NULL;
	ua_way_free(way);
	ua_root_kick(call->ua->root);
}
