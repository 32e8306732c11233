/* commands_call: calls, call ID. */
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/format.h"
#include "daemon/ctl/past.h"
#include "daemon/ctl/table.h"

#include "lib/clock.h"

#include <inttypes.h>
#include <string.h>

/* What a call is joined with: the other call, a conference, or nothing. */
static const char *call_joined(const json_t *call, char out[FORMAT_SIZE])
{
	const char *conference = format_member(call, "conference");
	if (*conference) {
		snprintf(out, FORMAT_SIZE, "room %s", conference);
		return out;
	}
	return format_short_id(format_member(call, "bridge"), out);
}

static int add_call(struct table *table, const json_t *call)
{
	char id[SHORT_ID_SIZE], age[FORMAT_SIZE], joined[FORMAT_SIZE];
	int64_t since = format_member_int(call, "answered", format_member_int(call, "created", 0));
	bool recording = json_is_object(json_object_get(call, "recording"));
	const char *const cells[] = {
		format_short_id(format_member(call, "id"), id),
		format_member(call, "status"),
		format_member(call, "direction"),
		format_member(call, "from"),
		format_member(call, "to"),
		format_span(clock_utc_ms() - since, age),
		format_member(call, "codec"),
		call_joined(call, joined),
		recording ? "yes" : "",
		format_member(call, "account"),
	};
	return table_add(table, cells);
}

int command_print_calls(const json_t *calls, size_t max)
{
	static const struct table_column columns[] = {
		{ .title = "ID" },	  { .title = "STATUS", .state = true },
		{ .title = "DIRECTION" }, { .title = "FROM" },
		{ .title = "TO" },	  { .title = "AGE", .right = true },
		{ .title = "CODEC" },	  { .title = "WITH" },
		{ .title = "REC" },	  { .title = "ACCOUNT" },
	};
	struct table *table = NULL;
	size_t i;
	const json_t *call;
	int err = table_alloc(&table, columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach(calls, i, call)
	{
		if (!err && i < max)
			err = add_call(table, call);
	}
	if (!err && json_array_size(calls) == 0)
		puts("No call is live.");
	else if (!err)
		table_print(table, stdout);
	else
		ctl_say("out of memory");
	if (!err && json_array_size(calls) > max)
		printf("and %zu more\n", json_array_size(calls) - max);
	table_free(table);
	return err ? CTL_REFUSED : CTL_OK;
}

static json_t *wanted(const struct ctl *ctl, const json_t *calls)
{
	json_t *out = json_array();
	size_t i;
	json_t *call;

	json_array_foreach((json_t *)calls, i, call) if (command_wants_call(ctl, call))
	    json_array_append(out, call);
	return out;
}

int command_calls(struct ctl *ctl)
{
	json_t *result = NULL, *calls;
	int code;

	if (ctl->options.ended || ctl->options.failed || ctl->options.limit)
		return past_list(ctl);
	code = ctl_connect(ctl);
	if (!code)
		code = ctl_request(ctl, "call.list", NULL, &result);
	if (code)
		return code;
	calls = wanted(ctl, json_object_get(result, "calls"));
	if (ctl->options.json) {
		json_object_set(result, "calls", calls);
		ctl_print_json(result);
	} else {
		code = command_print_calls(calls, SIZE_MAX);
	}
	json_decref(calls);
	json_decref(result);
	return code;
}

static bool is_moment(const char *name)
{
	static const char *const moments[] = { "created", "ringing", "answered", "ended", "started" };
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		if (strcmp(name, moments[i]) == 0)
			return true;
	}
	return false;
}

/* One member of a call's snapshot, or of a part of it, in words. */
static void print_member(const char *name, const json_t *value)
{
	char text[FORMAT_SIZE];
	if (json_is_string(value)) {
		table_print_fact(stdout, name, json_string_value(value));
	} else if (json_is_integer(value) && is_moment(name)) {
		table_print_fact(stdout, name,
				 format_moment(json_integer_value(value), clock_utc_ms(), text));
	} else if (strcmp(name, "duration_ms") == 0) {
		table_print_fact(stdout, "duration", format_span(json_integer_value(value), text));
	} else {
		char *dump = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(4));
		table_print_fact(stdout, name, dump ? dump : "");
		free(dump);
	}
}

