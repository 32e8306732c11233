/* Dial: one or several other calls.
 *
 * Remembered: "calls" (those that live: id and what was dialled), "at" (how many places were rung, one after
 * the other), "files" (what the caller hears meanwhile), "request" (until it is sent), "held" (who answers is
 * not connected at once), "child" (who answered), "bridged", "status", "last" and "duration_ms" (of the call
 * that counts), "refer_to" (where who answered sends the caller), "recording",
 * "recording_s" (its length, when it is complete), "ending" (that is waited for). */
#include "daemon/api/script/run_steps.h"

#include "daemon/api/call/fault.h"
#include "daemon/api/script/run_application.h"
#include "daemon/api/script/run_dial_end.h"
#include "daemon/api/script/run_recording.h"
#include "daemon/api/script/run_targets.h"
#include "daemon/api/switch/link.h"
#include "lib/call_state.h"
#include "lib/log.h"

#include <stdio.h>
#include <string.h>

enum { OVER_MS = 30000 };

static const char *memo_text(const struct run *run, const char *name)
{
	return json_string_value(json_object_get(run->memo, name));
}

static void place(struct run *run, const struct step *step);

/* Nobody rings any more. */
static void conclude(struct run *run, const struct step *step)
{
	const size_t at = (size_t)json_integer_value(json_object_get(run->memo, "at"));

	if (!memo_text(run, "child") && at < step->dial->target_count && !run->over)
		place(run, step);
	else
		dial_finish(run, step);
}

/* ---- its beginning ---- */

static void forget_record(const struct run *run, const char *id)
{
	struct call_row row;

	if (calls_get(run->with->store, id, &row))
		return;
	if (row.pending && calls_delete(run->with->store, id))
		log_warn("script.store_failed", run->call, "%s", "");
	call_row_clear(&row);
}

/* Those that the switch has not placed lead to nobody. */
static void drop_unplaced(struct run *run, const json_t *placed)
{
	json_t *calls = json_object_get(run->memo, "calls"), *to, *call;
	const char *id;
	void *next;
	size_t i;

	json_object_foreach_safe(calls, next, id, to)
	{
		bool found = false;

		json_array_foreach((json_t *)placed, i, call)
		{
			const char *one = json_string_value(json_object_get(call, "id"));

			found |= one && !strcmp(one, id);
		}
		if (found)
			continue;
		run_note(run, true, "No user, number or route takes \"%.100s\".", json_string_value(to));
		forget_record(run, id);
		json_object_del(calls, id);
	}
}

static void on_refused(struct run *run, const struct step *step, const json_t *error)
{
	json_t *calls = json_object_get(run->memo, "calls"), *to;
	struct fault fault;
	char sentence[sizeof fault.text];
	const char *id;

	fault_from_switch(&fault, error, NULL);
	fault_sentence(&fault, "The place to dial", sentence, sizeof sentence);
	run_note(run, true, "%s", sentence);
	log_info("script.dial_failed", run->call, "error=%s",
		 log_quote(json_string_value(json_object_get(error, "message"))));
	json_object_foreach(calls, id, to) forget_record(run, id);
	json_object_clear(calls);
	if (!memo_text(run, "status"))
		json_object_set_new(run->memo, "status", json_string("failed"));
	conclude(run, step);
}

static void on_dialling(struct run *run, const json_t *result, const json_t *error)
{
	const struct step *step = run_step_of(run);

	if (error) {
		on_refused(run, step, error);
		return;
	}
	drop_unplaced(run, json_object_get(result, "calls"));
	if (step->dial->record == STEP_RECORD_RINGING && !memo_text(run, "recording"))
		recording_begin(run, step->recording, "dial");
	run_save(run);
}

/* The records of the calls are on disk: nothing that happens to them is lost. */
static void on_stored(int err, void *arg)
{
	struct run *run = ticket_redeem(arg);
	json_t *request = run ? json_incref(json_object_get(run->memo, "request")) : NULL;

	if (!run)
		return;
	json_object_del(run->memo, "request");
	if (err) {
		json_decref(request);
		run_hang_up(run, "The script could not go on: the database failed.");
	} else {
		run_request(run, "call.dial", request, on_dialling);
	}
}

/* One of those that would be rung now is there at once: then no other is rung. */
static bool connects_application(struct run *run, const struct step_dial *dial, size_t at, size_t count)
{
	for (size_t i = at; i < at + count; i++)
		if (dial->targets[i].kind == STEP_TO_APPLICATION && application_begin(run, &dial->targets[i]))
			return true;
	return false;
}

