/* GET /v1/calls: with filters, in pages of HAL. */
#include "daemon/api/call/calls.h"
#include "daemon/api/call/conversation.h"
#include "daemon/api/dialect/vonage/ask.h"
#include "daemon/api/dialect/vonage/record.h"
#include "lib/clock.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_SIZE = 10, PAGE_SIZE_MAX = 100 };
#define RECORD_INDEX_MAX INT64_C(1000000000000)

struct listing {
	struct calls_filter filter;
	const struct conf *conf;
	const char *status, *id, *conversation; /* NULL: any */
	bool oldest_first;
	int64_t index, size, total;
	json_t *records; /* of one page, or of a conversation all that fit */
};

/* Reading */

static void read_count(struct json_get *get, const char *name, int64_t min, int64_t max, int64_t *out)
{
	const char *text;
	char *end;
	long long value;

	if (!json_get_string(get, name, false, &text))
		return;
	value = strtoll(text, &end, 10);
	if (!*text || *end || text[strspn(text, "0123456789")] || strlen(text) > 15 || value < min ||
	    value > max)
		json_get_fail(get, name, "%s must be a whole number from %lld to %lld.", name, (long long)min,
			      (long long)max);
	else
		*out = value;
}

static void read_time(struct json_get *get, const char *name, int64_t *out)
{
	const char *text;

	if (json_get_string(get, name, false, &text) && clock_parse_rfc3339(text, out))
		json_get_fail(get, name, "%s must be a date-time of ISO 8601, like 2026-11-20T09:00:00Z.",
			      name);
}

static void read_listing(struct json_get *get, struct listing *l)
{
	static const char *const orders[] = { "asc", "desc", NULL };
	int order = 0;

	if (json_get_string(get, "status", false, &l->status) && !vonage_status_filter(l->status, &l->filter))
		json_get_fail(get, "status",
			      "status must be one of started, ringing, answered, completed, busy, timeout, "
			      "unanswered, cancelled, rejected, failed.");
	read_time(get, "date_start", &l->filter.started_from);
	read_time(get, "date_end", &l->filter.started_to);
	l->filter.started_to += l->filter.started_to != 0; /* it is one of them */
	read_count(get, "page_size", 1, PAGE_SIZE_MAX, &l->size);
	read_count(get, "record_index", 0, RECORD_INDEX_MAX, &l->index);
	json_get_enum(get, "order", false, orders, &order);
	l->oldest_first = !order;
	json_get_string(get, "conversation_uuid", false, &l->conversation);
	json_get_string(get, "uuid", false, &l->id);
}

/* The query as an object. A name that is given twice is an error. */
static json_t *query_of(const struct web_request *request, struct json_get *get)
{
	json_t *query = json_object();

	json_get_init(get, query);
	for (size_t i = 0; i < request->query.count; i++) {
		const struct query_item *item = &request->query.items[i];

		if (json_object_get(query, item->name))
			json_get_fail(get, item->name, "The parameter is given twice.");
		json_object_set_new(query, item->name, json_string(item->value));
	}
	return query;
}

/* Finding */

static bool add_record(const struct call_row *row, void *arg)
{
	struct listing *l = arg;

	return !json_array_append_new(l->records, vonage_record(l->conf, row));
}

/* Newest first, as they are kept. */
static bool find_page(struct listing *l, const struct asker *by, struct fault *fault)
{
	l->filter.page = 1;
	if (l->oldest_first) {
		/* How many there are says where the page is from the other end. */
		l->filter.page_size = 0;
		if (!call_list(by, &l->filter, add_record, l, &l->total, fault))
			return false;
		if (l->index >= l->total)
			return true;
		l->filter.page_size = l->size < l->total - l->index ? l->size : l->total - l->index;
		l->filter.skip = l->total - l->index - l->filter.page_size;
	} else {
		l->filter.page_size = l->size;
		l->filter.skip = l->index;
	}
	return call_list(by, &l->filter, add_record, l, &l->total, fault);
}

static bool is_wanted(const struct listing *l, const struct call_row *row)
{
	const struct calls_filter *f = &l->filter;
	int64_t started = row->answered ? row->answered : row->created;
	char conversation[VONAGE_CONVERSATION_SIZE];

	return (!l->status || !strcmp(l->status, vonage_status(row))) &&
	       (!l->id || !strcmp(l->id, row->id)) &&
	       (!l->conversation || !strcmp(l->conversation, vonage_conversation(row, conversation))) &&
	       started >= f->started_from && (!f->started_to || started < f->started_to);
}

