/* See transfer.h. */
#include "daemon/offhookd/place/transfer.h"

#include "daemon/offhookd/place/arrive.h"
#include "daemon/offhookd/place/dial.h"
#include "daemon/offhookd/place/limits.h"
#include "daemon/offhookd/place/ours.h"
#include "daemon/offhookd/place/place.h"
#include "daemon/offhookd/place/transfer_private.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void transfer_end(struct call *call)
{
	call_end(call, &(struct call_why){ .status = CALL_COMPLETED,
					   .by = CALL_ENDED_BY_CALLEE,
					   .reason = "The call was transferred." });
}

void transfer_publish(struct call *transferee, const struct call *by, const char *to)
{
	log_info("call.transferred", transferee->id, "to=%s by=%s", log_quote(to), by ? by->id : "");
	call_publish(transferee, "call.transferred",
		     by ? json_pack("{s:s,s:s}", "to", to, "by", by->id) : json_pack("{s:s}", "to", to));
}

/* ---- blind ---- */

/* A trunk's call may be transferred to our users and numbers only: nobody calls out through us from outside.
 */
static bool is_allowed(const struct call *transferor, const struct route *route)
{
	return route->kind == ROUTE_USER || route->kind == ROUTE_NUMBER ||
	       (route->kind == ROUTE_TRUNKS && transferor->user);
}

int transfer_blind(struct place *place, struct call *call, const char *to, unsigned ring_s)
{
	struct call *peer = ref_hold(call->peer);
	struct route route;
	int err = ENOENT;

	route_find(&route, place->conf, call->account, to);
	if (route.kind == ROUTE_NONE || !arrive_may(call, &route))
		goto out;
	/* whoever drives the call lets go of it before what it is doing ends */
	transfer_publish(call, NULL, route.to);
	call_sever(call);
	if (peer)
		transfer_end(peer);
	if (arrive_answers_route(&route)) {
		arrive_or_end(place, call, route.number);
		err = 0;
		goto out;
	}
	err = dial_start(place, call,
			 &(struct dial_params){
			     .route = &route,
			     .from = call_far_number(call), /* the target sees the transferee as its caller */
			     .ring_s = ring_s,
			     .joined = true,
			     .ringback = true });
out:
	ref_drop(peer);
	return err;
}

/* How the dial for a transferee goes; `arg` is the transferor, held. */

static void on_ringing(void *arg)
{
	struct call *transferor = arg;

	if (!call_is_over(transferor))
		ua_call_refer_notify(transferor->leg->ua, 180);
}

static void on_answered(void *arg)
{
	struct call *transferor = arg;

	if (!call_is_over(transferor)) {
		ua_call_refer_notify(transferor->leg->ua, 200);
		transfer_end(transferor);
	}
	ref_drop(transferor);
}

void transfer_give_back(struct call *transferor, struct call *partner, struct call *transferee, int code)
{
	if (!call_is_over(transferor))
		ua_call_refer_notify(transferor->leg->ua, code);
	if (call_is_over(transferee))
		return;
	if (call_is_over(partner)) {
		call_end(transferee, &(struct call_why){
					 .status = CALL_COMPLETED,
					 .by = CALL_ENDED_BY_FAULT,
					 .code = code,
					 .reason = "The transfer failed, and who transferred has hung up." });
		return;
	}
	call_bridge(partner, transferee);
	call_tie(partner, transferee);
}

static void on_failed(struct call *transferee, int code, void *arg)
{
	struct call *transferor = arg;

	transfer_give_back(transferor, transferor, transferee, code);
	ref_drop(transferor);
}

void transfer_orphan(struct call *transferor)
{
	if (call_is_over(transferor))
		return;
	ua_call_refer_notify(transferor->leg->ua, 487);
	call_end(transferor,
		 &(struct call_why){ .status = CALL_COMPLETED,
				     .by = CALL_ENDED_BY_CALLEE,
				     .reason = "Its partner has gone while it was transferred." });
}

static void on_dropped(void *arg)
{
	transfer_orphan(arg);
	ref_drop(arg);
}

static void dial_target(struct place *place, struct call *transferor, struct call *transferee,
			const struct route *route, const char *referred_by)
{
	struct dial_handlers handlers = { on_ringing, on_answered, on_failed, on_dropped,
					  ref_hold(transferor) };

	if (dial_start(place, transferee,
		       &(struct dial_params){ .route = route,
					      .from = call_far_number(transferee),
					      .referred_by = referred_by,
					      .ringback = true,
					      .asker = transferor,
					      .account = call_far_account(transferor),
					      .handlers = &handlers }))
		on_failed(transferee, 503, transferor);
}

