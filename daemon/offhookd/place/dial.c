/* See dial.h. */
#include "daemon/offhookd/place/dial.h"

#include "daemon/offhookd/call/limits.h"
#include "daemon/offhookd/sw/sw.h"
#include "daemon/offhookd/place/transfer.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CHILDREN_MAX = 16 };

struct dial {
	struct call *caller;		     /* owns us */
	struct call *children[CHILDREN_MAX]; /* held; NULL when over */
	size_t count;
	struct plan *later;	 /* trunks to try when no user answers */
	struct call *answered;	 /* one of the children */
	struct call *early;	 /* whose early media the caller hears */
	struct call *transferor; /* held; NULL: this is no transfer */
	char *from, *from_name, *to;
	char *referred_by;
	unsigned ring_s;
	bool joined, starting;
	bool emergency; /* as route.emergency */
	int best_code;
};

static void dial_free(struct dial *dial)
{
	for (size_t i = 0; i < dial->count; i++)
		ref_drop(dial->children[i]);
	plan_free(dial->later);
	ref_drop(dial->transferor);
	free(dial->from);
	free(dial->from_name);
	free(dial->to);
	free(dial->referred_by);
	free(dial);
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

/* The caller's, and who has transferred it. A new reference or NULL. */
static json_t *headers_for(const struct dial *dial)
{
	json_t *out;

	if (!dial->referred_by)
		return json_incref(dial->caller->headers);
	out = dial->caller->headers ? json_copy(dial->caller->headers) : json_object();
	json_object_set_new(out, "Referred-By", json_string(dial->referred_by));
	return out;
}

/* Places a child call with `plan`, which is taken over. */
static int add_child(struct dial *dial, struct plan *plan)
{
	struct call *caller = dial->caller, *child;
	struct originate_params p = {
		.plan = plan,
		.account = caller->account,
		.from = dial->from,
		.from_name = dial->from_name,
		.to = dial->to,
		.ring_s = dial->ring_s,
		.headers = headers_for(dial),
		.dial = dial,
		.parent = caller,
		.claimed_by = caller->claimed_by,
		.emergency = dial->emergency,
	};
	int err;

	if (dial->count == CHILDREN_MAX) {
		json_decref(p.headers);
		plan_free(plan);
		return ENOSPC;
	}
	err = originate(&child, caller->sw, &p);
	json_decref(p.headers);
	if (!err)
		dial->children[dial->count++] = ref_hold(child);
	return err;
}

static int add_user(struct dial *dial, const struct conf_user *user)
{
	struct plan *plan = plan_alloc();
	int err = plan ? plan_add_user(plan, dial->caller->sw, user) : ENOMEM;

	if (err) {
		plan_free(plan);
		return err;
	}
	return add_child(dial, plan);
}

/* All trunks of a route as one plan for later. */
static int plan_trunks(struct dial *dial, const struct conf_route *route, const struct conf_target *targets,
		       size_t count)
{
	size_t trunks = 0;

	for (size_t i = 0; i < count; i++)
		trunks += targets[i].kind == CONF_TO_TRUNK;
	if (trunks == 0)
		return 0;
	dial->later = plan_alloc();
	return dial->later ? plan_add_trunks(dial->later, dial->caller->sw, route, targets, count, NULL)
			   : ENOMEM;
}

static int add_users(struct dial *dial, const struct conf_target *targets, size_t count)
{
	const struct conf *conf = dial->caller->sw->conf;
	int err = 0, first = 0;

	for (size_t i = 0; i < count; i++) {
		if (targets[i].kind != CONF_TO_USER)
			continue;
		err = add_user(dial, &conf->users[targets[i].index]);
		first = first ? first : err;
	}
	return dial->count ? 0 : first;
}

static int try_later(struct dial *dial)
{
	struct plan *plan = dial->later;

	dial->later = NULL;
	return add_child(dial, plan);
}

static int place_calls(struct dial *dial, const struct route *route)
{
	const struct conf_target *targets =
	    route->kind == ROUTE_NUMBER ? route->number->dial : route->targets;
	size_t count = route->kind == ROUTE_NUMBER ? route->number->dial_count : route->target_count;
	int err;

	if (route->kind == ROUTE_USER)
		return add_user(dial, route->user);
	err = plan_trunks(dial, route->route, targets, count);
	if (!err)
		err = add_users(dial, targets, count);
	if (!err && dial->count == 0)
		err = dial->later ? try_later(dial) : ENOENT;
	return err;
}

/* Whose rights count: those of the user who calls or transfers. */
static const char *user_of(const struct call *caller, const struct dial_params *params)
{
	return params->transferor ? params->transferor->user : limits_user_of(caller);
}

int dial_start(struct call *caller, const struct dial_params *params)
{
	char reason[LIMITS_REASON_SIZE];
	struct dial *dial;
	int err;

	if (caller->dial)
		return EBUSY;
	if (caller->max_forwards <= 0)
		return ELOOP;
	if (params->route->kind == ROUTE_NONE ||
	    (params->route->kind == ROUTE_NUMBER && params->route->number->action != CONF_NUMBER_DIAL))
		return ENOENT;
	err = limits_check(caller->sw, caller->account, user_of(caller, params), params->route, reason);
	if (err)
		return err;
	dial = calloc(1, sizeof *dial);
	if (!dial)
		return ENOMEM;
	dial->caller = caller;
	dial->joined = params->joined;
	dial->emergency = caller->emergency = params->route->emergency;
	dial->transferor = ref_hold(params->transferor);
	dial->ring_s = params->ring_s;
	dial->from = copy(params->from ? params->from : caller->from);
	dial->from_name = copy(params->from_name ? params->from_name : caller->from_name);
	dial->to = copy(params->route->to);
	dial->referred_by = copy(params->referred_by);
	caller->dial = dial;
	if (caller->emergency && caller->status == CALL_IN_PROGRESS)
		call_start_limit(caller);
	dial->starting = true;
	err = place_calls(dial, params->route);
	dial->starting = false;
	if (err) {
		caller->dial = NULL;
		dial_free(dial);
		return err;
	}
	if (params->ringback && caller->status == CALL_IN_PROGRESS)
		media_session_play(
		    caller->media,
		    &(struct media_play){ (const char *const[]){ "tone:ringback" }, 1, 0, false },
		    &(uint32_t){ 0 });
	return 0;
}

struct call *dial_first_child(const struct call *caller)
{
	for (size_t i = 0; caller->dial && i < caller->dial->count; i++)
		if (caller->dial->children[i])
			return caller->dial->children[i];
	return NULL;
}

/* Ends all children but one. */
static void end_others(struct dial *dial, const struct call *but, const struct call_why *why)
{
	for (size_t i = 0; i < dial->count; i++) {
		struct call *child = dial->children[i];

		if (!child || child == but)
			continue;
		dial->children[i] = NULL;
		child->child_of = NULL;
		call_end(child, why);
		ref_drop(child);
	}
}

void dial_stop(struct call *caller)
{
	struct dial *dial = caller->dial;
	struct call_why why = { .status = CALL_CANCELED, .by = caller->ended_by, .q850 = caller->q850 };

	if (!dial)
		return;
	if (why.by == CALL_ENDED_BY_NOBODY)
		why.by = CALL_ENDED_BY_API;
	caller->dial = NULL;
	if (!dial->joined && dial->answered)
		why.reason = "The caller left.";
	if (caller->ended_by == CALL_ENDED_BY_CALLEE || caller->ended_by == CALL_ENDED_BY_LIMIT ||
	    caller->ended_by == CALL_ENDED_BY_FAULT)
		why.reason = caller->reason;
	end_others(dial, NULL, &why);
	dial_free(dial);
}

void dial_on_ringing(struct dial *dial, struct call *child)
{
	(void)child;
	if (dial->transferor)
		transfer_on_ringing(dial->transferor);
	else if (dial->joined)
		call_ring(dial->caller);
}

void dial_on_early_media(struct dial *dial, struct call *child)
{
	struct call *caller = dial->caller;

	if (dial->early || !dial->joined)
		return;
	if (!call_early_media(caller, child->stream.codec))
		return; /* the caller is over, and we with it */
	if (!caller->early)
		return;
	dial->early = child;
	if (media_session_bridge(caller->media, child->media))
		log_warn("call.early_media_failed", caller->id, "with=%s", child->id);
}

/* From now on the transferee and who answered are an ordinary pair. */
static void finish_transfer(struct dial *dial)
{
	struct call *transferor = dial->transferor;

	dial->transferor = NULL;
	dial->joined = true;
	transfer_on_answered(transferor);
	ref_drop(transferor);
}

void dial_release(struct dial *dial)
{
	struct call_why why = { .status = CALL_CANCELED, .by = CALL_ENDED_BY_API };

	dial->caller->dial = NULL;
	end_others(dial, dial->answered, &why);
	if (dial->answered)
		dial->answered->child_of = NULL;
	dial_free(dial);
}

void dial_on_answered(struct dial *dial, struct call *child)
{
	struct call *caller = dial->caller;
	struct call_why elsewhere = { .status = CALL_CANCELED,
				      .by = CALL_ENDED_BY_CALLEE,
				      .q850 = UA_Q850_ELSEWHERE,
				      .reason = "It was answered elsewhere." };

	ref_hold(caller);
	dial->answered = child;
	end_others(dial, child, &elsewhere);
	plan_free(dial->later);
	dial->later = NULL;
	if (dial->joined ? call_answer(caller, child->stream.codec) : !call_is_over(caller)) {
		media_session_play_stop(caller->media);
		call_bridge(caller, child);
		if (dial->transferor)
			finish_transfer(dial);
	}
	ref_drop(caller);
}

/* Lets go of `child`; true when it was the last. */
static bool drop_child(struct dial *dial, struct call *child)
{
	bool last = true;

	for (size_t i = 0; i < dial->count; i++) {
		if (dial->children[i] == child)
			dial->children[i] = ref_drop(child);
		else if (dial->children[i])
			last = false;
	}
	return last;
}

/* A joined caller ends as its callee did: refused with its refusal, or hung up. */
static void end_caller(struct dial *dial, const struct call *child, const struct call_why *why)
{
	struct call *caller = dial->caller;
	struct call_why mine = *why;

	if (caller->status != CALL_IN_PROGRESS) {
		mine.code = dial->best_code ? dial->best_code : why->code;
		/* the caller is not asked for a trunk's password */
		if (mine.code == 401 || mine.code == 407)
			mine.code = 503;
		if (!mine.code)
			mine.code = why->status == CALL_NO_ANSWER  ? 480
				    : why->status == CALL_CANCELED ? 487
								   : 500;
		mine.status = child->status;
	}
	mine.reason = child->reason;
	call_end(caller, &mine);
}

static void fail_transfer(struct dial *dial, int code)
{
	struct call *caller = dial->caller, *transferor = ref_hold(dial->transferor);

	if (!code)
		code = dial->best_code ? dial->best_code : 480;
	caller->dial = NULL;
	if (caller->media)
		media_session_play_stop(caller->media);
	dial_free(dial);
	transfer_on_failed(transferor, caller, code);
	ref_drop(transferor);
}

void dial_on_ended(struct dial *dial, struct call *child, const struct call_why *why)
{
	struct call *caller = dial->caller;
	bool was_answered = dial->answered == child, last;

	ref_hold(caller);
	ref_hold(child);
	if (dial->early == child)
		dial->early = NULL;
	if (why->code > dial->best_code)
		dial->best_code = why->code;
	last = drop_child(dial, child);
	if (last && !was_answered && dial->later && !dial->starting)
		last = try_later(dial) != 0;
	if (last && !dial->starting) {
		if (dial->transferor) {
			fail_transfer(dial, why->code);
		} else if (dial->joined) {
			end_caller(dial, child, why);
		} else {
			caller->dial = NULL;
			if (caller->media && !was_answered)
				media_session_play_stop(caller->media);
			dial_free(dial);
		}
	}
	ref_drop(child);
	ref_drop(caller);
}
