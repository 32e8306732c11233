/* See inbound.h. */
#include "daemon/offhookd/place/inbound.h"

#include "daemon/offhookd/money/charge.h"
#include "daemon/offhookd/phones/auth.h"
#include "daemon/offhookd/phones/registrar.h"
#include "daemon/offhookd/place/arrive.h"
#include "daemon/offhookd/place/dial.h"
#include "daemon/offhookd/place/limits.h"
#include "daemon/offhookd/place/ours.h"
#include "daemon/offhookd/place/overload.h"
#include "daemon/offhookd/place/place.h"
#include "daemon/offhookd/place/transfer.h"
#include "daemon/offhookd/trunks/number_format.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_AFTER_S = 5 };

/* Whose call it is: exactly one of them, or neither. */
struct party {
	const struct conf_user *user;
	const struct conf_trunk *trunk;
	bool over;	/* the user has max-calls calls already */
	bool is_for_us; /* what the request URI names */
};

static void refuse(const struct place *place, struct ua_call *ua, const struct ua_incoming *in, int code,
		   unsigned retry_after_s, const char *why)
{
	place->refused_h(in->request.call_id, code, why, place->arg);
	log_info("sip.refused", NULL, "source=%s code=%d from=%s to=%s why=%s", in->request.source.text, code,
		 log_quote(in->request.from_user), log_quote(in->request.request_user), log_quote(why));
	ua_call_reject(ua, &(struct ua_refusal){ .code = code, .retry_after_s = retry_after_s });
	ua_call_close(ua, NULL);
}

/* Refuses what no caller may have now. */
static bool is_admitted(struct place *place, struct ua_call *ua, const struct ua_incoming *in, bool emergency)
{
	const char *why = NULL;

	if (place->draining)
		why = "The switch is draining.";
	else if (emergency)
		return true;
	else if (place->calls->count >= place->conf->sip.max_calls)
		why = "max-calls is reached.";
	else if (!overload_take_call(place))
		why = "max-calls-per-second is reached.";
	if (!why)
		return true;
	place->refused++;
	refuse(place, ua, in, 503, RETRY_AFTER_S, why);
	return false;
}

/* What was wrong with somebody's credentials is for the admin alone. */
static void tell_strangers(const struct place *place, const struct ua_incoming *in,
			   const struct auth_result *result)
{
	char why[200];

	if (!result->attempted)
		return;
	snprintf(why, sizeof why,
		 result->unknown ? "There is no user %.128s." : "The password of user %.128s was wrong.",
		 result->username);
	place->refused_h(in->request.call_id, result->refusal.code, why, place->arg);
}

/* A trunk by its address, else a user by digest. False: it was challenged or refused. */
static bool identify(struct place *place, struct ua_call *ua, const struct ua_incoming *in, struct party *out)
{
	struct auth_result result;

	out->user = NULL;
	out->trunk = trunk_match(place->trunks, &in->request);
	if (out->trunk)
		return true;
	auth_check(place->phones, &in->request, true, &result);
	if (result.user) {
		out->trunk = result.user->trunk;
		out->user = out->trunk ? NULL : result.user;
		return true;
	}
	ua_call_reject(ua, &result.refusal);
	ua_call_close(ua, NULL);
	auth_log(&in->request, &result);
	tell_strangers(place, in, &result);
	/* a proxy may bring a trunk's calls by one port, and those of phones by another */
	if (!in->request.from_user ||
	    !registrar_is_at(place->phones, in->request.from_user, &in->request.source.address))
		trunk_tell_nearly(place->trunks, &in->request.source);
	return false;
}

/* ---- the call ---- */

/* One that comes several times is a list (RFC 3261 section 7.3.1). */
static json_t *headers_json(const struct ua_incoming *in)
{
	json_t *out = in->header_count ? json_object() : NULL;

	for (size_t i = 0; i < in->header_count; i++) {
		const struct ua_header *h = &in->headers[i];
		const char *before = json_string_value(json_object_get(out, h->name));

		json_object_set_new(
		    out, h->name, before ? json_sprintf("%s, %s", before, h->value) : json_string(h->value));
	}
	return out;
}

