/* Say, Play, Pause and digits. */
#include "daemon/api/script/run_steps.h"

#include "lib/log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEVEL_DB = 12 }; /* what a level of 1 adds, and of -1 takes away */

static void after_play(struct run *run);

static void on_playing(struct run *run, const json_t *result, const json_t *error)
{
	if (error) {
		run_step_failed(run, error);
		return;
	}
	json_decref(run->play_id);
	run->play_id = json_incref(json_object_get(result, "play_id"));
	if (run->phase == RUN_START)
		run->phase = RUN_PLAY;
	run_save(run);
	if (run->early_done && json_equal(run->early_done, run->play_id))
		after_play(run);
}

void run_play(struct run *run, json_t *files, unsigned loop, bool barge_in, double level)
{
	json_t *params = json_pack("{s:O, s:i, s:b, s:b}", "files", files, "loop", (int)loop, "barge_in",
				   barge_in, "brief", 1);

	if (level > 0 || level < 0)
		json_object_set_new(params, "gain", json_integer(lrint(level * LEVEL_DB)));
	run_request(run, "call.play", params, on_playing);
}

static struct prompt prompt_of(const struct step *step)
{
	static const enum prompt_kind kinds[] = { [STEP_SAY] = PROMPT_TEXT, [STEP_PLAY] = PROMPT_SOUND };

	return (struct prompt){ .kind = step->kind == STEP_PAUSE ? PROMPT_SILENCE : kinds[step->kind],
				.text = step->text,
				.markup = step->markup,
				.voice = step->voice,
				.language = step->language,
				.ms = step->ms };
}

static int prepare(struct run *run, const struct prompt *list, size_t count, prompts_h *handler,
		   struct ticket *ticket)
{
	const struct scripts_stage *stage = run->with->stage;

	if (stage)
		return stage->prepare(list, count, run->base_url, handler, ticket, stage->arg);
	return prompts_prepare(run->with->prompts, list, count, run->base_url, handler, ticket);
}

bool run_prompts(struct run *run, const struct step *steps, size_t count, prompts_h *handler)
{
	struct prompt *list = calloc(count ? count : 1, sizeof *list);
	struct ticket *ticket = list ? ticket_new(run) : NULL;
	bool failed;

	for (size_t i = 0; list && i < count; i++)
		list[i] = prompt_of(&steps[i]);
	failed = !ticket || prepare(run, list, count, handler, ticket);
	free(list);
	if (failed)
		run_hang_up(run, "Out of memory.");
	return !failed;
}

json_t *run_prompts_had(struct run *run, const struct step *step, json_t *files, const char *error)
{
	json_t *had = json_array(), *file;
	size_t i;

	if (error) {
		log_warn("script.prompt_failed", run->call, "line=%d error=%s", step->line, log_quote(error));
		run_note(run, false, "%s", error);
	}
	json_array_foreach(files, i, file)
	{
		if (!json_is_null(file))
			json_array_append(had, file);
	}
	return had;
}

static void on_prompts(json_t *files, const char *error, void *arg)
{
	struct run *run = ticket_redeem(arg);
	const struct step *step = run ? run_step_of(run) : NULL;
	json_t *had;

	if (!step)
		return;
	had = run_prompts_had(run, step, files, error);
	if (json_array_size(had))
		run_play(run, had, step->loop, step->barge_in, step->level);
	else
		run_next(run);
	json_decref(had);
}

void run_begin_play(struct run *run, const struct step *step)
{
	run_prompts(run, step, 1, on_prompts);
}

void run_play_one(struct run *run, const char *name)
{
	json_t *files = json_pack("[s]", name);

	run_play(run, files, 1, false, 0);
	json_decref(files);
}

void run_begin_pause(struct run *run, const struct step *step)
{
	char name[32];

	if (!step->ms) {
		run_next(run);
	} else if (run->answered) {
		snprintf(name, sizeof name, "silence:%u", step->ms);
		run_play_one(run, name);
	} else {
		run->phase = RUN_PAUSE;
		run_set_timer(run, step->ms);
		run_save(run);
	}
}

static void on_digits_sent(struct run *run, const json_t *result, const json_t *error)
{
	(void)result;
	if (error)
		run_step_failed(run, error);
	else
		run_next(run);
}

void run_begin_digits(struct run *run, const struct step *step)
{
	run_request(run, "call.send_digits", json_pack("{s:s}", "digits", step->text), on_digits_sent);
}

/* The play that the step waited for is over. */
static void after_play(struct run *run)
{
	const struct step *step = run_step_of(run);

	json_decref(run->play_id);
	json_decref(run->early_done);
	run->play_id = run->early_done = NULL;
	if (run->ways[step->kind].played)
		run->ways[step->kind].played(run, step);
	else
		run_next(run);
}

static void play_over(struct run *run, const json_t *done)
{
	const char *end = json_string_value(json_object_get(done, "end"));

	if (end && !strcmp(end, "stopped") && run->cut &&
	    json_equal(json_object_get(done, "play_id"), run->cut))
		run_step(run);
	else
		after_play(run);
}

/* The script's play is heard by nobody: its end is looked at when it would be again. */
static bool is_cut(const struct run *run)
{
	return run->held || run->interlude;
}

/* What is the script's is cut from here on, unless it was before. */
static void cut(struct run *run)
{
	if (is_cut(run))
		return;
	json_decref(run->cut);
	run->cut = json_incref(run->play_id);
}

static void go_back(struct run *run)
{
	json_t *done = run->cut_done;

	run_save(run);
	if (is_cut(run) || !done)
		return;
	run->cut_done = NULL;
	play_over(run, done);
	json_decref(done);
}

void run_hold(struct run *run, bool held)
{
	if (held)
		cut(run);
	run->held = held;
	go_back(run);
}

static void set_interlude(struct run *run, json_t *play_id)
{
	json_decref(run->interlude);
	run->interlude = json_incref(play_id);
}

void run_interlude(struct run *run, json_t *play_id)
{
	if (play_id)
		cut(run);
	set_interlude(run, play_id);
	if (!is_cut(run) && !run->cut_done) { /* there was none: nothing was cut */
		json_decref(run->cut);
		run->cut = NULL;
	}
	go_back(run);
}

void run_play_done(struct run *run, const json_t *data)
{
	json_t *id = json_object_get(data, "play_id");
	const char *error = json_string_value(json_object_get(data, "error"));

	if (error)
		log_warn("script.play_failed", run->call, "error=%s", log_quote(error));
	if (run->interlude && json_equal(id, run->interlude)) {
		set_interlude(run, NULL);
		go_back(run);
	} else if (!run->play_id) {
		json_decref(run->early_done);
		run->early_done = json_incref(id);
	} else if (!json_equal(id, run->play_id)) {
		return;
	} else if (run->phase == RUN_PLAY && is_cut(run)) {
		json_decref(run->cut_done);
		run->cut_done = json_incref((json_t *)data);
		run_save(run);
	} else if (run->phase == RUN_PLAY) {
		play_over(run, data);
	} else if (run->phase == RUN_GATHER) {
		after_play(run);
	}
}

void scripts_hold(struct scripts *scripts, const char *call, bool held)
{
	struct run *run = run_find(scripts, call);

	if (run)
		run_hold(run, held);
}

void scripts_interlude(struct scripts *scripts, const char *call, json_t *play_id)
{
	struct run *run = run_find(scripts, call);

	if (run)
		run_interlude(run, play_id);
}
