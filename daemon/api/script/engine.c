#include "daemon/api/script/engine_private.h"
#include "daemon/api/script/run_steps.h"

#include "daemon/api/call/fault.h"
#include "daemon/api/call/machine.h"
#include "daemon/api/net/fetch.h"
#include "daemon/api/script/document.h"
#include "daemon/api/script/replay.h"
#include "daemon/api/script/run_queue.h"
#include "daemon/api/script/run_recording.h"
#include "daemon/api/script/states.h"
#include "daemon/api/store/events.h"
#include "daemon/api/switch/bus.h"
#include "daemon/api/switch/link.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct run_way ways[STEP_KINDS] = {
	[STEP_SAY] = { .begin = run_begin_play },
	[STEP_PLAY] = { .begin = run_begin_play },
	[STEP_DIGITS] = { .begin = run_begin_digits },
	[STEP_PAUSE] = { .begin = run_begin_pause },
	[STEP_GATHER] = { .begin = run_begin_gather, .played = run_prompts_over, .leave = run_gather_leave },
	[STEP_RECORD] = { .begin = run_begin_record, .played = run_start_recording, .over = run_record_over },
	[STEP_DIAL] = { .begin = run_begin_dial,
			.event = run_dial_event,
			.child = run_dial_child,
			.over = run_dial_over,
			.check = run_dial_check,
			.leave = run_dial_leave,
			.heard = run_dial_heard,
			.failed = run_dial_failed,
			.timer = run_dial_timer },
	[STEP_CONFERENCE] = { .begin = run_begin_conference,
			      .event = run_conference_key,
			      .timer = run_conference_timer,
			      .heard = run_conference_heard,
			      .failed = run_nest_tone },
	[STEP_TRANSFER] = { .begin = run_begin_transfer },
	[STEP_REFER] = { .begin = run_begin_refer, .event = run_refer_event },
	[STEP_ECHO] = { .begin = run_begin_echo, .leave = run_echo_leave },
	[STEP_NOTIFY] = { .begin = run_begin_notify },
	[STEP_ENQUEUE] = { .begin = run_begin_enqueue,
			   .event = run_enqueue_event,
			   .over = run_enqueue_over,
			   .check = run_enqueue_check,
			   .leave = run_enqueue_leave,
			   .heard = run_enqueue_heard,
			   .failed = run_enqueue_failed },
	[STEP_DEQUEUE] = { .begin = run_begin_dequeue,
			   .event = run_dequeue_event,
			   .over = run_dequeue_over,
			   .check = run_dequeue_check,
			   .leave = run_dequeue_leave,
			   .timer = run_dequeue_timer },
	[STEP_LEAVE] = { .begin = run_begin_leave },
	[STEP_REDIRECT] = { .begin = run_begin_redirect },
	[STEP_REJECT] = { .begin = run_begin_reject },
	[STEP_HANGUP] = { .begin = run_begin_hangup },
	[STEP_START_RECORDING] = { .begin = run_begin_start_recording },
	[STEP_STOP_RECORDING] = { .begin = run_begin_stop_recording },
	[STEP_START_STREAM] = { .begin = run_begin_start_stream },
	[STEP_STOP_STREAM] = { .begin = run_begin_stop_stream },
	[STEP_START_TRANSCRIPTION] = { .begin = run_begin_start_transcription },
	[STEP_STOP_TRANSCRIPTION] = { .begin = run_begin_stop_transcription },
	[STEP_CONNECT_STREAM] = { .begin = run_begin_connect_stream,
				  .event = run_stream_event,
				  .check = run_stream_check,
				  .leave = run_stream_leave },
};

static void restore_one(const char *call, const json_t *state, void *arg)
{
	struct scripts *scripts = arg;
	struct call_row row;
	struct run *run = NULL;

	/* of one that has ended perhaps what its last step came to is still to be told */
	if (!calls_get(scripts->with.store, call, &row))
		run = run_new(scripts, &row);
	if (run && run_restore(run, state))
		run_end(run);
	else if (!run && states_delete(scripts->with.store, call))
		log_warn("script.state_failed", call, "%s", "");
	call_row_clear(&row);
}

