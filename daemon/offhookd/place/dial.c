/* See dial.h. */
#include "daemon/offhookd/place/dial.h"

#include "daemon/offhookd/place/claim.h"
#include "daemon/offhookd/place/limits.h"
#include "daemon/offhookd/place/place.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CHILDREN_MAX = 16 };

/* A child, and the dial on it. */
struct child {
	struct call_owner owner; /* first */
	struct dial *dial;
	struct call *call; /* held */
};

struct dial {
	struct call_owner owner; /* first: on the caller */
	struct place *place;
	struct call *caller;		      /* owns us */
	struct child *children[CHILDREN_MAX]; /* NULL when over */
	size_t count;
	struct plan *later;    /* trunks to try when no user answers */
	struct call *answered; /* one of the children */
	struct call *early;    /* whose early media the caller hears */
	struct dial_handlers handlers;
	bool is_watched; /* there are handlers, and the last word was not said */
	char *from, *from_name, *to;
	char *referred_by;
	unsigned ring_s;
	bool joined, starting;
	bool emergency; /* as route.emergency */
	int best_code;
};

static const struct call_owner_ops dial_ops, child_ops;

/* Lets go of a child's call. */
static void drop(struct child *child)
{
	call_disown(child->call, &child->owner);
	ref_drop(child->call);
	free(child);
}

static void dial_free(struct dial *dial)
{
	for (size_t i = 0; i < dial->count; i++)
		if (dial->children[i])
			drop(dial->children[i]);
	plan_free(dial->later);
	if (dial->is_watched)
		dial->handlers.dropped(dial->handlers.arg);
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
	struct call *caller = dial->caller;
	struct child *child = dial->count < CHILDREN_MAX ? calloc(1, sizeof *child) : NULL;
	struct originate_params p = {
		.plan = plan,
		.account = caller->account,
		.from = dial->from,
		.from_name = dial->from_name,
		.to = dial->to,
		.ring_s = dial->ring_s,
		.headers = headers_for(dial),
		.owner = child ? &child->owner : NULL,
		.owner_ops = &child_ops,
		.parent = caller,
		.claimed_by = claim_of(caller),
		.emergency = dial->emergency,
	};
	struct call *call;
	int err = ENOSPC;

	if (child) {
		child->dial = dial;
		err = originate(&call, dial->place, &p);
	} else {
		plan_free(plan);
	}
	json_decref(p.headers);
	if (err) {
		free(child);
		return err;
	}
	child->call = ref_hold(call);
	dial->children[dial->count++] = child;
	return 0;
}

static int add_user(struct dial *dial, const struct conf_user *user)
{
	struct plan *plan = plan_alloc(dial->place);
	int err = plan ? plan_add_user(plan, user) : ENOMEM;

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
	dial->later = plan_alloc(dial->place);
	return dial->later ? plan_add_trunks(dial->later, route, targets, count, NULL) : ENOMEM;
}

