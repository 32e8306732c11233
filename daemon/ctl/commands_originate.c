/* commands_originate: places a call; with --play or --follow stays with it to its end. */
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/format.h"
#include "daemon/ctl/table.h"

#include "lib/control_client.h"
#include "lib/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct followed {
	char id[64];
	bool playing;
};

/* The caller's number when --from is not given: that of the first user who has one. */
static int default_from(struct ctl *ctl, char from[64])
{
	json_t *result = NULL;
	size_t i;
	const json_t *user;
	int code = ctl_request(ctl, "user.list", NULL, &result);
	if (code)
		return code;
	*from = '\0';
	json_array_foreach(json_object_get(result, "users"), i, user)
	{
		const char *number = format_member(user, "number");
		if (*number && !*from)
			snprintf(from, 64, "%s", number);
	}
	json_decref(result);
	return *from ? CTL_OK : ctl_usage_error("no user has a number to call from: give --from N");
}

/* Files of --play as the switch wants them: absolute paths, or "tone:…" and "silence:…" as they are. Returns
 * NULL when one does not exist. */
static json_t *play_files(const struct ctl *ctl)
{
	json_t *files = json_array();
	for (int i = 0; i < ctl->options.file_count; i++) {
		const char *name = ctl->options.files[i];
		if (strncmp(name, "tone:", 5) == 0 || strncmp(name, "silence:", 8) == 0) {
			json_array_append_new(files, json_string(name));
			continue;
		}
		char *path = realpath(name, NULL);
		if (!path) {
			ctl_say("%s: no such file", name);
			json_decref(files);
			return NULL;
		}
		json_array_append_new(files, json_string(path));
		free(path);
	}
	return files;
}

static void handle_play_reply(const json_t *result, const json_t *error, void *arg)
{
	struct ctl *ctl = arg;
	const struct followed *followed = ctl->arg;
	(void)result;
	if (!error)
		return;
	ctl_print_error(ctl, error);
	if (control_client_call(ctl->client, "call.hangup", json_pack("{s:s}", "call", followed->id), NULL,
				NULL))
		ctl_stop(ctl, CTL_REFUSED);
}

static void play(struct ctl *ctl)
{
	struct followed *followed = ctl->arg;
	json_t *files = play_files(ctl);
	followed->playing = true;
	if (!files || control_client_call(ctl->client, "call.play",
					  json_pack("{s:s, s:o}", "call", followed->id, "files", files),
					  handle_play_reply, ctl))
		ctl_stop(ctl, CTL_REFUSED);
}

static bool is_over(const char *status)
{
	return strcmp(status, "queued") != 0 && strcmp(status, "ringing") != 0 &&
	       strcmp(status, "in-progress") != 0;
}

static void handle_event(struct ctl *ctl, const char *method, const json_t *params)
{
	struct followed *followed = ctl->arg;
	const json_t *call = json_object_get(params, "call");
	const char *status = format_member(call, "status");
	if (strcmp(format_member(call, "id"), followed->id) != 0)
		return;
	command_print_event(ctl, method, params);
	if (strcmp(method, "call.play_done") == 0) {
		if (control_client_call(ctl->client, "call.hangup", json_pack("{s:s}", "call", followed->id),
					NULL, NULL))
			ctl_stop(ctl, CTL_REFUSED);
	} else if (strcmp(method, "call.state") == 0 && is_over(status)) {
		ctl_stop(ctl, strcmp(status, "completed") == 0 ? CTL_OK : CTL_REFUSED);
	} else if (strcmp(status, "in-progress") == 0 && ctl->options.play && !followed->playing) {
		play(ctl);
	}
}

static void handle_link(struct ctl *ctl, bool up)
{
	if (up)
		return;
	ctl_say("the connection to offhookd was lost; the call may have ended with it");
	ctl_stop(ctl, CTL_NO_CONNECTION);
}

/* Subscribes before the call is placed, so that none of its events is missed. */
static int begin_following(struct ctl *ctl, struct followed *followed)
{
	json_t *result = NULL, *files = NULL;
	if (ctl->options.play) {
		files = play_files(ctl);
		if (!files)
			return CTL_USAGE;
		json_decref(files);
	}
	int code = ctl_request(ctl, "events.subscribe", NULL, &result);
	json_decref(result);
	random_uuid(followed->id);
	ctl->arg = followed;
	ctl->on_event = handle_event;
	ctl->on_link = handle_link;
	return code;
}

static json_t *originate_params(const struct ctl *ctl, const char *from, const char *id)
{
	json_t *params = json_pack("{s:s, s:s}", "to", ctl->args[0], "from", from);
	if (*id)
		json_object_set_new(params, "id", json_string(id));
	if (ctl->options.timeout_s)
		json_object_set_new(params, "timeout", json_integer(ctl->options.timeout_s));
	if (ctl->options.record)
		json_object_set_new(params, "record", json_true());
	/* Nobody stays to drive a call that is not followed. */
	json_object_set_new(params, "claim", json_boolean(ctl->options.follow));
	return params;
}

int command_originate(struct ctl *ctl)
{
	struct followed followed = { .playing = false };
	char from[64];
	json_t *result = NULL;
	int code = CTL_OK;
	if (ctl->options.from)
		snprintf(from, sizeof(from), "%s", ctl->options.from);
	else
		code = default_from(ctl, from);
	if (!code && ctl->options.follow)
		code = begin_following(ctl, &followed);
	if (!code)
		code = ctl_request(ctl, "call.originate", originate_params(ctl, from, followed.id), &result);
	if (code)
		return code;
	if (ctl->options.follow) {
		json_decref(result);
		return ctl->exit_code >= 0 ? ctl->exit_code : ctl_follow(ctl);
	}
	if (ctl->options.json)
		ctl_print_json(result);
	else
		puts(format_member(json_object_get(result, "call"), "id"));
	json_decref(result);
	return CTL_OK;
}