/* What was under way is over, or nothing was. */
static void on_ready_for(struct run *run, const json_t *result, const json_t *error)
{
	const char *url = json_string_value(json_object_get(run->wanted, "url"));

	(void)result, (void)error;
	if (!run_take_wanted(run) && url)
		run_fetch(run, url, json_is_true(json_object_get(run->wanted, "post")), NULL);
}

/* What the API was asked for, or the number's conf, starts a run. */
static void start(struct scripts *scripts, const struct call_row *row)
{
	const char *url = json_string_value(json_object_get(row->options, "url"));
	const char *text = json_string_value(json_object_get(row->options, "script"));
	const char *method = json_string_value(json_object_get(row->options, "method"));
	const char *digits = json_string_value(json_object_get(row->options, "answer_digits"));
	const bool post = !method || strcmp(method, "GET");
	struct run *run;

	if ((!url && !text) || run_find(scripts, row->id))
		return;
	run = run_new(scripts, row);
	if (!run)
		return;
	if (digits) {
		run->wanted = url ? json_pack("{s:s, s:b}", "url", url, "post", post)
				  : json_pack("{s:s}", "script", text);
		run->phase = RUN_FETCH;
		run_save(run);
		run_request(run, "call.send_digits", json_pack("{s:s}", "digits", digits), on_ready_for);
	} else if (url)
		run_fetch(run, url, post, NULL);
	else
		run_begin_document(run, text, DOCUMENT_INLINE);
}

static bool waits_for_machine(const struct call_row *row)
{
	return json_is_true(json_object_get(json_object_get(row->options, "machine"), "waits"));
}

/* Who has answered is known: the script that waits for that begins, who asked is told, a machine is hung up
 * on. */
static void on_machine(struct scripts *scripts, const struct bus_event *event)
{
	const struct call_row *row = event->row;
	const json_t *asked = json_object_get(row->options, "machine");
	const json_t *machine = json_object_get(event->data, "machine");
	const char *word = machine_word(machine);
	const bool hangs_up =
	    word && json_is_true(json_object_get(asked, "hangs_up")) && !strncmp(word, "machine", 7);

	/* who is to be hung up on need not be heard to the end */
	if (!asked || !word || (!hangs_up && machine_goes_on(row, machine)))
		return;
	machine_told(&scripts->with, row, machine);
	if (hangs_up)
		link_call(scripts->with.link, "call.hangup",
			  json_pack("{s:s, s:s, s:s}", "call", row->id, "by", "api", "reason",
				    "A machine has answered."),
			  NULL, NULL);
	else if (json_is_true(json_object_get(asked, "waits")))
		start(scripts, row);
}

static void on_claimed(struct run *run, const json_t *result, const json_t *error)
{
	char *url;

	(void)result;
	if (error) {
		log_info("script.not_claimed", run->call, "error=%s",
			 log_quote(json_string_value(json_object_get(error, "message"))));
		run_end(run);
		return;
	}
	/* The caller hears that it rings while the document is fetched, and the document's server hears it,
	 * too. */
	link_call(run->with->link, "call.ring", json_pack("{s:s, s:b}", "call", run->call, "brief", 1), NULL,
		  NULL);
	run_learn_status(run, "ringing");
	url = strdup(json_string_value(json_object_get(run->wanted, "url")));
	if (url)
		run_fetch(run, url, json_is_true(json_object_get(run->wanted, "post")), NULL);
	free(url);
}

/* A call to a number with a script waits for somebody to take it. */
static void on_incoming(struct scripts *scripts, const struct bus_event *event)
{
	/* where it is: one that was transferred has dialled another number, or none */
	const char *at = json_string_value(json_object_get(event->data, "number"));
	const char *dialled = json_string_value(json_object_get(event->row->snapshot, "number"));
	const struct conf_number *number = conf_number_find(scripts->with.conf, at	  ? at
										: dialled ? dialled
											  : event->row->to);
	struct run *run;

	if (!number || !number->voice_url || run_find(scripts, event->row->id))
		return;
	run = run_new(scripts, event->row);
	if (!run)
		return;
	run->wanted = json_pack(
	    "{s:s, s:b}", "url", number->voice_url, "post",
	    !(number->voice_method_said ? number->voice_get : run->form->asks_get || number->voice_get));
	run_save(run);
	run_request(run, "call.claim", json_object(), on_claimed);
}

