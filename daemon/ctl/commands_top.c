/* commands_top: top, watch: what the switch carries and what it costs, again and again. Rates are between two
 * looks (switch.metrics). */
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/format.h"
#include "daemon/ctl/style.h"
#include "daemon/ctl/table.h"

#include "lib/clock.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	EVERY_S = 2,
	EVERY_MAX_S = 3600,
	AGAIN = 100,	   /* of ctl_follow(): time is up; no exit code */
	BOUNDS_MAX = 64,   /* of a histogram */
	TITLES_EVERY = 20, /* lines of watch */
	LIST_MAX =
	    1000, /* calls that the switch is asked for each time: a list of all may take it too long */
	LINES_ABOVE = 8, /* of the screen, above the calls */
	LINES = 24,	 /* of a screen whose size is not known */
	RATE_SIZE = 24,
};

/* What was counted at one moment, since the switch was started. */
struct look {
	int64_t at_us; /* monotonic */
	int64_t calls, calls_total, refused, received, sent, lost;
	double cpu_s;
	size_t bound_count;
	double bounds[BOUNDS_MAX + 1];	/* of lateness [s] */
	int64_t counts[BOUNDS_MAX + 1]; /* of ticks, by it */
};

/* What came of two of them. */
struct rates {
	double calls, refused, received, sent, lost; /* a second */
	double cpu_percent;			     /* of one core */
	double late_ms;	    /* that 99 of 100 ticks were not later than; −1: no tick */
	bool late_and_more; /* it is the last bound: later ones than that */
};

static void read_lateness(const json_t *histogram, struct look *look)
{
	const json_t *bounds = json_object_get(histogram, "bounds"),
		     *counts = json_object_get(histogram, "counts");

	look->bound_count = json_array_size(bounds) < BOUNDS_MAX ? json_array_size(bounds) : BOUNDS_MAX;
	for (size_t i = 0; i < look->bound_count; i++)
		look->bounds[i] = json_number_value(json_array_get(bounds, i));
	for (size_t i = 0; i <= look->bound_count; i++)
		look->counts[i] = json_integer_value(json_array_get(counts, i));
}

/* Asks the switch. Returns CTL_OK with the whole of it in *metrics (a new reference), or another exit code.
 */
static int take_look(struct ctl *ctl, struct look *look, json_t **metrics)
{
	int code = ctl_request(ctl, "switch.metrics", NULL, metrics);

	if (code)
		return code;
	const json_t *status = json_object_get(*metrics, "status"),
		     *packets = json_object_get(*metrics, "packets");
	*look = (struct look){
		.at_us = clock_mono_us(),
		.calls = format_member_int(status, "calls", 0),
		.calls_total = format_member_int(status, "calls_total", 0),
		.refused = format_member_int(status, "calls_refused", 0) +
			   format_member_int(status, "overload_refused", 0),
		.received = format_member_int(packets, "received", 0),
		.sent = format_member_int(packets, "sent", 0),
		.lost = format_member_int(packets, "lost", 0),
		.cpu_s = json_number_value(json_object_get(json_object_get(*metrics, "process"), "cpu_s")),
	};
	read_lateness(json_object_get(*metrics, "tick_late_s"), look);
	return CTL_OK;
}

/* How late ticks were between two looks. */
static void work_out_lateness(const struct look *before, const struct look *now, struct rates *out)
{
	int64_t all = 0, sum = 0;

	out->late_ms = -1;
	for (size_t i = 0; i <= now->bound_count; i++)
		all += now->counts[i] - before->counts[i];
	for (size_t i = 0; all > 0 && i <= now->bound_count; i++) {
		sum += now->counts[i] - before->counts[i];
		if (sum * 100 < all * 99)
			continue;
		out->late_and_more = i == now->bound_count;
		out->late_ms = out->late_and_more && i ? now->bounds[i - 1] * 1000 : now->bounds[i] * 1000;
		return;
	}
}

static struct rates work_out(const struct look *before, const struct look *now)
{
	double s = (double)(now->at_us - before->at_us) / 1e6;
	struct rates out = {
		.calls = (double)(now->calls_total - before->calls_total) / s,
		.refused = (double)(now->refused - before->refused) / s,
		.received = (double)(now->received - before->received) / s,
		.sent = (double)(now->sent - before->sent) / s,
		.lost = (double)(now->lost - before->lost) / s,
		.cpu_percent = (now->cpu_s - before->cpu_s) / s * 100,
	};

