#include "daemon/api/script/engine.h"

#include "daemon/api/net/fetch.h"
#include "daemon/api/script/replay.h"
#include "daemon/api/script/run.h"
#include "daemon/api/script/states.h"
#include "daemon/api/script/twiml.h"
#include "daemon/api/store/events.h"
#include "daemon/api/switch/bus.h"
#include "daemon/api/switch/link.h"
#include "daemon/api/voice/calls.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024, SEEN_STEP = 1000 };

struct scripts {
	struct api *api;
	uint64_t tokens;
	int64_t seen,
	    seen_kept; /* the event that is acted on, in the order of the log; as the store has it */
	struct run *buckets[BUCKETS];
	struct ticket *tickets; /* all that are out, for scripts_free() */
};

struct ticket {
	struct ticket *next, **link;
	struct scripts *scripts;
	char call[40];
	uint64_t token;
	run_reply_h *reply;
};

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

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	run_timer(arg);
}

void run_set_timer(struct run *run, int64_t ms)
{
	const struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	if (ms < 0)
		event_del(run->timer);
	else
		event_add(run->timer, &tv);
}

static void run_free(struct run *run)
{
	fetch_cancel(run->fetch);
	script_free(run->script);
	free(run->document);
	free(run->base_url);
	json_decref(run->play_id);
	json_decref(run->early_done);
	json_decref(run->wanted);
	json_decref(run->cut);
	json_decref(run->cut_done);
	if (run->timer)
		event_free(run->timer);
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

static void update(struct run *run, const struct call_row *row)
{
	replace(&run->from, row->from);
	replace(&run->to, row->to);
	replace(&run->status, row->status);
	run->answered = row->answered != 0;
	run->inbound = !strcmp(row->direction, "inbound");
	run->account = conf_account_by_name(run->api->conf, row->account);
}

static struct run *run_new(struct scripts *scripts, const struct call_row *row)
{
	struct run *run = calloc(1, sizeof *run), **head = bucket(scripts, row->id);

	if (!run)
		return NULL;
	run->timer = evtimer_new(scripts->api->base, on_timer, run);
	run->scripts = scripts;
	run->api = scripts->api;
	run->token = ++scripts->tokens;
	run->phase = RUN_START;
	snprintf(run->call, sizeof run->call, "%s", row->id);
	update(run, row);
	if (!run->timer || !run->from || !run->to || !run->status || !run->account) {
		run_free(run);
		return NULL;
	}
	run->next = *head;
	*head = run;
	return run;
}

/* What is written now comes of the events up to here. */
static void keep_seen(struct scripts *scripts)
{
	if (scripts->seen_kept == scripts->seen)
		return;
	scripts->seen_kept = scripts->seen;
	if (states_put_seen(scripts->api->store, scripts->seen))
		log_warn("script.state_failed", NULL, "%s", "");
}

void run_end(struct run *run)
{
	struct run **at = bucket(run->scripts, run->call);

	while (*at != run)
		at = &(*at)->next;
	*at = run->next;
	if (states_delete(run->api->store, run->call))
		log_warn("script.state_failed", run->call, "%s", "");
	keep_seen(run->scripts);
	run_free(run);
}

/* A ticket for the run's present token. */
static struct ticket *ticket_make(struct run *run, run_reply_h *reply)
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

static void ticket_free(struct ticket *ticket)
{
	*ticket->link = ticket->next;
	if (ticket->next)
		ticket->next->link = ticket->link;
	free(ticket);
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

static void on_reply(const json_t *result, const json_t *error, void *arg)
{
	struct ticket *ticket = arg;
	run_reply_h *reply = ticket->reply;
	struct run *run = ticket_redeem(ticket);

	if (!run)
		return;
	/* The connection broke: do it again when it is back. */
	if (error && !link_is_ready(run->api->link))
		run->redo = true;
	else
		reply(run, result, error);
}

void run_request(struct run *run, const char *method, json_t *params, run_reply_h *reply)
{
	struct ticket *ticket = ticket_new(run);

	if (!ticket) {
		json_decref(params);
		run->redo = true;
		return;
	}
	ticket->reply = reply;
	json_object_set_new(params, "call", json_string(run->call));
	if (link_call(run->api->link, method, params, on_reply, ticket)) {
		ticket_free(ticket);
		run->redo = true;
	}
}

/* Where a run stands, as JSON. */
void run_save(struct run *run)
{
	json_t *state =
	    json_pack("{s:i, s:I, s:s*, s:s*, s:O*, s:O*, s:s, s:s, s:b, s:b, s:b, s:O*, s:O*}", "phase",
		      run->phase, "at", (json_int_t)run->at, "document", run->document, "base_url",
		      run->base_url, "play_id", run->play_id, "wanted", run->wanted, "child", run->child,
		      "conference", run->conference, "prompts_done", run->prompts_done, "fallback_used",
		      run->fallback_used, "held", run->held, "cut", run->cut, "cut_done", run->cut_done);

	if (!state || states_put(run->api->store, run->call, state))
		log_warn("script.state_failed", run->call, "%s", "");
	keep_seen(run->scripts);
	run->saved = run->scripts->seen;
	json_decref(state);
}

/* Sets up a run as it was saved. */
static int restore(struct run *run, const json_t *state)
{
	const char *document = json_string_value(json_object_get(state, "document"));
	const char *child = json_string_value(json_object_get(state, "child"));
	const char *conference = json_string_value(json_object_get(state, "conference"));
	char error[200];

	if (document &&
	    run_take_document(run, document, strlen(document),
			      json_string_value(json_object_get(state, "base_url")), error, sizeof error))
		return EINVAL;
	run->phase = (enum run_phase)json_integer_value(json_object_get(state, "phase"));
	run->at = (size_t)json_integer_value(json_object_get(state, "at"));
	run->play_id = json_incref(json_object_get(state, "play_id"));
	run->wanted = json_incref(json_object_get(state, "wanted"));
	run->prompts_done = json_is_true(json_object_get(state, "prompts_done"));
	run->fallback_used = json_is_true(json_object_get(state, "fallback_used"));
	run->held = json_is_true(json_object_get(state, "held"));
	run->cut = json_incref(json_object_get(state, "cut"));
	run->cut_done = json_incref(json_object_get(state, "cut_done"));
	snprintf(run->child, sizeof run->child, "%s", child ? child : "");
	snprintf(run->conference, sizeof run->conference, "%s", conference ? conference : "");
	run->redo = run->phase == RUN_FETCH || run->phase == RUN_START || run->phase == RUN_PAUSE ||
		    run->phase == RUN_END;
	return 0;
}

static void restore_one(const char *call, const json_t *state, void *arg)
{
	struct scripts *scripts = arg;
	struct call_row row;
	struct run *run = NULL;

	if (!calls_get(scripts->api->store, call, &row) && !call_row_is_over(&row))
		run = run_new(scripts, &row);
	if (run && restore(run, state))
		run_end(run);
	call_row_clear(&row);
}

/* What the API was asked for, or the number's conf, starts a run. */
static void start(struct scripts *scripts, const struct call_row *row)
{
	const char *url = json_string_value(json_object_get(row->options, "url"));
	const char *text = json_string_value(json_object_get(row->options, "script"));
	const char *method = json_string_value(json_object_get(row->options, "method"));
	struct run *run;
	char error[200];

	if ((!url && !text) || run_find(scripts, row->id))
		return;
	run = run_new(scripts, row);
	if (!run)
		return;
	if (url)
		run_fetch(run, url, !method || strcmp(method, "GET"), NULL);
	else if (run_take_document(run, text, strlen(text), NULL, error, sizeof error))
		run_hang_up(run, error);
	else
		run_step(run);
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
	url = strdup(json_string_value(json_object_get(run->wanted, "url")));
	if (url)
		run_fetch(run, url, true, NULL);
	free(url);
}

/* A call to a number with a script waits for somebody to take it. */
static void on_incoming(struct scripts *scripts, const struct bus_event *event)
{
	const char *dialled = json_string_value(json_object_get(event->row->snapshot, "number"));
	const struct conf_number *number =
	    conf_number_find(scripts->api->conf, dialled ? dialled : event->row->to);
	struct run *run;

	if (!number || !number->voice_url || run_find(scripts, event->row->id))
		return;
	run = run_new(scripts, event->row);
	if (!run)
		return;
	run->wanted = json_pack("{s:s, s:b}", "url", number->voice_url, "post", 1);
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

static void on_conference(struct scripts *scripts, const struct bus_event *event)
{
	const char *call =
	    json_string_value(json_object_get(json_object_get(event->data, "participant"), "call"));
	struct run *run = event->conference && call ? run_find(scripts, call) : NULL;

	if (!run)
		return;
	run_conference_event(run, event);
	keep_run(scripts, call);
}

static void on_call(struct scripts *scripts, const struct bus_event *event)
{
	const struct call_row *row = event->row;
	struct run *run;

	if (!strcmp(event->type, "call.incoming"))
		on_incoming(scripts, event);
	else if (!strcmp(event->type, "call.state") && !strcmp(row->status, "in-progress") &&
		 !strcmp(row->direction, "outbound"))
		start(scripts, row);
	if (row->parent && (run = run_find(scripts, row->parent))) {
		run_child_event(run, event);
		keep_run(scripts, row->parent);
	}
	run = run_find(scripts, row->id);
	if (!run)
		return;
	update(run, row);
	run_event(run, event);
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
		keep_seen(scripts);
}

/* Takes up what was committed and perhaps not acted on. */
static int catch_up(struct scripts *scripts)
{
	int err = states_seen(scripts->api->store, &scripts->seen);

	if (!err && scripts->seen < 0)
		err = events_newest(scripts->api->store, &scripts->seen);
	else if (!err)
		scripts->seen_kept = scripts->seen;
	return err ? err : replay_events(scripts->api, scripts->seen, on_bus, scripts);
}

int scripts_alloc(struct scripts **out, struct api *api)
{
	struct scripts *scripts = calloc(1, sizeof *scripts);
	int err = ENOMEM;

	if (!scripts)
		return ENOMEM;
	scripts->api = api;
	err = bus_subscribe(api->bus, on_bus, scripts);
	if (!err)
		err = states_each(api->store, restore_one, scripts);
	api->scripts = scripts;
	if (!err)
		err = catch_up(scripts);
	if (err)
		scripts_free(scripts);
	else
		*out = scripts;
	return err;
}

void scripts_free(struct scripts *scripts)
{
	if (!scripts)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (scripts->buckets[i]) {
			struct run *run = scripts->buckets[i];

			scripts->buckets[i] = run->next;
			run_free(run);
		}
	}
	while (scripts->tickets)
		ticket_free(scripts->tickets);
	free(scripts);
}

/* Does again what was under way. */
static void resume(struct run *run)
{
	const char *url = json_string_value(json_object_get(run->wanted, "url"));

	run->redo = false;
	if (run->phase == RUN_END)
		run_hang_up(run, NULL);
	else if (url)
		run_fetch(run, url, json_is_true(json_object_get(run->wanted, "post")),
			  json_incref(json_object_get(run->wanted, "form")));
	else
		run_step(run);
}

static void on_reclaimed(struct run *run, const json_t *result, const json_t *error)
{
	if (error && json_integer_value(json_object_get(error, "code")) == 404)
		run_end(run);
	else if (run->redo)
		resume(run);
	else if (run->phase == RUN_CONFERENCE)
		run_conference_check(run, json_object_get(result, "call"));
}

static void reclaim(struct run *run)
{
	/* With the token as it is: a step that waits for an event goes on waiting. */
	struct ticket *ticket = ticket_make(run, on_reclaimed);

	if (ticket &&
	    link_call(run->api->link, "call.claim", json_pack("{s:s}", "call", run->call), on_reply, ticket))
		ticket_free(ticket);
}

void scripts_ready(struct scripts *scripts)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct run *run = scripts->buckets[i]; run; run = run->next)
			reclaim(run);
}

