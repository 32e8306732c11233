#include "daemon/api/call/recordings.h"

#include "daemon/api/hook/sign.h"
#include "daemon/api/dialect/telefonie/call_json.h"
#include "daemon/api/call/calls.h"
#include "lib/clock.h"
#include "lib/json_get.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PAGE_SIZE_DEFAULT = 50,
	PAGE_SIZE_MAX = 100,
	PAGE_MAX = 10000000,
	LINK_DEFAULT_S = 3600,
	LINK_MAX_S = 7 * 86400
};

json_t *recording_json(const struct api *api, const struct recording_row *row)
{
	char time[CLOCK_TEXT_SIZE];
	json_t *json = json_pack("{s:s, s:s*, s:s*, s:s, s:I, s:s, s:I, s:I}", "id", row->id, "call_id",
				 row->call, "conference_id", row->conference, "status", row->status,
				 "channels", (json_int_t)row->channels, "start_time",
				 clock_format_rfc3339(row->started, time), "duration",
				 (json_int_t)(row->duration_ms + 500) / 1000, "size", (json_int_t)row->bytes);

	if (json && !strcmp(row->status, "completed"))
		json_object_set_new(json, "recording_url", recording_url_json(api, row->id));
	return json;
}

struct listing {
	const struct api *api;
	json_t *items;
};

static bool add_recording(const struct recording_row *row, void *arg)
{
	struct listing *listing = arg;

	return !json_array_append_new(listing->items, recording_json(listing->api, row));
}

int recordings_add(const struct api *api, const struct recordings_filter *filter, json_t *items,
		   int64_t *total)
{
	struct listing listing = { api, items };

	return recordings_list(api->store, filter, add_recording, &listing, total);
}

void recordings_op_list(struct op *op)
{
	static const char *const names[] = { "call_id", "conference_id", "page", "page_size", NULL };
	struct recordings_filter filter = { .account = op->account->name, .limit = PAGE_SIZE_DEFAULT };
	int64_t page = 1, total = 0;
	json_t *items;
	struct json_get get;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_string(&get, "call_id", false, &filter.call);
	json_get_string(&get, "conference_id", false, &filter.conference);
	op_param_int(&get, "page", 1, PAGE_MAX, &page);
	op_param_int(&get, "page_size", 1, PAGE_SIZE_MAX, &filter.limit);
	if (!op_params_ok(op, &get))
		return;
	filter.offset = (page - 1) * filter.limit;
	items = json_array();
	if (!items || recordings_add(op->api, &filter, items, &total)) {
		json_decref(items);
		op_store_problem(op);
		return;
	}
	op_done(op, 200,
		json_pack("{s:o, s:I, s:I, s:I}", "recordings", items, "total", (json_int_t)total, "page",
			  (json_int_t)page, "page_size", (json_int_t)filter.limit));
}

/* Reads args[0]'s recording, or answers and returns false. */
static bool find(struct op *op, struct recording_row *out)
{
	int err = recordings_get(op->api->store, op->args[0], out);

	if (!err && !strcmp(out->account, op->account->name))
		return true;
	recording_row_clear(out);
	if (err == EIO)
		op_store_problem(op);
	else
		op_problem(op, 404, "recording_id", "There is no such recording.");
	return false;
}

void recordings_op_get(struct op *op)
{
	struct recording_row row;

	if (!find(op, &row))
		return;
	op_done(op, 200, recording_json(op->api, &row));
	recording_row_clear(&row);
}

void recordings_op_delete(struct op *op)
{
	struct recording_row row;

	if (!find(op, &row))
		return;
	if (unlink(row.file) && errno != ENOENT) {
		log_error("recording.delete_failed", row.call, "file=%s error=%s", log_quote(row.file),
			  log_quote(strerror(errno)));
		op_problem(op, 409, "recording_id", "The file cannot be deleted: %s.", strerror(errno));
	} else if (recordings_delete(op->api->store, &row)) {
		op_store_problem(op);
	} else {
		op_done_after_commit(op, 204, NULL);
	}
	recording_row_clear(&row);
}

void recordings_op_link(struct op *op)
{
	static const char *const names[] = { "expires_in", NULL };
	int64_t seconds = LINK_DEFAULT_S, expires;
	struct recording_row row;
	struct json_get get;
	char signature[SIGN_HEX_SIZE], time[CLOCK_TEXT_SIZE];

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_int(&get, "expires_in", false, 1, LINK_MAX_S, &seconds);
	if (!op_params_ok(op, &get) || !find(op, &row))
		return;
	expires = clock_utc_ms() / 1000 + seconds;
	sign_link(op->account, row.id, expires, signature);
	op_done(op, 201,
		json_pack("{s:o, s:s}", "url",
			  json_sprintf("%s/v1/voice/recordings/%s/media?expires=%lld&signature=%s",
				       op->api->conf->api.public_url, row.id, (long long)expires, signature),
			  "expires", clock_format_rfc3339(expires * 1000, time)));
	recording_row_clear(&row);
}
