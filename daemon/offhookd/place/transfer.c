/* See transfer.h. */
#include "daemon/offhookd/place/transfer.h"

#include "daemon/offhookd/place/dial.h"
#include "daemon/offhookd/call/limits.h"
#include "daemon/offhookd/sw/sw.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void transfer_sever(struct call *call)
{
	struct call *peer = call->peer;

	call_untie(call);
	if (call->dial)
		dial_release(call->dial);
	if (call->child_of)
		dial_release(call->child_of);
	if (peer && peer->dial)
		dial_release(peer->dial);
	if (peer && peer->child_of)
		dial_release(peer->child_of);
	call_unbridge(call);
}

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

static int dial_target(struct call *transferee, struct call *transferor, const struct route *route,
		       unsigned ring_s, const char *referred_by)
{
	return dial_start(transferee, &(struct dial_params){ .route = route,
							     .from = number_of(transferee),
							     .ring_s = ring_s,
							     .referred_by = referred_by,
							     .joined = !transferor,
							     .ringback = true,
							     .transferor = transferor });
}

int transfer_blind(struct call *call, const char *to, unsigned ring_s)
{
	struct call *peer = call->peer ? ref_hold(call->peer) : NULL;
	struct route route;
	int err = ENOENT;

	route_find(&route, call->sw->conf, call->account, to);
	if (route.kind == ROUTE_NONE)
		goto out;
	/* whoever drives the call lets go of it before what it is doing ends */
	publish(call, NULL, route.to);
	transfer_sever(call);
	if (peer)
		end_transferred(peer);
	err = dial_target(call, NULL, &route, ring_s, NULL);
out:
	ref_drop(peer);
	return err;
}

static int refer_blind(struct call *transferor, struct call *transferee, const char *to,
		       const struct ua_refer *refer)
{
	char reason[LIMITS_REASON_SIZE], by[ROUTE_TEXT_MAX];
	struct route route;

	route_find(&route, transferor->sw->conf, transferor->account, to);
	if (!is_allowed(transferor, &route))
		return route.kind == ROUTE_NONE ? 404 : 403;
	if (route.kind == ROUTE_NUMBER && route.number->action != CONF_NUMBER_DIAL)
		return 403;
	if (limits_check(transferor->sw, transferor->account, transferor->user, &route, reason)) {
		log_info("call.transfer_denied", transferor->id, "to=%s why=%s", log_quote(route.to),
			 log_quote(reason));
		return 403;
	}
	ua_call_refer_reply(transferor->leg->ua, 202);
	ua_call_refer_notify(transferor->leg->ua, 100);
	transfer_sever(transferor);
	publish(transferee, transferor, route.to);
	snprintf(by, sizeof by, "<sip:%s@%s>", transferor->user ? transferor->user : number_of(transferor),
		 transferor->sw->conf->sip.domain);
	if (dial_target(transferee, transferor, &route, 0, refer->referred_by ? refer->referred_by : by))
		transfer_on_failed(transferor, transferee, 503);
	return 0;
}

void transfer_on_ringing(struct call *transferor)
{
	if (!call_is_over(transferor))
		ua_call_refer_notify(transferor->leg->ua, 180);
}

void transfer_on_answered(struct call *transferor)
{
	if (call_is_over(transferor))
		return;
	ua_call_refer_notify(transferor->leg->ua, 200);
	end_transferred(transferor);
}

void transfer_on_failed(struct call *transferor, struct call *transferee, int code)
{
	if (call_is_over(transferor)) {
		call_end(transferee, &(struct call_why){
					 .status = CALL_COMPLETED,
					 .by = CALL_ENDED_BY_FAULT,
					 .code = code,
					 .reason = "The transfer failed, and who transferred has hung up." });
		return;
	}
	ua_call_refer_notify(transferor->leg->ua, code);
	if (!call_is_over(transferee)) {
		call_bridge(transferor, transferee);
		call_tie(transferor, transferee);
	}
}

/* ---- attended ---- */

static bool same_party(const struct call *a, const struct call *b)
{
	if (a->user && b->user)
		return strcmp(a->user, b->user) == 0;
	return a->trunk && b->trunk && !a->user && !b->user && strcmp(a->trunk, b->trunk) == 0;
}

static struct call *find_dialog(struct sw *sw, const char *sip_call_id)
{
	for (struct call *c = sw->calls; c; c = c->hh.next)
		if (strcmp(c->sip_call_id, sip_call_id) == 0)
			return c;
	return NULL;
}

/* The partners of both calls of the transferor talk with each other from now on. */
static void join_partners(struct call *transferor, struct call *transferee, struct call *other,
			  struct call *target)
{
	ref_hold(transferee);
	ref_hold(other);
	ref_hold(target);
	transfer_sever(transferor);
	transfer_sever(other);
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

static int refer_attended(struct call *transferor, struct call *transferee, const struct ua_refer *refer)
{
	struct call *other = refer->replaces[0] ? find_dialog(transferor->sw, refer->replaces) : NULL;
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
	code = refer_blind(transferor, transferee, to, refer);
	if (!code)
		end_transferred(other);
	ref_drop(other);
	return code;
}

void transfer_on_refer(struct call *call, const struct ua_refer *refer)
{
	struct call *transferee = call->peer ? ref_hold(call->peer) : NULL;
	int code = 0;

	ref_hold(call);
	log_info("call.refer", call->id, "to=%s replaces=%s referred_by=%s", log_quote(refer->to_uri),
		 log_quote(refer->replaces), log_quote(refer->referred_by));
	if (!transferee)
		code = 480; /* nobody is there to be transferred */
	else if (refer->replaces)
		code = refer_attended(call, transferee, refer);
	else
		code = refer_blind(call, transferee, refer->to_user ? refer->to_user : "", refer);
	if (code) {
		/* 404, 480, 481 and others would end the call as well (RFC 5057); the phone only needs to
		 * know that it goes on */
		log_info("call.refer_refused", call->id, "why=%d", code);
		ua_call_refer_reply(call->leg->ua, 403);
	}
	ref_drop(call);
	ref_drop(transferee);
}

int transfer_take_over(struct call *call, const char *replaces, bool early_only)
{
	struct call *old = replaces[0] ? find_dialog(call->sw, replaces) : NULL, *peer;
	int err = 0;

	if (!old || old == call || !old->peer || strcmp(old->account, call->account) != 0)
		return ENOENT;
	if (early_only && old->answered)
		return EBUSY;
	peer = ref_hold(old->peer);
	ref_hold(old);
	if (call_answer(call, peer->stream.codec)) {
		transfer_sever(old);
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