static void on_stopped(struct run *run, const json_t *result, const json_t *error)
{
	const char *url = json_string_value(json_object_get(run->wanted, "url"));

	(void)result, (void)error;
	if (url)
		run_fetch(run, url, json_is_true(json_object_get(run->wanted, "post")), NULL);
}

static void stop_dial(struct run *run)
{
	if (*run->child)
		link_call(run->api->link, "call.hangup",
			  json_pack("{s:s, s:s}", "call", run->child, "by", "script"), NULL, NULL);
	*run->child = '\0';
}

void scripts_redirect(struct scripts *scripts, const struct call_row *row, const char *url, bool post)
{
	struct run *run = run_find(scripts, row->id);
	enum run_phase phase = run ? run->phase : RUN_START;
	const char *method = phase == RUN_RECORD       ? "call.record_stop"
			     : phase == RUN_CONFERENCE ? "conference.remove"
						       : "call.stop";

	if (!run)
		run = run_new(scripts, row);
	if (!run)
		return;
	fetch_cancel(run->fetch);
	run->fetch = NULL;
	run_set_timer(run, -1);
	stop_dial(run);
	json_decref(run->wanted);
	run->wanted = json_pack("{s:s, s:b}", "url", url, "post", post);
	run->phase = RUN_FETCH;
	run->held = false; /* the new document is heard */
	run_save(run);
	/* Whatever it was doing ends; an error only says that it was doing nothing. */
	run_request(run, method, json_object(), on_stopped);
}

void scripts_hold(struct scripts *scripts, const char *call, bool held)
{
	struct run *run = run_find(scripts, call);

	if (run)
		run_hold(run, held);
}
