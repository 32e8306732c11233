/* Enqueue and Leave, and Dial with a queue in it: two calls, each with its run, that find each other.
 *
 * Who waits remembers: "queue" and "name", "entered", "agent" (who takes it), "announced" (it hears what it
 * is told before), "bridged". Who takes: "name", "since" (while nobody waits), "child" (whom it has),
 * "bridged", "at" (when). Both stay in the run's memo: see run_step_memo(). */
#include "daemon/api/script/run_queue.h"

#include "daemon/api/net/weburl.h"
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

static void stop_sound(const struct run *run)
{
	link_call(run->with->link, "call.stop", json_pack("{s:s}", "call", run->call), NULL, NULL);
}

static void add_number(json_t *form, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)value);
	json_object_set_new(form, name, json_string(text));
}

/* How long it has waited [s]. */
static int64_t waited_s(const json_t *memo)
{
	const int64_t until = json_integer_value(json_object_get(memo, "bridged_at"));
	const int64_t entered = json_integer_value(json_object_get(memo, "entered"));

	return ((until ? until : clock_utc_ms()) - entered) / 1000;
}

/* ---- who waits ---- */

static json_t *wait_form(struct run *run)
{
	const json_t *memo = run_step_memo(run);
	json_t *form = json_pack("{s:s*, s:s*, s:s*}", "queue", text_of(memo, "queue"), "queue_name",
				 text_of(memo, "name"), "queue_agent", text_of(memo, "agent"));
	struct queue_member member;
	struct queue_row queue;

	add_number(form, "queue_time", waited_s(memo));
	if (!queues_member(run->with->store, run->call, &member))
		add_number(form, "queue_position", member.position);
	queue_member_clear(&member);
	if (!queues_get(run->with->store, run->account->name, text_of(memo, "queue"), &queue)) {
		add_number(form, "average_queue_time",
			   queue.left_count ? queue.left_ms / queue.left_count / 1000 : 0);
		add_number(form, "queue_size", queue.size);
		add_number(form, "queue_max_size", queue.max_size);
	}
	queue_row_clear(&queue);
	return form;
}

static json_t *left_form(const json_t *memo, const char *result)
{
	json_t *form =
	    json_pack("{s:s, s:s*, s:s*, s:s*}", "queue_result", result, "queue", text_of(memo, "queue"),
		      "queue_name", text_of(memo, "name"), "queue_agent", text_of(memo, "agent"));

	add_number(form, "queue_time", waited_s(memo));
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
	const struct step *step;
	json_t *form;

	take_out(run);
	run_unnest(run);
	run_forget(run);
	step = run_step_of(run);
	form = left_form(run->memo, result);
	if (step->action) {
		run_ask_action(run, step, "enqueue", form);
	} else {
		json_decref(form);
		run_next(run);
	}
}

static void begin_waiting(struct run *run)
{
	const struct step *step = run_step_of(run);

	run_nest(run, &step->queue->wait, "wait");
	run_nest_begin(run, wait_form(run));
}

static void serve(struct run *run, const char *name);

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
		serve(run, name);
	free(name);
}

void run_begin_leave(struct run *run, const struct step *step)
{
	(void)step;
	if (run->outer && run_outer_kind(run) == STEP_ENQUEUE && !text_of(run_step_memo(run), "agent")) {
		stop_sound(run);
		go_on(run, "leave");
	} else {
		run_next(run);
	}
}

