/* See outbound.h. The plans themselves are made in plan.c. */
#include "daemon/offhookd/switch/outbound.h"

#include "daemon/offhookd/switch/dial.h"
#include "daemon/offhookd/switch/negotiate.h"
#include "daemon/offhookd/switch/sw.h"
#include "daemon/offhookd/switch/trunk.h"
#include "daemon/offhookd/switch/trunk_call.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ELSEWHERE "SIP;cause=200;text=\"Call completed elsewhere\""

/* ---- placing ---- */

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

	snprintf(to, sizeof to, "sip:%s@%s", call->to, call->sw->conf->sip.domain);
	p->to_uri = to;
	p->target.uri = place->uri;
	p->target.pinned = true;
	if (call->hidden) {
		p->from_user = "anonymous";
		p->from_host = "anonymous.invalid";
		p->from_display = "Anonymous";
	}
	return ua_invite(&((struct leg *)p->arg)->ua, call->sw->ua, p);
}

/* As the trunk wants it. */
static int ring_trunk(struct call *call, struct plan_place *place, const struct conf_trunk *trunk,
		      struct ua_invite_params *p, struct ua_header *headers)
{
	struct trunk_call_wish wish = { .to = place->to ? place->to : call->to,
					.from = call->from,
					.from_name = call->from_name,
					.contact = place->redirected ? NULL : place->uri,
					.domain = call->sw->conf->sip.domain,
					.hidden = call->hidden };
	struct trunk_call dress;

	trunk_call_dress(&dress, trunk, &wish);
	p->target.uri = place->redirected ? place->uri : dress.uri;
	p->target.pinned = place->uri && !place->redirected;
	p->to_uri = dress.to;
	p->from_user = dress.from_user;
	p->from_host = dress.from_host;
	p->from_display = dress.from_display;
	p->username = trunk->registers_here ? NULL : trunk->username;
	p->password = trunk->registers_here ? NULL : trunk->password;
	/* what the trunk needs has a place before what the caller sent */
	if (p->header_count > UA_HEADERS_MAX - dress.header_count)
		p->header_count = UA_HEADERS_MAX - dress.header_count;
	memcpy(headers + p->header_count, dress.headers, dress.header_count * sizeof *headers);
	p->header_count += dress.header_count;
	return ua_invite(&((struct leg *)p->arg)->ua, call->sw->ua, p);
}

static int ring_place(struct call *call, size_t i, const struct ua_sdp *like)
{
	struct plan_place *place = &call->plan->places[i];
	struct trunk *trunk = trunk_find(call->sw->trunks, place->trunk);
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
	call_local_sdp(call, &offer);
	call->sdp->local = offer;
	err = trunk ? ring_trunk(call, place, trunk_conf(trunk), &p, headers) : ring_phone(call, place, &p);
	if (err)
		log_warn("call.unreachable", call->id, "uri=%s route=%s trunk=%s error=%s",
			 log_quote(place->uri), log_quote(place->route), log_quote(place->trunk),
			 log_quote(strerror(err)));
	else
		log_info("call.invite", call->id, "uri=%s route=%s trunk=%s sip_call_id=%s",
			 log_quote(place->uri), log_quote(place->route), log_quote(place->trunk),
			 log_quote(ua_call_id(call->legs[i].ua)));
	return err;
}

static const struct ua_sdp *offer_of_parent(const struct call *call)
{
	struct call *parent = call->parent_id[0] ? calls_find(call->sw, call->parent_id) : NULL;

	return parent && parent->has_offer ? &parent->sdp->offer : NULL;
}

static void set_trunk(struct call *call, const char *trunk)
{
	if (call->trunk && trunk && strcmp(call->trunk, trunk) == 0)
		return;
	trunk_count_call(call->sw->trunks, call->trunk, -1);
	free(call->trunk);
	call->trunk = trunk ? strdup(trunk) : NULL;
	trunk_count_call(call->sw->trunks, call->trunk, 1);
}

