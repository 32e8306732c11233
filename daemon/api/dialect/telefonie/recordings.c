/* The operations on recordings, and links to their sound that need no key for a while. */
#include "daemon/api/call/recordings.h"

#include "daemon/api/dialect/telefonie/call_json.h"
#include "daemon/api/dialect/telefonie/operations.h"
#include "daemon/api/dialect/telefonie/recording_json.h"
#include "daemon/api/dialect/telefonie/sign.h"
#include "lib/clock.h"

#include <string.h>

enum { PAGE_SIZE_DEFAULT = 50, LINK_DEFAULT_S = 3600 };

json_t *recording_json(const struct conf *conf, const struct recording_row *row)
{
	char time[CLOCK_TEXT_SIZE];
	json_t *json = json_pack("{s:s, s:s*, s:s*, s:s, s:I, s:s, s:I, s:I}", "id", row->id, "call_id",
				 row->call, "conference_id", row->conference, "status", row->status,
				 "channels", (json_int_t)row->channels, "start_time",
				 clock_format_rfc3339(row->started, time), "duration",
				 (json_int_t)(row->duration_ms + 500) / 1000, "size", (json_int_t)row->bytes);

	if (json && !strcmp(row->status, "completed")) {
		json_object_set_new(json, "recording_url", recording_url_json(conf, row->id));
		json_object_set_new(json, "format",
				    json_string(row->format ? row->format : conf_sounds[CONF_WAV]));
		json_object_set_new(json, "encrypted", json_boolean(row->sealed != NULL));
		json_object_set_new(json, "uploaded",
				    json_boolean(row->object && row->keeping != KEEPING_UPLOAD));
	}
	if (json && row->error)
		json_object_set_new(json, "error", json_string(row->error));
	return json;
}

struct listing {
	const struct conf *conf;
	json_t *items;
};

static bool add_recording(const struct recording_row *row, void *arg)
{
	struct listing *listing = arg;

	return !json_array_append_new(listing->items, recording_json(listing->conf, row));
}

int recordings_add(const struct desk *desk, const struct recordings_filter *filter, json_t *items,
		   int64_t *total)
{
	struct listing listing = { desk->conf, items };

	return recordings_list(desk->store, filter, add_recording, &listing, total);
}

void recordings_op_list(struct op *op)
{
	static const char *const names[] = { "call_id", "conference_id", "page", "page_size", NULL };
	struct recordings_filter filter = { .account = op->by.account->name };
	struct op_page page = { .page = 1, .page_size = PAGE_SIZE_DEFAULT };
	struct json_get get;
	json_t *items;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_string(&get, "call_id", false, &filter.call);
	json_get_string(&get, "conference_id", false, &filter.conference);
	op_param_page(&get, &page);
	if (!op_params_ok(op, &get))
		return;
	filter.limit = page.page_size;
	filter.offset = (page.page - 1) * page.page_size;
	items = json_array();
	if (!recordings_add(op->by.desk, &filter, items, &page.total)) {
		op_done_page(op, "recordings", items, &page);
		return;
	}
	json_decref(items);
	op_fail_store(op);
}

/* Reads the recording that the path names, or answers and returns false. */
static bool find(struct op *op, struct recording_row *out)
{
	struct fault fault;

	if (recording_find(&op->by, op->args[0], out, &fault))
		return true;
	op_fail(op, &fault);
	return false;
}

void recordings_op_get(struct op *op)
{
	struct recording_row row;

	if (!find(op, &row))
		return;
	op_done(op, 200, recording_json(op->by.desk->conf, &row));
	recording_row_clear(&row);
}

void recordings_op_delete(struct op *op)
{
	recording_delete(&op->by, op->args[0], op_on_done, op);
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
	json_get_int(&get, "expires_in", false, 1, RECORDING_LINK_MAX_S, &seconds);
	if (!op_params_ok(op, &get) || !find(op, &row))
		return;
	expires = clock_utc_ms() / 1000 + seconds;
	sign_link(op->by.account, row.id, expires, signature);
	op_done(
	    op, 201,
	    json_pack("{s:o, s:s}", "url",
		      json_sprintf("%s/v1/voice/recordings/%s/media?expires=%lld&signature=%s",
				   op->by.desk->conf->api.public_url, row.id, (long long)expires, signature),
		      "expires", clock_format_rfc3339(expires * 1000, time)));
	recording_row_clear(&row);
}
