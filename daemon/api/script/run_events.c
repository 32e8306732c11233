/* What happens to the call of a run, and to its timer. */
#include "daemon/api/script/run_steps.h"

#include "lib/call_state.h"

#include <string.h>

enum { RECORD_DONE_MS = 30000, GONE_MS = 60000 };

/* The step of the call's own script. */
static const struct step *own_step(const struct run *run)
{
	return run->outer ? NULL : run_step_of(run);
}

static const struct run_way *own_way(const struct run *run)
{
	const struct step *step = run_step_of(run);

	if (run->outer)
		return &run->ways[run_outer_kind(run)];
	return step ? &run->ways[step->kind] : NULL;
}

/* The call is over; what its step has come to may still be asked for. */
static void on_over(struct run *run)
{
	const struct run_way *way = own_way(run);

	if (way && way->over && way->over(run, own_step(run)))
		run->over = true;
	else
		run_end(run);
}

bool run_record_over(struct run *run, const struct step *step)
{
	(void)step;
	if (run->phase != RUN_RECORD && run->phase != RUN_FETCH)
		return false;
	run_set_timer(run, RECORD_DONE_MS);
	return true;
}

void run_gone(struct run *run)
{
	const struct run_way *way = own_way(run);

	const bool asks = run->redo && run->phase == RUN_FETCH && way && way->over;

	/* how it ended was heard before: without anything to tell there is nothing left to do */
	if (!asks && !run->over) {
		run_end(run);
		return;
	}
	run->gone = true;
	run_set_timer(run, GONE_MS);
	/* what its step came to is told, though the answer counts no more */
	if (asks)
		run_fetch_again(run);
}

static void on_digit(struct run *run, const json_t *data)
{
	const char *digit = json_string_value(json_object_get(data, "digit"));
	const struct step *step = run_step_of(run);

	if (!digit || !*digit)
		return;
	if (run->phase == RUN_GATHER && run_listens(step)) {
		/* From here on the switch waits for the next one. */
		run->digit = *digit;
		run_speech_key(run);
		run_set_timer(run, -1);
	} else if (run->phase == RUN_RECORD && strchr(step->finish_on, *digit)) {
		run->digit = *digit;
		run_request(run, "call.record_stop", run_recording_params(run), NULL);
	}
}

void run_child_event(struct run *run, const struct bus_event *event)
{
	const struct run_way *way = own_way(run);

	if (way && way->child)
		way->child(run, own_step(run), event);
}

/* From here on the call belongs to whom it was handed over to. */
static void transferred(struct run *run)
{
	const struct step *step = own_step(run);

	if (step && step->kind == STEP_REFER)
		run_refer_done(run, step);
	run_end(run);
}

/* Another process of the switch has the call, and has forgotten what the step has set going: it is done
 * again. What else there was is over, and said to be. */
static void on_resumed(struct run *run)
{
	run->redo = run->redo || run->phase == RUN_PLAY || run->phase == RUN_GATHER || run->phase == RUN_ECHO;
	run->prompts_done = false;
}

void run_event(struct run *run, const struct bus_event *event)
{
	const struct run_way *way = own_way(run);
	enum call_status status;

	if (run->keys && !strcmp(event->type, "call.digit"))
		run_keys_event(run, event);
	if (!strcmp(event->type, "call.state") && !call_status_parse(event->row->status, &status) &&
	    call_status_is_final(status))
		on_over(run);
	else if (!strcmp(event->type, "call.resumed"))
		on_resumed(run);
	else if (!strcmp(event->type, "call.transferred"))
		transferred(run);
	else if (!strcmp(event->type, "call.play_done"))
		run_play_done(run, event->data);
	else if (!strcmp(event->type, "call.collect_done") && run->phase == RUN_GATHER)
		run_collected(run, event->data);
	else if (!strcmp(event->type, "call.digit") && (run->phase == RUN_GATHER || run->phase == RUN_RECORD))
		on_digit(run, event->data);
	else if (!strcmp(event->type, "call.record_done") && run->phase == RUN_RECORD)
		run_recorded(run, event->data);
	else if ((!strcmp(event->type, "call.stream") || !strcmp(event->type, "call.speech")) &&
		 run->phase == RUN_GATHER)
		run_speech_event(run, event);
	else if (way && way->event)
		way->event(run, own_step(run), event);
}

static void on_stopped(struct run *run, const json_t *result, const json_t *error)
{
	(void)result;
	if (error)
		run_next(run);
}

void run_timer(struct run *run)
{
	const struct run_way *way = own_way(run);

	if (run->over || run->gone)
		run_end(run);
	else if (run->phase == RUN_AGAIN && run->outer)
		way->heard(run);
	else if (run->phase == RUN_PAUSE)
		run_next(run);
	else if (run->phase == RUN_GATHER && run_speech_flush(run))
		; /* what is said last is still to come */
	else if (run->phase == RUN_GATHER && run_listens(run_step_of(run)))
		run_request(run, "call.stop", json_object(), on_stopped);
	else if (run->phase == RUN_GATHER)
		run_collected(run, NULL);
	else if (way && way->timer)
		way->timer(run);
}