/* The caller's number as it is to be known: a user's own, a trunk's in E.164 where it can be. */
static void caller_of(char out[NUMBER_TEXT_MAX], size_t size, const struct party *party,
		      const struct ua_incoming *in)
{
	const char *claimed = in->asserted_user ? in->asserted_user : in->request.from_user;

	if (party->user && party->user->caller_id)
		snprintf(out, size, "%s", party->user->caller_id);
	else if (party->user)
		snprintf(out, size, "%s",
			 party->user->number	  ? party->user->number
			 : party->user->extension ? party->user->extension
						  : party->user->name);
	else if (!claimed || in->wants_privacy)
		snprintf(out, size, "anonymous");
	else
		number_format_caller_in(out, &party->trunk->numbering, claimed);
}

/* What was dialled. A trunk that we have registered with may send our own contact's user, and the number in
 * To. */
static void dialled(char out[NUMBER_TEXT_MAX], const struct party *party, const struct ua_incoming *in)
{
	const struct ua_request_info *request = &in->request;
	const struct conf_trunk *trunk = party->trunk;
	const char *user = request->request_user ? request->request_user : "";

	if (!trunk) {
		snprintf(out, NUMBER_TEXT_MAX, "%s", user);
		return;
	}
	if (!user[0] || (trunk->username && strcmp(user, trunk->username) == 0))
		user = request->to_user && number_format_in(out, &trunk->numbering, request->to_user)
			   ? request->to_user
		       : trunk->number ? trunk->number
				       : user;
	number_format_in(out, &trunk->numbering, user);
}

/* Its one leg, and the offer that it came with. */
static int take_leg(struct call *call, struct ua_call *ua, const struct ua_incoming *in,
		    const struct party *party)
{
	if (in->sdp)
		call->sdp->offer = malloc(sizeof *call->sdp->offer);
	call->legs = calloc(1, sizeof *call->legs);
	if (conf_strings_copy(&call->codecs, party->trunk ? &party->trunk->codecs : &party->user->codecs))
		log_error("call.no_memory", call->id, "%s", "its codecs are any");
	if (!call->legs || (in->sdp && !call->sdp->offer))
		return ENOMEM;
	call->leg_count = 1;
	call->leg = call->legs;
	call->leg->call = call;
	call->leg->ua = ua;
	leg_set_peer(call->leg, &in->request.source.address, in->sdp);
	ua_call_set_arg(ua, call->leg);
	call->has_offer = in->sdp != NULL;
	if (in->sdp)
		*call->sdp->offer = *in->sdp;
	return 0;
}

/* What else its INVITE and its party say of it. */
static void take_story(struct call *call, const struct ua_incoming *in, const struct party *party)
{
	struct ua_call *ua = call->leg->ua;

	snprintf(call->sip_call_id, sizeof call->sip_call_id, "%s", ua_call_id(ua));
	call_tell_dialog(call, call->sip_call_id);
	call->hidden = in->wants_privacy;
	if (party->trunk && party->trunk->username && !party->trunk->registers_here &&
	    ua_call_set_credentials(ua, party->trunk->username, party->trunk->password))
		log_debug("call.no_credentials", call->id, "trunk=%s", party->trunk->name);
	call->dtmf = party->trunk ? party->trunk->dtmf : party->user->dtmf;
	call->srtp = party->trunk ? party->trunk->srtp : party->user->srtp;
	call->in_clear = in->request.source.transport != CONF_TLS;
	if (in->sdp)
		sdes_choose_line(call->sdp->offer, call->srtp);
	if (in->request.max_forwards >= 0)
		call->max_forwards = in->request.max_forwards;
}

static int add_call(struct call **out, struct place *place, struct ua_call *ua, const struct ua_incoming *in,
		    const struct party *party, const struct route *route)
{
	char from[NUMBER_TEXT_MAX];
	json_t *headers = headers_json(in);
	struct call_params p = {
		.direction = CALL_INBOUND,
		.account = party->user ? party->user->account->name : party->trunk->account->name,
		.from = from,
		.to = route->to[0] ? route->to : in->request.request_user,
		.from_name = in->wants_privacy && party->trunk ? NULL : in->request.from_display,
		.user = party->user ? party->user->name : NULL,
		.trunk = party->trunk ? party->trunk->name : NULL,
		.number = route->kind == ROUTE_NUMBER ? route->number->number : NULL,
		.source = in->request.source.text,
		.headers = headers,
		.emergency = route->emergency,
	};
	struct call *call;
	int err;

	caller_of(from, sizeof from, party, in);
	if (route->kind == ROUTE_NUMBER)
		p.account = route->number->account->name;
	err = calls_add(&call, place->calls, &p);
	json_decref(headers);
	if (err)
		return err;
	err = take_leg(call, ua, in, party);
	if (err) {
		log_error("call.no_memory", call->id, "%s", "");
		call_end(call,
			 &(struct call_why){ .status = CALL_FAILED, .by = CALL_ENDED_BY_FAULT, .code = 500 });
		return err;
	}
	take_story(call, in, party);
	*out = call;
	return 0;
}

