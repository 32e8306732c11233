/* commands_act: what an admin does to calls: hangup, transfer, mute, record, digits; and rpc, which does
 * anything. */
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/format.h"
#include "daemon/ctl/script.h"
#include "daemon/ctl/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- one call ---- */

/* Does `method` to the call of the first argument, with these parameters (stolen) besides; prints the answer
 * when JSON is asked for. On success *result, unless NULL, gets it. */
static int act(struct ctl *ctl, const char *method, json_t *params, json_t **out)
{
	char id[64];
	json_t *result = NULL;
	int code = ctl_find_call(ctl, ctl->args[0], true, id);

	if (code) {
		json_decref(params);
		return code;
	}
	json_object_set_new(params, "call", json_string(id));
	code = ctl_request(ctl, method, params, &result);
	if (code)
		return code;
	if (ctl->options.json)
		ctl_print_json(result);
	if (out)
		*out = result;
	else
		json_decref(result);
	return CTL_OK;
}

/* ---- hangup ---- */

static int hang_up_one(struct ctl *ctl)
{
	json_t *result = NULL;
	const json_t *call;
	int code = act(ctl, "call.hangup", json_object(), &result);

	call = json_object_get(result, "call");
	if (!code && !ctl->options.json) {
		table_print_text(stdout, format_member(call, "status"));
		fputs(": ", stdout);
		table_print_text(stdout, format_member(call, "reason"));
		fputc('\n', stdout);
	}
	json_decref(result);
	return code;
}

/* One of many. One that has ended meanwhile, with the other of its bridge say, is no error; only a lost
 * connection is. */
static int hang_up(struct ctl *ctl, const char *id, int64_t *ended)
{
	json_t *result = NULL;
	int code = ctl_request_quietly(ctl, "call.hangup", json_pack("{s:s, s:b}", "call", id, "brief", true),
				       &result, NULL);

	*ended += code == CTL_OK;
	json_decref(result);
	return code == CTL_REFUSED ? CTL_OK : code;
}

static int hang_up_many(struct ctl *ctl)
{
	json_t *result = NULL, *call;
	int64_t ended = 0;
	size_t i;
	int code = ctl_request(ctl, "call.list", NULL, &result);

	json_array_foreach(json_object_get(result, "calls"), i, call)
	{
		if (!code && command_wants_call(ctl, call))
			code = hang_up(ctl, format_member(call, "id"), &ended);
	}
	json_decref(result);
	if (code)
		return code;
	if (ctl->options.json)
		printf("{\"ended\": %" PRId64 "}\n", ended);
	else
		printf("Ended: %" PRId64 ".\n", ended);
	return CTL_OK;
}

int command_hangup(struct ctl *ctl)
{
	bool whose = ctl->options.user || ctl->options.trunk || ctl->options.number;

	if (ctl->arg_count && (whose || ctl->options.all))
		return ctl_usage_error("hangup takes an ID, or --all, or --user, --trunk, --number");
	if (ctl->options.all && whose)
		return ctl_usage_error("--all is every call: it goes with no --user, --trunk or --number");
	if (ctl->arg_count)
		return hang_up_one(ctl);
	if (!whose && !ctl->options.all)
		return ctl_usage_error("hangup needs an ID, or --all, or --user, --trunk, --number");
	return hang_up_many(ctl);
}

/* ---- what a call is told ---- */

int command_transfer(struct ctl *ctl)
{
	json_t *params = json_pack("{s:s}", "to", ctl->args[1]);
	int code;

	if (ctl->options.timeout_s)
		json_object_set_new(params, "timeout", json_integer(ctl->options.timeout_s));
	code = act(ctl, "call.transfer", params, NULL);
	if (!code && !ctl->options.json)
		printf("On its way to %s: offhookctl events says what becomes of it.\n", ctl->args[1]);
	return code;
}

static int set_muted(struct ctl *ctl, bool muted)
{
	int code = act(ctl, "call.mute", json_pack("{s:b}", "muted", muted), NULL);

	if (!code && !ctl->options.json)
		puts(muted ? "Its far end is not heard." : "Its far end is heard.");
	return code;
}

int command_mute(struct ctl *ctl)
{
	return set_muted(ctl, true);
}

int command_unmute(struct ctl *ctl)
{
	return set_muted(ctl, false);
}

int command_digits(struct ctl *ctl)
{
	int code = act(ctl, "call.send_digits", json_pack("{s:s}", "digits", ctl->args[1]), NULL);

	if (!code && !ctl->options.json)
		puts("They are being sent.");
	return code;
}

static int start_recording(struct ctl *ctl)
{
	json_t *result = NULL;
	const json_t *recording;
	int code = act(ctl, "call.record", json_object(), &result);

	recording = json_object_get(json_object_get(result, "call"), "recording");
	if (!code && !ctl->options.json) {
		table_print_fact(stdout, "recording", format_member(recording, "id"));
		table_print_fact(stdout, "file", format_member(recording, "file"));
	}
	json_decref(result);
	return code;
}

int command_record(struct ctl *ctl)
{
	const char *what = ctl->arg_count > 1 ? ctl->args[1] : "start";
	bool paused = !strcmp(what, "pause");
	int code;

	if (!strcmp(what, "start"))
		return start_recording(ctl);
	if (!strcmp(what, "stop"))
		code = act(ctl, "call.record_stop", json_object(), NULL);
	else if (paused || !strcmp(what, "resume"))
		code = act(ctl, "call.record_pause", json_pack("{s:b}", "paused", paused), NULL);
	else
		return ctl_usage_error(
		    "record does not know \"%s\"; it is: record ID [stop | pause | resume]", what);
	if (!code && !ctl->options.json)
		puts(paused ? "It is paused." : !strcmp(what, "stop") ? "It is over." : "It goes on.");
	return code;
}

/* ---- rpc ---- */

int command_rpc(struct ctl *ctl)
{
	const char *text = ctl->arg_count > 1 ? ctl->args[1] : NULL;
	json_t *params = NULL, *result = NULL;
	char *read = NULL;
	json_error_t error;
	size_t size = 0;
	int code;

	if (text && !strcmp(text, "-")) {
		read = script_read("-", &size);
		if (!read)
			return CTL_USAGE;
	} else if (text) {
		size = strlen(text);
	}
	if (text)
		params = json_loadb(read ? read : text, size, 0, &error);
	free(read);
	if (text && !json_is_object(params)) {
		json_decref(params);
		return ctl_usage_error("the parameters are no JSON object%s%s", params ? "" : ": ",
				       params ? "" : error.text);
	}
	code = ctl_request(ctl, ctl->args[0], params, &result);
	if (!code)
		ctl_print_json(result);
	json_decref(result);
	return code;
}