/* The snapshot: what people look for first, then every other member in the switch's order. */
void command_print_call(const json_t *call)
{
	static const char *const first[] = {
		"id", "status", "reason", "direction", "from", "to", "ended_by"
	};
	const size_t first_count = sizeof(first) / sizeof(first[0]);
	const char *name;
	json_t *value;
	for (size_t i = 0; i < first_count; i++) {
		value = json_object_get(call, first[i]);
		if (value)
			print_member(first[i], value);
	}
	json_object_foreach((json_t *)(uintptr_t)call, name, value)
	{
		bool shown = false;
		for (size_t i = 0; i < first_count; i++)
			shown = shown || strcmp(name, first[i]) == 0;
		if (!shown)
			print_member(name, value);
	}
}

/* What the far end itself measures, where it tells (RTCP XR). */
static void print_far(const json_t *voip)
{
	char text[FORMAT_SIZE * 4];
	const json_t *mos = json_object_get(voip, "mos_lq");
	int n;
	if (!voip)
		return;
	n = snprintf(text, sizeof(text), "%.1f %% lost, %.1f %% too late, bursts of %" PRId64 " ms",
		     json_number_value(json_object_get(voip, "loss_percent")),
		     json_number_value(json_object_get(voip, "discard_percent")),
		     format_member_int(voip, "burst_ms", 0));
	if (mos)
		snprintf(text + n, sizeof(text) - (size_t)n, ", MOS %.1f", json_number_value(mos));
	table_print_fact(stdout, "far end hears", text);
}

/* How good it sounds, when the call has media. */
static void print_stats(const json_t *stats)
{
	char text[FORMAT_SIZE * 4];
	const json_t *jitter = json_object_get(stats, "jitter_ms");
	snprintf(text, sizeof(text),
		 "%" PRId64 " packets, %" PRId64 " lost, %" PRId64 " late, jitter %.1f ms, MOS %.2f",
		 format_member_int(stats, "rx_packets", 0), format_member_int(stats, "rx_lost", 0),
		 format_member_int(stats, "rx_late", 0), json_number_value(json_object_get(jitter, "mean")),
		 json_number_value(json_object_get(stats, "mos_in")));
	table_print_fact(stdout, "heard", text);
	if (format_member_int(stats, "rx_unauthentic", 0)) {
		snprintf(text, sizeof(text),
			 "%" PRId64 " packets that were not encrypted with the agreed key",
			 format_member_int(stats, "rx_unauthentic", 0));
		table_print_fact(stdout, "not heard", text);
	}
	snprintf(text, sizeof(text), "%" PRId64 " packets, %" PRId64 " lost at the far end",
		 format_member_int(stats, "tx_packets", 0), format_member_int(stats, "far_lost", 0));
	table_print_fact(stdout, "sent", text);
	if (*format_member(stats, "said")) {
		snprintf(text, sizeof(text),
			 "%.60s (it said %.60s), to %.60s; %" PRId64 " packets of strangers",
			 *format_member(stats, "from") ? format_member(stats, "from") : "nowhere yet",
			 format_member(stats, "said"), format_member(stats, "to"),
			 format_member_int(stats, "rx_foreign", 0));
		table_print_fact(stdout, "audio from", text);
	}
	print_far(json_object_get(json_object_get(stats, "far"), "voip"));
}

int command_call(struct ctl *ctl)
{
	char id[64];
	json_t *result = NULL, *stats = NULL, *error = NULL;
	int code = ctl_find_call(ctl, ctl->args[0], false, id);
	if (code)
		return code;
	code = ctl_request_quietly(ctl, "call.get", json_pack("{s:s}", "call", id), &result, &error);
	if (code == CTL_REFUSED && error && past_print_call(ctl, id)) {
		code = CTL_OK;
	} else if (error) {
		ctl_print_error(ctl, error);
	} else if (ctl->options.json && !code) {
		ctl_print_json(result);
	} else if (!code) {
		command_print_call(json_object_get(result, "call"));
		/* A call without media has no figures; that is no error here. */
		if (!ctl_request_quietly(ctl, "call.stats", json_pack("{s:s}", "call", id), &stats, NULL))
			print_stats(json_object_get(stats, "stats"));
	}
	json_decref(error);
	json_decref(stats);
	json_decref(result);
	return code;
}