	work_out_lateness(before, now, &out);
	return out;
}

static const char *late_text(const struct rates *rates, char out[RATE_SIZE])
{
	if (rates->late_ms < 0)
		snprintf(out, RATE_SIZE, "-");
	else
		snprintf(out, RATE_SIZE, "%s%.2f", rates->late_and_more ? ">" : "", rates->late_ms);
	return out;
}

static json_t *rates_json(const struct look *now, const struct rates *rates)
{
	json_t *out =
	    json_pack("{s:I,s:I,s:f,s:f,s:f,s:f,s:f,s:f}", "time", (json_int_t)clock_utc_ms(), "calls",
		      (json_int_t)now->calls, "calls_per_second", rates->calls, "refused_per_second",
		      rates->refused, "packets_in_per_second", rates->received, "packets_out_per_second",
		      rates->sent, "lost_per_second", rates->lost, "cpu_percent", rates->cpu_percent);

	if (rates->late_ms >= 0)
		json_object_set_new(out, "tick_late_p99_ms", json_real(rates->late_ms));
	return out;
}

/* A line of watch. */
static void print_line(const struct look *now, const struct rates *rates, unsigned line)
{
	char time[FORMAT_SIZE], late[RATE_SIZE];

	if (line % TITLES_EVERY == 0)
		printf("%s%-12s %7s %8s %9s %10s %10s %7s %6s %8s%s\n", style(STYLE_BOLD, stdout), "TIME",
		       "CALLS", "CALLS/S", "REFUSED/S", "PACKETS/S", "SENT/S", "LOST/S", "CPU %", "LATE MS",
		       style(STYLE_PLAIN, stdout));
	printf("%-12s %7" PRId64 " %8.1f %9.1f %10.0f %10.0f %7.1f %6.1f %8s\n",
	       format_time(clock_utc_ms(), time), now->calls, rates->calls, rates->refused, rates->received,
	       rates->sent, rates->lost, rates->cpu_percent, late_text(rates, late));
	fflush(stdout);
}

/* Trunks by state: "2 up, 1 down". */
static void print_trunks(const json_t *states)
{
	size_t all = json_array_size(states), up = 0, i;
	const json_t *one;

	json_array_foreach(states, i, one) up += strcmp(format_member(one, "state"), "up") == 0;
	printf("trunks   %s%zu of %zu up%s", style(up < all ? STYLE_BAD : STYLE_PLAIN, stdout), up, all,
	       style(STYLE_PLAIN, stdout));
}

static void print_summary(const json_t *metrics, const struct look *now, const struct rates *rates)
{
	const json_t *status = json_object_get(metrics, "status");
	char uptime[FORMAT_SIZE], memory[FORMAT_SIZE], late[RATE_SIZE], time[FORMAT_SIZE];

	printf("%soffhookd %s%s, up %s, %s%s\n", style(STYLE_BOLD, stdout), format_member(status, "version"),
	       style(STYLE_PLAIN, stdout),
	       format_span(format_member_int(status, "uptime_s", 0) * 1000, uptime),
	       format_time(clock_utc_ms(), time),
	       json_is_true(json_object_get(status, "draining")) ? ", draining: takes no new call" : "");
	printf("calls    %s%" PRId64 "%s of at most %" PRId64 ", %.1f a second, %s%.1f refused a second%s\n",
	       style(STYLE_BOLD, stdout), now->calls, style(STYLE_PLAIN, stdout),
	       format_member_int(status, "max_calls", 0), rates->calls,
	       style(rates->refused > 0 ? STYLE_BAD : STYLE_PLAIN, stdout), rates->refused,
	       style(STYLE_PLAIN, stdout));
	printf("packets  %.0f received, %.0f sent a second, %s%.1f lost a second%s\n", rates->received,
	       rates->sent, style(rates->lost > rates->received / 100 ? STYLE_WARNING : STYLE_PLAIN, stdout),
	       rates->lost, style(STYLE_PLAIN, stdout));
	printf("load     %.1f %% of a core, memory %s, audio at most %s ms late (99 %%)\n",
	       rates->cpu_percent, format_bytes(format_member_int(status, "rss_kb", 0) * 1024, memory),
	       late_text(rates, late));
	print_trunks(json_object_get(metrics, "trunk_states"));
	printf(", phones %" PRId64 "\n\n", format_member_int(status, "registrations", 0));
}

