/* The table of runs: finding, making, saving and ending them, and the answers that they wait for. */
#include "daemon/api/script/engine_private.h"
#include "daemon/api/script/run_steps.h"

#include "daemon/api/net/fetch.h"
#include "daemon/api/script/states.h"
#include "daemon/api/switch/link.h"
#include "lib/clock.h"
#include "lib/json_write.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct run **bucket(struct scripts *scripts, const char *call)
{
	uint32_t hash = 2166136261u;

	for (; *call; call++)
		hash = (hash ^ (unsigned char)*call) * 16777619u;
	return &scripts->buckets[hash % BUCKETS];
}

struct run *run_find(struct scripts *scripts, const char *call)
{
	for (struct run *run = *bucket(scripts, call); run; run = run->next)
		if (!strcmp(run->call, call))
			return run;
	return NULL;
}

const struct step *run_step_of(const struct run *run)
{
	return run->script && run->at < run->script->count ? &run->script->steps[run->at] : NULL;
}

void run_each(struct scripts *scripts, void (*each)(struct run *run, void *arg), void *arg)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct run *run = scripts->buckets[i]; run; run = run->next)
			each(run, arg);
}

enum step_kind run_outer_kind(const struct run *run)
{
	return (enum step_kind)json_integer_value(json_object_get(run->outer, "kind"));
}

json_t *run_step_memo(struct run *run)
{
	return run->outer ? json_object_get(run->outer, "memo") : run->memo;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct run *run = arg;

	(void)fd, (void)what;
	/* what it asks of the switch would be lost: run_wind_timer() comes back to it */
	if (!run->over && !run->gone && !(run->with->link && link_is_ready_for(run->with->link, run->call)))
		return;
	run->until = 0;
	run->scripts->on_timer(run);
}

void run_set_timer(struct run *run, int64_t ms)
{
	const struct timeval tv = { ms / 1000, ms % 1000 * 1000 };
	const struct scripts_stage *stage = run->with->stage;

	run->until = ms < 0 ? 0 : clock_utc_ms() + ms;
	if (stage)
		stage->set_timer(run->timer, ms, stage->arg);
	else if (ms < 0)
		event_del(run->timer);
	else
		event_add(run->timer, &tv);
}

void run_wind_timer(struct run *run)
{
	const int64_t rest = run->until - clock_utc_ms();

	if (run->until && !run->with->stage && !evtimer_pending(run->timer, NULL))
		run_set_timer(run, rest > 0 ? rest : 0);
}

void run_free(struct run *run)
{
	fetch_cancel(run->fetch);
	script_free(run->script);
	free(run->document);
	free(run->document_type);
	free(run->base_url);
	free(run->cookies);
	json_decref(run->play_id);
	json_decref(run->early_done);
	json_decref(run->wanted);
	json_decref(run->interlude);
	json_decref(run->cut);
	json_decref(run->cut_done);
	json_decref(run->memo);
	json_decref(run->outer);
	json_decref(run->recordings);
	json_decref(run->keys);
	json_decref(run->noted);
	json_decref(run->snapshot);
	free(run->parent);
	if (run->timer) {
		run_set_timer(run, -1);
		event_free(run->timer);
	}
	free(run->from);
	free(run->to);
	free(run->status);
	free(run);
}

static void replace(char **slot, const char *text)
{
	char *copy = strdup(text ? text : "");

	if (copy) {
		free(*slot);
		*slot = copy;
	}
}

/* What was heard by an answer already is not taken back by an event that was under way. */
static bool is_later(const char *status, const char *than)
{
	static const char *const order[] = { "queued", "ringing", "in-progress" };
	const size_t count = sizeof order / sizeof *order;
	size_t a = 0, b = 0;

	while (a < count && strcmp(order[a], status))
		a++;
	while (b < count && strcmp(order[b], than))
		b++;
	return a >= b;
}

void run_learn_status(struct run *run, const char *status)
{
	if (status && (!run->status || is_later(status, run->status)))
		replace(&run->status, status);
}

