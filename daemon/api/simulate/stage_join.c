/* Who is dialled, and who talks to whom. */
#include "daemon/api/simulate/stage.h"

#include <stdio.h>
#include <string.h>

enum { RING_MS = 100, BUSY_HERE = 486, DECLINED = 603, NOT_FOUND = 404 };

static void note_bridge(const struct stage_call *call, const struct stage_call *other, const char *type)
{
	transcript_add(
	    call->stage->with.transcript, call->id, type,
	    json_pack("{s:s}", "with", transcript_name_of(call->stage->with.transcript, other->id)));
}

static void hang_up(void *arg)
{
	struct stage_call *call = arg;

	stage_end(call, "completed", "callee", 0, NULL);
}

static void limit_reached(void *arg)
{
	struct stage_call *call = arg;

	stage_end(call, "completed", "limit", 0, "The time limit was reached.");
}

/* Who talks, and for how long. */
static void talk(struct stage_call *call, struct stage_call *other)
{
	struct ticks *ticks = call->stage->with.ticks;
	const struct story_callee *callee = call->callee;

	json_object_set_new(call->snapshot, "bridge", json_string(other->id));
	call->bridge = other;
	for (struct stage_recording *one = call->recordings; one; one = one->next)
		one->spoken = true;
	if (callee && callee->talks_ms && (!call->time_limit_ms || callee->talks_ms < call->time_limit_ms))
		tick_set(ticks, &call->leaving, callee->talks_ms, hang_up, call);
	else if (call->time_limit_ms)
		tick_set(ticks, &call->leaving, call->time_limit_ms, limit_reached, call);
}

void stage_connect(struct stage_call *a, struct stage_call *b)
{
	if (!a->answered)
		stage_state(a, "in-progress");
	talk(a, b);
	talk(b, a);
	note_bridge(a, b, "bridged");
	stage_tell(a, "call.bridged", json_pack("{s:s}", "with", b->id));
	stage_tell(b, "call.bridged", json_pack("{s:s}", "with", a->id));
}

static void tell_parted(struct stage_call *call, const struct stage_call *from)
{
	call->bridge = NULL;
	call->spoke_until_ms = call->stage->with.ticks->now_ms;
	json_object_del(call->snapshot, "bridge");
	tick_drop(&call->leaving);
	if (!call->over)
		stage_tell(call, "call.unbridged", json_pack("{s:s}", "with", from->id));
}

void stage_part(struct stage_call *call)
{
	struct stage_call *other = call->bridge;

	if (!other)
		return;
	note_bridge(call, other, "unbridged");
	tell_parted(call, other);
	tell_parted(other, call);
}

void stage_drop_children(struct stage_call *call)
{
	for (struct stage_call *child = call->stage->calls; child; child = child->next)
		if (child->parent == call && !child->over)
			stage_end(child, child->answered ? "completed" : "canceled", "caller", 0, NULL);
}

/* ---- dial ---- */

/* The others ring no more. */
static void drop_others(struct stage_call *child)
{
	for (struct stage_call *other = child->stage->calls; other; other = other->next)
		if (other != child && other->parent == child->parent && !other->over && !other->answered)
			stage_end(other, "canceled", "switch", 0, "Somebody else has answered.");
}

static void answer(struct stage_call *child)
{
	const char *keys = child->callee->keys;

	if (child->parent->over)
		return;
	stage_state(child, "in-progress");
	drop_others(child);
	child->own = (struct story_act){ .kind = STORY_DIGITS, .text = keys };
	stage_act_begin(child, &child->own, keys ? 1 : 0);
	if (!child->screened)
		stage_connect(child->parent, child);
}

