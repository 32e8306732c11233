/* commands_events: what happens, as it happens. After a lost connection it asks for what it missed. */
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/format.h"
#include "daemon/ctl/table.h"

#include "lib/control_client.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where we are in the event stream. */
struct place {
	char switch_id[64];
	json_int_t seq;
	bool known;
};

/* The part of an event that only its kind has. */
static void print_details(const char *method, const json_t *params)
{
	const json_t *call = json_object_get(params, "call");
	static const char *const members[] = { "user",	  "contact", "trunk",  "state", "digit",
					       "play_id", "digits",  "end",    "error", "with",
					       "reason",  "source",  "address" };
	if (strcmp(method, "call.state") == 0 && *format_member(call, "reason")) {
		fputs("  ", stdout);
		table_print_text(stdout, format_member(call, "reason"));
	}
	const json_t *file = json_object_get(json_object_get(params, "recording"), "file");
	if (json_is_string(file))
		printf("  %s", json_string_value(file));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const json_t *value = json_object_get(params, members[i]);
		if (!value || json_is_object(value))
			continue;
		printf("  %s=", members[i]);
		char *dump = json_is_string(value) ? strdup(json_string_value(value))
						   : json_dumps(value, JSON_ENCODE_ANY);
		table_print_text(stdout, dump ? dump : "");
		free(dump);
	}
}

void command_print_event(const struct ctl *ctl, const char *method, const json_t *params)
{
	char text[FORMAT_SIZE];
	if (ctl->options.json) {
		json_t *line =
		    json_pack("{s:s, s:O}", "method", method, "params", (json_t *)(uintptr_t)params);
		json_dumpf(line, stdout, JSON_COMPACT);
		json_decref(line);
	} else {
		const json_t *call = json_object_get(params, "call");
		int64_t time = format_member_int(params, "time", 0);
		printf("%12s  %-20s", time ? format_time(time, text) : "", method);
		if (json_is_object(call)) {
			printf("  %.8s  %-11s  ", format_member(call, "id"), format_member(call, "status"));
			table_print_text(stdout, format_member(call, "from"));
			fputs(" -> ", stdout);
			table_print_text(stdout, format_member(call, "to"));
		}
		print_details(method, params);
	}
	fputc('\n', stdout);
	fflush(stdout);
	if (ferror(stdout))
		exit(CTL_OK); /* whoever read our output has gone */
}

static void print_snapshot(const json_t *params)
{
	printf("%zu calls, %zu registrations, %zu trunks; events from %" JSON_INTEGER_FORMAT " on:\n",
	       json_array_size(json_object_get(params, "calls")),
	       json_array_size(json_object_get(params, "registrations")),
	       json_array_size(json_object_get(params, "trunks")),
	       json_integer_value(json_object_get(params, "seq")) + 1);
	fflush(stdout);
}

static void handle_event(struct ctl *ctl, const char *method, const json_t *params)
{
	struct place *place = ctl->arg;
	const char *switch_id = format_member(params, "switch");
	if (*switch_id) {
		snprintf(place->switch_id, sizeof(place->switch_id), "%s", switch_id);
		place->seq = format_member_int(params, "seq", place->seq);
		place->known = true;
	}
	if (strcmp(method, "connection.closed") == 0)
		ctl_say("offhookd closed the connection: %s", format_member(params, "reason"));
	else if (strcmp(method, "events.snapshot") == 0 && !ctl->options.json)
		print_snapshot(params);
	else
		command_print_event(ctl, method, params);
}

static void handle_subscribed(const json_t *result, const json_t *error, void *arg)
{
	struct ctl *ctl = arg;
	(void)result;
	if (!error || !ctl->linked) /* lost again: the next link tries again */
		return;
	ctl_print_error(ctl, error);
	ctl_stop(ctl, CTL_REFUSED);
}

static int subscribe(struct ctl *ctl)
{
	const struct place *place = ctl->arg;
	json_t *params = json_object();
	if (place->known) {
		json_object_set_new(params, "since", json_integer(place->seq));
		json_object_set_new(params, "switch", json_string(place->switch_id));
	}
	return control_client_call(ctl->client, "events.subscribe", params, handle_subscribed, ctl);
}

static void handle_link(struct ctl *ctl, bool up)
{
	if (up) {
		ctl_say("connected again");
		if (subscribe(ctl))
			ctl_stop(ctl, CTL_REFUSED);
	} else {
		ctl_say("the connection to offhookd was lost; trying again");
	}
}

int command_events(struct ctl *ctl)
{
	struct place place = { .known = false };
	json_t *status = NULL;
	if (ctl->options.since >= 0) {
		/* A number means something only for the start of the switch that counted it: this one. */
		int code = ctl_request(ctl, "switch.status", NULL, &status);
		if (code)
			return code;
		snprintf(place.switch_id, sizeof(place.switch_id), "%s", format_member(status, "switch"));
		place.seq = ctl->options.since;
		place.known = true;
		json_decref(status);
	}
	ctl->arg = &place;
	ctl->on_event = handle_event;
	ctl->on_link = handle_link;
	if (subscribe(ctl))
		return CTL_REFUSED;
	return ctl_follow(ctl);
}
