#include "daemon/api/dialect/twilio/hook_form.h"

#include "daemon/api/dialect/twilio/dates.h"
#include "daemon/api/dialect/twilio/parameters.h"
#include "daemon/api/dialect/twilio/recording_json.h"
#include "daemon/api/dialect/twilio/sign.h"

#include <string.h>

/* The end of a call alone, when nothing is said. */
static const char *const usual[] = { "completed", "failed", "busy", "no-answer", "canceled", NULL };

static bool asks_for(const struct call_row *row, const char *status)
{
	const json_t *events = json_object_get(row->options, "status_callback_events");
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)events, i, item)
	{
		if (!strcmp(json_string_value(item), status))
			return true;
	}

	return false;
}

/* How many were told of before this one. */
static int64_t sequence_of(const struct call_row *row)
{
	int64_t n = 0;

	if (!strcmp(row->status, "queued"))
		return 0;
	n += asks_for(row, "queued");
	if (!strcmp(row->status, "ringing"))
		return n;
	n += json_object_get(row->snapshot, "ringing") && asks_for(row, "ringing");
	if (!strcmp(row->status, "in-progress"))
		return n;
	return n + (row->answered && asks_for(row, "in-progress"));
}

static void told_end_of(struct told_form *form, const struct call_row *row)
{
	json_int_t code = json_integer_value(json_object_get(row->snapshot, "sip_code"));
	int64_t seconds = (row->duration_ms + 999) / 1000;
	char sid[SID_SIZE];

	if (!code && row->answered)
		code = 200;
	told_int(form, "CallDuration", seconds);
	/* The minutes that are begun. */
	told_int(form, "Duration", (seconds + 59) / 60);
	if (code)
		told_int(form, "SipResponseCode", code);
	if (!row->recording)
		return;
	told_id(form, "RecordingSid", "RE", row->recording);
	told_url(form, "RecordingUrl", "/Recordings/%s", sid_write(form->of.view, "RE", row->recording, sid));
}

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* A recording of a call or a conference that has begun, or is done. */
static char *recording_body(const struct conf *conf, const struct bus_event *event, enum view view)
{
	const json_t *told = json_object_get(event->data, "recording");
	const char *id = text_of(told, "id"), *status = text_of(told, "told"),
		   *track = text_of(told, "track");
	const char *account = event->row ? event->row->account : event->conference->account;
	struct told_form form;
	char sid[SID_SIZE], date[DATE_TEXT_SIZE];

	if (!id || told_begin(&form, conf, conf_account_by_name(conf, account), view))
		return NULL;
	told_text(&form, "AccountSid", view_account_sid(&form.of, sid));
	if (event->row)
		told_id(&form, "CallSid", "CA", event->row->id);
	else
		told_id(&form, "ConferenceSid", "CF", event->conference->id);
	told_id(&form, "RecordingSid", "RE", id);
	told_url(&form, "RecordingUrl", "/Recordings/%s", sid_write(view, "RE", id, sid));
	told_text(&form, "RecordingStatus", status ? status : "completed");
	if (text_of(told, "status"))
		told_int(&form, "RecordingDuration",
			 (json_integer_value(json_object_get(told, "duration_ms")) + 500) / 1000);
	told_int(&form, "RecordingChannels", json_integer_value(json_object_get(told, "channels")));
	told_text(&form, "RecordingSource", twilio_recording_source(text_of(told, "source"), !event->row));
	told_text(&form, "RecordingTrack", track ? track : "both");
	told_text(&form, "RecordingStartTime",
		  date_write(json_integer_value(json_object_get(told, "started")), date));
	told_int(&form, "ErrorCode", text_of(told, "error") ? CODE_INTERNAL : 0);
	return told_end(&form);
}

/* A whole number of what may be told in fractions. */
static void told_rounded(struct told_form *form, const char *name, const json_t *value)
{
	told_int(form, name, (int64_t)(json_number_value(value) + 0.5));
}

/* SignalWire's names for the totals of the media: doc/control-protocol.md. */
static void told_media(struct told_form *form, const json_t *stats)
{
	static const char *const names[][3] = {
		{ "AudioInMediaPacketCount", "rx_packets", "rx_digit_packets" },
		{ "AudioInDtmfPacketCount", "rx_digit_packets", NULL },
		{ "AudioInFlushPacketCount", "rx_flushed", NULL },
		{ "AudioInSkipPacketCount", "rx_skipped", NULL },
		{ "AudioOutMediaPacketCount", "tx_packets", "tx_digit_packets" },
		{ "AudioOutDtmfPacketCount", "tx_digit_packets", NULL },
	};
	const json_t *jitter = json_object_get(stats, "jitter_ms");
	double ptime = json_number_value(json_object_get(stats, "rx_ptime_ms"));
	double buffer = json_number_value(json_object_get(json_object_get(stats, "buffer_ms"), "max"));
	double mos = json_number_value(json_object_get(stats, "mos_in"));
	char text[16];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		told_int(form, names[i][0],
			 json_integer_value(json_object_get(stats, names[i][1])) -
			     (names[i][2] ? json_integer_value(json_object_get(stats, names[i][2])) : 0));
	told_rounded(form, "AudioInAveragePtime", json_object_get(stats, "rx_ptime_ms"));
	told_rounded(form, "AudioInJitterMinVariance", json_object_get(jitter, "min"));
	told_rounded(form, "AudioInJitterMaxVariance", json_object_get(jitter, "max"));
	told_int(form, "AudioInLargestJbSize", ptime > 0 ? (int64_t)((buffer + ptime - 0.001) / ptime) : 0);
	snprintf(text, sizeof text, "%.2f", mos);
	if (mos > 0)
		told_text(form, "AudioInMos", text);
}

static char *body_of(const struct conf *conf, const struct bus_event *event, enum view view)
{
	const struct call_row *row = event->row;
	struct told_form form;
	char date[DATE_TEXT_SIZE];

	if (json_object_get(event->data, "recording") && strstr(event->type, ".record_"))
		return recording_body(conf, event, view);
	if (!row) /* a conference */
		return NULL;
	if (told_begin(&form, conf, conf_account_by_name(conf, row->account), view))
		return NULL;
	told_call(&form, row, strcmp(row->status, "queued") ? row->status : "initiated");
	told_text(&form, "Timestamp", date_write(row->ended ? row->ended : event->time, date));
	told_text(&form, "CallbackSource", "call-progress-events");
	told_int(&form, "SequenceNumber", sequence_of(row));
	if (row->ended)
		told_end_of(&form, row);
	if (json_object_get(event->data, "stats"))
		told_media(&form, json_object_get(event->data, "stats"));
	return told_end(&form);
}

static char *twilio_body(const struct conf *conf, const struct bus_event *event)
{
	return body_of(conf, event, VIEW_TWILIO);
}

static char *signalwire_body(const struct conf *conf, const struct bus_event *event)
{
	return body_of(conf, event, VIEW_SIGNALWIRE);
}

const struct hook_form twilio_hook_form = { .dialect = "twilio",
					    .content_type = "application/x-www-form-urlencoded",
					    .usual = usual,
					    .body = twilio_body,
					    .sign = twilio_sign_lines };
const struct hook_form signalwire_hook_form = { .dialect = "signalwire",
						.content_type = "application/x-www-form-urlencoded",
						.usual = usual,
						.tells_media = true,
						.body = signalwire_body,
						.sign = signalwire_sign_lines };