/* What becomes of one that rings. */
static void outcome(void *arg)
{
	struct stage_call *child = arg;

	switch (child->callee->answer) {
	case STORY_ANSWER:
		answer(child);
		break;
	case STORY_BUSY:
		stage_end(child, "busy", "callee", BUSY_HERE, NULL);
		break;
	case STORY_DECLINE:
		stage_end(child, "failed", "callee", DECLINED, NULL);
		break;
	case STORY_FAIL:
		stage_end(child, "failed", "callee", NOT_FOUND, NULL);
		break;
	case STORY_NO_ANSWER:
		break;
	}
}

static void rings(void *arg)
{
	struct stage_call *child = arg;
	const struct story_callee *callee = child->callee;
	struct ticks *ticks = child->stage->with.ticks;
	const int64_t after = callee->at_ms >= 0 ? callee->at_ms - ticks->now_ms : callee->after_ms - RING_MS;

	stage_state(child, "ringing");
	tick_set(ticks, &child->due, after, outcome, child);
}

static void rang_out(void *arg)
{
	struct stage_call *child = arg;

	stage_end(child, "no-answer", "limit", 0, "Nobody answered in time.");
}

/* The next of the story that it can be; by default one who answers. */
static const struct story_callee *find_callee(struct stage *stage, const char *to)
{
	static const struct story_callee anybody = { .after_ms = 2000, .at_ms = -1, .talks_ms = 10000 };
	const struct story *story = stage->with.story;

	for (size_t i = 0; i < story->callee_count; i++) {
		const struct story_callee *callee = &story->callees[i];

		if (!stage->taken[i] && (!callee->to || !strcmp(callee->to, to))) {
			stage->taken[i] = true;
			return callee;
		}
	}
	return &anybody;
}

static struct stage_call *dial_one(struct stage *stage, struct stage_call *parent, const json_t *target,
				   const json_t *params)
{
	const char *from = json_string_value(json_object_get(params, "from"));
	const char *to = json_string_value(json_object_get(target, "to"));
	const json_int_t timeout = json_integer_value(json_object_get(params, "timeout"));
	struct stage_call *child;
	char name[24];

	snprintf(name, sizeof name, "callee %zu", ++stage->dialled);
	child = stage_call_new(stage, json_string_value(json_object_get(target, "id")), name,
			       from ? from : json_string_value(json_object_get(parent->snapshot, "from")),
			       to ? to : "", true, parent);
	if (!child)
		return NULL;
	child->callee = find_callee(stage, to ? to : "");
	child->screened = json_is_true(json_object_get(params, "screen"));
	child->time_limit_ms = json_integer_value(json_object_get(params, "time_limit")) * 1000;
	tick_set(stage->with.ticks, &child->due, RING_MS, rings, child);
	if (timeout)
		tick_set(stage->with.ticks, &child->unwanted, timeout * 1000, rang_out, child);
	return child;
}

static json_t *on_dial(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	json_t *calls = json_array(), *target;
	size_t i;

	json_array_foreach(json_object_get(params, "targets"), i, target)
	{
		struct stage_call *child = dial_one(stage, call, target, params);

		if (child)
			json_array_append_new(calls, json_deep_copy(child->snapshot));
	}
	if (json_array_size(calls))
		return json_pack("{s:O, s:o}", "call", json_array_get(calls, 0), "calls", calls);
	json_decref(calls);
	*error = stage_fault(429, "There are too many calls.");
	return NULL;
}

static json_t *on_connect(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	struct stage_call *other = stage_find(stage, json_string_value(json_object_get(params, "with")));

	if (!other || other->over) {
		*error = stage_fault(other ? 409 : 404, "The other call is over.");
		return NULL;
	}
	stage_connect(call, other);
	return stage_shown(call);
}

static json_t *on_unbridge(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	(void)stage, (void)params, (void)error;
	stage_part(call);
	return stage_shown(call);
}

const struct stage_method stage_join_methods[] = {
	{ "call.dial", on_dial, true },
	{ "call.connect", on_connect, true },
	{ "call.bridge", on_connect, true },
	{ "call.unbridge", on_unbridge, true },
	{ NULL, NULL, false },
};