/* Rings the next place, or all of them. */
static void place(struct run *run, const struct step *step)
{
	const struct step_dial *dial = step->dial;
	size_t at = (size_t)json_integer_value(json_object_get(run->memo, "at"));
	const size_t count = dial->sequential ? 1 : dial->target_count - at;
	char from[TARGETS_TEXT_SIZE];
	json_t *calls, *targets;
	struct ticket *ticket;

	if (connects_application(run, dial, at, count))
		return;
	targets_caller(run, step, from);
	calls = json_object();
	targets = targets_make(run, &dial->targets[at], count, from, calls);
	json_object_set_new(run->memo, "at", json_integer((json_int_t)(at + count)));
	json_object_set_new(run->memo, "calls", calls);
	if (!json_array_size(targets)) {
		json_decref(targets);
		conclude(run, step);
		return;
	}
	json_object_set_new(run->memo, "request", targets_request(run, step, targets, from));
	run->phase = RUN_DIAL;
	run_save(run);
	ticket = ticket_new(run);
	if (!ticket || store_after_write(run->with->store, on_stored, ticket))
		run_hang_up(run, "The script could not go on: the database failed.");
}

static void on_files(json_t *files, const char *error, void *arg)
{
	struct run *run = ticket_redeem(arg);
	const struct step *step = run ? run_step_of(run) : NULL;

	if (!step)
		return;
	json_object_set_new(run->memo, "files", run_prompts_had(run, step, files, error));
	place(run, step);
}

static const char *ring_back_of(const struct step_dial *dial)
{
	const char *found = dial->ring_back;

	for (size_t i = 0; i < dial->target_count && !found; i++)
		found = dial->targets[i].ring_back;
	return found;
}

static bool holds_back(const struct step_dial *dial)
{
	bool held = false;

	for (size_t i = 0; i < dial->target_count; i++)
		held |= targets_holds_back(&dial->targets[i]);
	return held;
}

void run_begin_dial(struct run *run, const struct step *step)
{
	const char *ring_back = step->dial ? ring_back_of(step->dial) : NULL;
	const struct step music = { .kind = STEP_PLAY, .text = ring_back, .loop = 1 };
	char from[TARGETS_TEXT_SIZE];

	run->memo = json_pack("{s:i, s:b}", "at", 0, "held", step->dial && holds_back(step->dial));
	if (!step->dial || !step->dial->target_count) {
		run_note(run, true, "<Dial> names nobody to call.");
		dial_finish(run, step);
	} else if (!targets_caller(run, step, from)) {
		run_note(
		    run, true,
		    "\"%.60s\" may not be shown as the caller's number: it is neither the caller's own nor "
		    "one of the account's.",
		    step->caller_id);
		dial_finish(run, step);
	} else if (ring_back) {
		run_prompts(run, &music, 1, on_files);
	} else {
		place(run, step);
	}
}

/* ---- what happens meanwhile ---- */

static void bridged(struct run *run, const struct step *step)
{
	if (json_is_true(json_object_get(run->memo, "bridged")))
		return;
	json_object_set_new(run->memo, "bridged", json_true());
	run_save(run);
	if (step->dial->record == STEP_RECORD_ANSWER)
		recording_begin(run, step->recording, "dial");
}

static void on_answer(struct run *run, const struct step *step, const struct call_row *row)
{
	const bool held = json_is_true(json_object_get(run->memo, "held"));

	json_object_set_new(run->memo, "child", json_string(row->id));
	if (!held)
		bridged(run, step);
	/* the others have something to hear first, this one has not */
	else if (!json_is_true(json_object_get(row->options, "screen")))
		run_request(run, "call.connect", json_pack("{s:s}", "with", row->id), NULL);
	run_save(run);
}

static void on_final(struct run *run, const struct step *step, const struct call_row *row)
{
	const char *child = memo_text(run, "child");

	json_object_del(json_object_get(run->memo, "calls"), row->id);
	if (child && strcmp(child, row->id))
		return; /* it rang, and another has answered */
	dial_count_end(run, row);
	if (child || !json_object_size(json_object_get(run->memo, "calls")))
		conclude(run, step);
	else
		run_save(run);
}

/* Taken away, and up: then both go their own ways. */
static void on_parted(struct run *run, const json_t *result, const json_t *error)
{
	if (!run_is_parted(result, error))
		return;
	json_object_set_new(run->memo, "status", json_string("completed"));
	json_object_set(run->memo, "last", json_object_get(json_object_get(result, "call"), "id"));
	dial_finish(run, run_step_of(run));
}

static void referred(struct run *run, const json_t *data)
{
	json_t *to = json_object_get(data, "to");

	if (json_is_string(to))
		json_object_set(run->memo, "refer_to", to);
}

/* Back from an application, which has come to its end. */
static void leave_application(struct run *run, const char *status)
{
	run_unnest(run);
	json_object_set_new(run->memo, "status", json_string(status));
	json_object_set_new(run->memo, "bridged", json_boolean(!strcmp(status, "completed")));
	if (run_step_of(run))
		dial_finish(run, run_step_of(run));
	else
		run_next(run);
}

