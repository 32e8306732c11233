/* What is told of a call beside itself: Notifications (what was wrong with its script, what of its wishes was
 * ignored) and Events (the callbacks that it has made, and their answers). */
#include "daemon/api/call/calls.h"
#include "daemon/api/dialect/twilio/dates.h"
#include "daemon/api/dialect/twilio/paging.h"
#include "daemon/api/dialect/twilio/routes.h"
#include "daemon/api/hook/queue.h"
#include "daemon/api/store/events.h"

#include <stdio.h>
#include <string.h>

enum { LOG_MAX = 1000, LOG_ERROR = 0, LOG_WARNING = 1 };

static bool find_call(struct ask *ask, struct call_row *row)
{
	char id[UUID_TEXT_SIZE];
	struct fault fault;

	if (!ask_arg_id(ask, 0, "CA", id))
		return false;
	if (call_find(&ask->by, id, row, &fault))
		return true;
	ask_not_found(ask);
	return false;
}

/* Notifications */

struct notes {
	struct view_of of;
	const struct call_row *row;
	int only; /* LOG_…, or -1 */
	json_t *items;
};

/* One of a call: the nth thing that happened to it. */
static char *note_sid(const struct notes *notes, int64_t n, char out[SID_SIZE])
{
	char id[UUID_TEXT_SIZE + 16];

	/* The call's own digits, but for the last eight. */
	snprintf(id, sizeof id, "%.28s%08llx", notes->row->id, (unsigned long long)n & 0xffffffffu);
	return sid_write(notes->of.view, "NO", id, out);
}

static void add_note(struct notes *notes, int log, int code, int64_t time, int64_t n, const char *text,
		     const char *url)
{
	char sid[SID_SIZE], call[SID_SIZE], account[SID_SIZE], date[DATE_TEXT_SIZE], number[16], level[4],
	    more[80];
	json_t *json;

	if (notes->only >= 0 && notes->only != log)
		return;
	note_sid(notes, n, sid);
	sid_write(notes->of.view, "CA", notes->row->id, call);
	date_write(time, date);
	snprintf(number, sizeof number, "%d", code);
	snprintf(level, sizeof level, "%d", log);
	snprintf(more, sizeof more, "https://www.twilio.com/docs/errors/%d", code);
	json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "sid", sid, "account_sid",
			 view_account_sid(&notes->of, account), "call_sid", call, "api_version", "2010-04-01",
			 "log", level, "error_code", number, "more_info", more, "message_date", date,
			 "date_created", date, "date_updated", date);
	json_object_set_new(json, "message_text", json_string(text));
	json_object_set_new(json, "request_url", url ? json_string(url) : json_null());
	json_object_set_new(json, "request_method", json_null());
	json_object_set_new(json, "uri", view_uri(&notes->of, "/Calls/%s/Notifications/%s.json", call, sid));
	json_array_append_new(notes->items, json);
}

static bool read_entry(const struct log_entry *entry, void *arg)
{
	struct notes *notes = arg;
	bool error = !strcmp(entry->type, "script.error");
	const char *text = json_string_value(json_object_get(entry->data, "message"));
	json_int_t code = json_integer_value(json_object_get(entry->data, "code"));

	if (text && (error || !strcmp(entry->type, "script.warning")))
		add_note(notes, error ? LOG_ERROR : LOG_WARNING, code ? (int)code : CODE_DOCUMENT,
			 entry->time, entry->n, text, json_string_value(json_object_get(entry->data, "url")));
	return true;
}

static void add_ignored(struct notes *notes)
{
	const json_t *ignored = json_object_get(notes->row->options, "ignored"), *item;
	char text[120];
	size_t i;

	json_array_foreach((json_t *)ignored, i, item)
	{
		snprintf(text, sizeof text, "%.60s is not possible in this version and was ignored.",
			 json_string_value(item));
		add_note(notes, LOG_WARNING, TROUBLE_PARAMETER, notes->row->created, 0xf0000000 + (int64_t)i,
			 text, NULL);
	}
}

static void notifications(struct ask *ask)
{
	struct call_row row;
	struct notes notes = { ask_view(ask), &row, -1, NULL };
	int64_t only = -1;
	struct fault fault;

	form_int(&ask->form, "Log", 0, 1, &only);
	if (!ask_form_ok(ask) || !find_call(ask, &row))
		return;
	notes.only = (int)only;
	notes.items = json_array();
	add_ignored(&notes);
	if (events_about(ask->by.desk->store, row.nr, 0, LOG_MAX, read_entry, &notes)) {
		json_decref(notes.items);
		fault_store_failed(&fault);
		ask_fail(ask, &fault);
	} else {
		char path[80];

		snprintf(path, sizeof path, "/Calls/%.40s/Notifications.json", ask->args[0]);
		paging_done_whole(ask, "notifications", path, notes.items);
	}
	call_row_clear(&row);
}

/* Events */

struct told {
	struct store *store;
	json_t *items;
	const struct delivery *delivery;
	bool failed;
};

static json_t *parameters_json(const char *form)
{
	json_t *json = json_object();
	struct query query;

	if (query_parse(&query, form))
		return json;
	for (size_t i = 0; i < query.count; i++)
		json_object_set_new(json, query.items[i].name, json_string(query.items[i].value));
	query_clear(&query);
	return json;
}

static void add_attempt(const struct attempt *attempt, void *arg)
{
	struct told *told = arg;
	const struct delivery *d = told->delivery;
	const char *query = d->get ? strchr(d->url, '?') : NULL;
	char date[DATE_TEXT_SIZE];
	json_t *response =
	    json_pack("{s:s, s:I, s:n, s:n}", "date_created", date_write(attempt->time, date),
		      "request_duration", (json_int_t)attempt->duration_ms, "content_type", "response_body");

	json_object_set_new(response, "response_code",
			    attempt->status ? json_integer(attempt->status) : json_null());
	json_object_set_new(response, "error", attempt->error ? json_string(attempt->error) : json_null());
	json_array_append_new(told->items,
			      json_pack("{s:{s:s, s:s, s:o}, s:o}", "request", "url", d->url, "method",
					d->get ? "GET" : "POST", "parameters",
					parameters_json(query ? query + 1 : d->body), "response", response));
}

static void add_delivery(const struct delivery *delivery, void *arg)
{
	struct told *told = arg;

	told->delivery = delivery;
	told->failed |= queue_attempts(told->store, delivery->nr, add_attempt, told) != 0;
}

static void events(struct ask *ask)
{
	struct call_row row;
	struct told told = { .store = ask->by.desk->store };
	struct queue_filter filter = { .account = ask->by.account->name, .limit = LOG_MAX };
	struct fault fault;
	int64_t total;
	char path[80];

	if (!find_call(ask, &row))
		return;
	filter.call = row.id;
	told.items = json_array();
	if (queue_list(told.store, &filter, add_delivery, &told, &total) || told.failed) {
		json_decref(told.items);
		fault_store_failed(&fault);
		ask_fail(ask, &fault);
	} else {
		snprintf(path, sizeof path, "/Calls/%.40s/Events.json", ask->args[0]);
		paging_done_whole(ask, "events", path, told.items);
	}
	call_row_clear(&row);
}

/* clang-format off */
static const struct route routes[] = {
	ASK_LIST("GET", "Calls/*/Notifications", notifications),
	ASK_LIST("GET", "Calls/*/Events", events),
};
/* clang-format on */

const struct ask_routes call_log_routes = { routes, sizeof routes / sizeof *routes };
