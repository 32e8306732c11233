#include "daemon/api/call/participants.h"

#include "daemon/api/call/calls.h"
#include "daemon/api/call/conferences.h"
#include "daemon/api/call/participants_ask.h"
#include "daemon/api/switch/link.h"
#include "lib/log.h"

#include <stdlib.h>
#include <string.h>

void participant_read(const json_t *told, const char *conference, const char *status, struct participant *out)
{
	*out = (struct participant){
		.call = json_string_value(json_object_get(told, "call")),
		.conference = conference,
		.status = status,
		.coaches = json_string_value(json_object_get(told, "coaches")),
		.from = json_string_value(json_object_get(told, "from")),
		.to = json_string_value(json_object_get(told, "to")),
		.user = json_string_value(json_object_get(told, "user")),
		.label = json_string_value(json_object_get(told, "label")),
		.starts = json_is_true(json_object_get(told, "moderator")),
		.ends = json_is_true(json_object_get(told, "ends")),
		.since = json_integer_value(json_object_get(told, "joined")),
		.muted = json_is_true(json_object_get(told, "muted")),
		.hold = json_is_true(json_object_get(told, "hold")),
		.talking = json_is_true(json_object_get(told, "talking")),
	};
}

const char *participant_conference(const struct call_row *row)
{
	return json_string_value(json_object_get(json_object_get(row->options, "conference"), "id"));
}

void participant_of_call(const struct call_row *row, struct participant *out)
{
	const json_t *wanted = json_object_get(row->options, "conference");

	participant_read(wanted, participant_conference(row), row->status, out);
	out->from = row->from;
	out->to = row->to;
	out->call = row->id;
	out->since = row->created;
}

bool participant_is_scripted(const struct call_row *row)
{
	return json_is_true(json_object_get(json_object_get(row->options, "conference"), "scripted"));
}

/* A question to the switch about a conference. */
struct question {
	const struct desk *desk;
	char conference[40];
	char call[40]; /* only this one, or "" */
	participants_h *handler;
	void *arg;
};

/* Texts belong to what the switch told, or to `texts`. */
struct collecting {
	const struct question *question;
	struct participant *items;
	size_t count, size;
	json_t *texts; /* array */
	bool failed;
};

static void add(struct collecting *c, const struct participant *one)
{
	struct participant *items = c->items;

	if (c->count == c->size) {
		c->size = c->size ? 2 * c->size : 16;
		items = realloc(c->items, c->size * sizeof *items);
	}
	if (!items) {
		c->size = c->count;
		c->failed = true;
		return;
	}
	c->items = items;
	c->items[c->count++] = *one;
}

static const char *keep_text(struct collecting *c, const char *text)
{
	json_t *copy = json_string(text);

	return json_array_append_new(c->texts, copy) ? NULL : json_string_value(copy);
}

/* Whether it is on its way: dialled, or answered and not in yet. */
static bool is_coming(const struct collecting *c, const struct call_row *row)
{
	const char *wanted = participant_conference(row);

	if (row->pending || call_row_is_over(row) || row->conference || !wanted ||
	    strcmp(wanted, c->question->conference))
		return false;
	for (size_t i = 0; i < c->count; i++)
		if (!strcmp(c->items[i].call, row->id))
			return false;
	return true;
}

/* Calls that were placed for the conference. */
static bool add_pending(const struct call_row *row, void *arg)
{
	struct collecting *c = arg;
	struct participant one;

	if ((*c->question->call && strcmp(c->question->call, row->id)) || !is_coming(c, row))
		return true;
	participant_of_call(row, &one);
	one.call = keep_text(c, row->id);
	one.status = keep_text(c, strcmp(row->status, "queued") ? "ringing" : "queued");
	one.label = one.label ? keep_text(c, one.label) : NULL;
	one.coaches = one.coaches ? keep_text(c, one.coaches) : NULL;
	one.conference = c->question->conference;
	if (one.call && one.status)
		add(c, &one);
	return true;
}