void run_dial_heard(struct run *run)
{
	leave_application(run, "completed");
}

void run_dial_failed(struct run *run)
{
	leave_application(run, "failed");
}

void run_dial_child(struct run *run, const struct step *step, const struct bus_event *event)
{
	const struct call_row *row = event->row;
	enum call_status status;

	if (run->outer || run->phase != RUN_DIAL ||
	    !json_object_get(json_object_get(run->memo, "calls"), row->id))
		return;
	if (!strcmp(event->type, "call.bridged"))
		bridged(run, step);
	else if (!strcmp(event->type, "call.refer_asked"))
		referred(run, event->data);
	else if (!strcmp(event->type, "call.unbridged") && !call_row_is_over(row))
		run_request_for(run, row->id, "call.get", json_object(), on_parted);
	if (strcmp(event->type, "call.state") || call_status_parse(row->status, &status))
		return;
	if (call_status_is_final(status))
		on_final(run, step, row);
	else if (status == CALL_IN_PROGRESS)
		on_answer(run, step, row);
}

static void recorded(struct run *run, const struct step *step, const json_t *recording)
{
	const char *id = json_string_value(json_object_get(recording, "id"));
	const char *ours = memo_text(run, "recording");
	char duration[24];

	if (!id || !ours || strcmp(id, ours))
		return;
	snprintf(duration, sizeof duration, "%lld",
		 (long long)(json_integer_value(json_object_get(recording, "duration_ms")) + 500) / 1000);
	json_object_set_new(run->memo, "recording_s", json_string(duration));
	if (json_object_get(run->memo, "ending"))
		dial_finish(run, step);
	else
		run_save(run);
}

/* The length of the recording has not come in time. */
void run_dial_timer(struct run *run)
{
	if (json_object_get(run->memo, "ending"))
		dial_finish(run, run_step_of(run));
}

void run_dial_event(struct run *run, const struct step *step, const struct bus_event *event)
{
	const char *digit = json_string_value(json_object_get(event->data, "digit"));
	const char *child = memo_text(run, "child");

	if (run->outer)
		return;
	if (run->phase == RUN_DIAL && !strcmp(event->type, "call.record_done")) {
		recorded(run, step, json_object_get(event->data, "recording"));
		return;
	}
	if (run->phase == RUN_DIAL && digit && *digit == '*' && step->dial->hang_up_on_star && child &&
	    json_is_true(json_object_get(run->memo, "bridged")))
		link_call(run->with->link, "call.hangup",
			  json_pack("{s:s, s:s}", "call", child, "by", "script"), NULL, NULL);
}

/* The others end, too; then the action is asked, which nobody hears any more. */
bool run_dial_over(struct run *run, const struct step *step)
{
	bool asks;

	if (run->outer) { /* it was in an application */
		run_unnest(run);
		step = run_step_of(run);
		run->over = step && step->action;
		if (run->over)
			leave_application(run, "completed");
		return run->over;
	}
	asks = step->action || step->dial->replaceable;
	if (run->phase == RUN_DIAL && asks)
		run_set_timer(run, OVER_MS);
	return (run->phase == RUN_DIAL || run->phase == RUN_FETCH) && asks;
}

static void on_checked(struct run *run, const json_t *result, const json_t *error)
{
	(void)result;
	/* they were never placed */
	if (fault_switch_misses(error)) {
		const struct step *step = run_step_of(run);
		const json_int_t at = json_integer_value(json_object_get(run->memo, "at"));
		json_t *calls = json_object_get(run->memo, "calls"), *to;
		const char *id;

		json_object_foreach(calls, id, to) forget_record(run, id);
		json_object_set_new(run->memo, "at", json_integer(step->dial->sequential && at ? at - 1 : 0));
		place(run, step);
	}
}

void run_dial_check(struct run *run, const struct step *step)
{
	json_t *calls = json_object_get(run->memo, "calls");
	const char *id = json_object_iter_key(json_object_iter(calls));
	struct call_row row;
	bool pending;

	(void)step;
	if (!id || run->phase != RUN_DIAL)
		return;
	/* of one that the switch has told of, it tells the end, too */
	pending = calls_get(run->with->store, id, &row) || row.pending;
	call_row_clear(&row);
	if (pending)
		run_request_for(run, id, "call.get", json_object(), on_checked);
}

void run_dial_leave(struct run *run, const struct step *step)
{
	json_t *calls = json_object_get(run->memo, "calls"), *to;
	const char *id;

	(void)step;
	json_object_foreach(calls, id, to) link_call(
	    run->with->link, "call.hangup", json_pack("{s:s, s:s}", "call", id, "by", "script"), NULL, NULL);
	if (memo_text(run, "recording"))
		recording_stop(run, memo_text(run, "recording"));
}
