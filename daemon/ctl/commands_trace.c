/* commands_trace: the SIP messages of a call as a ladder, and of all calls as they come. */
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/format.h"
#include "daemon/ctl/table.h"

#include "lib/control_client.h"
#include "lib/ladder.h"
#include "lib/pcapng.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_MS = 250, LINKS_MAX = 10000 };

/* ---- one call ---- */

/* Parameters of call.trace: a call's id, or the beginning of one, or else the Call-ID of a dialog. */
static int find(struct ctl *ctl, const char *name, json_t **params)
{
	char id[64];
	int code;

	if (name[strspn(name, "0123456789abcdef-")] || strlen(name) > 36) {
		*params = json_pack("{s:s}", "sip_call_id", name);
		return CTL_OK;
	}
	code = ctl_find_call(ctl, name, false, id);
	if (!code)
		*params = json_pack("{s:s}", "call", id);
	return code;
}

static int get(struct ctl *ctl, json_t **trace)
{
	json_t *params = NULL;
	int code = find(ctl, ctl->args[0], &params);

	return code ? code : ctl_request(ctl, "call.trace", params, trace);
}

static int print_ladder(struct ctl *ctl)
{
	json_t *trace = NULL;
	int code = get(ctl, &trace);
	char *text;

	if (code)
		return code;
	if (ctl->options.json) {
		ctl_print_json(trace);
	} else if ((text = ladder_text(trace)) != NULL) {
		fputs(text, stdout);
		free(text);
	} else {
		ctl_say("out of memory");
		code = CTL_REFUSED;
	}
	json_decref(trace);
	return code;
}

int command_pcap(struct ctl *ctl)
{
	json_t *trace = NULL;
	size_t size = 0;
	char *bytes;
	int code;

	if (isatty(STDOUT_FILENO))
		return ctl_usage_error("pcap writes a file, not text: offhookctl pcap CALL > FILE");
	code = get(ctl, &trace);
	if (code)
		return code;
	bytes = pcapng_write(trace, &size);
	if (!bytes) {
		ctl_say("out of memory");
		code = CTL_REFUSED;
	} else {
		fwrite(bytes, 1, size, stdout);
	}
	free(bytes);
	json_decref(trace);
	return code;
}

/* ---- all calls ---- */

struct follow {
	json_t *links;	 /* by SIP Call-ID */
	json_t *waiting; /* messages of which it is not known yet whose they are */
	char after[64];	 /* "": not asked yet */
	struct event *look;
};

static bool is(const json_t *object, const char *name, const char *wanted)
{
	return strcmp(format_member(object, name), wanted) == 0;
}

static bool is_of_user(const json_t *message, const json_t *link, const char *user)
{
	return is(link, "user", user) || is(message, "from_user", user) || is(message, "to_user", user) ||
	       is(message, "request_user", user);
}

static bool is_of_number(const json_t *message, const json_t *link, const char *number)
{
	return is(link, "number", number) || is(link, "from", number) || is(link, "to", number) ||
	       is_of_user(message, NULL, number);
}

static bool is_wanted(const struct ctl *ctl, const json_t *message, const json_t *link)
{
	const struct ctl_options *o = &ctl->options;

	return (!o->user || is_of_user(message, link, o->user)) &&
	       (!o->number || is_of_number(message, link, o->number)) &&
	       (!o->trunk || is(link, "trunk", o->trunk));
}

static void print_message(const struct ctl *ctl, const json_t *message, const json_t *link)
{
	bool sent = json_is_true(json_object_get(message, "sent"));
	char time[FORMAT_SIZE], label[LADDER_LABEL_SIZE];

	if (ctl->options.json) {
		json_dumpf(message, stdout, JSON_COMPACT);
	} else {
		format_time(format_member_int(message, "time_us", 0) / 1000, time);
		printf("%12s  %s %s %s  ", time, format_member(message, "local"), sent ? "->" : "<-",
		       format_member(message, "remote"));
		table_print_text(stdout, ladder_label(message, label));
		fputs("  ", stdout);
		table_print_text(stdout, format_member(message, "from_user"));
		fputs(" -> ", stdout);
		table_print_text(stdout, format_member(message, "to_user"));
		if (link)
			printf("  %.8s", format_member(link, "call"));
	}
	fputc('\n', stdout);
}

