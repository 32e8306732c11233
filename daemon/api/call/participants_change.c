/* Changes of participants: mute, hold, coach, announcements, removal. */
#include "daemon/api/call/calls.h"
#include "daemon/api/call/participants_ask.h"
#include "daemon/api/switch/link.h"

#include <stdlib.h>
#include <string.h>

/* A change of a participant: first whether it is one, as the switch knows it now, then the change, then how
 * it is after it. */
struct change {
	struct asker by;
	char conference[40], call[40];
	const char *method; /* NULL: it is removed, or waits otherwise */
	char *wait_url;	    /* NULL: it does not */
	bool wait_get;
	json_t *params; /* until they are sent */
	participants_h *handler;
	done_h *done; /* of a removal */
	void *arg;
};

/* Tells, and frees the change. */
static void fail(struct change *change, const struct fault *fault)
{
	if (change->done)
		change->done(fault, change->arg);
	else
		change->handler(fault, NULL, 0, change->arg);
	json_decref(change->params);
	free(change->wait_url);
	free(change);
}

static void on_changed(const json_t *result, const json_t *error, void *arg)
{
	struct change *change = arg;
	struct fault fault;

	(void)result;
	if (error) {
		fault_from_switch(&fault, error, NULL);
		fail(change, &fault);
		return;
	}
	if (change->done)
		change->done(NULL, change->arg);
	else
		participants_ask(change->by.desk, change->conference, change->call, change->handler,
				 change->arg);
	free(change);
}

static bool is_member(const json_t *result, const char *call)
{
	json_t *told;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(result, "conference"), "participants"), i, told)
	{
		const char *id = json_string_value(json_object_get(told, "call"));

		if (id && !strcmp(id, call))
			return true;
	}

	return false;
}

/* It is kept of the call, for whoever asks why the conference has ended: its own end would not say. */
static int keep_removal(const struct change *change)
{
	const struct desk *desk = change->by.desk;
	struct call_row row;
	json_t *options;
	int err = calls_get(desk->store, change->call, &row);

	if (err)
		return err;
	options = row.options ? json_incref(row.options) : json_object();
	json_object_set_new(options, CONFERENCES_REMOVED_FROM, json_string(change->conference));
	err = calls_set_options(desk->store, change->call, options);
	json_decref(options);
	call_row_clear(&row);
	return err;
}

/* Out of the conference, or, where nothing would go on with the call, ended. */
static void take_out(struct change *change, json_t *params)
{
	const struct call_scripts *scripts = &change->by.desk->scripts;
	struct fault fault;

	if (!scripts->goes_on || !scripts->goes_on(change->call, scripts->arg)) {
		call_end(&change->by, change->call, change->done, change->arg);
		free(change);
		return;
	}
	if (!keep_removal(change) &&
	    !link_call(change->by.desk->link, "conference.remove", json_incref(params), on_changed, change))
		return;
	fault_switch_away(&fault);
	fail(change, &fault);
}

static void wait_otherwise(struct change *change)
{
	const struct call_scripts *scripts = &change->by.desk->scripts;

	if (scripts->wait)
		scripts->wait(change->call, change->conference, change->wait_url, change->wait_get,
			      scripts->arg);
	participants_ask(change->by.desk, change->conference, change->call, change->handler, change->arg);
	free(change->wait_url);
	free(change);
}

static void on_member(const json_t *result, const json_t *error, void *arg)
{
	struct change *change = arg;
	json_t *params = change->params;
	struct fault fault;

	change->params = NULL;
	if (error && !fault_switch_misses(error)) {
		fault_from_switch(&fault, error, NULL);
		fail(change, &fault);
	} else if (!is_member(result, change->call)) {
		fault_set(&fault, FAULT_PARTICIPANT_NOT_FOUND, FIELD_CALL,
			  "The conference has no such participant.");
		fail(change, &fault);
	} else if (change->wait_url) {
		wait_otherwise(change);
	} else if (!change->method) {
		take_out(change, params);
	} else if (link_call(change->by.desk->link, change->method, json_incref(params), on_changed,
			     change)) {
		fault_switch_away(&fault);
		fail(change, &fault);
	}
	json_decref(params);
}

/* Sends the question that a change begins with; the change is gone when this fails. */
static void begin(struct change *change)
{
	struct fault fault;

	json_object_set_new(change->params, "call", json_string(change->call));
	if (!link_call(change->by.desk->link, "conference.get",
		       json_pack("{s:s}", "conference", change->conference), on_member, change))
		return;
	fault_switch_away(&fault);
	fail(change, &fault);
}