static void on_bridged(struct run *run, const json_t *result, const json_t *error)
{
	json_t *memo = run->memo;
	struct run *agent = run_find(run->scripts, text_of(memo, "agent"));

	(void)result;
	if (error) {
		if (agent)
			run_agent_again(agent);
		go_on(run, "error");
		return;
	}
	json_object_set_new(memo, "bridged", json_true());
	json_object_set_new(memo, "bridged_at", json_integer(clock_utc_ms()));
	take_out(run);
	run->phase = RUN_QUEUED;
	run_save(run);
	if (agent)
		run_agent_bridged(agent);
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

/* Taken: hears the announcement (NULL: none), then is connected. */
static void take_member(struct run *run, const char *agent, const struct step_hook *announcement)
{
	stop_sound(run);
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

/* Who took it has gone before they were connected. */
static void wait_again(struct run *run)
{
	stop_sound(run);
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

/* Whether the two are parted, and this one is up. */
static bool is_alone(const json_t *result, const json_t *error)
{
	const json_t *call = json_object_get(result, "call");
	const char *status = text_of(call, "status");

	return !error && status && !strcmp(status, "in-progress") && !json_object_get(call, "bridge");
}

static void on_member_parted(struct run *run, const json_t *result, const json_t *error)
{
	if (is_alone(result, error))
		go_on(run, "bridged");
}

void run_enqueue_event(struct run *run, const struct step *step, const struct bus_event *event)
{
	(void)step;
	if (run->phase == RUN_QUEUED && !strcmp(event->type, "call.unbridged"))
		run_request(run, "call.get", json_object(), on_member_parted);
}

/* Perhaps the answer that they are connected was lost. */
static void on_member_seen(struct run *run, const json_t *result, const json_t *error)
{
	if (json_object_get(json_object_get(result, "call"), "bridge"))
		on_bridged(run, result, NULL);
	else if (!error)
		connect_member(run);
}

void run_enqueue_check(struct run *run, const struct step *step)
{
	(void)step;
	if (run->outer)
		return;
	run_request(run, "call.get", json_object(),
		    flag_of(run->memo, "bridged") ? on_member_parted : on_member_seen);
}

bool run_enqueue_over(struct run *run, const struct step *step)
{
	json_t *memo = run_step_memo(run);
	const bool bridged = flag_of(memo, "bridged");
	struct run *agent = run_find(run->scripts, text_of(memo, "agent") ? text_of(memo, "agent") : "");

	if (step && run->phase == RUN_FETCH) /* the action is being asked */
		return step->action != NULL;
	if (agent && !bridged)
		run_agent_again(agent);
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
	const bool bridged = flag_of(run->memo, "bridged"), announced = flag_of(run->memo, "announced");
	const struct step_hook action = { .url = step->action, .get = !step->post };
	const char *id = text_of(run->memo, "agent");
	struct run *agent = id ? run_find(run->scripts, id) : NULL;

	run_tell(run, &action, "enqueue",
		 left_form(run->memo, bridged	  ? "redirected-from-bridged"
				      : announced ? "bridging-in-process"
						  : "redirected"));
	take_out(run);
	if (agent && !bridged)
		run_agent_again(agent);
}

/* ---- who takes ---- */

static void agent_done(struct run *run, const char *status)
{
	const struct step *step = run_step_of(run);
	const int64_t at = json_integer_value(json_object_get(run->memo, "at"));
	const char *child = text_of(run->memo, "child");
	json_t *form = json_pack("{s:s, s:s, s:s}", "dial_status", status, "dial_call", child ? child : "",
				 "dial_bridged", at ? "true" : "false");

	run_set_timer(run, -1);
	add_number(form, "dial_duration", at ? (clock_utc_ms() - at + 500) / 1000 : 0);
	if (step->action) {
		run_ask_action(run, step, "dial", form);
	} else {
		json_decref(form);
		run_next(run);
	}
}

/* The first that waits, whose run there is. */
static struct run *first_waiting(struct run *run, const char *name)
{
	struct queue_member member = { 0 };
	struct queue_row queue;
	struct run *found = NULL;
	int err = queues_find(run->with->store, run->account->name, name, &queue);

	while (!err && !found) {
		err = queues_first(run->with->store, queue.nr, &member);
		if (err)
			break;
		found = run_find(run->scripts, member.call);
		if (!found)
			err = queues_leave(run->with->store, member.call);
		queue_member_clear(&member);
	}
	queue_row_clear(&queue);
	return found;
}

/* Takes the first, if there is one. */
static bool take_first(struct run *run)
{
	const struct step *step = run_step_of(run);
	struct run *member = first_waiting(run, step->text);
	const char *url = step->queue ? step->queue->wait.url : NULL;
	char *full = url ? weburl_resolve(run->base_url, url) : NULL;
	const struct step_hook announcement = { .url = full, .get = step->queue && step->queue->wait.get };

	if (member) {
		run_forget(run);
		if (json_object_get(run->memo, "since"))
			stop_sound(run);
		json_object_del(run->memo, "since");
		json_object_set_new(run->memo, "child", json_string(member->call));
		run->phase = RUN_DIAL;
		run_save(run);
		take_member(member, run->call, &announcement);
	}
	free(full);
	return member != NULL;
}

static void on_ringing(struct run *run, const json_t *result, const json_t *error)
{
	(void)run, (void)result, (void)error;
}

/* Hears that it rings until somebody comes. */
static void wait_for_caller(struct run *run)
{
	const struct step *step = run_step_of(run);

	json_object_set_new(run->memo, "since", json_integer(clock_utc_ms()));
	run->phase = RUN_CALLER;
	run_save(run);
	run_set_timer(run, (int64_t)step->timeout_s * 1000);
	run_request(run, "call.play", json_pack("{s:[s], s:i}", "files", "tone:ringback", "loop", 0),
		    on_ringing);
}

void run_begin_dequeue(struct run *run, const struct step *step)
{
	run->memo = json_pack("{s:s}", "name", step->text);
	if (!take_first(run))
		wait_for_caller(run);
}

void run_agent_again(struct run *run)
{
	const struct step *step = run_step_of(run);

	if (!step || step->kind != STEP_DEQUEUE || run->phase != RUN_DIAL || run->over)
		return;
	json_object_del(run->memo, "child");
	if (!take_first(run))
		wait_for_caller(run);
}

void run_agent_bridged(struct run *run)
{
	const struct step *step = run_step_of(run);

	if (!step || step->kind != STEP_DEQUEUE || run->phase != RUN_DIAL)
		return;
	json_object_set_new(run->memo, "at", json_integer(clock_utc_ms()));
	run_save(run);
	if (step->dial && step->dial->time_limit_s)
		run_set_timer(run, (int64_t)step->dial->time_limit_s * 1000);
}

struct serving {
	const struct run *member;
	const char *name;
	struct run *agent; /* who waits longest */
};

static int64_t since(const struct run *run)
{
	return json_integer_value(json_object_get(run->memo, "since"));
}

static void look_at(struct run *run, void *arg)
{
	struct serving *serving = arg;
	const char *name = run->phase == RUN_CALLER ? text_of(run->memo, "name") : NULL;

	if (name && !strcmp(name, serving->name) && run->account == serving->member->account && !run->over &&
	    (!serving->agent || since(run) < since(serving->agent)))
		serving->agent = run;
}

/* Somebody has come: who has waited for that longest takes them. */
static void serve(struct run *run, const char *name)
{
	struct serving serving = { .member = run, .name = name };

	run_each(run->scripts, look_at, &serving);
	if (serving.agent)
		take_first(serving.agent);
}

void run_dequeue_timer(struct run *run)
{
	if (run->phase == RUN_CALLER) {
		stop_sound(run);
		run_forget(run);
		agent_done(run, "no-answer");
	} else {
		link_call(run->with->link, "call.unbridge", json_pack("{s:s}", "call", run->call), NULL,
			  NULL);
	}
}

static void on_agent_parted(struct run *run, const json_t *result, const json_t *error)
{
	if (is_alone(result, error))
		agent_done(run, "completed");
}

void run_dequeue_event(struct run *run, const struct step *step, const struct bus_event *event)
{
	const char *digit = text_of(event->data, "digit");

	if (run->phase != RUN_DIAL)
		return;
	/* the answer may have been lost */
	if (!strcmp(event->type, "call.bridged") && !json_object_get(run->memo, "at"))
		run_agent_bridged(run);
	else if (!strcmp(event->type, "call.unbridged"))
		run_request(run, "call.get", json_object(), on_agent_parted);
	else if (digit && *digit == '*' && step->dial && step->dial->hang_up_on_star)
		link_call(run->with->link, "call.unbridge", json_pack("{s:s}", "call", run->call), NULL,
			  NULL);
}

void run_dequeue_check(struct run *run, const struct step *step)
{
	(void)step;
	if (json_object_get(run->memo, "at"))
		run_request(run, "call.get", json_object(), on_agent_parted);
}

void run_dequeue_leave(struct run *run, const struct step *step)
{
	const char *child = text_of(run->memo, "child");
	struct run *member =
	    child && !json_object_get(run->memo, "at") ? run_find(run->scripts, child) : NULL;

	(void)step;
	if (member)
		wait_again(member);
}

bool run_dequeue_over(struct run *run, const struct step *step)
{
	if (run->phase == RUN_FETCH)
		return step->action != NULL;
	if (run->phase != RUN_DIAL && run->phase != RUN_CALLER)
		return false;
	run_dequeue_leave(run, step);
	if (!step->action)
		return false;
	run->over = true;
	run_forget(run);
	agent_done(run, json_object_get(run->memo, "at") ? "completed" : "canceled");
	return true;
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