/* Whether `transferor` may have the far end of `transferee` (NULL: whoever is called) connected with `route`:
 * 0, or a SIP code. */
static int check_target(const struct place *place, const struct call *transferor,
			const struct call *transferee, const struct route *route)
{
	char reason[LIMITS_REASON_SIZE] = "The number's program is another account's.";

	if (!is_allowed(transferor, route))
		return route->kind == ROUTE_NONE ? 404 : 403;
	if ((!transferee || arrive_may(transferee, route)) &&
	    limits_check(place, call_far_account(transferor), transferor->user, route, reason) == 0)
		return 0;
	log_info("call.transfer_denied", transferor->id, "to=%s why=%s", log_quote(route->to),
		 log_quote(reason));
	return 403;
}

static void take_it(struct call *transferor)
{
	ua_call_refer_reply(transferor->leg->ua, 202);
	ua_call_refer_notify(transferor->leg->ua, 100);
}

/* The transferor talks with ourselves: somebody else is to, in its place. */
static int refer_in_place(struct place *place, struct call *transferor, const struct route *route,
			  const char *referred_by)
{
	struct transfer_spot spot;
	int code;

	if (!transfer_spot_of(&spot, place, transferor) || arrive_answers_route(route))
		return 480; /* nobody is there to be transferred */
	code = transfer_spot_dial(place, transferor, &spot, route, referred_by);
	if (!code)
		take_it(transferor);
	return code;
}

static void refer_to_own(struct place *place, struct call *transferor, struct call *transferee,
			 const struct conf_number *number)
{
	struct transfer_spot spot;

	transfer_spot_at(&spot, number);
	transfer_to_spot(place, &(struct transfer_move){ .transferor = transferor,
							 .partner = transferor,
							 .transferee = transferee,
							 .spot = &spot });
}

/* `transferee`: NULL: the transferor talks with ourselves. */
static int refer_blind(struct place *place, struct call *transferor, struct call *transferee, const char *to,
		       const struct ua_refer *refer)
{
	char by[ROUTE_TEXT_MAX];
	struct route route;
	int code;

	route_find(&route, place->conf, call_far_account(transferor), to);
	code = check_target(place, transferor, transferee, &route);
	if (code)
		return code;
	snprintf(by, sizeof by, "<sip:%s@%s>",
		 transferor->user ? transferor->user : call_far_number(transferor), place->conf->sip.domain);
	if (!transferee)
		return refer_in_place(place, transferor, &route,
				      refer->referred_by ? refer->referred_by : by);
	take_it(transferor);
	call_sever(transferor);
	transfer_publish(transferee, transferor, route.to);
	if (arrive_answers_route(&route))
		refer_to_own(place, transferor, transferee, route.number);
	else
		dial_target(place, transferor, transferee, &route,
			    refer->referred_by ? refer->referred_by : by);
	return 0;
}

/* ---- attended ---- */

static bool same_party(const struct call *a, const struct call *b)
{
	if (a->user && b->user)
		return strcmp(a->user, b->user) == 0;
	return a->trunk && b->trunk && !a->user && !b->user && strcmp(a->trunk, b->trunk) == 0;
}

/* The partners of both calls of the transferor talk with each other from now on. */
static void join_partners(struct call *transferor, struct call *transferee, struct call *other,
			  struct call *target)
{
	ref_hold(transferee);
	ref_hold(other);
	ref_hold(target);
	call_sever(transferor);
	call_sever(other);
	call_bridge(transferee, target);
	call_tie(transferee, target);
	transfer_publish(transferee, transferor, call_far_number(target));
	ua_call_refer_notify(transferor->leg->ua, 200);
	transfer_end(transferor);
	transfer_end(other);
	ref_drop(target);
	ref_drop(other);
	ref_drop(transferee);
}

/* One of two calls of the transferor has no partner but is at `spot`, and the other's partner is sent there.
 */
static void send_to_spot(struct place *place, struct call *transferor, struct call *other,
			 struct call *partner, const struct transfer_spot *spot)
{
	struct call *transferee = ref_hold(partner->peer);

	take_it(transferor);
	call_sever(partner);
	transfer_publish(transferee, transferor, spot->number[0] ? spot->number : spot->conference);
	transfer_to_spot(place, &(struct transfer_move){ .transferor = transferor,
							 .other = other,
							 .partner = partner,
							 .transferee = transferee,
							 .spot = spot });
	ref_drop(transferee);
}

