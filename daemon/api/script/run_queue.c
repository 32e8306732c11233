/* Enqueue and Leave: who waits in a queue. Who takes them is in run_dequeue.c.
 *
 * Remembered: "queue" and "name", "entered", "agent" (who takes it), "announced" (it hears what it is told
 * before), "bridged_at" (when they were connected). It stays in the run's memo: see run_step_memo(). */
#include "daemon/api/script/run_queue_private.h"

#include "daemon/api/store/queues.h"
#include "daemon/api/switch/link.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static bool flag_of(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

void queue_stop_sound(const struct run *run)
{
	link_call(run->with->link, "call.stop", json_pack("{s:s}", "call", run->call), NULL, NULL);
}

void queue_add_number(json_t *form, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)value);
	json_object_set_new(form, name, json_string(text));
}

static bool is_bridged(const json_t *memo)
{
	return json_object_get(memo, "bridged_at") != NULL;
}

/* How long it has waited [s]. */
static int64_t waited_s(const json_t *memo)
{
	const int64_t until = json_integer_value(json_object_get(memo, "bridged_at"));
	const int64_t entered = json_integer_value(json_object_get(memo, "entered"));

	return ((until ? until : clock_utc_ms()) - entered) / 1000;
}

static json_t *wait_form(struct run *run)
{
	const json_t *memo = run_step_memo(run);
	json_t *form = json_pack("{s:s*, s:s*, s:s*}", "queue", text_of(memo, "queue"), "queue_name",
				 text_of(memo, "name"), "queue_agent", text_of(memo, "agent"));
	struct queue_member member;
	struct queue_row queue;

	queue_add_number(form, "queue_time", waited_s(memo));
	if (!queues_member(run->with->store, run->call, &member))
		queue_add_number(form, "queue_position", member.position);
	queue_member_clear(&member);
	if (!queues_get(run->with->store, run->account->name, text_of(memo, "queue"), &queue)) {
		queue_add_number(form, "average_queue_time",
				 queue.left_count ? queue.left_ms / queue.left_count / 1000 : 0);
		queue_add_number(form, "queue_size", queue.size);
		queue_add_number(form, "queue_max_size", queue.max_size);
	}
	queue_row_clear(&queue);
	return form;
}

static json_t *left_form(const json_t *memo, const char *result)
{
	json_t *form =
	    json_pack("{s:s, s:s*, s:s*, s:s*}", "queue_result", result, "queue", text_of(memo, "queue"),
		      "queue_name", text_of(memo, "name"), "queue_agent", text_of(memo, "agent"));

	queue_add_number(form, "queue_time", waited_s(memo));
	return form;
}

static void take_out(const struct run *run)
{
	if (queues_leave(run->with->store, run->call))
		log_warn("script.store_failed", run->call, "%s", "what=queue");
}

/* Its time in the queue is over; the script goes on. */
static void go_on(struct run *run, const char *result)
{
	take_out(run);
	run_unnest(run);
	run_forget(run);
	run_ask_if_action(run, run_step_of(run), "enqueue", left_form(run->memo, result));
}

static void begin_waiting(struct run *run)
{
	const struct step *step = run_step_of(run);

	run_nest(run, &step->queue->wait, "wait");
	run_nest_begin(run, wait_form(run));
}

void run_begin_enqueue(struct run *run, const struct step *step)
{
	struct queue_member member = { 0 };
	struct queue_row queue;
	char *name;
	int err =
	    queues_make(run->with->store, run->account->name, step->text, step->queue->max_size, &queue);

	if (!err)
		err = queues_enter(run->with->store, &queue, run->call);
	if (!err)
		err = queues_member(run->with->store, run->call, &member);
	run->memo = json_pack("{s:s*, s:s, s:I}", "queue", queue.id, "name", step->text, "entered",
			      (json_int_t)(err ? clock_utc_ms() : member.entered));
	queue_member_clear(&member);
	queue_row_clear(&queue);
	if (err) {
		run_note(run, err != ENOSPC,
			 err == ENOSPC ? "The queue is full." : "The queue cannot be had.");
		go_on(run, err == ENOSPC ? "queue-full" : "system-error");
		return;
	}
	begin_waiting(run); /* `step` may be gone: another document is there now */
	name = strdup(text_of(run_step_memo(run), "name"));
	if (name)
		queue_serve(run, name);
	free(name);
}

void run_begin_leave(struct run *run, const struct step *step)
{
	(void)step;
	if (run->outer && run_outer_kind(run) == STEP_ENQUEUE && !text_of(run_step_memo(run), "agent")) {
		queue_stop_sound(run);
		go_on(run, "leave");
	} else {
		run_next(run);
	}
}

static void connected(struct run *run, struct run *agent)
{
	if (is_bridged(run->memo))
		return;
	json_object_set_new(run->memo, "bridged_at", json_integer(clock_utc_ms()));
	take_out(run);
	run->phase = RUN_QUEUED;
	run_save(run);
	if (agent)
		queue_agent_bridged(agent);
}

static void on_bridged(struct run *run, const json_t *result, const json_t *error)
{
	struct run *agent = run_find(run->scripts, text_of(run->memo, "agent"));

	(void)result;
	if (!error) {
		connected(run, agent);
		return;
	}
	if (agent)
		queue_agent_again(agent);
	go_on(run, "error");
}

