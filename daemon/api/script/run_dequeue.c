/* Dial with a queue in it: who takes those that wait there. They are in run_queue.c.
 *
 * Remembered: "name", "since" (while nobody waits), "child" (whom it has), "at" (when they were connected).
 * It stays in the run's memo: see run_step_memo(). */
#include "daemon/api/script/run_queue_private.h"

#include "daemon/api/net/weburl.h"
#include "daemon/api/store/queues.h"
#include "daemon/api/switch/link.h"
#include "lib/clock.h"

#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void agent_done(struct run *run, const char *status)
{
	const struct step *step = run_step_of(run);
	const int64_t at = json_integer_value(json_object_get(run->memo, "at"));
	const char *child = text_of(run->memo, "child");
	json_t *form = json_pack("{s:s, s:s, s:s}", "dial_status", status, "dial_call", child ? child : "",
				 "dial_bridged", at ? "true" : "false");

	run_set_timer(run, -1);
	queue_add_number(form, "dial_duration", at ? (clock_utc_ms() - at + 500) / 1000 : 0);
	run_ask_if_action(run, step, "dial", form);
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
			queue_stop_sound(run);
		json_object_del(run->memo, "since");
		json_object_set_new(run->memo, "child", json_string(member->call));
		run->phase = RUN_DIAL;
		run_save(run);
		queue_take(member, run->call, &announcement);
	}
	free(full);
	return member != NULL;
}

/* Hears that it rings until somebody comes. */
static void wait_for_caller(struct run *run)
{
	const struct step *step = run_step_of(run);

	json_object_set_new(run->memo, "since", json_integer(clock_utc_ms()));
	run->phase = RUN_CALLER;
	run_save(run);
	run_set_timer(run, (int64_t)step->timeout_s * 1000);
	run_request(run, "call.play", json_pack("{s:[s], s:i}", "files", "tone:ringback", "loop", 0), NULL);
}

void run_begin_dequeue(struct run *run, const struct step *step)
{
	run->memo = json_pack("{s:s}", "name", step->text);
	if (!take_first(run))
		wait_for_caller(run);
}

void queue_agent_again(struct run *run)
{
	const struct step *step = run_step_of(run);

	if (!step || step->kind != STEP_DEQUEUE || run->phase != RUN_DIAL || run->over ||
	    json_object_get(run->memo, "at")) /* they talked: who parts them is told */
		return;
	json_object_del(run->memo, "child");
	if (!take_first(run))
		wait_for_caller(run);
}

void queue_agent_bridged(struct run *run)
{
	const struct step *step = run_step_of(run);

	if (!step || step->kind != STEP_DEQUEUE || run->phase != RUN_DIAL || json_object_get(run->memo, "at"))
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

void queue_serve(struct run *run, const char *name)
{
	struct serving serving = { .member = run, .name = name };

	run_each(run->scripts, look_at, &serving);
	if (serving.agent)
		take_first(serving.agent);
}

void run_dequeue_timer(struct run *run)
{
	if (run->phase == RUN_CALLER) {
		queue_stop_sound(run);
		run_forget(run);
		agent_done(run, "no-answer");
	} else {
		link_call(run->with->link, "call.unbridge", json_pack("{s:s}", "call", run->call), NULL,
			  NULL);
	}
}

static void on_agent_parted(struct run *run, const json_t *result, const json_t *error)
{
	if (run_is_parted(result, error))
		agent_done(run, "completed");
}

void run_dequeue_event(struct run *run, const struct step *step, const struct bus_event *event)
{
	const char *digit = text_of(event->data, "digit");

	if (run->phase != RUN_DIAL)
		return;
	/* the answer may have been lost */
	if (!strcmp(event->type, "call.bridged") && !json_object_get(run->memo, "at"))
		queue_agent_bridged(run);
	else if (!strcmp(event->type, "call.unbridged"))
		run_request(run, "call.get", json_object(), on_agent_parted);
	else if (digit && *digit == '*' && step->dial && step->dial->hang_up_on_star)
		link_call(run->with->link, "call.unbridge", json_pack("{s:s}", "call", run->call), NULL,
			  NULL);
}

/* Whether the one that it has taken is still to be connected with it. */
static bool comes_still(const struct run *run)
{
	const char *child = text_of(run->memo, "child");
	struct run *member = child ? run_find(run->scripts, child) : NULL;
	const char *agent = member ? text_of(run_step_memo(member), "agent") : NULL;

	return agent && !strcmp(agent, run->call) && !json_object_get(run_step_memo(member), "bridged_at");
}

/* Perhaps they were connected, or parted again, and nobody was there to be told. */
static void on_agent_seen(struct run *run, const json_t *result, const json_t *error)
{
	if (json_object_get(json_object_get(result, "call"), "bridge")) {
		queue_agent_bridged(run);
	} else if (run_is_parted(result, error) && !comes_still(run)) {
		queue_agent_bridged(run); /* they were */
		agent_done(run, "completed");
	}
}

void run_dequeue_check(struct run *run, const struct step *step)
{
	(void)step;
	run_request(run, "call.get", json_object(), on_agent_seen);
}

void run_dequeue_leave(struct run *run, const struct step *step)
{
	const char *child = text_of(run->memo, "child");
	struct run *member =
	    child && !json_object_get(run->memo, "at") ? run_find(run->scripts, child) : NULL;

	(void)step;
	if (member)
		queue_wait_again(member);
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