static int add_users(struct dial *dial, const struct conf_target *targets, size_t count)
{
	const struct conf *conf = dial->place->conf;
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

static struct dial *dial_of(const struct call *caller)
{
	return (struct dial *)call_owner_with(caller, &dial_ops);
}

static struct dial *make(struct place *place, struct call *caller, const struct dial_params *params)
{
	struct dial *dial = calloc(1, sizeof *dial);

	if (!dial)
		return NULL;
	dial->place = place;
	dial->caller = caller;
	dial->joined = params->joined;
	dial->emergency = caller->emergency = params->route->emergency;
	dial->ring_s = params->ring_s;
	dial->from = copy(params->from ? params->from : caller->from);
	dial->from_name = copy(params->from_name ? params->from_name : caller->from_name);
	dial->to = copy(params->route->to);
	dial->referred_by = copy(params->referred_by);
	return dial;
}

/* Takes it off its caller, who is told no more. */
static void detach(struct dial *dial)
{
	call_disown(dial->caller, &dial->owner);
}

/* 0, or why it may not be dialled. */
static int check(const struct place *place, const struct call *caller, const struct dial_params *params)
{
	const char *user = params->asker ? params->asker->user : limits_user_of(caller);
	char reason[LIMITS_REASON_SIZE];

	if (dial_of(caller))
		return EBUSY;
	if (caller->max_forwards <= 0)
		return ELOOP;
	if (params->route->kind == ROUTE_NONE ||
	    (params->route->kind == ROUTE_NUMBER && params->route->number->action != CONF_NUMBER_DIAL))
		return ENOENT;
	return limits_check(place, caller->account, user, params->route, reason);
}

int dial_start(struct place *place, struct call *caller, const struct dial_params *params)
{
	static const char *const tone[] = { "tone:ringback" };
	struct dial *dial;
	int err = check(place, caller, params);

	if (err)
		return err;
	dial = make(place, caller, params);
	if (!dial)
		return ENOMEM;
	if (params->handlers)
		dial->handlers = *params->handlers;
	dial->is_watched = params->handlers != NULL;
	call_own(caller, &dial->owner, &dial_ops);
	if (caller->emergency && caller->status == CALL_IN_PROGRESS)
		call_start_limit(caller);
	dial->starting = true;
	err = place_calls(dial, params->route);
	dial->starting = false;
	if (err) {
		dial->is_watched = false;
		detach(dial);
		dial_free(dial);
		return err;
	}
	if (params->ringback && caller->status == CALL_IN_PROGRESS)
		media_session_play(caller->media, &(struct media_play){ tone, 1, 0, false },
				   &(uint32_t){ 0 });
	return 0;
}

struct call *dial_first_child(const struct call *caller)
{
	const struct dial *dial = dial_of(caller);

	for (size_t i = 0; dial && i < dial->count; i++)
		if (dial->children[i])
			return dial->children[i]->call;
	return NULL;
}

/* Ends all children but one. */
static void end_others(struct dial *dial, const struct call *but, const struct call_why *why)
{
	for (size_t i = 0; i < dial->count; i++) {
		struct child *child = dial->children[i];
		struct call *call;

		if (!child || child->call == but)
			continue;
		call = ref_hold(child->call);
		dial->children[i] = NULL;
		drop(child);
		call_end(call, why);
		ref_drop(call);
	}
}

/* ---- what becomes of the caller ---- */

static void on_caller_ended(struct call_owner *owner, struct call *caller, const struct call_why *ended)
{
	struct dial *dial = (struct dial *)owner;
	struct call_why why = { .status = CALL_CANCELED, .by = caller->ended_by, .q850 = caller->q850 };

	(void)ended;
	if (why.by == CALL_ENDED_BY_NOBODY)
		why.by = CALL_ENDED_BY_API;
	if (!dial->joined && dial->answered)
		why.reason = "The caller left.";
	if (caller->ended_by == CALL_ENDED_BY_CALLEE || caller->ended_by == CALL_ENDED_BY_LIMIT ||
	    caller->ended_by == CALL_ENDED_BY_FAULT)
		why.reason = caller->reason;
	end_others(dial, NULL, &why);
	dial_free(dial);
}

/* Lets everybody go: the caller and who answered do not end together any more; children that ring are ended.
 */
static void release(struct dial *dial)
{
	struct call_why why = { .status = CALL_CANCELED, .by = CALL_ENDED_BY_API };

	detach(dial);
	end_others(dial, dial->answered, &why);
	dial_free(dial);
}

static void on_caller_severed(struct call_owner *owner, struct call *caller)
{
	(void)caller;
	release((struct dial *)owner);
}

static const struct call_owner_ops dial_ops = { .ended = on_caller_ended, .severed = on_caller_severed };

/* ---- what becomes of a child ---- */

static void on_early_media(struct dial *dial, struct call *child)
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

static void on_child_ringing(struct call_owner *owner, struct call *call, bool early_media)
{
	struct dial *dial = ((struct child *)owner)->dial;

	if (early_media)
		on_early_media(dial, call);
	else if (dial->is_watched)
		dial->handlers.ringing(dial->handlers.arg);
	else if (dial->joined)
		call_ring(dial->caller);
}

static void on_child_answered(struct call_owner *owner, struct call *call)
{
	struct dial *dial = ((struct child *)owner)->dial;
	struct call *caller = ref_hold(dial->caller);
	struct call_why elsewhere = { .status = CALL_CANCELED,
				      .by = CALL_ENDED_BY_CALLEE,
				      .q850 = UA_Q850_ELSEWHERE,
				      .reason = "It was answered elsewhere." };

	dial->answered = call;
	end_others(dial, call, &elsewhere);
	plan_free(dial->later);
	dial->later = NULL;
	if (dial->joined ? call_answer(caller, call->stream.codec) : !call_is_over(caller)) {
		media_session_play_stop(caller->media);
		call_bridge(caller, call);
		if (dial->is_watched) {
			dial->is_watched = false;
			dial->joined = true;
			dial->handlers.answered(dial->handlers.arg);
		}
	}
	ref_drop(caller);
}

static void on_child_severed(struct call_owner *owner, struct call *call)
{
	(void)call;
	release(((struct child *)owner)->dial);
}

/* Forgets `child`; true when it was the last. */
static bool drop_child(struct dial *dial, struct child *child)
{
	bool last = true;

	for (size_t i = 0; i < dial->count; i++) {
		if (dial->children[i] == child)
			dial->children[i] = NULL;
		else if (dial->children[i])
			last = false;
	}
	drop(child);
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

/* Nobody answered, and whoever began it is told in place of the caller. */
static void fail(struct dial *dial, int code)
{
	struct call *caller = dial->caller;
	struct dial_handlers handlers = dial->handlers;

	if (!code)
		code = dial->best_code ? dial->best_code : 480;
	dial->is_watched = false;
	detach(dial);
	if (caller->media)
		media_session_play_stop(caller->media);
	dial_free(dial);
	handlers.failed(caller, code, handlers.arg);
}

/* All children have ended. */
static void conclude(struct dial *dial, const struct call *child, const struct call_why *why,
		     bool was_answered)
{
	struct call *caller = dial->caller;

	if (dial->is_watched) {
		fail(dial, why->code);
	} else if (dial->joined) {
		end_caller(dial, child, why);
	} else {
		detach(dial);
		if (caller->media && !was_answered)
			media_session_play_stop(caller->media);
		dial_free(dial);
	}
}

static void on_child_ended(struct call_owner *owner, struct call *call, const struct call_why *why)
{
	struct dial *dial = ((struct child *)owner)->dial;
	struct call *caller = ref_hold(dial->caller);
	bool was_answered = dial->answered == call, last;

	if (dial->early == call)
		dial->early = NULL;
	if (why->code > dial->best_code)
		dial->best_code = why->code;
	last = drop_child(dial, (struct child *)owner);
	if (last && !was_answered && dial->later && !dial->starting)
		last = try_later(dial) != 0;
	if (last && !dial->starting)
		conclude(dial, call, why, was_answered);
	ref_drop(caller);
}

static const struct call_owner_ops child_ops = { .ringing = on_child_ringing,
						 .answered = on_child_answered,
						 .severed = on_child_severed,
						 .ended = on_child_ended };