void run_update(struct run *run, const struct call_row *row)
{
	replace(&run->from, row->from);
	replace(&run->to, row->to);
	run_learn_status(run, row->status);
	if (row->parent)
		replace(&run->parent, row->parent);
	json_decref(run->snapshot);
	run->snapshot = json_incref(row->snapshot);
	run->screen = json_is_true(json_object_get(row->options, "screen"));
	run->answered |= row->answered != 0;
	run->inbound = !strcmp(row->direction, "inbound");
	run->account = conf_account_by_name(run->with->conf, row->account);
}

struct run *run_new(struct scripts *scripts, const struct call_row *row)
{
	struct run *run = calloc(1, sizeof *run), **head = bucket(scripts, row->id);

	if (!run)
		return NULL;
	run->timer = evtimer_new(scripts->with.base, on_timer, run);
	run->scripts = scripts;
	run->with = &scripts->with;
	run->ways = scripts->ways;
	run->form = script_form_find(scripts->with.forms, row->dialect);
	run->token = ++scripts->tokens;
	run->phase = RUN_START;
	snprintf(run->call, sizeof run->call, "%s", row->id);
	run_update(run, row);
	if (!run->timer || !run->from || !run->to || !run->status || !run->account) {
		run_free(run);
		return NULL;
	}
	run->next = *head;
	*head = run;
	return run;
}

void scripts_keep_seen(struct scripts *scripts)
{
	if (scripts->seen_kept == scripts->seen)
		return;
	scripts->seen_kept = scripts->seen;
	if (store_begin(scripts->with.store))
		log_warn("script.state_failed", NULL, "%s", "");
}

static void unlink_unsaved(struct run *run)
{
	if (!run->unsaved)
		return;
	*run->unsaved = run->next_unsaved;
	if (run->next_unsaved)
		run->next_unsaved->unsaved = run->unsaved;
	run->unsaved = NULL;
}

void run_end(struct run *run)
{
	struct run **at = bucket(run->scripts, run->call);

	while (*at != run)
		at = &(*at)->next;
	*at = run->next;
	unlink_unsaved(run);
	if (states_delete(run->with->store, run->call))
		log_warn("script.state_failed", run->call, "%s", "");
	scripts_keep_seen(run->scripts);
	run_free(run);
}

struct ticket *ticket_make(struct run *run, run_reply_h *reply)
{
	struct ticket *ticket = calloc(1, sizeof *ticket), **first = &run->scripts->tickets;

	if (!ticket)
		return NULL;
	ticket->scripts = run->scripts;
	ticket->token = run->token;
	ticket->reply = reply;
	memcpy(ticket->call, run->call, sizeof ticket->call);
	ticket->next = *first;
	ticket->link = first;
	if (*first)
		(*first)->link = &ticket->next;
	*first = ticket;
	return ticket;
}

void ticket_free(struct ticket *ticket)
{
	*ticket->link = ticket->next;
	if (ticket->next)
		ticket->next->link = ticket->link;
	free(ticket);
}

void run_forget(struct run *run)
{
	fetch_cancel(run->fetch);
	run->fetch = NULL;
	run_set_timer(run, -1);
	run->token = ++run->scripts->tokens;
	run->redo = false;
}

struct ticket *ticket_new(struct run *run)
{
	run->token = ++run->scripts->tokens;
	return ticket_make(run, NULL);
}

struct run *ticket_redeem(struct ticket *ticket)
{
	struct run *run = run_find(ticket->scripts, ticket->call);

	if (run && run->token != ticket->token)
		run = NULL;
	ticket_free(ticket);
	return run;
}

/* Answers are ahead of the events, which wait for the disk. */
static void learn_from(struct run *run, const json_t *call)
{
	const char *id = json_string_value(json_object_get(call, "id"));

	if (id && !strcmp(id, run->call))
		run_learn_status(run, json_string_value(json_object_get(call, "status")));
}

void ticket_on_reply(const json_t *result, const json_t *error, void *arg)
{
	struct ticket *ticket = arg;
	run_reply_h *reply = ticket->reply;
	struct run *run = ticket_redeem(ticket);

	if (!run)
		return;
	/* The connection broke: do it again when it is back. */
	if (error && !link_is_ready_for(run->with->link, run->call)) {
		run->redo = true;
	} else {
		learn_from(run, json_object_get(result, "call"));
		if (reply)
			reply(run, result, error);
	}
}

