#include "daemon/api/script/run_steps.h"

#include "daemon/api/call/fault.h"
#include "lib/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_hung_up(struct run *run, const json_t *result, const json_t *error)
{
	(void)result;
	/* It was over already; its last event has been here or comes. */
	if (error)
		run_end(run);
}

void run_hang_up(struct run *run, const char *reason)
{
	json_t *params = json_pack("{s:s, s:s*, s:b, s:b}", "by", "script", "reason", reason, "failed",
				   reason != NULL, "brief", 1);

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
	run_note(run, true, "%s", sentence);
	run_hang_up(run, reason);
}

void run_begin_document(struct run *run, const char *text, const char *type)
{
	char error[200];

	if (run_take_document(run, text, strlen(text), type, NULL, error, sizeof error))
		run_hang_up(run, error);
	else
		run_step(run);
}

void run_next(struct run *run)
{
	run->at++;
	run_step(run);
}

void run_ask_action(struct run *run, const struct step *step, const char *moment, json_t *form)
{
	char *url = step->action ? strdup(step->action) : NULL;

	/* without one the document itself is asked, which a list of actions is not */
	if (!url && !run_is_actions(run) && run->base_url)
		url = strdup(run->base_url);
	if (url) {
		run_ask(run, &(struct run_asking){ .url = url,
						   .post = step->post,
						   .form = form,
						   .moment = moment,
						   .optional = run_is_actions(run) });
	} else {
		json_decref(form);
		run_next(run);
	}
	free(url);
}

void run_ask_if_action(struct run *run, const struct step *step, const char *moment, json_t *form)
{
	if (step->action) {
		run_ask_action(run, step, moment, form);
	} else {
		json_decref(form);
		run_next(run);
	}
}

bool run_is_parted(const json_t *result, const json_t *error)
{
	const json_t *call = json_object_get(result, "call");
	const char *status = json_string_value(json_object_get(call, "status"));

	return !error && status && !strcmp(status, "in-progress") && !json_object_get(call, "bridge");
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
	if (step->text)
		run_fetch(run, step->text, step->post, NULL);
	else if (run->base_url)
		run_fetch(run, run->base_url, step->post, NULL);
	else
		run_next(run);
}

void run_begin_hangup(struct run *run, const struct step *step)
{
	(void)step;
	/* an application hangs up itself, not who is connected with it */
	if (run->outer && run_outer_kind(run) == STEP_DIAL)
		run->ways[STEP_DIAL].heard(run);
	else
		run_hang_up(run, NULL);
}

/* What may be done in the script of those who wait, or who are asked before they are connected. */
static bool is_aside(const struct run *run, const struct step *step)
{
	switch (step->kind) {
	case STEP_SAY:
	case STEP_PLAY:
	case STEP_DIGITS:
	case STEP_PAUSE:
	case STEP_GATHER:
	case STEP_REDIRECT:
	case STEP_HANGUP:
	case STEP_NOTIFY:
		return true;
	case STEP_LEAVE:
		return run->outer != NULL;
	case STEP_REJECT:
		return !run->outer;
	default:
		return !run->outer && !run->screen;
	}
}

static void begin(struct run *run)
{
	const struct scripts_stage *stage = run->with->stage;
	const struct step *step = run_step_of(run);

	if (stage)
		stage->step(run->call, step, run->base_url, stage->arg);
	run_keep_step(run, step);
	if (is_aside(run, step)) {
		run->ways[step->kind].begin(run, step);
		return;
	}
	run_note(run, false, "<%s> cannot be done here, and is passed over.", step_name(step->kind));
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
	switch (step->kind) {
	case STEP_REJECT:
	case STEP_HANGUP:
	case STEP_REDIRECT:
	case STEP_PAUSE:
	case STEP_NOTIFY:
	case STEP_LEAVE:
		return false;
	case STEP_DIAL:
		return !step->answer_on_bridge;
	default:
		return true;
	}
}

void run_clear_step(struct run *run)
{
	json_decref(run->play_id);
	json_decref(run->early_done);
	json_decref(run->wanted);
	json_decref(run->cut);
	json_decref(run->cut_done);
	run->play_id = run->early_done = run->wanted = run->cut = run->cut_done = NULL;
	run->prompts_done = false;
	if (!run->outer)
		*run->conference = '\0';
}

static void on_connected(struct run *run, const json_t *result, const json_t *error)
{
	(void)result;
	if (error)
		run_hang_up(run, NULL);
	else
		run_end(run);
}

/* At the end of a script the call ends, too; who was asked before is connected. */
static void finish(struct run *run)
{
	if (run->outer)
		run->ways[run_outer_kind(run)].heard(run);
	else if (run->screen && run->parent)
		run_request_for(run, run->parent, "call.connect", json_pack("{s:s}", "with", run->call),
				on_connected);
	else
		run_hang_up(run, NULL);
}

void run_step(struct run *run)
{
	const struct step *step = run_step_of(run);

	if (run->over || run->gone) {
		run_end(run);
		return;
	}
	run_clear_step(run);
	json_decref(run->memo);
	run->memo = NULL;
	if (!step) {
		finish(run);
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
