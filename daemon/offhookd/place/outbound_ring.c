/* Ringing the places of a plan, group by group: how each is asked, and what is expected of it. See
 * outbound_private.h. */
#include "daemon/offhookd/place/outbound_private.h"

#include "daemon/offhookd/call/negotiate.h"
#include "daemon/offhookd/money/charge.h"
#include "daemon/offhookd/place/diverted.h"
#include "daemon/offhookd/place/limits.h"
#include "daemon/offhookd/place/place.h"
#include "daemon/offhookd/trunks/number_format.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "daemon/offhookd/trunks/trunk_call.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what hangs on the call ---- */

static void on_ended(struct call_owner *owner, struct call *call, const struct call_why *why)
{
	struct outbound *outbound = (struct outbound *)owner;

	(void)call, (void)why;
	plan_free(outbound->plan);
	free(outbound->record_file);
	free(outbound);
}

static const struct call_owner_ops outbound_ops = { .ended = on_ended };

void outbound_own(struct call *call, struct outbound *outbound)
{
	call_own(call, &outbound->owner, &outbound_ops);
}

struct outbound *outbound_of(const struct call *call)
{
	return (struct outbound *)call_owner_with(call, &outbound_ops);
}

struct plan *outbound_plan(const struct call *call)
{
	return outbound_of(call)->plan;
}

/* ---- asking a place ---- */

/* Headers of the call as ua wants them. */
static size_t list_headers(struct ua_header *out, json_t *headers)
{
	const char *name;
	json_t *value;
	size_t n = 0;

	json_object_foreach(headers, name, value)
	{
		if (n == UA_HEADERS_MAX || !json_is_string(value))
			continue;
		out[n].name = name;
		out[n++].value = json_string_value(value);
	}
	return n;
}

/* As a phone of ours is called. */
static int ring_phone(struct call *call, struct plan_place *place, struct ua_invite_params *p)
{
	char to[512];

	snprintf(to, sizeof to, "sip:%s@%s", call->to, call->calls->conf->sip.domain);
	p->to_uri = to;
	p->target.uri = place->uri;
	p->target.pinned = true;
	if (call->hidden) {
		p->from_user = "anonymous";
		p->from_host = "anonymous.invalid";
		p->from_display = "Anonymous";
	}
	return ua_invite(&((struct leg *)p->arg)->ua, outbound_plan(call)->place->ua, p);
}

/* A URI of somebody else's, as it is. */
static int ring_outside(struct call *call, struct plan_place *place, struct ua_invite_params *p)
{
	p->to_uri = place->uri;
	p->target.uri = place->uri;
	p->target.outside = true;
	p->username = place->username;
	p->password = place->password;
	return ua_invite(&((struct leg *)p->arg)->ua, outbound_plan(call)->place->ua, p);
}

/* A carrier is told what phones of ours say of others as little as whom they say to be. */
static void drop_claims(const struct call *call, struct ua_invite_params *p, struct ua_header *headers)
{
	const struct call *caller = calls_find(call->calls, call->parent_id);
	const char *name = caller ? limits_user_of(caller) : NULL;
	const struct conf_user *user = name ? conf_user_by_name(call->calls->conf, name) : NULL;
	size_t before = p->header_count;

	if (!user)
		return;
	p->header_count = diverted_keep_own(headers, before, call->calls->conf, user->account);
	if (p->header_count < before)
		log_info("call.claim_dropped", call->id, "user=%s headers=%zu", log_quote(user->name),
			 before - p->header_count);
}

/* As the trunk wants it. */
static int ring_trunk(struct call *call, struct plan_place *place, const struct conf_trunk *trunk,
		      struct ua_invite_params *p, struct ua_header *headers)
{
	struct trunk_call_wish wish = { .to = place->to ? place->to : call->to,
					.from = call->from,
					.from_name = call->from_name,
					.contact = place->redirected ? NULL : place->uri,
					.domain = call->calls->conf->sip.domain,
					.hidden = call->hidden };
	struct trunk_call dress;

	trunk_call_dress(&dress, trunk, &wish);
	p->target.uri = place->redirected ? place->uri : dress.uri;
	p->target.pinned = place->uri && !place->redirected;
	p->target.stays_udp = trunk->transport == CONF_TRUNK_UDP;
	p->to_uri = dress.to;
	p->from_user = dress.from_user;
	p->from_host = dress.from_host;
	p->from_display = dress.from_display;
	p->username = trunk->registers_here ? NULL : trunk->username;
	p->password = trunk->registers_here ? NULL : trunk->password;
	drop_claims(call, p, headers);
	/* what the trunk needs has a place before what the caller sent */
	if (p->header_count > UA_HEADERS_MAX - dress.header_count)
		p->header_count = UA_HEADERS_MAX - dress.header_count;
	memcpy(headers + p->header_count, dress.headers, dress.header_count * sizeof *headers);
	p->header_count += dress.header_count;
	return ua_invite(&((struct leg *)p->arg)->ua, outbound_plan(call)->place->ua, p);
}

