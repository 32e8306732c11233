#include "daemon/api/script/run_steps.h"

#include "lib/call_state.h"
#include "lib/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_DONE_MS = 30000 };

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
	const char *message = json_string_value(json_object_get(error, "message"));
	char reason[400];

	snprintf(reason, sizeof reason, "The script could not go on at <%s> in line %d: %.200s",
		 step ? step_name(step->kind) : "?", step ? step->line : 0, message ? message : "refused");
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

static void begin_reject(struct run *run, const struct step *step)
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

static void begin(struct run *run)
{
	const struct step *step = run_step_of(run);

	switch (step->kind) {
	case STEP_SAY:
	case STEP_PLAY:
		run_begin_play(run, step);
		break;
	case STEP_DIGITS:
		run_begin_digits(run, step);
		break;
	case STEP_PAUSE:
		run_begin_pause(run, step);
		break;
	case STEP_GATHER:
		run_begin_gather(run, step);
		break;
	case STEP_RECORD:
		run_begin_record(run, step);
		break;
	case STEP_DIAL:
		run_begin_dial(run, step);
		break;
	case STEP_CONFERENCE:
		run_begin_conference(run, step);
		break;
	case STEP_REDIRECT:
		run_ask_action(run, step->text, step->post, NULL);
		break;
	case STEP_REJECT:
		begin_reject(run, step);
		break;
	case STEP_HANGUP:
		run_hang_up(run, NULL);
		break;
	case STEP_DEQUEUE:
	case STEP_ENQUEUE:
	case STEP_LEAVE:
	case STEP_REFER:
	case STEP_ECHO:
	case STEP_START_RECORDING:
	case STEP_STOP_RECORDING:
	case STEP_NOTIFY:
	case STEP_TRANSFER:
		log_warn("script.step_not_built", run->call, "verb=%s line=%d", step_name(step->kind),
			 step->line);
		run_next(run);
		break;
	}
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

/* The call is over; a recording of the script may still come. */
static void on_over(struct run *run)
{
	const struct step *step = run_step_of(run);

	if (step && step->kind == STEP_RECORD && (run->phase == RUN_RECORD || run->phase == RUN_FETCH)) {
		run->over = true;
		run_set_timer(run, RECORD_DONE_MS);
	} else {
		run_end(run);
	}
}

static void ignore(struct run *run, const json_t *result, const json_t *error)
{
	(void)run, (void)result, (void)error;
}

void run_digit(struct run *run, const json_t *data)
{
	const char *digit = json_string_value(json_object_get(data, "digit"));
	const struct step *step = run_step_of(run);

	if (!digit || !*digit)
		return;
	if (run->phase == RUN_GATHER) {
		/* From here on the switch waits for the next one. */
		run_set_timer(run, -1);
	} else if (run->phase == RUN_RECORD && strchr(step->finish_on, *digit)) {
		run->digit = *digit;
		run_request(run, "call.record_stop", json_object(), ignore);
	}
}

void run_event(struct run *run, const struct bus_event *event)
{
	enum call_status status;

	if (!strcmp(event->type, "call.state") && !call_status_parse(event->row->status, &status) &&
	    call_status_is_final(status))
		on_over(run);
	else if (!strcmp(event->type, "call.transferred"))
		run_end(run); /* from here on the call belongs to whom it was handed over to */
	else if (!strcmp(event->type, "call.play_done"))
		run_play_done(run, event->data);
	else if (!strcmp(event->type, "call.collect_done") && run->phase == RUN_GATHER)
		run_collected(run, event->data);
	else if (!strcmp(event->type, "call.digit"))
		run_digit(run, event->data);
	else if (!strcmp(event->type, "call.record_done") && run->phase == RUN_RECORD)
		run_recorded(run, event->data);
}

static void on_stopped(struct run *run, const json_t *result, const json_t *error)
{
	(void)result;
	if (error)
		run_next(run);
}

void run_timer(struct run *run)
{
	if (run->over)
		run_end(run);
	else if (run->phase == RUN_PAUSE)
		run_next(run);
	else if (run->phase == RUN_GATHER)
		run_request(run, "call.stop", json_object(), on_stopped);
}
