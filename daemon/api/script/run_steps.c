#include "daemon/api/script/run.h"

#include "daemon/api/script/prompts.h"
#include "daemon/api/switch/link.h"
#include "daemon/api/voice/call_json.h"
#include "lib/call_state.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* How long a collect may last while prompts are played: our own timer ends it after the last prompt
	   [s]. */
	COLLECT_MAX_S = 300,
	RECORD_DONE_MS = 30000,
	/* As many as the switch takes in one call.play. */
	FILES_MAX = 64,
};

static const struct step *step_of(const struct run *run)
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
	json_t *params = json_pack("{s:s, s:s*}", "by", "script", "reason", reason);

	run->phase = RUN_END;
	run_save(run);
	run_request(run, "call.hangup", params, on_hung_up);
}

/* A request of the step was refused. */
static void step_failed(struct run *run, const json_t *error)
{
	const struct step *step = step_of(run);
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

/* The step is done: its action says how to go on; without one the document itself is asked again, as its
 * callers expect. */
static void ask_action(struct run *run, const char *action, bool post, json_t *form)
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

/* Play */

static void after_play(struct run *run);

static void on_playing(struct run *run, const json_t *result, const json_t *error)
{
	if (error) {
		step_failed(run, error);
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

static void play(struct run *run, json_t *files, unsigned loop, bool barge_in)
{
	json_t *params =
	    json_pack("{s:O, s:i, s:b}", "files", files, "loop", (int)loop, "barge_in", barge_in);

	run_request(run, "call.play", params, on_playing);
}

static void on_prompts(json_t *files, const char *error, void *arg)
{
	struct run *run = ticket_redeem(arg);
	const struct step *step = run ? step_of(run) : NULL;

	if (!step)
		return;
	if (error) {
		log_warn("script.prompt_failed", run->call, "line=%d error=%s", step->line, log_quote(error));
		run_next(run);
		return;
	}
	play(run, files, step->loop, false);
}

static void begin_play(struct run *run, const struct step *step)
{
	struct ticket *ticket = ticket_new(run);

	if (!ticket || prompts_prepare(run->api->prompts, step, 1, run->base_url, on_prompts, ticket))
		run_hang_up(run, "Out of memory.");
}

static void play_one(struct run *run, const char *name)
{
	json_t *files = json_pack("[s]", name);

	play(run, files, 1, false);
	json_decref(files);
}

static void begin_pause(struct run *run, const struct step *step)
{
	char name[32];

	if (!step->ms) {
		run_next(run);
	} else if (run->answered) {
		snprintf(name, sizeof name, "silence:%u", step->ms);
		play_one(run, name);
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
		step_failed(run, error);
	else
		run_next(run);
}

/* Gather */

static void prompts_over(struct run *run)
{
	run->prompts_done = true;
	run_set_timer(run, (int64_t)step_of(run)->timeout_s * 1000);
	run_save(run);
}

static void on_collecting(struct run *run, const json_t *result, const json_t *error)
{
	json_t *files;

	(void)result;
	if (error) {
		step_failed(run, error);
		return;
	}
	run->phase = RUN_GATHER;
	/* The prompts were kept there until now. */
	files = json_incref(json_object_get(run->wanted, "files"));
	json_decref(run->wanted);
	run->wanted = NULL;
	if (json_array_size(files))
		play(run, files, 1, true);
	else
		prompts_over(run);
	json_decref(files);
}

/* Each file as often as its step says. */
static json_t *repeat(json_t *files, const struct step *step)
{
	json_t *all = json_array(), *file;
	size_t i;

	json_array_foreach(files, i, file)
	{
		unsigned times = step->nested[i].kind == STEP_PAUSE ? 1 : step->nested[i].loop;

		for (unsigned n = 0; n < times && json_array_size(all) < FILES_MAX; n++)
			json_array_append(all, file);
	}
	return all;
}

static void on_gather_prompts(json_t *files, const char *error, void *arg)
{
	struct run *run = ticket_redeem(arg);
	const struct step *step = run ? step_of(run) : NULL;
	json_t *params;

	if (!step)
		return;
	if (error)
		log_warn("script.prompt_failed", run->call, "line=%d error=%s", step->line, log_quote(error));
	json_decref(run->wanted);
	run->wanted = json_pack("{s:o}", "files", error ? json_array() : repeat(files, step));
	params = json_pack("{s:s, s:i, s:i}", "finish_on", step->finish_on, "timeout", COLLECT_MAX_S,
			   "digit_timeout", (int)step->timeout_s);
	if (step->max_digits)
		json_object_set_new(params, "max_digits", json_integer(step->max_digits));
	/* Collect first: a digit pressed into the first prompt counts. */
	run_request(run, "call.collect", params, on_collecting);
}

static void begin_gather(struct run *run, const struct step *step)
{
	struct ticket *ticket = ticket_new(run);

	if (!ticket || prompts_prepare(run->api->prompts, step->nested, step->nested_count, run->base_url,
				       on_gather_prompts, ticket))
		run_hang_up(run, "Out of memory.");
}

static void on_collected(struct run *run, const json_t *data)
{
	const struct step *step = step_of(run);
	const char *digits = json_string_value(json_object_get(data, "digits"));

	run_set_timer(run, -1);
	if ((digits && *digits) || step->action_when_empty)
		ask_action(run, step->action, step->post, json_pack("{s:s}", "Digits", digits ? digits : ""));
	else
		run_next(run);
}

static void on_stopped(struct run *run, const json_t *result, const json_t *error)
{
	(void)result;
	if (error)
		run_next(run);
}

/* Record */

static void on_recording(struct run *run, const json_t *result, const json_t *error)
{
	(void)result;
	if (error) {
		step_failed(run, error);
		return;
	}
	run->phase = RUN_RECORD;
	run_save(run);
}

static void begin_recording(struct run *run, const struct step *step)
{
	run->phase = RUN_START;
	run_request(run, "call.record", json_pack("{s:i}", "max_duration", (int)step->max_length_s),
		    on_recording);
}

static void begin_record(struct run *run, const struct step *step)
{
	run->digit = '\0';
	if (step->beep)
		play_one(run, "tone:beep");
	else
		begin_recording(run, step);
}

static void ignore(struct run *run, const json_t *result, const json_t *error)
{
	(void)run, (void)result, (void)error;
}

static void on_digit(struct run *run, const json_t *data)
{
	const char *digit = json_string_value(json_object_get(data, "digit"));
	const struct step *step = step_of(run);

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

static void on_recorded(struct run *run, const json_t *data)
{
	const json_t *recording = json_object_get(data, "recording");
	const char *id = json_string_value(json_object_get(recording, "id"));
	const char digit[2] = { run->digit, '\0' };
	const struct step *step = step_of(run);
	char duration[24];

	if (run->over && !step->action) {
		run_end(run);
		return;
	}
	snprintf(duration, sizeof duration, "%lld",
		 (long long)(json_integer_value(json_object_get(recording, "duration_ms")) + 500) / 1000);
	ask_action(run, step->action, step->post,
		   json_pack("{s:s, s:o, s:s, s:s}", "RecordingSid", id ? id : "", "RecordingUrl",
			     recording_url_json(run->api, id ? id : ""), "RecordingDuration", duration,
			     "Digits", run->over ? "hangup" : digit));
}

/* Dial */

static void dialled(struct run *run, const char *status, const char *child, int64_t duration_ms)
{
	const struct step *step = step_of(run);
	char duration[24];

	*run->child = '\0';
	snprintf(duration, sizeof duration, "%lld", (long long)(duration_ms + 500) / 1000);
	if (step->action)
		ask_action(run, step->action, step->post,
			   json_pack("{s:s, s:s, s:s}", "DialCallStatus", status, "DialCallSid", child,
				     "DialCallDuration", duration));
	else
		run_next(run);
}

static void on_dialling(struct run *run, const json_t *result, const json_t *error)
{
	const char *child = json_string_value(json_object_get(json_object_get(result, "call"), "id"));

	if (error) {
		log_info("script.dial_failed", run->call, "error=%s",
			 log_quote(json_string_value(json_object_get(error, "message"))));
		dialled(run, "failed", "", 0);
		return;
	}
	snprintf(run->child, sizeof run->child, "%s", child ? child : "");
	run->phase = RUN_DIAL;
	run_save(run);
}

static void begin_dial(struct run *run, const struct step *step)
{
	json_t *params = json_pack("{s:s, s:s*, s:i, s:b}", "to", step->text, "from", step->caller_id,
				   "timeout", (int)step->timeout_s, "ringback", 1);

	run_request(run, "call.dial", params, on_dialling);
}

void run_child_event(struct run *run, const struct bus_event *event)
{
	const struct step *step = step_of(run);
	enum call_status status;
	char id[40];

	/* The answer to call.dial may come after all of it. */
	if (!step || step->kind != STEP_DIAL || (run->phase != RUN_DIAL && run->phase != RUN_START))
		return;
	if (*run->child && strcmp(run->child, event->row->id))
		return;
	if (strcmp(event->type, "call.state") || call_status_parse(event->row->status, &status) ||
	    !call_status_is_final(status))
		return;
	snprintf(id, sizeof id, "%s", event->row->id);
	dialled(run, event->row->status, id, event->row->duration_ms);
}

/* All steps */

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
	run_request(run, "call.reject", json_pack("{s:i}", "code", step->code), on_rejected);
}

static void begin(struct run *run)
{
	const struct step *step = step_of(run);

	switch (step->kind) {
	case STEP_SAY:
	case STEP_PLAY:
		begin_play(run, step);
		break;
	case STEP_DIGITS:
		run_request(run, "call.send_digits", json_pack("{s:s}", "digits", step->text),
			    on_digits_sent);
		break;
	case STEP_PAUSE:
		begin_pause(run, step);
		break;
	case STEP_GATHER:
		begin_gather(run, step);
		break;
	case STEP_RECORD:
		begin_record(run, step);
		break;
	case STEP_DIAL:
		begin_dial(run, step);
		break;
	case STEP_REDIRECT:
		run_fetch(run, step->text, step->post, NULL);
		break;
	case STEP_REJECT:
		begin_reject(run, step);
		break;
	case STEP_HANGUP:
		run_hang_up(run, NULL);
		break;
	}
}

static void on_answered(struct run *run, const json_t *result, const json_t *error)
{
	(void)result;
	if (error) {
		step_failed(run, error);
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
	const struct step *step = step_of(run);

	json_decref(run->play_id);
	json_decref(run->early_done);
	json_decref(run->wanted);
	json_decref(run->cut);
	json_decref(run->cut_done);
	run->play_id = run->early_done = run->wanted = run->cut = run->cut_done = NULL;
	run->prompts_done = false;
	*run->child = '\0';
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

/* The play that the step waited for is over. */
static void after_play(struct run *run)
{
	const struct step *step = step_of(run);

	json_decref(run->play_id);
	json_decref(run->early_done);
	run->play_id = run->early_done = NULL;
	if (run->phase == RUN_GATHER)
		prompts_over(run);
	else if (step->kind == STEP_RECORD)
		begin_recording(run, step);
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

void run_hold(struct run *run, bool held)
{
	json_t *done = run->cut_done;

	run->held = held;
	if (held) {
		json_decref(run->cut);
		run->cut = json_incref(run->play_id);
	}
	run_save(run);
	if (held || !done)
		return;
	run->cut_done = NULL;
	play_over(run, done);
	json_decref(done);
}

static void on_play_done(struct run *run, const json_t *data)
{
	json_t *id = json_object_get(data, "play_id");
	const char *error = json_string_value(json_object_get(data, "error"));

	if (error)
		log_warn("script.play_failed", run->call, "error=%s", log_quote(error));
	if (!run->play_id) {
		json_decref(run->early_done);
		run->early_done = json_incref(id);
	} else if (!json_equal(id, run->play_id)) {
		return;
	} else if (run->phase == RUN_PLAY && run->held) {
		json_decref(run->cut_done);
		run->cut_done = json_incref((json_t *)data);
		run_save(run);
	} else if (run->phase == RUN_PLAY) {
		play_over(run, data);
	} else if (run->phase == RUN_GATHER) {
		after_play(run);
	}
}

/* The call is over; a recording of the script may still come. */
static void on_over(struct run *run)
{
	const struct step *step = step_of(run);

	if (step && step->kind == STEP_RECORD && (run->phase == RUN_RECORD || run->phase == RUN_FETCH)) {
		run->over = true;
		run_set_timer(run, RECORD_DONE_MS);
	} else {
		run_end(run);
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
		on_play_done(run, event->data);
	else if (!strcmp(event->type, "call.collect_done") && run->phase == RUN_GATHER)
		on_collected(run, event->data);
	else if (!strcmp(event->type, "call.digit"))
		on_digit(run, event->data);
	else if (!strcmp(event->type, "call.record_done") && run->phase == RUN_RECORD)
		on_recorded(run, event->data);
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