/* Where the INVITE goes to, as far as that is known without DNS. */
static void find_peer(struct leg *leg, const struct plan_place *place)
{
	struct sockaddr_storage peer = { 0 };

	if (!ua_uri_address(&peer, place->route ? place->route : place->uri))
		peer.ss_family = (sa_family_t)place->family;
	leg_set_peer(leg, &peer, NULL);
}

static int ring_place(struct call *call, size_t i, const struct ua_sdp *like)
{
	struct plan *plan = outbound_plan(call);
	struct plan_place *place = &plan->places[i];
	struct trunk *trunk = trunk_find(plan->place->trunks, place->trunk);
	struct ua_header headers[UA_HEADERS_MAX];
	struct ua_sdp offer = { .dtmf_pt = -1 };
	struct ua_invite_params p = {
		.target = { .route = place->route,
			    .path = place->path,
			    .transport = place->transport,
			    .family = place->family,
			    .listener = place->listener },
		.from_user = call->from,
		.from_display = call->from_name,
		.offer = &offer,
		.headers = headers,
		.header_count = list_headers(headers, call->headers),
		.max_forwards = call->max_forwards,
		.session_s = place->session_s,
		.arg = &call->legs[i],
	};
	int err;

	if (place->trunk && !trunk)
		return ENOENT; /* a reload has taken it away */
	negotiate_offer(&offer,
			trunk		      ? &trunk_conf(trunk)->codecs
			: place->codecs.count ? &place->codecs
					      : NULL,
			like);
	find_peer(&call->legs[i], place);
	call_local_sdp(&call->legs[i], &offer);
	if (trunk) {
		place->srtp = trunk_conf(trunk)->srtp;
		place->dtmf = trunk_conf(trunk)->dtmf;
	}
	if (place->dtmf == CONF_DTMF_INFO) {
		offer.dtmf_pt = -1;
		offer.dtmf_other_pt = 0;
	}
	sdes_offer(&offer, place->srtp, place->savp, &(struct media_srtp){ .suite = MEDIA_SRTP_NONE });
	call_say(call, &offer);
	err = call_keep_keys(&call->legs[i], &offer);
	if (!err)
		err = trunk	       ? ring_trunk(call, place, trunk_conf(trunk), &p, headers)
		      : place->outside ? ring_outside(call, place, &p)
				       : ring_phone(call, place, &p);
	ua_sdp_forget_keys(&offer);
	if (err)
		log_warn("call.unreachable", call->id, "uri=%s route=%s trunk=%s error=%s",
			 log_quote(place->uri), log_quote(place->route), log_quote(place->trunk),
			 log_quote(strerror(err)));
	else {
		call_tell_dialog(call, ua_call_id(call->legs[i].ua));
		log_info("call.invite", call->id, "uri=%s route=%s trunk=%s sip_call_id=%s",
			 log_quote(place->uri), log_quote(place->route), log_quote(place->trunk),
			 log_quote(ua_call_id(call->legs[i].ua)));
	}
	return err;
}

/* What the caller speaks: its offer, or what was agreed with it since (in `room`); NULL: not known. */
static const struct ua_sdp *speech_of_parent(const struct call *call, struct ua_sdp *room)
{
	struct call *parent = call->parent_id[0] ? calls_find(call->calls, call->parent_id) : NULL;

	if (!parent || !parent->sdp || !parent->has_offer)
		return NULL;
	if (parent->sdp->offer)
		return parent->sdp->offer;
	call_said(parent, room);
	ua_sdp_forget_keys(room);
	return room;
}

/* Whether the trunk of a place takes one more call. */
static bool is_admitted(struct call *call, const struct plan_place *place)
{
	struct trunk *trunk = trunk_find(outbound_plan(call)->place->trunks, place->trunk);
	const char *why = trunk && !call->emergency ? trunk_admit(trunk) : NULL;

	if (why) {
		log_info("call.trunk_full", call->id, "trunk=%s why=%s", place->trunk, log_quote(why));
		story_tried(call,
			    &(struct story_tried){ .trunk = place->trunk, .at = place->route, .why = why });
	}
	return !why;
}