/* Whether the trunk of a place takes one more call. */
static bool is_admitted(struct call *call, const struct plan_place *place)
{
	struct trunk *trunk = trunk_find(call->sw->trunks, place->trunk);
	const char *why = trunk ? trunk_admit(trunk) : NULL;

	if (why)
		log_info("call.trunk_full", call->id, "trunk=%s why=%s", place->trunk, log_quote(why));
	return !why;
}

static bool same_trunk(const struct plan_place *a, const struct plan_place *b)
{
	return a->trunk && b->trunk && strcmp(a->trunk, b->trunk) == 0;
}

/* Whether a place is a further server of the trunk that was tried last: its call has been admitted. */
static bool is_further_server(const struct plan *plan, size_t i)
{
	return i > 0 && plan->places[i - 1].group < plan->places[i].group &&
	       same_trunk(&plan->places[i - 1], &plan->places[i]);
}

static void on_silence(evutil_socket_t fd, short what, void *arg);

/* A trunk must say something soon, or the next one is tried. */
static void expect_response(struct call *call, const char *name)
{
	const struct trunk *trunk = trunk_find(call->sw->trunks, name);
	struct plan *plan = call->plan;
	unsigned ms;

	if (!trunk)
		return;
	ms = trunk_conf(trunk)->try_timeout_ms;
	if (!plan->trying)
		plan->trying = evtimer_new(call->sw->base, on_silence, call);
	if (plan->trying)
		event_add(plan->trying, &(struct timeval){ ms / 1000, ms % 1000 * 1000 });
}

static void stop_expecting(struct call *call)
{
	if (call->plan->trying)
		event_del(call->plan->trying);
}

