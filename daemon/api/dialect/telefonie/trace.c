/* The SIP messages of a call: as JSON, as a ladder, or as a capture file. */
#include "daemon/api/call/trace.h"

#include "daemon/api/dialect/telefonie/operations.h"
#include "lib/clock.h"
#include "lib/ladder.h"
#include "lib/pcapng.h"

#include <string.h>

static const char svg[] = "image/svg+xml", plain[] = "text/plain", pcap[] = "application/vnd.tcpdump.pcap";

enum { TIME_SIZE = CLOCK_TEXT_SIZE + 8 };

/* RFC 3339 with microseconds, which tell messages apart. */
static json_t *time_json(int64_t us)
{
	char text[TIME_SIZE];
	size_t n;

	clock_format_rfc3339(us / 1000, text);
	n = strlen(text) - 1; /* the Z */
	snprintf(text + n, sizeof text - n, "%03dZ", (int)(us % 1000));
	return json_string(text);
}

/* A copy of `from` under the API's names; those that it has not are left out. */
static void add_members(json_t *out, const json_t *from, const char *const names[][2], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		json_t *value = json_object_get(from, names[i][0]);

		if (value)
			json_object_set(out, names[i][1], value);
	}
}

static json_t *message_json(const json_t *message)
{
	static const char *const names[][2] = {
		{ "call", "call_id" },	{ "transport", "transport" },	  { "local", "local" },
		{ "remote", "remote" }, { "method", "method" },		  { "code", "code" },
		{ "phrase", "phrase" }, { "sip_call_id", "sip_call_id" }, { "cut", "truncated" },
		{ "text", "text" },
	};
	bool sent = json_is_true(json_object_get(message, "sent"));
	json_t *out =
	    json_pack("{s:o,s:s}", "time", time_json(json_integer_value(json_object_get(message, "time_us"))),
		      "direction", sent ? "sent" : "received");

	if (out)
		add_members(out, message, names, sizeof names / sizeof names[0]);
	return out;
}

static json_t *leg_json(const json_t *link)
{
	static const char *const names[][2] = {
		{ "call", "call_id" },
		{ "parent_call_id", "parent_call_id" },
		{ "sip_call_id", "sip_call_id" },
		{ "direction", "direction" },
		{ "from", "from" },
		{ "to", "to" },
		{ "user", "user" },
		{ "trunk", "trunk" },
	};
	json_t *out = json_object();

	if (out)
		add_members(out, link, names, sizeof names / sizeof names[0]);
	return out;
}

static json_t *each(const json_t *list, json_t *(*render)(const json_t *))
{
	json_t *out = json_array(), *one;
	size_t i;

	json_array_foreach((json_t *)list, i, one)
	{
		json_array_append_new(out, render(one));
	}
	return out;
}

static json_t *trace_json(const char *call, const json_t *trace)
{
	return json_pack("{s:s,s:o,s:o,s:o,s:b}", "call_id", call, "dialogs",
			 each(json_object_get(trace, "calls"), leg_json), "messages",
			 each(json_object_get(trace, "messages"), message_json), "registrations",
			 each(json_object_get(trace, "registrations"), message_json), "truncated",
			 (int)json_is_true(json_object_get(trace, "truncated")));
}

static void on_trace(const struct fault *fault, const json_t *trace, void *arg)
{
	struct op *op = arg;
	size_t size = 0;
	char *bytes;

	if (fault)
		op_fail(op, fault);
	else if (op_accepts(op, plain))
		op_done_text(op, "text/plain; charset=utf-8", ladder_text(trace));
	else if (op_accepts(op, svg))
		op_done_text(op, "image/svg+xml; charset=utf-8", ladder_svg(trace));
	else if (op_accepts(op, pcap)) {
		bytes = pcapng_write(trace, &size);
		op_done_bytes(op, pcap, bytes, size);
	} else
		op_done(op, 200, trace_json(op->args[0], trace));
}

void trace_op_get(struct op *op)
{
	if (op_takes_nothing(op))
		call_trace_get(&op->by, op->args[0], on_trace, op);
}