/* `transferee`: NULL: the transferor talks with ourselves. */
static int refer_attended(struct place *place, struct call *transferor, struct call *transferee,
			  const struct ua_refer *refer)
{
	struct call *other = refer->replaces[0] ? calls_find_dialog(place->calls, refer->replaces) : NULL;
	struct transfer_spot spot;
	char to[ROUTE_TEXT_MAX];
	int code = 0;

	if (!other || other == transferor || !same_party(other, transferor))
		return 481;
	if (transferee && other->peer) {
		ua_call_refer_reply(transferor->leg->ua, 202);
		join_partners(transferor, transferee, other, other->peer);
		return 0;
	}
	if (!transferee && !other->peer)
		return 480; /* neither has a partner */
	ref_hold(other);
	if (transfer_spot_of(&spot, place, transferee ? other : transferor)) {
		send_to_spot(place, transferor, other, transferee ? transferor : other, &spot);
		ref_drop(other);
		return 0;
	}
	/* the other call still rings: as if it had been a blind one to there */
	snprintf(to, sizeof to, "%s", other->to);
	code = transferee ? refer_blind(place, transferor, transferee, to, refer) : 480;
	if (!code)
		transfer_end(other);
	ref_drop(other);
	return code;
}

/* Refer-To names somebody of ours. A number is ours to route whatever the host that is written beside it. */
static bool is_for_us(const struct place *place, const struct call *transferor, const struct ua_refer *refer)
{
	return ours_host(place, refer->to_host, transferor->user ? refer->from_host : NULL) ||
	       (refer->to_user && ours_looks_dialled(refer->to_user));
}

/* The program that has dialled for the transferee decides what becomes of it. */
static void tell_program(struct call *transferor, const struct ua_refer *refer)
{
	take_it(transferor);
	call_publish(transferor, "call.refer_asked",
		     json_pack("{s:s,s:s*}", "to", refer->to_uri, "referred_by", refer->referred_by));
	ua_call_refer_notify(transferor->leg->ua, 200);
	transfer_end(transferor);
}

void transfer_on_refer(struct place *place, struct call *call, const struct ua_refer *refer)
{
	struct call *transferee = call->peer ? ref_hold(call->peer) : NULL;
	int code = 0;

	ref_hold(call);
	log_info("call.refer", call->id, "to=%s replaces=%s referred_by=%s", log_quote(refer->to_uri),
		 log_quote(refer->replaces), log_quote(refer->referred_by));
	if (call->asks_refer && transferee && !refer->replaces)
		tell_program(call, refer);
	else if (refer->replaces)
		code = refer_attended(place, call, transferee, refer);
	else if (!is_for_us(place, call, refer))
		code = 404;
	else
		code = refer_blind(place, call, transferee, refer->to_user ? refer->to_user : "", refer);
	if (code) {
		/* 404, 480, 481 and others would end the call as well (RFC 5057), and phones ask for a
		 * password after a 403; this one they show as what it is: the call goes on */
		log_info("call.refer_refused", call->id, "why=%d", code);
		ua_call_refer_reply(call->leg->ua, 603);
	}
	ref_drop(call);
	ref_drop(transferee);
}

/* Takes the place of `old`, which talks with `partner`. */
static int take_partner(struct call *call, struct call *old, struct call *partner)
{
	if (!call_answer(call, partner->stream.codec))
		return ENOTCONN;
	call_sever(old);
	call_bridge(call, partner);
	call_tie(call, partner);
	transfer_publish(partner, old, call->from);
	transfer_end(old);
	return 0;
}

/* A user takes the place of users of its account, a trunk that of its own dialogs (RFC 3891 section 3),
 * whoever is billed for the calls. */
static bool may_replace(const struct call *call, const struct call *old)
{
	if (call->user && old->user)
		return strcmp(call_far_account(call), call_far_account(old)) == 0;
	return same_party(call, old);
}

int transfer_take_over(struct place *place, struct call *call, const char *replaces, bool early_only)
{
	struct call *old = replaces[0] ? calls_find_dialog(place->calls, replaces) : NULL, *partner;
	struct transfer_spot spot;
	int err = ENOENT;

	if (!old || old == call)
		return ENOENT;
	if (!may_replace(call, old)) {
		log_warn("call.replaces_denied", call->id, "of=%s user=%s trunk=%s why=%s", old->id,
			 log_quote(call->user), log_quote(call->trunk),
			 log_quote("The far end that would be replaced is another account's or trunk's."));
		return ENOENT;
	}
	partner = ref_hold(old->peer);
	ref_hold(old);
	if (!partner && !transfer_spot_of(&spot, place, old))
		err = ENOENT;
	else if (early_only && old->answered)
		err = EBUSY;
	else if (partner)
		err = take_partner(call, old, partner);
	else
		err = transfer_spot_take(place, call, old, &spot);
	ref_drop(old);
	ref_drop(partner);
	return err;
}
