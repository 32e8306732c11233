/* commands_why: why a call is as it is, or why somebody was not let in. */
#include "daemon/ctl/api.h"
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/format.h"
#include "daemon/ctl/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_fact(const json_t *fact)
{
	const json_t *value = json_object_get(fact, "value");
	char *text =
	    json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(4));
	const char *shown = json_is_string(value) ? json_string_value(value) : text;

	table_print_fact(stdout, format_member(fact, "fact"), shown ? shown : "");
	free(text);
}

static int why_call(struct ctl *ctl, const char *id)
{
	char path[80];
	json_t *result = NULL;
	const json_t *fact;
	size_t i;
	int code;

	snprintf(path, sizeof path, "calls/%.40s/why", id);
	code = api_get_one(ctl, path, &result);
	if (code)
		return code;
	if (ctl->options.json) {
		ctl_print_json(result);
	} else {
		table_print_text(stdout, format_member(result, "why"));
		fputc('\n', stdout);
		json_array_foreach(json_object_get(result, "facts"), i, fact)
		{
			print_fact(fact);
		}
	}
	json_decref(result);
	return CTL_OK;
}

/* Of a dialog that has become no call: what was noted, or what its last answer says. */
static void print_refused(const json_t *trace)
{
	const json_t *refused = json_object_get(trace, "refused"),
		     *messages = json_object_get(trace, "messages");
	const json_t *last = json_array_get(refused, json_array_size(refused) - 1), *message;
	long long code = format_member_int(last, "code", 0);
	size_t i;

	json_array_foreach(messages, i, message)
	{
		if (!last && format_member_int(message, "code", 0) >= 200)
			code = format_member_int(message, "code", 0);
	}
	if (last)
		printf("Refused with %lld: ", code);
	else if (code == 401 || code == 407)
		printf("It was asked for credentials (%lld), and gave none", code);
	else
		printf("It was answered %lld", code);
	table_print_text(stdout, format_member(last, "why"));
	puts(last ? "" : ".");
}

static int why_dialog(struct ctl *ctl, const json_t *trace)
{
	int code = CTL_OK;
	const char *call;

	call = format_member(json_array_get(json_object_get(trace, "calls"), 0), "call");
	if (*call)
		code = why_call(ctl, call);
	else if (ctl->options.json)
		ctl_print_json(json_object_get(trace, "refused"));
	else
		print_refused(trace);
	return code;
}

/* A call's id, the Call-ID of a dialog, or the beginning of the id of a call that is live or has just ended.
 */
int command_why(struct ctl *ctl)
{
	const char *name = ctl->args[0];
	json_t *trace = NULL;
	char id[64];
	int code;

	if (strlen(name) == 36 && !name[strspn(name, "0123456789abcdef-")])
		return why_call(ctl, name);
	if (!ctl_request_quietly(ctl, "call.trace", json_pack("{s:s}", "sip_call_id", name), &trace, NULL)) {
		code = why_dialog(ctl, trace);
		json_decref(trace);
		return code;
	}
	code = ctl_find_call(ctl, name, false, id);
	return code ? code : why_call(ctl, id);
}
