/* Names in c= lines of session descriptions (RFC 8866 section 5.7). The call goes on meanwhile: until the
 * address is known its audio goes to where the far end's comes from. See private.h. */
#include "daemon/offhookd/ua/private.h"

#include "lib/log.h"
#include "lib/socket_address.h"

#include <event2/event.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_S = 5 }; /* for the name server; then nothing more is heard of it */

struct ua_name {
	struct ua_call *call;
	struct ua_sdp_name wanted;
	sres_query_t *query;
	struct event *timer;
	struct sockaddr_storage rtp, rtcp; /* AF_UNSPEC: none */
};

void ua_name_free(struct ua_name *name)
{
	if (!name)
		return;
	if (name->query)
		sres_query_bind(name->query, NULL, NULL);
	if (name->timer)
		event_free(name->timer);
	free(name);
}

static bool take(struct ua_name *name, const sres_record_t *record)
{
	const sres_common_t *r = record->sr_record;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&name->rtp;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&name->rtp;

	if (r->r_status != SRES_OK)
		return false;
	if (r->r_type == sres_type_a && name->wanted.family == AF_INET) {
		v4->sin_family = AF_INET;
		v4->sin_addr = record->sr_a->a_addr;
	} else if (r->r_type == sres_type_aaaa && name->wanted.family == AF_INET6) {
		v6->sin6_family = AF_INET6;
		memcpy(&v6->sin6_addr, &record->sr_aaaa->aaaa_addr, sizeof v6->sin6_addr);
	} else {
		return false;
	}
	socket_address_set_port(&name->rtp, name->wanted.port);
	if (name->wanted.rtcp_port) {
		name->rtcp = name->rtp;
		socket_address_set_port(&name->rtcp, name->wanted.rtcp_port);
	}
	return true;
}

static void take_first(struct ua_name *name, sres_record_t **answers)
{
	for (size_t i = 0; answers && answers[i]; i++)
		if (take(name, answers[i]))
			break;
	sres_free_answers(name->call->ua->resolver, answers);
}

static void on_answers(sres_context_t *context, sres_query_t *query, sres_record_t **answers)
{
	struct ua_name *name = (struct ua_name *)context;

	(void)query;
	name->query = NULL;
	take_first(name, answers);
	event_active(name->timer, 0, 0);
}

/* There is an answer, or it has taken too long. */
static void on_end(evutil_socket_t fd, short what, void *arg)
{
	struct ua_name *name = arg;
	struct ua_call *call = name->call;
	struct sockaddr_storage rtp = name->rtp, rtcp = name->rtcp;

	(void)fd, (void)what;
	call->name = NULL;
	if (rtp.ss_family == AF_UNSPEC)
		log_warn("sip.sdp_unresolved", NULL, "sip_call_id=%s host=%s", log_quote(call->call_id),
			 log_quote(name->wanted.host));
	ua_name_free(name);
	if (rtp.ss_family != AF_UNSPEC && ua_call_is_listening(call))
		call->ua->handlers.found(call, &rtp, &rtcp, call->arg);
}

void ua_call_find_name(struct ua_call *call, const struct ua_sdp *sdp)
{
	struct ua *ua = call->ua;
	struct ua_name *name;
	uint16_t type = sdp->name.family == AF_INET6 ? sres_type_aaaa : sres_type_a;
	sres_record_t **cached;

	ua_name_free(call->name); /* of an earlier description */
	call->name = NULL;
	if (!sdp->name.host[0] || !ua_call_is_listening(call))
		return;
	name = calloc(1, sizeof *name);
	if (!name || !(name->timer = evtimer_new(ua->base, on_end, name))) {
		free(name);
		return;
	}
	name->call = call;
	name->wanted = sdp->name;
	call->name = name;
	event_add(name->timer, &(struct timeval){ WAIT_S, 0 });
	cached = ua->resolver ? sres_cached_answers(ua->resolver, type, name->wanted.host) : NULL;
	if (cached) {
		take_first(name, cached);
		event_active(name->timer, 0, 0);
		return;
	}
	if (ua->resolver)
		name->query =
		    sres_query(ua->resolver, on_answers, (sres_context_t *)name, type, name->wanted.host);
	if (!name->query)
		event_active(name->timer, 0, 0);
	ua_root_kick(ua->root);
}