/* After an event of `call`: where its run stands is on disk together with the fact that the event was seen.
 */
static void keep_run(struct scripts *scripts, const char *call)
{
	struct run *run = run_find(scripts, call);

	if (run && run->saved != scripts->seen)
		run_save(run);
}

static void look_in(struct run *run, void *arg)
{
	const struct bus_event *event = arg;

	if (run->outer && run_outer_kind(run) == STEP_CONFERENCE &&
	    !strcmp(run->conference, event->conference->id))
		run_conference_changed(run, event);
}

static void on_conference(struct scripts *scripts, const struct bus_event *event)
{
	const char *call =
	    json_string_value(json_object_get(json_object_get(event->data, "participant"), "call"));
	struct run *run = event->conference && call ? run_find(scripts, call) : NULL;

	if (event->conference) {
		if (conference_tell(&scripts->with, event))
			scripts_keep_seen(scripts);
		run_each(scripts, look_in, (void *)event);
	}
	if (!run)
		return;
	run_conference_event(run, event);
	keep_run(scripts, call);
}

/* What no script acts on: nothing is written for it. */
static bool is_nobodys(const struct bus_event *event)
{
	return !strncmp(event->type, "script.", strlen("script.")) || !strcmp(event->type, "call.quality");
}

/* A key that the switch collects: what it comes to is told when it is done. */
static bool is_collected(const struct run *run, const struct bus_event *event)
{
	return !strcmp(event->type, "call.digit") && !run->keys && run->phase == RUN_GATHER &&
	       !run_listens(run_step_of(run));
}

static void on_call(struct scripts *scripts, const struct bus_event *event)
{
	const struct call_row *row = event->row;
	struct run *run;

	if (is_nobodys(event))
		return;
	if (!strcmp(event->type, "call.incoming"))
		on_incoming(scripts, event);
	else if (!strcmp(event->type, "call.state") && !strcmp(row->status, "in-progress") &&
		 !strcmp(row->direction, "outbound") && !waits_for_machine(row))
		start(scripts, row);
	else if (!strcmp(event->type, "call.machine"))
		on_machine(scripts, event);
	if (!strcmp(event->type, "call.record_done") && recording_done(&scripts->with, event))
		scripts_keep_seen(scripts); /* they are told once */
	if (!strcmp(event->type, "call.stream") && stream_told(&scripts->with, event))
		scripts_keep_seen(scripts);
	if (transcription_told(&scripts->with, event))
		scripts_keep_seen(scripts);
	if (row->parent && (run = run_find(scripts, row->parent))) {
		run_child_event(run, event);
		keep_run(scripts, row->parent);
	}
	run = run_find(scripts, row->id);
	if (!run)
		return;
	run_update(run, row);
	if (is_collected(run, event))
		return;
	run_event(run, event);
	if (!strcmp(event->type, "call.resumed"))
		run_reclaim(run);
	keep_run(scripts, row->id);
}

static void on_bus(const struct bus_event *event, void *arg)
{
	struct scripts *scripts = arg;

	if (event->nr > scripts->seen)
		scripts->seen = event->nr;
	if (event->row)
		on_call(scripts, event);
	else
		on_conference(scripts, event);
	if (scripts->seen - scripts->seen_kept > SEEN_STEP)
		scripts_keep_seen(scripts);
}

