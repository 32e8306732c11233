/* switch.* and the lists. */
#include "daemon/offhookd/methods/methods.h"

#include "daemon/offhookd/control/events.h"
#include "daemon/offhookd/phones/bans.h"
#include "daemon/offhookd/phones/registrar.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "lib/clock.h"
#include "lib/control_frame.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

static long resident_kb(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long pages = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%*d %ld", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* How the RTP engine keeps up. */
static json_t *media_load(const struct media_engine *media)
{
	struct media_load load;

	media_engine_get_load(media, &load);
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:{s:I,s:I,s:I}}", "workers", (json_int_t)load.workers,
			 "sessions", (json_int_t)load.sessions, "rooms", (json_int_t)load.rooms, "ticks",
			 (json_int_t)load.ticks, "ticks_skipped", (json_int_t)load.ticks_skipped,
			 "events_lost", (json_int_t)load.events_lost, "tick_late_us", "p50",
			 (json_int_t)load.late_p50_us, "p99", (json_int_t)load.late_p99_us, "max",
			 (json_int_t)load.late_max_us);
}

static void add_connections(json_t *out, struct ua *ua)
{
	struct ua_connection_stats stats;

	ua_count_connections(ua, &stats);
	json_object_set_new(out, "connections", json_integer((json_int_t)stats.count));
	json_object_set_new(out, "connections_total", json_integer((json_int_t)stats.total));
	json_object_set_new(out, "connections_refused", json_integer((json_int_t)stats.refused));
	json_object_set_new(out, "connections_given_up", json_integer((json_int_t)stats.given_up));
}

static void status(struct control_request *request, const json_t *params, void *arg)
{
	struct sw *sw = arg;
	int64_t now = clock_utc_ms();
	struct control_server_stats control;
	struct control_events_stats events;
	json_t *out = json_pack(
	    "{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:b,s:I}", "version", PACKAGE_VERSION, "switch",
	    control_events_switch_id(sw->events), "started", (json_int_t)sw->started, "uptime_s",
	    (json_int_t)((now - sw->started) / 1000), "calls", (json_int_t)sw->call_count, "calls_total",
	    (json_int_t)sw->calls_total, "max_calls", (json_int_t)sw->conf->sip.max_calls, "calls_refused",
	    (json_int_t)sw->refused_total, "registrations", (json_int_t)registrar_count(sw), "trunks",
	    (json_int_t)sw->conf->trunk_count, "seq", (json_int_t)control_events_seq(sw->events), "draining",
	    (int)sw->draining, "rss_kb", (json_int_t)resident_kb());

	(void)params;
	control_server_stats(sw->control, &control);
	control_events_stats(sw->events, &events);
	json_object_set_new(out, "media_sessions",
			    json_integer((json_int_t)media_engine_sessions(sw->media)));
	json_object_set_new(out, "media", media_load(sw->media));
	json_object_set_new(out, "sip_dialogs", json_integer((json_int_t)ua_call_count(sw->ua)));
	json_object_set_new(out, "clients", json_integer((json_int_t)control.peers));
	json_object_set_new(out, "clients_cut_off", json_integer((json_int_t)control.cut_off));
	json_object_set_new(out, "journal_bytes", json_integer((json_int_t)events.journal_bytes));
	json_object_set_new(out, "journal_dropped", json_integer((json_int_t)events.journal_dropped));
	add_connections(out, sw->ua);
	bans_status(sw->bans, out);
	control_reply(request, out);
}

static void reload(struct control_request *request, const json_t *params, void *arg)
{
	struct conf_errors errors = { 0 };
	json_t *needs_restart = NULL;

	(void)params;
	if (sw_reload(arg, &needs_restart, &errors)) {
		json_t *lines = json_array();

		for (size_t i = 0; i < errors.count; i++)
			json_array_append_new(lines, json_string(errors.lines[i]));
		control_reply_error(request, CONTROL_INVALID_PARAMS,
				    "The conf has errors; nothing was changed.",
				    json_pack("{s:o}", "errors", lines));
	} else {
		control_reply(request,
			      json_pack("{s:b,s:o?}", "reloaded", 1, "needs_restart", needs_restart));
	}
	conf_errors_free(&errors);
}

static void shutdown_method(struct control_request *request, const json_t *params, void *arg)
{
	bool drain = false;
	struct json_get g;

	if (params) {
		json_get_init(&g, params);
		json_get_bool(&g, "drain", false, &drain);
		if (!methods_params_ok(request, &g))
			return;
	}
	control_reply(request, json_pack("{s:b}", "draining", (int)drain));
	sw_shutdown(arg, drain);
}

static void registrations(struct control_request *request, const json_t *params, void *arg)
{
	(void)params;
	control_reply(request, json_pack("{s:o}", "registrations", registrar_list(arg)));
}

static void users(struct control_request *request, const json_t *params, void *arg)
{
	(void)params;
	control_reply(request, json_pack("{s:o}", "users", registrar_users(arg)));
}

static void trunks(struct control_request *request, const json_t *params, void *arg)
{
	(void)params;
	control_reply(request, json_pack("{s:o}", "trunks", trunk_list(arg)));
}

static void subscribe(struct control_request *request, const json_t *params, void *arg)
{
	control_events_subscribe(((struct sw *)arg)->events, request, params);
}

static void ack(struct control_request *request, const json_t *params, void *arg)
{
	control_events_ack(((struct sw *)arg)->events, request, params);
}

const struct control_method switch_methods[] = {
	{ "switch.status", status },
	{ "switch.reload", reload },
	{ "switch.shutdown", shutdown_method },
	{ "events.subscribe", subscribe },
	{ "events.ack", ack },
	{ "bans.list", bans_method_list },
	{ "bans.lift", bans_method_lift },
	{ "registration.list", registrations },
	{ "user.list", users },
	{ "trunk.list", trunks },
};
const size_t switch_method_count = sizeof switch_methods / sizeof switch_methods[0];
