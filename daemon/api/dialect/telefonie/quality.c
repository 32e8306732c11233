/* How a call sounded, as JSON or as a chart. */
#include "daemon/api/call/quality.h"

#include "daemon/api/dialect/telefonie/operations.h"
#include "daemon/api/dialect/telefonie/quality_svg.h"
#include "lib/clock.h"

static const char svg[] = "image/svg+xml";

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

/* Their times become those of the API. */
static json_t *alerts_json(const json_t *alerts)
{
	json_t *out = json_array(), *alert;
	char time[CLOCK_TEXT_SIZE];
	size_t i;

	json_array_foreach((json_t *)alerts, i, alert)
	{
		int64_t when = json_integer_value(json_object_get(alert, "time"));
		json_t *one = json_copy(alert);

		json_object_set_new(one, "time", json_string(clock_format_rfc3339(when, time)));
		json_array_append_new(out, one);
	}

	return out;
}

static void on_quality(const struct fault *fault, const struct call_quality *quality, void *arg)
{
	struct op *op = arg;
	json_t *json, *alerts;

	if (fault) {
		op_fail(op, fault);
		return;
	}
	alerts = alerts_json(quality->alerts);
	if (quality->final && op_accepts(op, svg)) {
		op_done_text(op, "image/svg+xml; charset=utf-8",
			     quality_svg(quality->call, quality->seconds, alerts));
		json_decref(alerts);
		return;
	}
	json = json_pack("{s:s, s:b, s:O*, s:o}", "call_id", quality->call, "final", quality->final, "stats",
			 quality->stats, "alerts", alerts);
	if (json && quality->seconds && quality->seconds->count)
		add_seconds(json, quality->seconds);
	op_done(op, 200, json);
}

void quality_op_get(struct op *op)
{
	if (op_takes_nothing(op))
		call_quality_get(&op->by, op->args[0], op_accepts(op, svg), on_quality, op);
}
