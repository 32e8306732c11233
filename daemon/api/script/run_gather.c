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

void run_prompts_over(struct run *run, const struct step *step)
{
	run->prompts_done = true;
	run_set_timer(run, (int64_t)step->timeout_s * 1000);
	run_save(run);
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

static void on_collecting(struct run *run, const json_t *result, const json_t *error)
{
	json_t *files;

	(void)result;
	if (error) {
		run_step_failed(run, error);
		return;
	}
	run->phase = RUN_GATHER;
	/* The prompts were kept there until now. */
	files = json_incref(json_object_get(run->wanted, "files"));
	json_decref(run->wanted);
	run->wanted = NULL;
	if (json_array_size(files))
		run_play(run, files, 1, run_step_of(run)->barge_in, level_of(run, run_step_of(run)));
	else
		run_prompts_over(run, run_step_of(run));
	json_decref(files);
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
	params = json_pack("{s:s, s:i, s:i}", "finish_on", step->finish_on, "timeout", COLLECT_MAX_S,
			   "digit_timeout", (int)step->timeout_s);
	if (step->max_digits)
		json_object_set_new(params, "max_digits", json_integer(step->max_digits));
	/* Collect first: a digit pressed into the first prompt counts. */
	run_request(run, "call.collect", params, on_collecting);
}

void run_begin_gather(struct run *run, const struct step *step)
{
	run->digit = '\0';
	if (step->speech && step->speech->partial.url)
		run_note(run, false, "Partial results are not told: they are of speech.");
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

	run_set_timer(run, -1);
	if ((digits && *digits) || step->action_when_empty)
		run_ask_action(run, step, "gather",
			       json_pack("{s:s, s:o*}", "digits", digits ? digits : "", "finished_on_key",
					 finished_on(run, step, data)));
	else
		run_next(run);
}
