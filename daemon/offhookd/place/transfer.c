/* See transfer.h. */
#include "daemon/offhookd/place/transfer.h"

#include "daemon/offhookd/place/dial.h"
#include "daemon/offhookd/place/limits.h"
#include "daemon/offhookd/place/place.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void end_transferred(struct call *call)
{
	call_end(call, &(struct call_why){ .status = CALL_COMPLETED,
					   .by = CALL_ENDED_BY_CALLEE,
					   .reason = "The call was transferred." });
}

static void publish(struct call *transferee, const struct call *by, const char *to)
{
	log_info("call.transferred", transferee->id, "to=%s by=%s", log_quote(to), by ? by->id : "");
	call_publish(transferee, "call.transferred",
		     by ? json_pack("{s:s,s:s}", "to", to, "by", by->id) : json_pack("{s:s}", "to", to));
}

/* Who the target sees as its caller: the transferee. */
static const char *number_of(const struct call *transferee)
{
	return transferee->direction == CALL_INBOUND ? transferee->from : transferee->to;
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
	if (route.kind == ROUTE_NONE)
		goto out;
	/* whoever drives the call lets go of it before what it is doing ends */
	publish(call, NULL, route.to);
	call_sever(call);
	if (peer)
		end_transferred(peer);
	err = dial_start(place, call,
			 &(struct dial_params){ .route = &route,
						.from = number_of(call),
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
		end_transferred(transferor);
	}
	ref_drop(transferor);
}

static void on_failed(struct call *transferee, int code, void *arg)
{
	struct call *transferor = arg;

	if (call_is_over(transferor)) {
		call_end(transferee, &(struct call_why){
					 .status = CALL_COMPLETED,
					 .by = CALL_ENDED_BY_FAULT,
					 .code = code,
					 .reason = "The transfer failed, and who transferred has hung up." });
	} else {
		ua_call_refer_notify(transferor->leg->ua, code);
		if (!call_is_over(transferee)) {
			call_bridge(transferor, transferee);
			call_tie(transferor, transferee);
		}
	}
	ref_drop(transferor);
}

static void on_dropped(void *arg)
{
	ref_drop(arg);
}

static void dial_target(struct place *place, struct call *transferor, struct call *transferee,
			const struct route *route, const char *referred_by)
{
	struct dial_handlers handlers = { on_ringing, on_answered, on_failed, on_dropped,
					  ref_hold(transferor) };

	if (dial_start(place, transferee,
		       &(struct dial_params){ .route = route,
					      .from = number_of(transferee),
					      .referred_by = referred_by,
					      .ringback = true,
					      .asker = transferor,
					      .handlers = &handlers }))
		on_failed(transferee, 503, transferor);
}

static int refer_blind(struct place *place, struct call *transferor, struct call *transferee, const char *to,
		       const struct ua_refer *refer)
{
	char reason[LIMITS_REASON_SIZE], by[ROUTE_TEXT_MAX];
	struct route route;

	route_find(&route, place->conf, transferor->account, to);
	if (!is_allowed(transferor, &route))
		return route.kind == ROUTE_NONE ? 404 : 403;
	if (route.kind == ROUTE_NUMBER && route.number->action != CONF_NUMBER_DIAL)
		return 403;
	if (limits_check(place, transferor->account, transferor->user, &route, reason)) {
		log_info("call.transfer_denied", transferor->id, "to=%s why=%s", log_quote(route.to),
			 log_quote(reason));
		return 403;
	}
	ua_call_refer_reply(transferor->leg->ua, 202);
	ua_call_refer_notify(transferor->leg->ua, 100);
	call_sever(transferor);
	publish(transferee, transferor, route.to);
	snprintf(by, sizeof by, "<sip:%s@%s>", transferor->user ? transferor->user : number_of(transferor),
		 place->conf->sip.domain);
	dial_target(place, transferor, transferee, &route, refer->referred_by ? refer->referred_by : by);
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
	publish(transferee, transferor, target->direction == CALL_INBOUND ? target->from : target->to);
	ua_call_refer_notify(transferor->leg->ua, 200);
	end_transferred(transferor);
	end_transferred(other);
	ref_drop(target);
	ref_drop(other);
	ref_drop(transferee);
}

static int refer_attended(struct place *place, struct call *transferor, struct call *transferee,
			  const struct ua_refer *refer)
{
	struct call *other = refer->replaces[0] ? calls_find_dialog(place->calls, refer->replaces) : NULL;
	char to[ROUTE_TEXT_MAX];
	int code;

	if (!other || other == transferor || !same_party(other, transferor))
		return 481;
	if (other->peer) {
		ua_call_refer_reply(transferor->leg->ua, 202);
		join_partners(transferor, transferee, other, other->peer);
		return 0;
	}
	/* the other call still rings: as if it had been a blind one to there */
	snprintf(to, sizeof to, "%s", other->to);
	ref_hold(other);
	code = refer_blind(place, transferor, transferee, to, refer);
	if (!code)
		end_transferred(other);
	ref_drop(other);
	return code;
}

void transfer_on_refer(struct place *place, struct call *call, const struct ua_refer *refer)
{
	struct call *transferee = call->peer ? ref_hold(call->peer) : NULL;
	int code = 0;

	ref_hold(call);
	log_info("call.refer", call->id, "to=%s replaces=%s referred_by=%s", log_quote(refer->to_uri),
		 log_quote(refer->replaces), log_quote(refer->referred_by));
	if (!transferee)
		code = 480; /* nobody is there to be transferred */
	else if (refer->replaces)
		code = refer_attended(place, call, transferee, refer);
	else
		code = refer_blind(place, call, transferee, refer->to_user ? refer->to_user : "", refer);
	if (code) {
		/* 404, 480, 481 and others would end the call as well (RFC 5057); the phone only needs to
		 * know that it goes on */
		log_info("call.refer_refused", call->id, "why=%d", code);
		ua_call_refer_reply(call->leg->ua, 403);
	}
	ref_drop(call);
	ref_drop(transferee);
}

int transfer_take_over(struct place *place, struct call *call, const char *replaces, bool early_only)
{
	struct call *old = replaces[0] ? calls_find_dialog(place->calls, replaces) : NULL, *peer;
	int err = 0;

	if (!old || old == call || !old->peer || strcmp(old->account, call->account) != 0)
		return ENOENT;
	if (early_only && old->answered)
		return EBUSY;
	peer = ref_hold(old->peer);
	ref_hold(old);
	if (call_answer(call, peer->stream.codec)) {
		call_sever(old);
		call_bridge(call, peer);
		call_tie(call, peer);
		publish(peer, old, call->from);
		end_transferred(old);
	} else {
		err = ENOTCONN;
	}
	ref_drop(old);
	ref_drop(peer);
	return err;
}