/* Takes up what was committed and perhaps not acted on. */
static int catch_up(struct scripts *scripts)
{
	int err = states_seen(scripts->with.store, &scripts->seen);

	/* Written down at once: a process that is killed before it has written more still knows what it has
	 * not seen. */
	if (!err && scripts->seen < 0) {
		err = events_newest(scripts->with.store, &scripts->seen);
		if (!err)
			err = states_put_seen(scripts->with.store, scripts->seen);
	}
	scripts->seen_kept = scripts->seen_written = scripts->seen;
	return err ? err
		   : replay_events(scripts->with.store, scripts->with.conf, scripts->seen, on_bus, scripts);
}

void scripts_connect(struct scripts *scripts, struct link *link)
{
	scripts->with.link = link;
}

int scripts_alloc(struct scripts **out, const struct scripts_setup *setup)
{
	struct scripts *scripts = calloc(1, sizeof *scripts);
	int err = ENOMEM;

	if (!scripts)
		return ENOMEM;
	scripts->with = *setup;
	scripts->ways = ways;
	scripts->on_timer = run_timer;
	err = store_before_commit(setup->store, scripts_write, scripts);
	if (!err)
		err = bus_subscribe(setup->bus, on_bus, scripts);
	if (!err)
		err = states_each(setup->store, restore_one, scripts);
	if (!err)
		err = run_queues_purge(scripts, setup->store);
	if (!err)
		err = catch_up(scripts);
	if (err)
		scripts_free(scripts);
	else
		*out = scripts;
	return err;
}

size_t scripts_count(const struct scripts *scripts)
{
	size_t count = 0;

	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct run *run = scripts->buckets[i]; run; run = run->next)
			count++;
	return count;
}

void scripts_free(struct scripts *scripts)
{
	if (!scripts)
		return;
	scripts_write(scripts);
	store_not_before_commit(scripts->with.store, scripts);
	for (size_t i = 0; i < BUCKETS; i++) {
		while (scripts->buckets[i]) {
			struct run *run = scripts->buckets[i];

			scripts->buckets[i] = run->next;
			run_free(run);
		}
	}
	while (scripts->tickets)
		ticket_free(scripts->tickets);
	json_text_free(&scripts->state);
	free(scripts);
}

void scripts_ready(struct scripts *scripts)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct run *run = scripts->buckets[i]; run; run = run->next)
			if (link_is_back(scripts->with.link, run->call))
				run_reclaim(run);
}

/* What the step has set going ends. */
static void leave_step(struct run *run)
{
	const bool nested = run->outer != NULL;
	const struct step *step;

	run_unnest(run);
	step = run_step_of(run);
	if (step && (nested || run->phase != RUN_FETCH) && ways[step->kind].leave)
		ways[step->kind].leave(run, step);
}

static bool is_bridged(const struct call_row *row)
{
	return json_object_get(row->snapshot, "bridge") != NULL;
}

void scripts_redirect(struct scripts *scripts, const struct call_row *row,
		      const struct call_document *document)
{
	struct run *run = run_find(scripts, row->id);
	enum run_phase phase = run ? run->phase : RUN_START;
	const char *method = phase == RUN_RECORD       ? "call.record_stop"
			     : run && *run->conference ? "conference.remove"
			     : is_bridged(row)	       ? "call.unbridge"
						       : "call.stop";

	if (!run)
		run = run_new(scripts, row);
	if (!run)
		return;
	leave_step(run);
	run_forget(run);
	json_decref(run->memo);
	run->memo = NULL;
	run->screen = false;
	json_decref(run->wanted);
	run->wanted = document->script
			  ? json_pack("{s:s}", "script", document->script)
			  : json_pack("{s:s, s:b}", "url", document->url, "post", document->post);
	run->phase = RUN_FETCH;
	run->held = false; /* the new document is heard */
	json_decref(run->interlude);
	run->interlude = NULL;
	run_save(run);
	/* Whatever it was doing ends; an error only says that it was doing nothing. */
	run_request(run, method, phase == RUN_RECORD ? run_recording_params(run) : json_object(),
		    on_ready_for);
}

void scripts_leave(struct scripts *scripts, const char *call)
{
	struct run *run = run_find(scripts, call);

	if (!run)
		return;
	leave_step(run);
	run_end(run);
}