void run_request(struct run *run, const char *method, json_t *params, run_reply_h *reply)
{
	run_request_for(run, run->call, method, params, reply);
}

void run_request_for(struct run *run, const char *call, const char *method, json_t *params,
		     run_reply_h *reply)
{
	struct ticket *ticket = ticket_new(run);

	if (!ticket) {
		json_decref(params);
		run->redo = true;
		return;
	}
	ticket->reply = reply;
	json_object_set_new(params, "call", json_string(call));
	if (link_call(run->with->link, method, params, ticket_on_reply, ticket)) {
		ticket_free(ticket);
		run->redo = true;
	}
}

static void add_json(struct json_text *text, const char *name, const json_t *value)
{
	char *written = json_write(value);

	if (written)
		json_text_raw(text, name, written, strlen(written));
	else if (value)
		text->failed = true;
	free(written);
}

static void add_text(struct json_text *text, const char *name, const char *value)
{
	if (value)
		json_text_string_always(text, name, value);
}

/* What is said only when it is so. */
static void add_bool(struct json_text *text, const char *name, bool value)
{
	if (value)
		json_text_bool(text, name, true);
}

/* Where a run stands: what run_restore() reads. */
static void describe(const struct run *run, struct json_text *text)
{
	json_text_element_open(text);
	json_text_int(text, "phase", run->phase);
	json_text_int(text, "at", (int64_t)run->at);
	add_text(text, "document", run->document);
	add_text(text, "document_type", run->document_type);
	add_text(text, "cookies", run->cookies);
	add_text(text, "base_url", run->base_url);
	add_json(text, "play_id", run->play_id);
	add_json(text, "wanted", run->wanted);
	json_text_string(text, "recording", run->recording);
	json_text_string(text, "conference", run->conference);
	add_bool(text, "prompts_done", run->prompts_done);
	add_bool(text, "fallback_used", run->fallback_used);
	add_bool(text, "held", run->held);
	add_json(text, "cut", run->cut);
	add_json(text, "cut_done", run->cut_done);
	add_json(text, "memo", run->memo);
	add_json(text, "outer", run->outer);
	add_json(text, "recordings", run->recordings);
	add_json(text, "keys", run->keys);
	add_json(text, "interlude", run->interlude);
	add_bool(text, "over", run->over);
	json_text_int(text, "until", run->until);
	json_text_close(text);
}

static void write_state(struct run *run)
{
	struct json_text *text = &run->scripts->state;
	const char *all;

	json_text_reset(text);
	describe(run, text);
	all = json_text_all(text);
	if (!all || states_put(run->with->store, run->call, all))
		log_warn("script.state_failed", run->call, "%s", "");
}

/* A step moves several times a turn; what counts is where it stands when the turn is committed. */
void run_save(struct run *run)
{
	struct run **first = &run->scripts->unsaved;

	scripts_keep_seen(run->scripts);
	run->saved = run->scripts->seen;
	if (run->unsaved)
		return;
	if (store_begin(run->with->store))
		log_warn("script.state_failed", run->call, "%s", "");
	run->next_unsaved = *first;
	run->unsaved = first;
	if (*first)
		(*first)->unsaved = &run->next_unsaved;
	*first = run;
}

void scripts_write(void *arg)
{
	struct scripts *scripts = arg;

	while (scripts->unsaved) {
		struct run *run = scripts->unsaved;

		unlink_unsaved(run);
		write_state(run);
	}
	if (scripts->seen_kept == scripts->seen_written)
		return;
	scripts->seen_written = scripts->seen_kept;
	if (states_put_seen(scripts->with.store, scripts->seen_kept))
		log_warn("script.state_failed", NULL, "%s", "");
}

bool scripts_run(struct scripts *scripts, const char *call)
{
	const struct run *run = run_find(scripts, call);

	return run && !run->over;
}