/* NULL: no memory. */
static struct change *change_new(const struct asker *by, const struct conference_row *conference,
				 const struct call_row *call)
{
	struct change *change = calloc(1, sizeof *change);

	if (!change)
		return NULL;
	change->by = *by;
	change->params = json_object();
	strncpy(change->conference, conference->id, sizeof change->conference - 1);
	strncpy(change->call, call->id, sizeof change->call - 1);
	return change;
}

static void on_prompt(json_t *files, const char *error, void *arg)
{
	struct change *change = arg;
	struct fault fault;

	if (!announcement_is_there(files)) {
		fault_set(&fault, FAULT_PROMPT_FAILED, FIELD_PLAY, "%s", error);
		fail(change, &fault);
		return;
	}
	json_object_set(change->params, "files", files);
	begin(change);
}

/* The change goes on when there are files. */
static void prepare(struct change *change, const struct announcement *what)
{
	struct fault fault;

	if (!announcement_prepare(change->by.desk, what, on_prompt, change))
		return;
	fault_no_memory(&fault);
	fail(change, &fault);
}

static void start(struct change *change, const struct participant_change *wanted)
{
	switch (wanted->kind) {
	case PARTICIPANT_MUTE:
		change->method = "conference.mute";
		json_object_set_new(change->params, "muted", json_boolean(wanted->on));
		break;
	case PARTICIPANT_HOLD:
		change->method = "conference.hold";
		json_object_set_new(change->params, "hold", json_boolean(wanted->on));
		if (announcement_is_any(&wanted->what)) {
			prepare(change, &wanted->what);
			return;
		}
		break;
	case PARTICIPANT_ENDS:
		change->method = "conference.change";
		json_object_set_new(change->params, "ends", json_boolean(wanted->on));
		break;
	case PARTICIPANT_BEEPS:
		change->method = "conference.change";
		json_object_set_new(change->params, "exit_beep", json_boolean(wanted->on));
		break;
	case PARTICIPANT_WAITS:
		change->wait_url = strdup(wanted->wait_url);
		change->wait_get = wanted->wait_get;
		if (!change->wait_url) {
			struct fault fault;

			fault_no_memory(&fault);
			fail(change, &fault);
			return;
		}
		break;
	case PARTICIPANT_COACH:
		change->method = "conference.coach";
		json_object_set_new(change->params, "coaches", json_string(wanted->coach));
		break;
	case PARTICIPANT_ANNOUNCE:
		change->method = "call.play";
		prepare(change, &wanted->what);
		return;
	}
	begin(change);
}

void participant_change(const struct asker *by, const char *conference_id, const char *call_id,
			const struct participant_change *wanted, participants_h *handler, void *arg)
{
	struct conference_row conference;
	struct change *change;
	struct fault fault;
	struct call_row call;

	if (((wanted->kind == PARTICIPANT_ANNOUNCE || announcement_is_any(&wanted->what)) &&
	     !announcement_check(&wanted->what, &fault)) ||
	    !participants_find(by, conference_id, call_id, &conference, &call, &fault)) {
		handler(&fault, NULL, 0, arg);
		return;
	}
	change = change_new(by, &conference, &call);
	conference_row_clear(&conference);
	call_row_clear(&call);
	if (!change) {
		fault_no_memory(&fault);
		handler(&fault, NULL, 0, arg);
		return;
	}
	change->handler = handler;
	change->arg = arg;
	start(change, wanted);
}

void participant_remove(const struct asker *by, const char *conference_id, const char *call_id,
			done_h *handler, void *arg)
{
	struct conference_row conference;
	struct change *change = NULL;
	struct fault fault;
	struct call_row call;
	const char *placed_for;

	if (!participants_find(by, conference_id, call_id, &conference, &call, &fault)) {
		handler(&fault, arg);
		return;
	}
	placed_for = participant_conference(&call);
	if (placed_for && !strcmp(placed_for, conference.id)) {
		call_end(by, call.id, handler, arg);
	} else if ((change = change_new(by, &conference, &call))) {
		change->done = handler;
		change->arg = arg;
		begin(change);
	} else {
		fault_no_memory(&fault);
		handler(&fault, arg);
	}
	conference_row_clear(&conference);
	call_row_clear(&call);
}
