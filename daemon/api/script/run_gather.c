/* Gather. */
#include "daemon/api/script/run_steps.h"

#include "lib/log.h"

#include <math.h>
#include <string.h>

enum {
	/* How long a collect may last while prompts are played: our own timer ends it after the last prompt
	   [s]. */
	COLLECT_MAX_S = 300,
	/* As many as the switch takes in one call.play. */
	FILES_MAX = 64,
};

static void set_timer(struct run *run, const struct step *step)
{
	const int64_t ms = (int64_t)step->timeout_s * 1000,
		      start_ms = step->speech ? step->speech->start_ms : 0;

	if (!run_speech_holds_timer(run))
		run_set_timer(run, ms > start_ms ? ms : start_ms);
	run_save(run);
}

static void on_late_speech(struct run *run, const json_t *result, const json_t *error)
{
	const struct step *step = run_step_of(run);

	(void)result;
	run_speech_begun(run, step, error);
	set_timer(run, step);
}

/* What may not be interrupted is not listened to meanwhile. */
void run_prompts_over(struct run *run, const struct step *step)
{
	run->prompts_done = true;
	if (step->barge_in || !run_speech_begin(run, step, on_late_speech))
		set_timer(run, step);
}

/* They are one play, as loud as the first. */
static double level_of(struct run *run, const struct step *step)
{
	const double level = step->nested_count ? step->nested[0].level : 0;

	for (size_t i = 1; i < step->nested_count; i++) {
		if (fabs(step->nested[i].level - level) > 0.001) {
			run_note(run, false, "All of its prompts are as loud as the first.");
			break;
		}
	}
	return level;
}

/* The prompts were kept there until now. */
static void play_prompts(struct run *run)
{
	const struct step *step = run_step_of(run);
	json_t *files = json_incref(json_object_get(run->wanted, "files"));

	json_decref(run->wanted);
	run->wanted = NULL;
	if (json_array_size(files) && !(step->barge_in && run_speech_holds_timer(run)))
		run_play(run, files, 1, step->barge_in, level_of(run, step));
	else
		run_prompts_over(run, step);
	json_decref(files);
}

static void on_speech(struct run *run, const json_t *result, const json_t *error)
{
	(void)result;
	run_speech_begun(run, run_step_of(run), error);
	play_prompts(run);
}

static void on_collecting(struct run *run, const json_t *result, const json_t *error)
{
	const struct step *step = run_step_of(run);

	(void)result;
	if (error) {
		run_step_failed(run, error);
		return;
	}
	run->phase = RUN_GATHER;
	if (!step->barge_in || !run_speech_begin(run, step, on_speech))
		play_prompts(run);
}

/* Each file that could be had, as often as its step says. */
static json_t *repeat(json_t *files, const struct step *step)
{
	json_t *all = json_array(), *file;
	size_t i;

	json_array_foreach(files, i, file)
	{
		const struct step *nested = &step->nested[i];
		const unsigned times = nested->kind == STEP_PAUSE ? 1
				       : nested->loop		  ? nested->loop
								  : FILES_MAX;

		for (unsigned n = 0; n < times && !json_is_null(file) && json_array_size(all) < FILES_MAX;
		     n++)
			json_array_append(all, file);
	}
	return all;
}

bool run_listens(const struct step *step)
{
	return !step->speech || step->speech->dtmf;
}

static void on_gather_prompts(json_t *files, const char *error, void *arg)
{
	struct run *run = ticket_redeem(arg);
	const struct step *step = run ? run_step_of(run) : NULL;
	json_t *params;

	if (!step)
		return;
	if (error) {
		log_warn("script.prompt_failed", run->call, "line=%d error=%s", step->line, log_quote(error));
		run_note(run, false, "%s", error);
	}
	json_decref(run->wanted);
	run->wanted = json_pack("{s:o}", "files", repeat(files, step));
	if (!run_listens(step)) {
		on_collecting(run, NULL, NULL);
		return;
	}
	params = json_pack("{s:s, s:i, s:i, s:b}", "finish_on", step->finish_on, "timeout", COLLECT_MAX_S,
			   "digit_timeout", (int)step->timeout_s, "brief", 1);
	if (step->max_digits)
		json_object_set_new(params, "max_digits", json_integer(step->max_digits));
	/* Collect first: a digit pressed into the first prompt counts. */
	run_request(run, "call.collect", params, on_collecting);
}

void run_begin_gather(struct run *run, const struct step *step)
{
	run->digit = '\0';
	if (step->in_background)
		run_keys_begin(run, step);
	else
		run_prompts(run, step->nested, step->nested_count, on_gather_prompts);
}

/* The key that ended it, or NULL: none, or it was pressed before a restart and may be one of several. */
static json_t *finished_on(const struct run *run, const struct step *step, const json_t *data)
{
	const char *end = json_string_value(json_object_get(data, "end"));
	const char key[2] = { run->digit, '\0' };

	if (!end || strcmp(end, "finish-key"))
		return NULL;
	if (run->digit && strchr(step->finish_on, run->digit))
		return json_string(key);
	return strlen(step->finish_on) == 1 ? json_string(step->finish_on) : NULL;
}

void run_collected(struct run *run, const json_t *data)
{
	const struct step *step = run_step_of(run);
	const char *digits = json_string_value(json_object_get(data, "digits"));
	json_t *said = digits && *digits ? NULL : run_speech_form(run, step);

	run_set_timer(run, -1);
	run_speech_over(run);
	if (said)
		run_ask_action(run, step, "gather", said);
	else if ((digits && *digits) || step->action_when_empty)
		run_ask_action(run, step, "gather",
			       json_pack("{s:s, s:o*}", "digits", digits ? digits : "", "finished_on_key",
					 finished_on(run, step, data)));
	else
		run_next(run);
}

void run_gather_leave(struct run *run, const struct step *step)
{
	(void)step;
	run_speech_over(run);
}