static void show(struct ctl *ctl, const json_t *messages, bool again)
{
	struct follow *f = ctl->arg;
	json_t *message;
	size_t i;

	json_array_foreach((json_t *)messages, i, message)
	{
		const json_t *link = json_object_get(f->links, format_member(message, "sip_call_id"));

		if (is_wanted(ctl, message, link))
			print_message(ctl, message, link);
		else if (!link && !again)
			json_array_append(f->waiting, message);
	}
}

static void take_news(struct ctl *ctl, const json_t *result)
{
	struct follow *f = ctl->arg;
	json_t *earlier = f->waiting, *link;
	size_t i;

	if (json_object_size(f->links) > LINKS_MAX)
		json_object_clear(f->links);
	json_array_foreach(json_object_get(result, "calls"), i, link)
	{
		json_object_set(f->links, format_member(link, "sip_call_id"), link);
	}
	f->waiting = json_array();
	show(ctl, earlier, true);
	show(ctl, json_object_get(result, "messages"), false);
	json_decref(earlier);
	snprintf(f->after, sizeof f->after, "%s", format_member(result, "after"));
	fflush(stdout);
	if (ferror(stdout))
		exit(CTL_OK); /* whoever read our output has gone */
}

static void on_news(const json_t *result, const json_t *error, void *arg)
{
	const struct timeval later = { 0, LOOK_MS * 1000 };
	struct ctl *ctl = arg;
	struct follow *f = ctl->arg;

	if (error && ctl->linked) {
		ctl_print_error(ctl, error);
		ctl_stop(ctl, CTL_REFUSED);
		return;
	}
	if (!error)
		take_news(ctl, result);
	evtimer_add(f->look, &later);
}

static void look(evutil_socket_t fd, short what, void *arg)
{
	struct ctl *ctl = arg;
	struct follow *f = ctl->arg;
	json_t *params = f->after[0] ? json_pack("{s:s}", "after", f->after) : json_object();

	(void)fd, (void)what;
	if (!ctl->linked)
		json_decref(params); /* on_link() goes on */
	else if (control_client_call(ctl->client, "trace.read", params, on_news, ctl))
		ctl_stop(ctl, CTL_REFUSED);
}

static void on_link(struct ctl *ctl, bool up)
{
	struct follow *f = ctl->arg;

	ctl_say(up ? "connected again" : "the connection to offhookd was lost; trying again");
	if (up && !evtimer_pending(f->look, NULL))
		look(-1, 0, ctl);
}

static int follow(struct ctl *ctl)
{
	struct follow f = { .links = json_object(), .waiting = json_array() };
	int code = CTL_REFUSED;

	f.look = evtimer_new(ctl->base, look, ctl);
	ctl->arg = &f;
	if (f.look && f.links && f.waiting) {
		ctl->on_link = on_link;
		look(-1, 0, ctl);
		code = ctl_follow(ctl);
	}
	ctl->on_link = NULL;
	if (f.look)
		event_free(f.look);
	json_decref(f.links);
	json_decref(f.waiting);
	return code;
}

int command_trace(struct ctl *ctl)
{
	const struct ctl_options *o = &ctl->options;

	if (o->follow == (ctl->arg_count > 0))
		return ctl_usage_error("trace needs a call, or --follow");
	if (!o->follow && (o->user || o->trunk || o->number))
		return ctl_usage_error("--user, --trunk and --number go with --follow");
	return o->follow ? follow(ctl) : print_ladder(ctl);
}