/* Rings the current group. Returns how many of it are ringing. */
static size_t ring_group(struct call *call)
{
	struct plan *plan = call->plan;
	size_t ringing = 0;

	for (size_t i = 0; i < plan->count; i++) {
		struct plan_place *place = &plan->places[i];

		if (place->group != plan->group)
			continue;
		set_trunk(call, place->trunk);
		if ((is_further_server(plan, i) || is_admitted(call, place)) &&
		    ring_place(call, i, offer_of_parent(call)) == 0) {
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

/* Goes on until a group rings. False: there is none left. */
static bool ring_next(struct call *call)
{
	struct plan *plan = call->plan;

	while (plan->group < last_group(plan)) {
		plan->group++;
		if (ring_group(call))
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

/* Passes over further servers of the trunk that was tried last. */
static void leave_trunk(struct plan *plan)
{
	const struct plan_place *left = current_place(plan);

	for (size_t i = 0; left && i < plan->count; i++)
		if (plan->places[i].group > plan->group && same_trunk(left, &plan->places[i]))
			plan->group = plan->places[i].group;
		else if (plan->places[i].group > plan->group)
			return;
}

static void fail(struct call *call, int code, const char *reason, int q850)
{
	call_end(call, &(struct call_why){ .status = call_status_from_sip(code),
					   .by = CALL_ENDED_BY_CALLEE,
					   .code = code,
					   .q850 = q850,
					   .reason = reason });
}

static void on_ring_time(struct call *call)
{
	call_end(call, &(struct call_why){ .status = CALL_NO_ANSWER,
					   .by = CALL_ENDED_BY_LIMIT,
					   .reason = "Nobody answered in time." });
}

static void on_nobody(struct call *call)
{
	char reason[160];

	if (call->plan->busy) {
		snprintf(reason, sizeof reason, "User %s has as many calls as max-calls allows.", call->user);
		call_end(call,
			 &(struct call_why){
			     .status = CALL_BUSY, .by = CALL_ENDED_BY_LIMIT, .code = 486, .reason = reason });
		return;
	}
	if (call->plan->passed_over) {
		fail(call, 503, "No trunk of the route is up.", 0);
		return;
	}
	if (call->user)
		snprintf(reason, sizeof reason, "No phone is registered for user %s.", call->user);
	else
		snprintf(reason, sizeof reason, "There is nowhere to send the call to.");
	call_end(call,
		 &(struct call_why){
		     .status = CALL_NO_ANSWER, .by = CALL_ENDED_BY_FAULT, .code = 480, .reason = reason });
}

static void on_unreachable(struct call *call)
{
	fail(call, call->plan->best_code ? call->plan->best_code : 503,
	     call->trunk ? "No trunk of the route can take the call." : NULL, 0);
}

static void start(struct call *call, unsigned ring_s)
{
	if (call->plan->count == 0)
		call_set_timer(call, 1, on_nobody);
	else if (!ring_group(call) && !ring_next(call))
		call_set_timer(call, 1, on_unreachable);
	else
		call_set_timer(call, ring_s * 1000, on_ring_time);
}

static int add_call(struct call **out, struct sw *sw, const struct originate_params *p)
{
	struct call_params params = {
		.id = p->id,
		.parent_id = p->parent ? p->parent->id : NULL,
		.direction = CALL_OUTBOUND,
		.account = p->account,
		.from = p->from,
		.to = p->to,
		.from_name = p->from_name,
		.user = p->plan->user,
		.trunk = p->plan->count ? p->plan->places[0].trunk : NULL,
		.tag = p->tag,
		.headers = p->headers,
	};

	return calls_add(out, sw, &params);
}

static int prepare(struct call *call, const struct originate_params *p)
{
	call->child_of = p->dial;
	call->limit_s = p->limit_s;
	call->claimed_by = p->claimed_by;
	call->record_on_answer = p->record;
	call->record_channels = p->record_channels;
	call->record_file = p->record_file ? strdup(p->record_file) : NULL;
	call->hidden = p->parent && p->parent->hidden;
	if (p->parent)
		call->max_forwards = p->parent->max_forwards > 1 ? p->parent->max_forwards - 1 : 1;
	call->leg_count = CALL_LEGS_MAX; /* a redirection may add to the plan */
	call->legs = calloc(call->leg_count, sizeof *call->legs);
	if (!call->legs)
		return ENOMEM;
	for (size_t i = 0; i < call->leg_count; i++)
		call->legs[i].call = call;
	return call_need_media(call);
}

int originate(struct call **out, struct sw *sw, const struct originate_params *params)
{
	struct call *call;
	int err = add_call(&call, sw, params);

	if (err) {
		plan_free(params->plan);
		return err;
	}
	call->plan = params->plan;
	err = prepare(call, params);
	if (err) {
		call->child_of = NULL;
		call_end(call,
			 &(struct call_why){ .status = CALL_FAILED,
					     .by = CALL_ENDED_BY_FAULT,
					     .code = 503,
					     .reason = "The switch has no port or memory left for it." });
		return err;
	}
	start(call, params->ring_s ? params->ring_s : sw->conf->sip.ring_timeout_s);
	*out = call;
	return 0;
}

/* ---- what becomes of it ---- */

void outbound_on_progress(struct leg *leg, int code, const struct ua_sdp *sdp)
{
	struct call *call = leg->call;
	bool media;

	stop_expecting(call);
	if (code == 100)
		return;
	media = sdp && !call->early && negotiate_accept(&call->stream, &call->sdp->local, sdp) == 0;

	ref_hold(call);
	if (media) {
		call->early = call->negotiated = true;
		media_session_set_remote(call->media, &call->stream);
	}
	if (call->status == CALL_QUEUED)
		call_move(call, CALL_RINGING);
	if (media && !call_is_over(call))
		call_publish(call, "call.early_media", NULL);
	if (call->child_of && !call_is_over(call)) {
		if (media)
			dial_on_early_media(call->child_of, call);
		else
			dial_on_ringing(call->child_of, call);
	}
	ref_drop(call);
}

/* Those that did not answer are told why they stop ringing. */
static void cancel_others(struct call *call, const struct leg *winner)
{
	for (size_t i = 0; i < call->leg_count; i++) {
		struct ua_call *ua = call->legs[i].ua;

		if (&call->legs[i] == winner || !ua)
			continue;
		call->legs[i].ua = NULL;
		ua_call_close(ua, ELSEWHERE);
	}
}

static bool accept_answer(struct call *call, const struct ua_sdp *sdp)
{
	if (sdp ? negotiate_accept(&call->stream, &call->sdp->local, sdp) != 0 : !call->early) {
		call_end(call,
			 &(struct call_why){
			     .status = CALL_FAILED,
			     .by = CALL_ENDED_BY_FAULT,
			     .code = 488,
			     .reason = sdp ? "The phone answered with none of the codecs it was offered."
					   : "The phone answered without a session description." });
		return false;
	}
	call->negotiated = true;
	media_session_set_remote(call->media, &call->stream);
	return true;
}

static void on_up(struct call *call)
{
	if (call->status == CALL_QUEUED)
		call_move(call, CALL_RINGING);
	call_move(call, CALL_IN_PROGRESS);
	call_start_limit(call);
	if (call->record_on_answer)
		call_record(call, &(struct media_record){
				      .file = call->record_file,
				      .channels = call->record_channels ? call->record_channels : 1 });
	if (call->child_of)
		dial_on_answered(call->child_of, call);
}

void outbound_on_answered(struct leg *leg, const struct ua_sdp *sdp)
{
	struct call *call = leg->call;

	ref_hold(call);
	stop_expecting(call);
	call->leg = leg;
	snprintf(call->sip_call_id, sizeof call->sip_call_id, "%s", ua_call_id(leg->ua));
	cancel_others(call, leg);
	if (accept_answer(call, sdp))
		on_up(call);
	ref_drop(call);
}

/* Which of two refusals says more to the caller: a decision of the callee before one of the network. */
static int rank(int code)
{
	if (code >= 600)
		return 6;
	if (code == 486)
		return 5;
	if (code == 480 || code == 408)
		return 3;
	if (code == 404 || code == 488 || code == 403)
		return 4;
	return code ? 2 : 0;
}

/* Failures of a way that another may not have, where no route says which. */
static bool is_worth_another(int code)
{
	return code == 408 || code == 480 || (code >= 500 && code < 600) || code == 403 || code == 404;
}

/* Whether the call goes on, to the next group. */
static bool goes_on(struct plan *plan, const struct plan_place *place, int code)
{
	bool same = code == 408 || code == 503;

	if (!place->trunk)
		return code < 600 && is_worth_another(code);
	if (!same)
		leave_trunk(plan);
	for (size_t i = 0; i < plan->failover_count; i++)
		if (plan->failover_on[i] == code)
			return true;
	if (!plan->failover_count && conf_route_fails_over(NULL, code))
		return true;
	/* not to another trunk, but perhaps to another server of this one */
	return same && is_further_server(plan, (size_t)(place - plan->places) + 1);
}

static bool anyone_rings(const struct call *call)
{
	for (size_t i = 0; i < call->leg_count; i++)
		if (call->legs[i].ua)
			return true;
	return false;
}

enum { REDIRECTS_MAX = 5 };

/* Where a redirection leads is rung next. A carrier may name any place; a phone only what its user may call,
 * so it is routed. */
static int add_redirection(struct call *call, const struct plan_place *place, const char *contact)
{
	const struct conf *conf = call->sw->conf;
	struct route route;
	char user[ROUTE_TEXT_MAX];
	const char *at = strchr(contact, ':');

	if (place->trunk)
		return plan_add_uri(call->plan, contact, place);
	if (!at ||
	    (size_t)snprintf(user, sizeof user, "%.*s", (int)strcspn(at + 1, "@;>"), at + 1) >= sizeof user)
		return EINVAL;
	route_find(&route, conf, user);
	if (route.kind == ROUTE_USER)
		return plan_add_user(call->plan, call->sw, route.user);
	if (route.kind != ROUTE_TRUNKS)
		return ENOENT;
	return plan_add_trunks(call->plan, call->sw, route.route, route.targets, route.target_count,
			       route.to);
}

/* Follows a 3xx. False: it leads nowhere. */
static bool follow(struct call *call, const struct plan_place *place, const struct ua_end *why)
{
	struct plan *plan = call->plan;
	size_t before = plan->count;

	if (why->code < 300 || why->code > 302 || !why->contact || plan->redirects >= REDIRECTS_MAX)
		return false;
	plan->redirects++;
	if (add_redirection(call, place, why->contact) || plan->count == before)
		return false;
	plan->group = plan->places[before].group - 1; /* it takes the place of what else the plan had */
	log_info("call.redirected", call->id, "contact=%s", log_quote(why->contact));
	return true;
}

/* What a trunk's challenge means that was not answered well. */
static const char *credentials_reason(char out[160], const struct call *call, const struct plan_place *place,
				      int code)
{
	const struct trunk *trunk = trunk_find(call->sw->trunks, place->trunk);

	if ((code != 401 && code != 407) || !trunk)
		return NULL;
	if (trunk_conf(trunk)->username && trunk_conf(trunk)->password)
		snprintf(out, 160, "Trunk %.64s does not accept our credentials.", place->trunk);
	else
		snprintf(out, 160,
			 "Trunk %.64s asks for credentials, and has no username and password in the conf.",
			 place->trunk);
	return out;
}

/* A place has failed: goes on, or ends the call. */
static void on_failed_place(struct call *call, const struct plan_place *place, const struct ua_end *why)
{
	struct plan *plan = call->plan;
	char reason[160];

	if (rank(why->code) > rank(plan->best_code))
		plan->best_code = why->code;
	if (why->code < 600 && anyone_rings(call))
		return;
	stop_expecting(call);
	if (follow(call, place, why) && ring_next(call))
		return;
	if (goes_on(plan, place, why->code) && ring_next(call))
		return;
	if (why->code < 400 && plan->best_code < 400)
		fail(call, 480, "The phone redirected the call to where it cannot be followed.", why->q850);
	else
		fail(call, plan->best_code ? plan->best_code : why->code,
		     credentials_reason(reason, call, place, why->code), why->q850);
}

void outbound_on_refused(struct leg *leg, const struct ua_end *why)
{
	struct call *call = leg->call;
	struct ua_call *ua = leg->ua;
	const struct plan_place *place = &call->plan->places[leg - call->legs];

	leg->ua = NULL;
	ua_call_close(ua, NULL);
	log_info("call.refused", call->id, "uri=%s trunk=%s code=%d phrase=%s", log_quote(place->uri),
		 log_quote(place->trunk), why->code, log_quote(why->phrase));
	on_failed_place(call, place, why);
}

/* A trunk has said nothing for its try-timeout. */
static void on_silence(evutil_socket_t fd, short what, void *arg)
{
	struct ua_end why = { .code = 408, .phrase = "try-timeout" };
	const struct plan_place *place = NULL;
	struct call *call = arg;

	(void)fd, (void)what;
	ref_hold(call);
	for (size_t i = 0; i < call->leg_count; i++) {
		struct ua_call *ua = call->legs[i].ua;

		if (!ua)
			continue;
		place = &call->plan->places[i];
		call->legs[i].ua = NULL;
		ua_call_close(ua, NULL);
	}
	if (place && !call_is_over(call)) {
		log_warn("call.trunk_silent", call->id, "trunk=%s route=%s", log_quote(place->trunk),
			 log_quote(place->route));
		on_failed_place(call, place, &why);
	}
	ref_drop(call);
}

void outbound_on_hangup(struct call *call, const struct ua_end *why)
{
	struct call_why mine = { .status = CALL_COMPLETED, .by = CALL_ENDED_BY_CALLEE, .q850 = why->q850 };

	if (why->code) {
		mine.by = CALL_ENDED_BY_FAULT;
		mine.code = why->code;
		mine.reason = why->expired ? "The far end has gone without a word: its session timer ran out."
					   : "The connection to the far end was lost.";
	}
	call_end(call, &mine);
}