static void fail(struct call *call, int code, const char *reason)
{
	call_end(call, &(struct call_why){ .status = call_status_from_sip(code),
					   .by = CALL_ENDED_BY_FAULT,
					   .code = code,
					   .reason = reason,
					   .retry_after_s = code == 503 ? RETRY_AFTER_S : 0 });
}

/* ---- what happens at a number ---- */

static void dial(struct place *place, struct call *call, const struct route *route)
{
	int err = dial_start(place, call, &(struct dial_params){ .route = route, .joined = true });
	char reason[LIMITS_REASON_SIZE];

	if ((err == EPERM || err == EDQUOT) &&
	    limits_check(place, call->account, limits_user_of(call), route, reason))
		call_end(call, &(struct call_why){ .status = CALL_FAILED,
						   .by = CALL_ENDED_BY_LIMIT,
						   .code = err == EDQUOT ? 402 : 403,
						   .reason = reason });
	else if (err && !call_is_over(call))
		fail(call,
		     err == ENOENT  ? 404
		     : err == ELOOP ? 483
				    : 503,
		     err == ENOENT || err == ELOOP ? NULL : "The switch has no port or memory left for it.");
}

static void at_number(struct place *place, struct call *call, const struct route *route)
{
	if (arrive_answers(route->number))
		arrive_or_end(place, call, route->number);
	else
		dial(place, call, route);
}

/* RFC 3891: it comes in place of a call that it names. */
static void take_over(struct place *place, struct call *call, const struct ua_incoming *in)
{
	int err = transfer_take_over(place, call, in->replaces, in->replaces_early);

	if (err == ENOENT)
		fail(call, 481, "There is no call that it could replace.");
	else if (err == EBUSY)
		fail(call, 486, "The call that it was to replace has been answered.");
}

/* Whether it leads to another call of ours, and does not end here. */
static bool goes_on(const struct route *route)
{
	return route->kind == ROUTE_USER || route->kind == ROUTE_TRUNKS ||
	       (route->kind == ROUTE_NUMBER && !arrive_answers(route->number));
}

/* A call of ours out through a trunk that has come back, to be sent there again. (One that comes back for a
 * phone of ours has only taken a long way.) */
static bool is_loop(const struct call *call, const struct ua_incoming *in)
{
	for (const struct call *c = call->calls->live; c; c = c->hh.next) {
		if (c->direction != CALL_OUTBOUND || !c->trunk || strcmp(c->to, call->to) != 0)
			continue;
		for (size_t i = 0; i < c->leg_count; i++)
			if (c->legs[i].ua && strcmp(ua_call_id(c->legs[i].ua), in->request.call_id) == 0)
				return true;
	}
	return false;
}

/* Settles what a trunk's call costs the account whose number it is for. False: it would not pay, and the call
 * is over. */
static bool is_paid_for(struct place *place, struct call *call, const struct party *party)
{
	char reason[LIMITS_REASON_SIZE];

	if (!party->trunk || charge_prepare(place->money, call, call->to, reason) != EDQUOT)
		return true;
	call_end(call, &(struct call_why){
			   .status = CALL_FAILED, .by = CALL_ENDED_BY_LIMIT, .code = 480, .reason = reason });
	return false;
}

static void refuse_offer(struct call *call, const char *trouble)
{
	char reason[CALL_TROUBLE_MAX];

	call_end(call, &(struct call_why){ .status = CALL_FAILED,
					   .by = CALL_ENDED_BY_FAULT,
					   .code = 488,
					   .reason = call_sdp_trouble(reason, "The caller's offer", trouble),
					   .warning = CALL_WARNING_OTHER });
}

/* Whether the request URI is one of ours (RFC 3261 sections 8.2.2.1 and 16.4). The numbers that a trunk sends
 * us are, whatever host it writes; so is what stands at the host where the caller itself is at home. */
static bool is_for_us(const struct place *place, const struct ua_incoming *in, const struct party *party,
		      const char *to)
{
	const char *home = party->user ? in->request.from_host : NULL;

	return ours_host(place, in->request.request_host, home) || (party->trunk && ours_looks_dialled(to));
}