/* The number that a trunk is asked for: what a redirection says, where that is one. */
static const char *number_asked_for(const struct call *call, const struct plan_place *place,
				    char out[NUMBER_TEXT_MAX])
{
	struct trunk *trunk = trunk_find(outbound_plan(call)->place->trunks, place->trunk);
	const char *user = place->redirected ? strchr(place->uri, ':') : NULL;
	char text[NUMBER_TEXT_MAX];
	size_t n = user ? strcspn(++user, "@;>") : 0;

	if (trunk && n > 0 && n < sizeof text) {
		memcpy(text, user, n);
		text[n] = '\0';
		if (number_format_in(out, &trunk_conf(trunk)->numbering, text))
			return out;
	}
	return place->to ? place->to : call->to;
}

/* Settles what the call costs by this place. False: nobody would pay for it. */
static bool is_paid_for(struct call *call, const struct plan_place *place)
{
	char reason[CHARGE_REASON_SIZE] = "", number[NUMBER_TEXT_MAX];
	struct plan *plan = outbound_plan(call);
	int err = charge_prepare(plan->place->money, call,
				 place->trunk ? number_asked_for(call, place, number) : NULL, reason);

	if (!err)
		return true;
	log_info("call.unpaid", call->id, "trunk=%s why=%s", log_quote(place->trunk), log_quote(reason));
	story_tried(call, &(struct story_tried){ .trunk = place->trunk, .at = place->route, .why = reason });
	free(plan->unpaid);
	plan->unpaid = strdup(reason);
	plan->unpaid_code = err == EDQUOT ? 402 : 403;
	if (plan->best_code < 400)
		plan->best_code = plan->unpaid_code;
	return false;
}

static bool same_trunk(const struct plan_place *a, const struct plan_place *b)
{
	return a->trunk && b->trunk && strcmp(a->trunk, b->trunk) == 0;
}

bool outbound_is_further_server(const struct plan *plan, size_t i)
{
	return i > 0 && plan->places[i - 1].group < plan->places[i].group &&
	       same_trunk(&plan->places[i - 1], &plan->places[i]);
}

/* A trunk must say something soon, or the next one is tried. */
static void expect_response(struct call *call, const char *name)
{
	struct plan *plan = outbound_plan(call);
	const struct trunk *trunk = trunk_find(plan->place->trunks, name);
	unsigned ms;

	if (!trunk)
		return;
	ms = trunk_conf(trunk)->try_timeout_ms;
	if (!plan->trying)
		plan->trying = evtimer_new(plan->place->base, outbound_on_silence, call);
	if (plan->trying)
		event_add(plan->trying, &(struct timeval){ ms / 1000, ms % 1000 * 1000 });
}

void outbound_stop_expecting(struct call *call)
{
	struct event *trying = outbound_plan(call)->trying;

	if (trying)
		event_del(trying);
}

bool outbound_ring_again(struct call *call, size_t i)
{
	struct ua_sdp room;

	if (ring_place(call, i, speech_of_parent(call, &room)))
		return false;
	expect_response(call, outbound_plan(call)->places[i].trunk);
	return true;
}

size_t outbound_ring_group(struct call *call)
{
	struct plan *plan = outbound_plan(call);
	struct ua_sdp room;
	const struct ua_sdp *speech = speech_of_parent(call, &room);
	size_t ringing = 0;

	for (size_t i = 0; i < plan->count; i++) {
		struct plan_place *place = &plan->places[i];

		if (place->group != plan->group)
			continue;
		call_set_trunk(call, place->trunk);
		if (!is_paid_for(call, place))
			continue;
		if ((outbound_is_further_server(plan, i) || is_admitted(call, place)) &&
		    ring_place(call, i, speech) == 0) {
			ringing++;
			expect_response(call, place->trunk);
		} else if (!plan->best_code) {
			plan->best_code = 503;
		}
	}
	return ringing;
}

static unsigned last_group(const struct plan *plan)
{
	return plan->count ? plan->places[plan->count - 1].group : 0;
}

bool outbound_ring_next(struct call *call)
{
	struct plan *plan = outbound_plan(call);

	while (plan->group < last_group(plan)) {
		plan->group++;
		if (outbound_ring_group(call))
			return true;
	}
	return false;
}

/* The first place of the current group; NULL: there is none. */
static const struct plan_place *current_place(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->places[i].group == plan->group)
			return &plan->places[i];
	return NULL;
}

void outbound_leave_trunk(struct plan *plan)
{
	const struct plan_place *left = current_place(plan);

	for (size_t i = 0; left && i < plan->count; i++)
		if (plan->places[i].group > plan->group && same_trunk(left, &plan->places[i]))
			plan->group = plan->places[i].group;
		else if (plan->places[i].group > plan->group)
			return;
}