/* How many calls there is room for below the summary; all of them where the output is no terminal. */
static size_t room(void)
{
	struct winsize size = { 0 };

	if (!isatty(STDOUT_FILENO))
		return LIST_MAX;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row == 0)
		size.ws_row = LINES;
	return size.ws_row > LINES_ABOVE ? size.ws_row - LINES_ABOVE : 1;
}

/* The screen of top. Returns an exit code. */
static int print_screen(struct ctl *ctl, const json_t *metrics, const struct look *now,
			const struct rates *rates)
{
	json_t *result = NULL;
	int code = now->calls > LIST_MAX ? CTL_OK : ctl_request(ctl, "call.list", NULL, &result);

	if (code)
		return code;
	if (isatty(STDOUT_FILENO))
		fputs("\033[H\033[2J", stdout);
	print_summary(metrics, now, rates);
	if (result)
		code = command_print_calls(json_object_get(result, "calls"), room());
	else
		printf("More than %d calls: offhookctl calls lists them.\n", LIST_MAX);
	fflush(stdout);
	json_decref(result);
	return code;
}

static void wake(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ctl_stop(arg, AGAIN);
}

/* Waits. Returns AGAIN, or the exit code to end with: the user has had enough, the switch has ended. */
static int wait_for(struct ctl *ctl, int seconds)
{
	struct timeval span = { .tv_sec = seconds };
	struct event *timer = evtimer_new(ctl->base, wake, ctl);

	if (!timer)
		return CTL_REFUSED;
	evtimer_add(timer, &span);
	int code = ctl_follow(ctl);
	event_free(timer);
	return code;
}

static void handle_link(struct ctl *ctl, bool up)
{
	if (up)
		return;
	ctl_say("offhookd has ended.");
	ctl_stop(ctl, CTL_NO_CONNECTION);
}

/* [SECONDS [COUNT]]. Returns CTL_OK or CTL_USAGE. */
static int read_args(const struct ctl *ctl, int *every_s, long *count)
{
	char *end;

	*every_s = EVERY_S;
	*count = 0;
	for (int i = 0; i < ctl->arg_count; i++) {
		errno = 0;
		long value = strtol(ctl->args[i], &end, 10);

		if (errno || *end || value < 1 || (i == 0 && value > EVERY_MAX_S))
			return ctl_usage_error("\"%s\" is no number of %s", ctl->args[i],
					       i ? "times" : "seconds (1 to 3600)");
		if (i == 0)
			*every_s = (int)value;
		else
			*count = value;
	}
	return CTL_OK;
}

/* What one look prints. Returns an exit code. */
static int show(struct ctl *ctl, bool screen, const json_t *metrics, const struct look *before,
		const struct look *now, unsigned line)
{
	struct rates rates = work_out(before, now);

	if (ctl->options.json) {
		json_t *json = rates_json(now, &rates);

		json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
		puts("");
		fflush(stdout);
		json_decref(json);
		return CTL_OK;
	}
	if (screen)
		return print_screen(ctl, metrics, now, &rates);
	print_line(now, &rates, line);
	return CTL_OK;
}

static int repeat(struct ctl *ctl, bool screen)
{
	struct look before, now;
	json_t *metrics = NULL;
	long count;
	int every_s, code = read_args(ctl, &every_s, &count);

	if (!code)
		code = take_look(ctl, &before, &metrics);
	ctl->on_link = handle_link;
	for (unsigned line = 0; !code && (!count || line < (unsigned long)count); line++) {
		code = wait_for(ctl, every_s);
		if (code != AGAIN)
			break;
		json_decref(metrics);
		metrics = NULL;
		code = take_look(ctl, &now, &metrics);
		if (!code)
			code = show(ctl, screen, metrics, &before, &now, line);
		before = now;
	}
	ctl->on_link = NULL;
	json_decref(metrics);
	return code;
}

int command_top(struct ctl *ctl)
{
	return repeat(ctl, true);
}

int command_watch(struct ctl *ctl)
{
	return repeat(ctl, false);
}
