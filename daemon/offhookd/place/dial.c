/* See dial.h. */
#include "daemon/offhookd/place/dial.h"

#include "daemon/offhookd/place/arrive.h"
#include "daemon/offhookd/call/machine.h"
#include "daemon/offhookd/place/claim.h"
#include "daemon/offhookd/place/dial_private.h"
#include "daemon/offhookd/place/limits.h"
#include "daemon/offhookd/place/place.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void dial_drop(struct child *child)
{
	call_disown(child->call, &child->owner);
	ref_drop(child->call);
	free(child);
}

void dial_free(struct dial *dial)
{
	for (size_t i = 0; i < dial->count; i++)
		if (dial->children[i])
			dial_drop(dial->children[i]);
	plan_free(dial->later);
	if (dial->is_watched)
		dial->handlers.dropped(dial->handlers.arg);
	free(dial->account);
	free(dial->from);
	free(dial->from_name);
	free(dial->to);
	free(dial->referred_by);
	free(dial->leads_to);
	free(dial);
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

/* The caller's, those of the place (NULL: none), and who has transferred it. A new reference or NULL. */
static json_t *headers_for(const struct dial *dial, json_t *own)
{
	json_t *out;

	if (!dial->referred_by && !own)
		return json_incref(dial->caller->headers);
	out = dial->caller->headers ? json_copy(dial->caller->headers) : json_object();
	if (own)
		json_object_update(out, own);
	if (dial->referred_by)
		json_object_set_new(out, "Referred-By", json_string(dial->referred_by));
	return out;
}

/* Places a child call with `plan`, which is taken over, to what its place is called (`to`); `id` as in
 * dial_target. */
static int add_child(struct dial *dial, struct plan *plan, const char *id, const char *to, json_t *headers)
{
	struct call *caller = dial->caller;
	struct child *child = dial->count < CHILDREN_MAX ? calloc(1, sizeof *child) : NULL;
	struct originate_params p = {
		.id = id,
		.plan = plan,
		.account = dial->account,
		.from = dial->from,
		.from_name = dial->from_name,
		.to = to,
		.ring_s = dial->ring_s,
		.limit_s = dial->limit_s,
		.asks_refer = dial->asks_refer,
		.headers = headers_for(dial, headers),
		.owner = child ? &child->owner : NULL,
		.owner_ops = &dial_child_ops,
		.parent = caller,
		.claimed_by = claim_of(caller),
		.emergency = caller->emergency,
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
	return add_child(dial, plan, NULL, dial->to, NULL);
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

int dial_try_later(struct dial *dial)
{
	struct plan *plan = dial->later;

	dial->later = NULL;
	return add_child(dial, plan, NULL, dial->to, NULL);
}

static int hear_who_answers(struct call *call, const struct media_amd *how)
{
	return call_is_over(call) ? 0 : call_detect_at_answer(call, how);
}

/* A call to each of the places. Those that lead to nobody are left out, unless all do. */
static int place_targets(struct dial *dial, const struct dial_target *targets, size_t count)
{
	int first = 0;

	for (size_t i = 0; i < count; i++) {
		struct plan *plan;
		int err = plan_for_route(&plan, dial->place, &targets[i].route, targets[i].username,
					 targets[i].password);

		if (!err)
			err = add_child(dial, plan, targets[i].id, targets[i].route.to, targets[i].headers);
		if (!err && targets[i].machine)
			err = hear_who_answers(dial->children[dial->count - 1]->call, targets[i].machine);
		first = first ? first : err;
	}
	return dial->count ? 0 : first;
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
		err = dial->later ? dial_try_later(dial) : ENOENT;
	return err;
}

struct dial *dial_of(const struct call *caller)
{
	return (struct dial *)call_owner_with(caller, &dial_caller_ops);
}

static bool is_emergency(const struct dial_params *params)
{
	bool found = params->route && params->route->emergency;

	for (size_t i = 0; i < params->target_count; i++)
		found |= params->targets[i].route.emergency;
	return found;
}

static const char *account_of(const struct call *caller, const struct dial_params *params)
{
	return params->account ? params->account : caller->account;
}

static struct dial *make(struct place *place, struct call *caller, const struct dial_params *params)
{
	struct dial *dial = calloc(1, sizeof *dial);

	if (!dial)
		return NULL;
	dial->place = place;
	dial->caller = caller;
	dial->joined = params->joined;
	dial->rings = params->joined || params->answers;
	dial->screened = params->screened;
	caller->emergency = is_emergency(params);
	dial->ring_s = params->ring_s;
	dial->limit_s = params->limit_s;
	dial->asks_refer = params->asks_refer;
	dial->account = copy(account_of(caller, params));
	dial->from = copy(params->from ? params->from : caller->from);
	dial->from_name = copy(params->from_name ? params->from_name : caller->from_name);
	dial->to = copy(params->route ? params->route->to : NULL);
	dial->referred_by = copy(params->referred_by);
	return dial;
}

void dial_detach(struct dial *dial)
{
	call_disown(dial->caller, &dial->owner);
}

static int check_route(const struct place *place, const char *account, const char *user,
		       const struct route *route)
{
	char reason[LIMITS_REASON_SIZE];

	if (route->kind == ROUTE_NONE || arrive_answers_route(route))
		return ENOENT;
	return limits_check(place, account, user, route, reason);
}

/* 0, or why it may not be dialled. */
static int check(const struct place *place, const struct call *caller, const struct dial_params *params)
{
	const char *user = params->asker ? params->asker->user : limits_user_of(caller);
	const char *account = account_of(caller, params);
	int err = 0;

	if (dial_of(caller))
		return EBUSY;
	if (caller->max_forwards <= 0)
		return ELOOP;
	if (params->route)
		return check_route(place, account, user, params->route);
	for (size_t i = 0; i < params->target_count && !err; i++)
		err = check_route(place, account, user, &params->targets[i].route);
	return err;
}

static void play_ringing(struct call *caller, const struct dial_params *params)
{
	static const char *const tone[] = { "tone:ringback" };
	const struct media_play play = { params->ring_file_count ? params->ring_files : tone,
					 params->ring_file_count ? params->ring_file_count : 1, 0, false, 0 };

	if (media_session_play(caller->media, &play, &(uint32_t){ 0 }))
		log_warn("call.ringback_failed", caller->id, "%s", "");
}

int dial_start(struct place *place, struct call *caller, const struct dial_params *params)
{
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
	call_own(caller, &dial->owner, &dial_caller_ops);
	if (caller->emergency && caller->status == CALL_IN_PROGRESS)
		call_start_limit(caller);
	dial->starting = true;
	err = params->route ? place_calls(dial, params->route)
			    : place_targets(dial, params->targets, params->target_count);
	dial->starting = false;
	if (err) {
		dial->is_watched = false;
		dial_detach(dial);
		dial_free(dial);
		return err;
	}
	if (params->ringback && caller->status == CALL_IN_PROGRESS)
		play_ringing(caller, params);
	return 0;
}

struct call *dial_answered(const struct call *caller, bool *joined)
{
	const struct dial *dial = dial_of(caller);

	*joined = dial && dial->joined;
	return dial ? dial->answered : NULL;
}

size_t dial_children(const struct call *caller, struct call *out[], size_t max)
{
	const struct dial *dial = dial_of(caller);
	size_t n = 0;

	for (size_t i = 0; dial && i < dial->count && n < max; i++)
		if (dial->children[i])
			out[n++] = dial->children[i]->call;
	return n;
}