/* Newest first. */
static bool add_wanted(const struct call_row *row, void *arg)
{
	struct listing *l = arg;

	if (is_wanted(l, row)) {
		l->total++;
		json_array_append_new(l->records, vonage_record(l->conf, row));
	}
	return true;
}

/* Of what is few: all, and then the page of them. */
static bool find_few(struct listing *l, const struct asker *by, struct fault *fault)
{
	json_t *all = l->records, *page;
	struct call_row row;
	bool ok = true;

	if (l->id) {
		if (call_find(by, l->id, &row, fault))
			add_wanted(&row, l);
		else
			ok = fault->code == FAULT_CALL_NOT_FOUND;
		call_row_clear(&row);
	} else if (!strncmp(l->conversation, "CON-", 4)) {
		ok = conversation_list(by, l->conversation + 4, add_wanted, l, fault);
	}
	page = json_array();
	for (int64_t i = 0; i < l->size && l->index + i < l->total; i++) {
		/* In the order of find_page(). */
		int64_t at = l->oldest_first ? l->total - 1 - l->index - i : l->index + i;

		json_array_append(page, json_array_get(all, (size_t)at));
	}
	json_decref(all);
	l->records = page;
	return ok;
}

/* Answering */

static void add_link(json_t *links, const char *name, const struct ask *ask, int64_t index, int64_t size)
{
	json_t *href = json_sprintf("%s/v1/calls?page_size=%lld&record_index=%lld",
				    ask->by.desk->conf->api.public_url, (long long)size, (long long)index);

	for (size_t i = 0; i < ask->request->query.count; i++) {
		const struct query_item *item = &ask->request->query.items[i];
		char *key = curl_easy_escape(NULL, item->name, 0),
		     *value = curl_easy_escape(NULL, item->value, 0);
		json_t *longer;

		if (key && value && strcmp(item->name, "page_size") && strcmp(item->name, "record_index")) {
			longer = json_sprintf("%s&%s=%s", json_string_value(href), key, value);
			json_decref(href);
			href = longer;
		}
		curl_free(key);
		curl_free(value);
	}
	json_object_set_new(links, name, json_pack("{s:o}", "href", href));
}

static json_t *page_of(const struct ask *ask, const struct listing *l)
{
	json_t *links = json_object();
	int64_t last = l->total ? (l->total - 1) / l->size * l->size : 0;

	add_link(links, "self", ask, l->index, l->size);
	add_link(links, "first", ask, 0, l->size);
	add_link(links, "last", ask, last, l->size);
	if (l->index)
		add_link(links, "prev", ask, l->index > l->size ? l->index - l->size : 0, l->size);
	if (l->index + l->size < l->total)
		add_link(links, "next", ask, l->index + l->size, l->size);
	return json_pack("{s:I, s:I, s:I, s:o, s:{s:O}}", "count", (json_int_t)l->total, "page_size",
			 (json_int_t)l->size, "record_index", (json_int_t)l->index, "_links", links,
			 "_embedded", "calls", l->records);
}

static void reverse(json_t **array)
{
	json_t *out = json_array();

	for (size_t i = json_array_size(*array); i; i--)
		json_array_append(out, json_array_get(*array, i - 1));
	json_decref(*array);
	*array = out;
}

void vonage_list(struct ask *ask)
{
	struct listing l = { .conf = ask->by.desk->conf, .size = PAGE_SIZE, .records = json_array() };
	struct json_get get;
	json_t *query = query_of(ask->request, &get);
	bool few, ok = false;
	struct fault fault;

	read_listing(&get, &l);
	if (vonage_params_ok(ask, &get)) {
		few = l.id || l.conversation;
		ok = few ? find_few(&l, &ask->by, &fault) : find_page(&l, &ask->by, &fault);
		if (ok && l.oldest_first && !few)
			reverse(&l.records);
		if (ok)
			vonage_answer(ask, 200, page_of(ask, &l));
		else
			vonage_fail(ask, &fault);
	}
	json_decref(l.records);
	json_decref(query);
}