static void collect(struct collecting *c, const json_t *result)
{
	const struct question *question = c->question;
	struct participant one;
	json_t *told;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(result, "conference"), "participants"), i, told)
	{
		participant_read(told, question->conference, "in-progress", &one);
		if (one.call && (!*question->call || !strcmp(question->call, one.call)))
			add(c, &one);
	}

	if (calls_each_live(question->desk->store, add_pending, c))
		log_error("participants.store_failed", NULL, "%s", "");
}

static void tell(const struct question *question, const json_t *result)
{
	struct collecting c = { .question = question, .texts = json_array() };
	struct fault fault;
	bool ok = true;

	collect(&c, result);
	if (c.failed || !c.texts)
		ok = fault_no_memory(&fault);
	else if (*question->call && !c.count)
		ok = fault_set(&fault, FAULT_PARTICIPANT_NOT_FOUND, FIELD_CALL,
			       "The conference has no such participant.");
	question->handler(ok ? NULL : &fault, c.items, *question->call && c.count ? 1 : c.count,
			  question->arg);
	free(c.items);
	json_decref(c.texts);
}

static void on_told(const json_t *result, const json_t *error, void *arg)
{
	struct question *question = arg;
	struct fault fault;

	/* One that has just ended has nobody in it. */
	if (error && !fault_switch_misses(error)) {
		fault_from_switch(&fault, error, NULL);
		question->handler(&fault, NULL, 0, question->arg);
	} else {
		tell(question, result);
	}
	free(question);
}

void participants_ask(const struct desk *desk, const char *conference, const char *call,
		      participants_h *handler, void *arg)
{
	struct question *question = calloc(1, sizeof *question);
	struct fault fault;

	if (question) {
		question->desk = desk;
		question->handler = handler;
		question->arg = arg;
		strncpy(question->conference, conference, sizeof question->conference - 1);
		strncpy(question->call, call, sizeof question->call - 1);
		if (!link_call(desk->link, "conference.get", json_pack("{s:s}", "conference", conference),
			       on_told, question))
			return;
		fault_switch_away(&fault);
	} else {
		fault_no_memory(&fault);
	}
	free(question);
	handler(&fault, NULL, 0, arg);
}

void participants_list(const struct asker *by, const char *id, participants_h *handler, void *arg)
{
	struct conference_row row;
	struct fault fault;

	if (!conference_find(by, id, &row, &fault)) {
		handler(&fault, NULL, 0, arg);
		return;
	}
	if (row.ended) {
		handler(NULL, NULL, 0, arg);
	} else if (!link_is_ready_for_conference(by->desk->link, row.id)) {
		fault_not_ready(&fault, by->desk->store);
		handler(&fault, NULL, 0, arg);
	} else {
		participants_ask(by->desk, row.id, "", handler, arg);
	}
	conference_row_clear(&row);
}

bool participants_find(const struct asker *by, const char *conference_id, const char *call_id,
		       struct conference_row *conference, struct call_row *call, struct fault *fault)
{
	if (!conference_find(by, conference_id, conference, fault))
		return false;
	if (call_find(by, call_id, call, fault)) {
		if (link_is_ready_for_conference(by->desk->link, conference_id))
			return true;
		call_row_clear(call);
		fault_not_ready(fault, by->desk->store);
	}
	conference_row_clear(conference);
	return false;
}

void participant_get(const struct asker *by, const char *conference_id, const char *call_id,
		     participants_h *handler, void *arg)
{
	struct conference_row conference;
	struct fault fault;
	struct call_row call;

	if (!participants_find(by, conference_id, call_id, &conference, &call, &fault)) {
		handler(&fault, NULL, 0, arg);
		return;
	}
	participants_ask(by->desk, conference.id, call.id, handler, arg);
	conference_row_clear(&conference);
	call_row_clear(&call);
}
