#include "daemon/api/script/run_steps.h"

#include "daemon/api/call/fault.h"
#include "lib/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct step *run_step_of(const struct run *run)
{
	return run->script && run->at < run->script->count ? &run->script->steps[run->at] : NULL;
}

static void on_hung_up(struct run *run, const json_t *result, const json_t *error)
{
	(void)result;
	/* It was over already; its last event has been here or comes. */
	if (error)
		run_end(run);
}

void run_hang_up(struct run *run, const char *reason)
{
	json_t *params =
	    json_pack("{s:s, s:s*, s:b}", "by", "script", "reason", reason, "failed", reason != NULL);

	run->phase = RUN_END;
	run_save(run);
	run_request(run, "call.hangup", params, on_hung_up);
}

void run_step_failed(struct run *run, const json_t *error)
{
	const struct step *step = run_step_of(run);
	struct fault fault;
	char sentence[sizeof fault.text], reason[400];

	fault_from_switch(&fault, error, NULL);
	fault_sentence(&fault, NULL, sentence, sizeof sentence);
	snprintf(reason, sizeof reason, "The script could not go on at <%s> in line %d: %.200s",
		 step ? step_name(step->kind) : "?", step ? step->line : 0, sentence);
	log_warn("script.step_failed", run->call, "reason=%s", log_quote(reason));
	run_hang_up(run, reason);
}

void run_next(struct run *run)
{
	run->at++;
	run_step(run);
}

void run_ask_action(struct run *run, const char *action, bool post, json_t *form)
{
	char *url = action ? strdup(action) : run->base_url ? strdup(run->base_url) : NULL;

	if (url) {
		run_fetch(run, url, post, form);
	} else {
		json_decref(form);
		run_next(run);
	}
	free(url);
}

static void on_rejected(struct run *run, const json_t *result, const json_t *error)
{
	(void)result;
	if (error)
		run_hang_up(run, NULL);
}

void run_begin_reject(struct run *run, const struct step *step)
{
	if (run->answered) {
		run_hang_up(run, NULL);
		return;
	}
	run->phase = RUN_END;
	run_save(run);
	run_request(run, "call.reject", json_pack("{s:i, s:s}", "code", step->code, "by", "script"),
		    on_rejected);
}

void run_begin_redirect(struct run *run, const struct step *step)
{
	run_ask_action(run, step->text, step->post, NULL);
}

void run_begin_hangup(struct run *run, const struct step *step)
{
	(void)step;
	run_hang_up(run, NULL);
}

static void begin(struct run *run)
{
	const struct step *step = run_step_of(run);
	const struct run_way *way = &run->ways[step->kind];

	if (way->begin) {
		way->begin(run, step);
		return;
	}
	log_warn("script.step_not_built", run->call, "verb=%s line=%d", step_name(step->kind), step->line);
	run_next(run);
}

static void on_answered(struct run *run, const json_t *result, const json_t *error)
{
	(void)result;
	if (error) {
		run_step_failed(run, error);
		return;
	}
	run->answered = true;
	begin(run);
}

static bool needs_answer(const struct step *step)
{
	return step->kind != STEP_REJECT && step->kind != STEP_HANGUP && step->kind != STEP_REDIRECT &&
	       step->kind != STEP_PAUSE && !(step->kind == STEP_DIAL && step->answer_on_bridge);
}

void run_step(struct run *run)
{
	const struct step *step = run_step_of(run);

	json_decref(run->play_id);
	json_decref(run->early_done);
	json_decref(run->wanted);
	json_decref(run->cut);
	json_decref(run->cut_done);
	run->play_id = run->early_done = run->wanted = run->cut = run->cut_done = NULL;
	run->prompts_done = false;
	*run->child = *run->conference = '\0';
	if (!step) {
		run_hang_up(run, NULL);
		return;
	}
	log_debug("script.step", run->call, "verb=%s line=%d", step_name(step->kind), step->line);
	run->phase = RUN_START;
	run_save(run);
	if (!run->answered && needs_answer(step))
		run_request(run, "call.answer", json_object(), on_answered);
	else
		begin(run);
}
