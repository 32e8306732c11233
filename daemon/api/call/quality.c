#include "daemon/api/call/quality.h"

#include "daemon/api/store/events.h"
#include "daemon/api/store/quality.h"
#include "daemon/api/switch/link.h"
#include "daemon/api/call/calls.h"
#include "daemon/api/dialect/telefonie/quality_svg.h"
#include "lib/clock.h"
#include "lib/json_get.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What the log has of a call's media. */
struct logged {
	json_t *stats;	/* totals, once it is over */
	json_t *alerts; /* array */
};

static json_t *alert_json(const struct log_entry *entry)
{
	char time[CLOCK_TEXT_SIZE];
	json_t *alert = json_pack("{s:s}", "time", clock_format_rfc3339(entry->time, time));
	static const char *const members[] = { "what", "mos", "loss_percent", "jitter_ms", NULL };

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
		json_array_append_new(logged->alerts, alert_json(entry));
	}
	return true;
}

/* The numbers of one second that are known. */
static json_t *second_json(const struct quality_second *s, size_t at)
{
	unsigned expected = s->packets_in + s->lost_in;
	json_t *json =
	    json_pack("{s:I, s:i, s:i, s:i, s:i, s:f, s:i}", "second", (json_int_t)at, "packets_in",
		      s->packets_in, "lost_in", s->lost_in, "late_in", s->late_in, "concealed_ms",
		      s->concealed_ms, "jitter_in_ms", s->jitter_in / 10.0, "buffer_ms", s->buffer_ms);

	if (expected)
		json_object_set_new(json, "loss_in_percent", json_real(s->lost_in * 100.0 / expected));
	if (s->mos_in)
		json_object_set_new(json, "mos_in", json_real((double)s->mos_in / QUALITY_MOS_SCALE));
	/* What comes from the far end's reports, once there was one. */
	if (s->mos_out) {
		json_object_set_new(json, "mos_out", json_real((double)s->mos_out / QUALITY_MOS_SCALE));
		json_object_set_new(json, "loss_out_percent", json_integer(s->loss_out_percent));
		json_object_set_new(json, "jitter_out_ms", json_real(s->jitter_out / 10.0));
	}
	if (s->rtt_ms)
		json_object_set_new(json, "rtt_ms", json_integer(s->rtt_ms));
	return json;
}

static void add_seconds(json_t *json, const struct quality *quality)
{
	char time[CLOCK_TEXT_SIZE];
	json_t *seconds = json_array();

	for (size_t i = 0; i < quality->count; i++)
		json_array_append_new(seconds, second_json(&quality->seconds[i], i * quality->length_s));
	json_object_set_new(json, "start_time",
			    json_string(clock_format_rfc3339(quality_start(quality), time)));
	json_object_set_new(json, "second_length", json_integer(quality->length_s));
	json_object_set_new(json, "seconds", seconds);
}

static void reply_final(struct op *op, const struct call_row *row, const struct logged *logged,
			const struct quality *quality)
{
	json_t *json;

	if (op_accepts(op, "image/svg+xml")) {
		op_done_text(op, "image/svg+xml; charset=utf-8",
			     quality_svg(row->id, quality, logged->alerts));
		return;
	}
	json = json_pack("{s:s, s:b, s:O, s:O}", "call_id", row->id, "final", 1, "stats", logged->stats,
			 "alerts", logged->alerts);
	if (json && quality->count)
		add_seconds(json, quality);
	op_done(op, 200, json);
}

/* While it is up */

struct question {
	struct op *op;
	char id[40];
	json_t *alerts;
};

static void on_stats(const json_t *result, const json_t *error, void *arg)
{
	struct question *question = arg;

	if (error)
		op_control_problem(question->op, error);
	else
		op_done(question->op, 200,
			json_pack("{s:s, s:b, s:O*, s:O}", "call_id", question->id, "final", 0, "stats",
				  json_object_get(result, "stats"), "alerts", question->alerts));
	json_decref(question->alerts);
	free(question);
}

static void ask_stats(struct op *op, const char *id, json_t *alerts)
{
	struct question *question = calloc(1, sizeof *question);

	if (!question) {
		op_problem(op, 503, NULL, "Out of memory.");
		return;
	}
	question->op = op;
	question->alerts = json_incref(alerts);
	strncpy(question->id, id, sizeof question->id - 1);
	if (link_call(op->api->link, "call.stats", json_pack("{s:s}", "call", id), on_stats, question)) {
		json_decref(question->alerts);
		free(question);
		op_problem(op, 503, NULL, "The switch is not connected.");
	}
}

static void reply(struct op *op, const struct call_row *row, const struct logged *logged)
{
	struct quality quality;
	int err = quality_get(op->api->store, row->nr, &quality);

	if (err && err != ENOENT)
		op_store_problem(op);
	else if (logged->stats)
		reply_final(op, row, logged, &quality);
	else if (call_row_is_over(row) || !row->answered)
		op_problem(op, 404, "call_id",
			   "Nothing is known of the quality of this call: no media was measured.");
	else if (op_accepts(op, "image/svg+xml"))
		op_problem(op, 409, "call_id",
			   "The seconds of a call are known when it is over; ask for JSON to have the totals "
			   "so far.");
	else if (op_needs_switch(op))
		ask_stats(op, row->id, logged->alerts);
	quality_clear(&quality);
}

void quality_op_get(struct op *op)
{
	static const char *const none[] = { NULL };
	struct logged logged = { 0 };
	struct call_row row;
	struct json_get get;

	json_get_init(&get, op->params);
	json_get_only(&get, none);
	if (!op_params_ok(op, &get) || !calls_op_find(op, &row))
		return;
	logged.alerts = json_array();
	if (!logged.alerts || events_about(op->api->store, row.nr, 0, INT64_MAX, read_event, &logged))
		op_store_problem(op);
	else
		reply(op, &row, &logged);
	json_decref(logged.stats);
	json_decref(logged.alerts);
	call_row_clear(&row);
}