static void refuse_dialled(struct call *call, const struct route *route, const struct party *party,
			   const struct ua_incoming *in)
{
	const char *host = in->request.request_host;
	char reason[160];

	if (route->kind == ROUTE_TRUNKS) {
		fail(call, 404, "A trunk may not call out through another trunk.");
	} else if (host && !party->is_for_us) {
		snprintf(reason, sizeof reason,
			 "It is for %.60s, which is not what we are called (sip { domain, aliases }).", host);
		fail(call, 404, reason);
	} else {
		fail(call, 404, "No number, user or route takes what was dialled.");
	}
}

static void go(struct place *place, struct call *call, const struct route *route, const struct party *party,
	       const struct ua_incoming *in)
{
	if (!is_paid_for(place, call, party))
		return;
	if (party->over)
		call_end(call,
			 &(struct call_why){ .status = CALL_FAILED,
					     .by = CALL_ENDED_BY_LIMIT,
					     .code = 403,
					     .reason = "The user has as many calls as max-calls allows." });
	else if (in->sdp_trouble)
		refuse_offer(call, in->sdp_trouble);
	else if (in->sdp && sdes_check(call->sdp->offer, call->srtp)) /* before anybody's phone rings */
		call_refuse_keys(call, sdes_check(call->sdp->offer, call->srtp));
	else if (in->returns && goes_on(route) && is_loop(call, in))
		fail(call, 482, NULL);
	else if (in->replaces)
		take_over(place, call, in);
	else if (route->kind == ROUTE_NUMBER)
		at_number(place, call, route);
	else if (route->kind == ROUTE_USER || (route->kind == ROUTE_TRUNKS && party->user))
		dial(place, call, route);
	else
		refuse_dialled(call, route, party, in);
}

static void say_route(struct call *call, const struct route *route)
{
	const char *kind = "nowhere", *name = "";

	if (route->kind == ROUTE_USER)
		kind = "user ", name = route->user->name;
	else if (route->kind == ROUTE_NUMBER)
		kind = "number ", name = route->number->number;
	else if (route->kind == ROUTE_TRUNKS && route->route)
		kind = "route ", name = route->route->pattern;
	else if (route->kind == ROUTE_TRUNKS)
		kind = "trunks";
	snprintf(call->routed, sizeof call->routed, "%s%.80s", kind, name);
}

void inbound_on_incoming(struct place *place, struct ua_call *ua, const struct ua_incoming *in)
{
	char to[NUMBER_TEXT_MAX];
	struct party party;
	struct route route;
	struct call *call;
	int err;

	/* who it is comes first: strangers must not use up what our callers may have */
	if (!identify(place, ua, in, &party))
		return;
	dialled(to, &party, in);
	route_find(&route, place->conf, (party.user ? party.user->account : party.trunk->account)->name, to);
	route.emergency = route.emergency && party.user; /* trunks do not call out through trunks */
	party.is_for_us = route.emergency || is_for_us(place, in, &party, to);
	if (!party.is_for_us)
		route.kind = ROUTE_NONE;
	if (!is_admitted(place, ua, in, route.emergency))
		return;
	party.over =
	    party.user && !route.emergency && !in->replaces && !limits_user_is_free(place->calls, party.user);
	err = add_call(&call, place, ua, in, &party, &route);
	if (err) {
		refuse(place, ua, in, err == ENOMEM ? 500 : 503, RETRY_AFTER_S, strerror(err));
		return;
	}
	say_route(call, &route);
	ref_hold(call);
	go(place, call, &route, &party, in);
	ref_drop(call);
}

void inbound_on_ended(struct call *call, const struct ua_end *why)
{
	struct call_why mine = {
		.status = CALL_CANCELED, .by = CALL_ENDED_BY_CALLER, .code = why->code, .q850 = why->q850
	};

	if (why->expired) {
		mine.by = CALL_ENDED_BY_FAULT;
		mine.reason = "The caller has gone without a word: its session timer ran out.";
	} else if (why->lapsed) {
		mine.reason = "Nobody answered within the time that the caller's INVITE allowed (Expires).";
	} else if (why->code == 408) {
		mine.by = CALL_ENDED_BY_FAULT;
		mine.reason = "The caller never acknowledged our answer.";
	} else if (why->code && why->code != 487) {
		mine.status = CALL_FAILED;
		mine.by = CALL_ENDED_BY_FAULT;
	}
	call_end(call, &mine);
}
