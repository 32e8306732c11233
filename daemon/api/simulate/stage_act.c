/* What those do who call, and who are called. */
#include "daemon/api/simulate/stage.h"

#include <stdio.h>
#include <string.h>

enum { KEY_MS = 200, ANSWER_MS = 1000 };

static void plan(struct stage_call *call);

static const struct story_act *next_act(const struct stage_call *call)
{
	return call->act < call->act_count ? &call->acts[call->act] : NULL;
}

static void note(struct stage_call *call, json_t *what)
{
	transcript_add(call->stage->with.transcript, call->id, call->callee ? "callee" : "caller", what);
}

static void act_done(struct stage_call *call)
{
	call->acted_ms = call->stage->with.ticks->now_ms;
	plan(call);
}

static void spoken(void *arg)
{
	act_done(arg);
}

static void press_next(void *arg)
{
	struct stage_call *call = arg;
	const char key = *call->keys++;

	if (*call->keys)
		tick_set(call->stage->with.ticks, &call->acting, KEY_MS, press_next, call);
	else
		call->keys = NULL;
	stage_press(call, key);
	if (!call->keys && !call->over)
		act_done(call);
}

static void act(void *arg)
{
	struct stage_call *call = arg;
	const struct story_act *what = next_act(call);

	call->act++;
	switch (what->kind) {
	case STORY_DIGITS:
		note(call, json_pack("{s:s}", "digits", what->text));
		call->keys = what->text;
		press_next(call);
		break;
	case STORY_SPEECH:
		note(call, json_pack("{s:s, s:I}", "speech", what->text, "ms", (json_int_t)what->lasts_ms));
		stage_speak(call, what->lasts_ms);
		tick_set(call->stage->with.ticks, &call->acting, what->lasts_ms, spoken, call);
		break;
	case STORY_HANGUP:
		note(call, json_pack("{s:b}", "hangup", 1));
		stage_end(call, call->answered ? "completed" : "canceled", call->callee ? "callee" : "caller",
			  0, NULL);
	}
}

/* Sets a time for the next act, where it has one. */
static void plan(struct stage_call *call)
{
	const struct story_act *what = next_act(call);
	const struct ticks *ticks = call->stage->with.ticks;

	if (!what || what->when == STORY_LISTENING)
		return;
	tick_set(call->stage->with.ticks, &call->acting,
		 what->when == STORY_AT ? what->ms - ticks->now_ms
					: call->acted_ms + what->ms - ticks->now_ms,
		 act, call);
}

void stage_act_begin(struct stage_call *call, const struct story_act *acts, size_t count)
{
	call->acts = acts;
	call->act_count = count;
	act_done(call);
}

/* One that waits for being listened to, and has nothing under way. */
static bool waits_to_act(const struct stage_call *call)
{
	const struct story_act *what = next_act(call);

	return !call->over && what && what->when == STORY_LISTENING && !call->acting.link;
}

void stage_idle(struct stage *stage)
{
	for (struct stage_call *call = stage->calls; call; call = call->next)
		if (waits_to_act(call) && stage_listens(call))
			tick_set(stage->with.ticks, &call->acting, ANSWER_MS, act, call);
}

bool stage_nudge(struct stage *stage)
{
	for (struct stage_call *call = stage->calls; call; call = call->next)
		if (waits_to_act(call)) {
			tick_set(stage->with.ticks, &call->acting, ANSWER_MS, act, call);
			return true;
		}
	return false;
}

/* ---- calls of the story ---- */

static void begin_script(void *arg)
{
	struct stage_call *call = arg;
	struct stage *stage = call->stage;

	stage_act_begin(call, call->told->acts, call->told->act_count);
	stage->with.begin(call->id, call->told, stage->with.arg);
}

static void begin_call(void *arg)
{
	struct stage_start *start = arg;
	struct stage *stage = start->stage;
	const struct story_call *told = &stage->with.story->calls[start->index];
	struct stage_call *call;
	char name[24] = "caller";

	if (start->index)
		snprintf(name, sizeof name, "call %zu", start->index + 1);
	stage->to_start--;
	call = stage_call_new(stage, NULL, name, told->from, told->to, told->outbound, NULL);
	if (!call)
		return;
	call->told = told;
	stage_state(call, told->outbound ? "in-progress" : "ringing");
	/* when that is known everywhere */
	tick_set(stage->with.ticks, &call->due, 0, begin_script, call);
}

void stage_start_call(struct stage *stage, size_t index)
{
	struct stage_start *start = &stage->starts[index];

	start->stage = stage;
	start->index = index;
	stage->to_start++;
	tick_set(stage->with.ticks, &start->tick, stage->with.story->calls[index].at_ms, begin_call, start);
}
