#include "daemon/api/call/calls.h"

#include "daemon/api/dialect/telefonie/call_json.h"
#include "lib/call_state.h"
#include "lib/clock.h"
#include "lib/json_get.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_SIZE_DEFAULT = 50, PAGE_SIZE_MAX = 100, PAGE_MAX = 10000000 };

static const char *const statuses[] = { "queued", "ringing",   "in-progress", "completed", "failed",
					"busy",	  "no-answer", "canceled",    NULL };
static const char *const directions[] = { "inbound", "outbound", NULL };

bool call_row_is_over(const struct call_row *row)
{
	enum call_status status;

	return call_status_parse(row->status, &status) || call_status_is_final(status);
}

bool calls_op_find(struct op *op, struct call_row *out)
{
	int err = calls_get(op->api->store, op->args[0], out);

	if (!err && !out->pending && !strcmp(out->account, op->account->name))
		return true;
	call_row_clear(out);
	if (err == EIO)
		op_store_problem(op);
	else
		op_problem(op, 404, "call_id", "There is no such call.");
	return false;
}

void calls_op_get(struct op *op)
{
	struct call_row row;

	if (!calls_op_find(op, &row))
		return;
	op_done(op, 200, call_json(op->api, &row));
	call_row_clear(&row);
}

bool op_param_int(struct json_get *get, const char *name, int64_t min, int64_t max, int64_t *out)
{
	const char *text, *end;
	long long value;

	if (!json_is_string(json_object_get(get->object, name)))
		return json_get_int(get, name, false, min, max, out);
	if (!json_get_string(get, name, false, &text))
		return false;
	errno = 0;
	value = strtoll(text, (char **)&end, 10);
	if (errno || end == text || *end || *text == ' ' || *text == '+' || value < min || value > max) {
		json_get_fail(get, name, "%s must be a whole number from %lld to %lld.", name, (long long)min,
			      (long long)max);
		return false;
	}
	*out = value;
	return true;
}

static void read_time(struct json_get *get, const char *name, int64_t *out)
{
	const char *text;

	if (json_get_string(get, name, false, &text) && clock_parse_rfc3339(text, out))
		json_get_fail(get, name,
			      "%s must be an RFC 3339 date-time or date, like 2026-11-20T09:00:00Z.", name);
}

static void read_filter(struct json_get *get, struct calls_filter *filter)
{
	static const char *const names[] = { "status",	  "direction",	     "from",	      "to", "page",
					     "page_size", "start_time_from", "start_time_to", NULL };
	int index;

	json_get_only(get, names);
	if (json_get_enum(get, "status", false, statuses, &index))
		filter->status = statuses[index];
	if (json_get_enum(get, "direction", false, directions, &index))
		filter->direction = directions[index];
	json_get_string(get, "from", false, &filter->from);
	json_get_string(get, "to", false, &filter->to);
	read_time(get, "start_time_from", &filter->started_from);
	read_time(get, "start_time_to", &filter->started_to);
	op_param_int(get, "page", 1, PAGE_MAX, &filter->page);
	op_param_int(get, "page_size", 1, PAGE_SIZE_MAX, &filter->page_size);
}

struct listing {
	const struct api *api;
	json_t *calls;
};

static bool add_call(const struct call_row *row, void *arg)
{
	struct listing *listing = arg;

	return !json_array_append_new(listing->calls, call_json(listing->api, row));
}

void calls_op_list(struct op *op)
{
	struct calls_filter filter = { .account = op->account->name,
				       .page = 1,
				       .page_size = PAGE_SIZE_DEFAULT };
	struct listing listing = { op->api, NULL };
	struct json_get get;
	int64_t total = 0;

	json_get_init(&get, op->params);
	read_filter(&get, &filter);
	if (!op_params_ok(op, &get))
		return;
	listing.calls = json_array();
	if (!listing.calls || calls_list(op->api->store, &filter, add_call, &listing, &total)) {
		json_decref(listing.calls);
		op_store_problem(op);
		return;
	}
	op_done(op, 200,
		json_pack("{s:o, s:I, s:I, s:I}", "calls", listing.calls, "total", (json_int_t)total, "page",
			  (json_int_t)filter.page, "page_size", (json_int_t)filter.page_size));
}
