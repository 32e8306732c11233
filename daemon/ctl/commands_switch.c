/* commands_switch: status, reload, shutdown. */
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/format.h"
#include "daemon/ctl/table.h"

#include "lib/clock.h"
#include "lib/control_client.h"

#include <event2/event.h>
#include <inttypes.h>
#include <string.h>

/* How late the ticks of the RTP engine were, since it started. */
static void print_media(const json_t *media)
{
	const json_t *late = json_object_get(media, "tick_late_us");
	int64_t ticks = format_member_int(media, "ticks", 0);
	char text[FORMAT_SIZE * 4];

	if (ticks == 0)
		snprintf(text, sizeof(text), "%" PRId64 ", no tick yet",
			 format_member_int(media, "workers", 0));
	else
		snprintf(text, sizeof(text),
			 "%" PRId64 ", ticks late p50 %.2f p99 %.2f max %.2f ms, %" PRId64 " of %" PRId64
			 " skipped",
			 format_member_int(media, "workers", 0),
			 (double)format_member_int(late, "p50", 0) / 1000,
			 (double)format_member_int(late, "p99", 0) / 1000,
			 (double)format_member_int(late, "max", 0) / 1000,
			 format_member_int(media, "ticks_skipped", 0), ticks);
	table_print_fact(stdout, "media workers", text);
}

static void print_status(const json_t *status)
{
	char text[FORMAT_SIZE * 2], span[FORMAT_SIZE];
	int64_t max = format_member_int(status, "max_calls", 0);

	table_print_fact(stdout, "version", format_member(status, "version"));
	table_print_fact(stdout, "started",
			 format_moment(format_member_int(status, "started", 0), clock_utc_ms(), text));
	table_print_fact(stdout, "state",
			 json_is_true(json_object_get(status, "draining")) ? "draining: takes no new call"
									   : "running");
	snprintf(text, sizeof(text), "%" PRId64 " now (limit %" PRId64 "), %" PRId64 " since the start",
		 format_member_int(status, "calls", 0), max, format_member_int(status, "calls_total", 0));
	table_print_fact(stdout, "calls", text);
	snprintf(text, sizeof(text), "%" PRId64 " now, %" PRId64 " refused, %" PRId64 " given up",
		 format_member_int(status, "connections", 0),
		 format_member_int(status, "connections_refused", 0),
		 format_member_int(status, "connections_given_up", 0));
	table_print_fact(stdout, "connections", text);
	static const char *const counts[][2] = {
		{ "registrations", "registrations" },
		{ "trunks", "trunks" },
		{ "media sessions", "media_sessions" },
		{ "clients", "clients" },
		{ "last event", "seq" },
	};
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		snprintf(text, sizeof(text), "%" PRId64, format_member_int(status, counts[i][1], 0));
		table_print_fact(stdout, counts[i][0], text);
	}
	print_media(json_object_get(status, "media"));
	table_print_fact(stdout, "memory", format_bytes(format_member_int(status, "rss_kb", 0) * 1024, span));
	table_print_fact(stdout, "switch", format_member(status, "switch"));
}

int command_status(struct ctl *ctl)
{
	json_t *status = NULL;
	int code = ctl_request(ctl, "switch.status", NULL, &status);
	if (code)
		return code;
	if (ctl->options.json)
		ctl_print_json(status);
	else
		print_status(status);
	json_decref(status);
	return CTL_OK;
}

/* What the conf has changed and a reload cannot, one line. */
static void print_needs_restart(const json_t *names)
{
	size_t i;
	json_t *name;

	if (json_array_size(names) == 0)
		return;
	printf("Changed, but as it was until offhookd and offhook-api are started again:");
	json_array_foreach((json_t *)names, i, name) printf("%s %s", i ? "," : "", json_string_value(name));
	printf("\n");
}

int command_reload(struct ctl *ctl)
{
	json_t *result = NULL;
	int code = ctl_request(ctl, "switch.reload", NULL, &result);
	if (code)
		return code;
	if (ctl->options.json) {
		ctl_print_json(result);
	} else {
		puts("Reloaded.");
		print_needs_restart(json_object_get(result, "needs_restart"));
	}
	json_decref(result);
	return CTL_OK;
}

int command_drain(struct ctl *ctl)
{
	const char *word = ctl->arg_count ? ctl->args[0] : "on";
	bool on = !strcmp(word, "on");
	json_t *result = NULL;
	int code;

	if (!on && strcmp(word, "off") != 0)
		return ctl_usage_error("drain takes on or off, not \"%s\"", word);
	code = ctl_request(ctl, "switch.drain", json_pack("{s:b}", "on", on), &result);
	if (code)
		return code;
	if (ctl->options.json)
		ctl_print_json(result);
	else
		puts(on ? "Draining: no new calls." : "Back in service.");
	json_decref(result);
	return CTL_OK;
}

/* ---- shutdown ---- */

static void on_link(struct ctl *ctl, bool up)
{
	if (!up)
		ctl_stop(ctl, CTL_OK);
}

static void on_ending(const json_t *result, const json_t *error, void *arg)
{
	(void)result;
	if (error && ((struct ctl *)arg)->linked)
		ctl_print_error(arg, error);
}

/* The calls have had their time. */
static void on_time(evutil_socket_t fd, short what, void *arg)
{
	struct ctl *ctl = arg;

	(void)fd, (void)what;
	if (control_client_call(ctl->client, "switch.shutdown", json_pack("{s:b}", "drain", false), on_ending,
				ctl))
		ctl_stop(ctl, CTL_REFUSED);
}

/* Stays until the switch is gone; one that drains ends its calls when their time is over. */
static int await_end(struct ctl *ctl)
{
	const struct timeval after = { ctl->options.timeout_s, 0 };
	struct event *timer = NULL;
	int code;

	if (!ctl->linked)
		return CTL_OK;
	if (ctl->options.drain && ctl->options.timed)
		timer = evtimer_new(ctl->base, on_time, ctl);
	if (timer)
		evtimer_add(timer, &after);
	ctl->on_link = on_link;
	code = ctl_follow(ctl);
	if (timer)
		event_free(timer);
	return code;
}

int command_shutdown(struct ctl *ctl)
{
	json_t *result = NULL;
	int code;

	if (ctl->options.timed && !(ctl->options.drain && ctl->options.follow))
		return ctl_usage_error("--timeout goes with --drain and --follow");
	code = ctl_request(ctl, "switch.shutdown", json_pack("{s:b}", "drain", ctl->options.drain), &result);
	if (code)
		return code;
	if (ctl->options.json)
		ctl_print_json(result);
	else
		puts(ctl->options.drain ? "Draining: it takes no new call and ends when the last one has."
					: "Ending.");
	json_decref(result);
	fflush(stdout);
	return ctl->options.follow ? await_end(ctl) : CTL_OK;
}
