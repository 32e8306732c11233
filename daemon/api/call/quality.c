#include "daemon/api/call/quality.h"

#include "daemon/api/call/calls.h"
#include "daemon/api/store/events.h"
#include "daemon/api/switch/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What the log has of a call's media. */
struct logged {
	json_t *stats;	/* totals, once it is over */
	json_t *alerts; /* array */
};

static json_t *alert_of(const struct log_entry *entry)
{
	static const char *const members[] = { "what", "mos", "loss_percent", "jitter_ms", NULL };
	json_t *alert = json_pack("{s:I}", "time", (json_int_t)entry->time);

	for (size_t i = 0; members[i]; i++)
		if (json_object_get(entry->data, members[i]))
			json_object_set(alert, members[i], json_object_get(entry->data, members[i]));
	return alert;
}

static bool read_event(const struct log_entry *entry, void *arg)
{
	struct logged *logged = arg;

	if (strcmp(entry->type, "call.quality"))
		return true;
	if (json_object_get(entry->data, "stats")) {
		json_decref(logged->stats);
		logged->stats = json_incref(json_object_get(entry->data, "stats"));
	} else if (json_object_get(entry->data, "what")) {
		json_array_append_new(logged->alerts, alert_of(entry));
	}
	return true;
}

/* While it is up */

struct question {
	char id[40];
	json_t *alerts;
	call_quality_h *handler;
	void *arg;
};

static void on_stats(const json_t *result, const json_t *error, void *arg)
{
	struct question *question = arg;
	const struct call_quality quality = { .call = question->id,
					      .stats = json_object_get(result, "stats"),
					      .alerts = question->alerts };
	struct fault fault;

	if (error)
		fault_from_switch(&fault, error, NULL);
	question->handler(error ? &fault : NULL, error ? NULL : &quality, question->arg);
	json_decref(question->alerts);
	free(question);
}

/* Returns true when the handler will be told. */
static bool ask_stats(const struct desk *desk, const char *id, json_t *alerts, call_quality_h *handler,
		      void *arg, struct fault *fault)
{
	struct question *question;

	if (!link_is_ready_for(desk->link, id))
		return fault_switch_away(fault);
	question = calloc(1, sizeof *question);
	if (!question)
		return fault_no_memory(fault);
	question->alerts = json_incref(alerts);
	question->handler = handler;
	question->arg = arg;
	strncpy(question->id, id, sizeof question->id - 1);
	if (!link_call(desk->link, "call.stats", json_pack("{s:s}", "call", id), on_stats, question))
		return true;
	json_decref(question->alerts);
	free(question);
	return fault_switch_away(fault);
}

/* Returns true when the handler has been told, or will be. */
static bool tell(const struct desk *desk, const struct call_row *row, const struct logged *logged,
		 bool with_seconds, call_quality_h *handler, void *arg, struct fault *fault)
{
	struct quality seconds;
	int err = quality_get(desk->store, row->nr, &seconds);
	const struct call_quality final = { .call = row->id,
					    .final = true,
					    .stats = logged->stats,
					    .alerts = logged->alerts,
					    .seconds = &seconds };
	bool told = false;

	if (err && err != ENOENT) {
		fault_store_failed(fault);
	} else if (logged->stats) {
		handler(NULL, &final, arg);
		told = true;
	} else if (call_row_is_over(row) || !row->answered) {
		fault_set(fault, FAULT_QUALITY_UNKNOWN, FIELD_CALL,
			  "Nothing is known of the quality of this call: no media was measured.");
	} else if (with_seconds) {
		fault_set(fault, FAULT_QUALITY_NOT_READY, FIELD_CALL,
			  "The seconds of a call are known when it is over; ask for JSON to have the "
			  "totals so far.");
	} else {
		told = ask_stats(desk, row->id, logged->alerts, handler, arg, fault);
	}
	quality_clear(&seconds);
	return told;
}

void call_quality_get(const struct asker *by, const char *id, bool with_seconds, call_quality_h *handler,
		      void *arg)
{
	struct logged logged = { 0 };
	struct fault fault;
	struct call_row row;
	bool told = false;

	if (!call_find(by, id, &row, &fault)) {
		handler(&fault, NULL, arg);
		return;
	}
	logged.alerts = json_array();
	if (!logged.alerts || events_about(by->desk->store, row.nr, 0, INT64_MAX, read_event, &logged))
		fault_store_failed(&fault);
	else
		told = tell(by->desk, &row, &logged, with_seconds, handler, arg, &fault);
	json_decref(logged.stats);
	json_decref(logged.alerts);
	call_row_clear(&row);
	if (!told)
		handler(&fault, NULL, arg);
}

json_t *call_stats_of(const struct desk *desk, const struct call_row *row, const char *const names[])
{
	json_t *stats;

	if (!row->answered || !row->ended ||
	    events_last_of(desk->store, row->nr, "call.quality", "stats", names, &stats))
		return NULL;
	return stats;
}