/* It has heard all: from now on it talks with who took it. */
static void connect_member(struct run *run)
{
	const char *agent = text_of(run_step_memo(run), "agent");
	json_t *params = json_pack("{s:s}", "with", run->call);
	char *id = strdup(agent ? agent : "");

	run_unnest(run);
	run_clear_step(run);
	run->phase = RUN_QUEUED;
	run_save(run);
	run_request_for(run, id ? id : "", "call.bridge", params, on_bridged);
	free(id);
}

void queue_take(struct run *run, const char *agent, const struct step_hook *announcement)
{
	queue_stop_sound(run);
	run_unnest(run);
	run_forget(run);
	json_object_set_new(run->memo, "agent", json_string(agent));
	if (queues_take(run->with->store, run->call, agent))
		log_warn("script.store_failed", run->call, "%s", "what=queue");
	if (announcement->url) {
		json_object_set_new(run->memo, "announced", json_true());
		run_nest(run, announcement, "screen");
		run_nest_begin(run, wait_form(run));
	} else {
		connect_member(run);
	}
}

void queue_wait_again(struct run *run)
{
	queue_stop_sound(run);
	run_unnest(run);
	run_forget(run);
	json_object_del(run->memo, "agent");
	json_object_del(run->memo, "announced");
	if (queues_take(run->with->store, run->call, NULL))
		log_warn("script.store_failed", run->call, "%s", "what=queue");
	begin_waiting(run);
}

void run_enqueue_heard(struct run *run)
{
	if (flag_of(run_step_memo(run), "announced"))
		connect_member(run);
	else if (!run_nest_rests(run))
		run_nest_begin(run, wait_form(run));
}

void run_enqueue_failed(struct run *run)
{
	if (flag_of(run_step_memo(run), "announced"))
		connect_member(run);
	else
		run_nest_tone(run);
}

static void on_member_parted(struct run *run, const json_t *result, const json_t *error)
{
	if (run_is_parted(result, error))
		go_on(run, "bridged");
}

void run_enqueue_event(struct run *run, const struct step *step, const struct bus_event *event)
{
	(void)step;
	if (run->phase != RUN_QUEUED)
		return;
	if (!strcmp(event->type, "call.unbridged"))
		run_request(run, "call.get", json_object(), on_member_parted);
	else if (!strcmp(event->type, "call.bridged")) /* the answer may have been lost */
		connected(run, run_find(run->scripts, text_of(run->memo, "agent")));
}

/* Perhaps the answer that they are connected was lost. */
static void on_member_seen(struct run *run, const json_t *result, const json_t *error)
{
	if (json_object_get(json_object_get(result, "call"), "bridge"))
		on_bridged(run, result, NULL);
	else if (run_is_parted(result, error))
		connect_member(run);
}

void run_enqueue_check(struct run *run, const struct step *step)
{
	(void)step;
	if (run->outer)
		return;
	run_request(run, "call.get", json_object(),
		    is_bridged(run->memo) ? on_member_parted : on_member_seen);
}

bool run_enqueue_over(struct run *run, const struct step *step)
{
	json_t *memo = run_step_memo(run);
	const bool bridged = is_bridged(memo);
	struct run *agent = run_find(run->scripts, text_of(memo, "agent") ? text_of(memo, "agent") : "");

	if (step && run->phase == RUN_FETCH) /* the action is being asked */
		return step->action != NULL;
	if (agent && !bridged)
		queue_agent_again(agent);
	run_unnest(run);
	step = run_step_of(run);
	if (!step || !step->action) {
		take_out(run);
		return false;
	}
	run->over = true;
	go_on(run, bridged ? "bridged" : "hangup");
	return true;
}

void run_enqueue_leave(struct run *run, const struct step *step)
{
	const bool bridged = is_bridged(run->memo), announced = flag_of(run->memo, "announced");
	const struct step_hook action = { .url = step->action, .get = !step->post };
	const char *id = text_of(run->memo, "agent");
	struct run *agent = id ? run_find(run->scripts, id) : NULL;

	run_tell(run, &action, "enqueue",
		 left_form(run->memo, bridged	  ? "redirected-from-bridged"
				      : announced ? "bridging-in-process"
						  : "redirected"));
	take_out(run);
	if (agent && !bridged)
		queue_agent_again(agent);
}

/* ---- after a start ---- */

struct purge {
	struct scripts *scripts;
	struct store *store;
	json_t *gone;
};

static bool look_for_run(const struct queue_member *member, void *arg)
{
	struct purge *purge = arg;

	if (!run_find(purge->scripts, member->call))
		json_array_append_new(purge->gone, json_string(member->call));
	return true;
}

int run_queues_purge(struct scripts *scripts, struct store *store)
{
	struct purge purge = { scripts, store, json_array() };
	int err = queues_members(store, -1, INT64_MAX, 0, look_for_run, &purge);
	json_t *call;
	size_t i;

	json_array_foreach(purge.gone, i, call)
	{
		if (!err)
			err = queues_leave(store, json_string_value(call));
	}
	json_decref(purge.gone);
	return err;
}
