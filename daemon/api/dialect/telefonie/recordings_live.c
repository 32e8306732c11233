/* The operations on the recordings of one call or conference: those that are complete, and the one that runs.
 */
#include "daemon/api/dialect/telefonie/operations.h"
#include "daemon/api/dialect/telefonie/recording_json.h"
#include "lib/clock.h"

#include <stdio.h>
#include <string.h>

enum { LISTED_MAX = 100 };

json_t *recording_live_json(const struct recording_live *live)
{
	char time[CLOCK_TEXT_SIZE];

	return json_pack("{s:s, s:s, s:s, s:I, s:s}", "id", live->id,
			 live->of.kind == RECORDED_CALL ? "call_id" : "conference_id", live->of.id, "status",
			 live->status, "channels", (json_int_t)live->channels, "start_time",
			 clock_format_rfc3339(live->started, time));
}

/* List */

static void answer_list(struct op *op, enum recorded kind, const struct recording_live *live)
{
	const struct recordings_filter filter = { .account = op->by.account->name,
						  .call = kind == RECORDED_CALL ? op->args[0] : NULL,
						  .conference = kind == RECORDED_CALL ? NULL : op->args[0],
						  .limit = LISTED_MAX };
	json_t *items = json_array();
	int64_t total, running = 0;

	for (; live; live = live->next, running++)
		json_array_append_new(items, recording_live_json(live));
	if (recordings_add(op->by.desk, &filter, items, &total)) {
		json_decref(items);
		op_fail_store(op);
		return;
	}
	op_done(op, 200,
		json_pack("{s:o, s:I}", "recordings", items, "total", (json_int_t)(total + running)));
}

static void on_running_of_call(const struct fault *fault, const struct recording_live *live, void *arg)
{
	if (fault)
		op_fail(arg, fault);
	else
		answer_list(arg, RECORDED_CALL, live);
}

static void on_running_of_conference(const struct fault *fault, const struct recording_live *live, void *arg)
{
	if (fault)
		op_fail(arg, fault);
	else
		answer_list(arg, RECORDED_CONFERENCE, live);
}

void recordings_op_of_call(struct op *op)
{
	const struct recording_of of = { RECORDED_CALL, op->args[0] };

	if (op_takes_nothing(op))
		recording_running(&op->by, &of, on_running_of_call, op);
}

void recordings_op_of_conference(struct op *op)
{
	const struct recording_of of = { RECORDED_CONFERENCE, op->args[0] };

	if (op_takes_nothing(op))
		recording_running(&op->by, &of, on_running_of_conference, op);
}

/* Start */

static void on_started(const struct fault *fault, const struct recording_live *live, void *arg)
{
	struct op *op = arg;

	if (fault) {
		op_fail(op, fault);
		return;
	}
	if (live)
		snprintf(op->location, sizeof op->location, "/v1/voice/recordings/%s", live->id);
	op_done(op, 201, live ? recording_live_json(live) : NULL);
}

/* `names` are those that are possible; ends with NULL. */
static void start(struct op *op, enum recorded kind, const char *const names[])
{
	const struct recording_of of = { kind, op->args[0] };
	struct recording_wish wish = { 0 };
	struct json_get get;
	int format = 0;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_int(&get, "channels", false, 1, 2, &wish.channels);
	json_get_int(&get, "max_duration", false, 1, RECORDING_DURATION_MAX_S, &wish.max_duration_s);
	wish.has_beep = json_get_bool(&get, "beep", false, &wish.beep);
	wish.has_trim = json_get_bool(&get, "trim_silence", false, &wish.trim_silence);
	wish.has_mask = json_get_bool(&get, "mask_digits", false, &wish.mask_digits);
	if (json_get_enum(&get, "format", false, conf_sounds, &format))
		wish.format = conf_sounds[format];
	if (op_params_ok(op, &get))
		recording_start(&op->by, &of, &wish, on_started, op);
}

void recordings_op_start_call(struct op *op)
{
	static const char *const names[] = { "channels",    "max_duration", "beep", "trim_silence",
					     "mask_digits", "format",	    NULL };

	start(op, RECORDED_CALL, names);
}

void recordings_op_start_conference(struct op *op)
{
	static const char *const names[] = { "beep", "format", NULL };

	start(op, RECORDED_CONFERENCE, names);
}

/* Change */

static void on_changed(const struct fault *fault, const struct recording_live *live, void *arg)
{
	if (fault)
		op_fail(arg, fault);
	else
		op_done(arg, 200, live ? recording_live_json(live) : NULL);
}

static void update(struct op *op, enum recorded kind)
{
	static const char *const names[] = { "status", "keep_silence", NULL };
	static const char *const statuses[] = { "paused", "in-progress", "stopped", NULL };
	static const enum recording_change changes[] = { RECORDING_PAUSE, RECORDING_RESUME, RECORDING_STOP };
	const struct recording_of of = { kind, op->args[0] };
	bool keep_silence = false;
	struct json_get get;
	int status = 0;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_enum(&get, "status", true, statuses, &status);
	if (json_get_bool(&get, "keep_silence", false, &keep_silence) && status != 0)
		json_get_fail(&get, "keep_silence", "keep_silence goes with the status paused.");
	if (op_params_ok(op, &get))
		recording_change(&op->by, &of, op->args[1],
				 keep_silence ? RECORDING_PAUSE_WITH_SILENCE : changes[status], on_changed,
				 op);
}

void recordings_op_update_call(struct op *op)
{
	update(op, RECORDED_CALL);
}

void recordings_op_update_conference(struct op *op)
{
	update(op, RECORDED_CONFERENCE);
}
