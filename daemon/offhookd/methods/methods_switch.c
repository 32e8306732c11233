/* switch.*, bans.* and the lists. */
#include "daemon/offhookd/methods/method.h"

#include "daemon/offhookd/control/events.h"
#include "daemon/offhookd/phones/bans.h"
#include "daemon/offhookd/phones/phones.h"
#include "daemon/offhookd/phones/registrar.h"
#include "daemon/offhookd/place/overload.h"
#include "daemon/offhookd/place/place.h"
#include "daemon/offhookd/tally/tally.h"
#include "daemon/offhookd/trace/trace.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "lib/clock.h"
#include "lib/conf_error.h"

#include <errno.h>
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

static void add_events(json_t *out, const struct methods *m)
{
	struct control_server_stats control;
	struct control_events_stats events;

	control_server_stats(m->server, &control);
	control_events_stats(m->events, &events);
	json_object_set_new(out, "clients", json_integer((json_int_t)control.peers));
	json_object_set_new(out, "clients_cut_off", json_integer((json_int_t)control.cut_off));
	json_object_set_new(out, "clients_distrusted", json_integer((json_int_t)control.distrusted));
	json_object_set_new(out, "journal_bytes", json_integer((json_int_t)events.journal_bytes));
	json_object_set_new(out, "journal_dropped", json_integer((json_int_t)events.journal_dropped));
}

static void add_trace(json_t *out, struct trace *trace)
{
	struct trace_stats stats;

	trace_stats(trace, &stats);
	json_object_set_new(out, "trace",
			    json_pack("{s:I,s:I,s:I,s:I,s:I}", "messages", (json_int_t)stats.messages, "lost",
				      (json_int_t)stats.lost, "bytes", (json_int_t)stats.bytes, "hep_sent",
				      (json_int_t)stats.hep_sent, "hep_lost", (json_int_t)stats.hep_lost));
}

json_t *methods_status(const struct methods *m)
{
	int64_t now = clock_utc_ms();
	json_t *out = json_pack(
	    "{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:b,s:I}", "version", PACKAGE_VERSION, "switch",
	    control_events_switch_id(m->events), "started", (json_int_t)m->started, "uptime_s",
	    (json_int_t)((now - m->started) / 1000), "calls", (json_int_t)m->calls->count, "calls_total",
	    (json_int_t)m->calls->total, "max_calls", (json_int_t)m->conf->sip.max_calls, "calls_refused",
	    (json_int_t)m->place->refused, "registrations", (json_int_t)registrar_count(m->phones), "trunks",
	    (json_int_t)m->conf->trunk_count, "seq", (json_int_t)control_events_seq(m->events), "draining",
	    (int)m->place->draining, "rss_kb", (json_int_t)resident_kb());

	json_object_set_new(out, "media_sessions", json_integer((json_int_t)media_engine_sessions(m->media)));
	json_object_set_new(out, "media", media_load(m->media));
	json_object_set_new(out, "sip_dialogs", json_integer((json_int_t)ua_call_count(m->ua)));
	add_trace(out, m->trace);
	add_events(out, m);
	add_connections(out, m->ua);
	bans_status(m->phones->bans, out);
	overload_status(m->place, out);
	return out;
}

void method_switch_status(struct asked *a)
{
	control_reply(a->request, methods_status(a->m));
}

void method_switch_reload(struct asked *a)
{
	struct conf_errors errors = { 0 };
	json_t *needs_restart = NULL;

	if (a->m->reload(&needs_restart, &errors, a->m->arg)) {
		json_t *lines = json_array();

		for (size_t i = 0; i < errors.count; i++)
			json_array_append_new(lines, json_string(errors.lines[i]));
		control_reply_error(a->request, CONTROL_INVALID_PARAMS,
				    "The conf has errors; nothing was changed.",
				    json_pack("{s:o}", "errors", lines));
	} else {
		control_reply(a->request,
			      json_pack("{s:b,s:o?}", "reloaded", 1, "needs_restart", needs_restart));
	}
	conf_errors_free(&errors);
}

void method_switch_drain(struct asked *a)
{
	if (a->m->drain(a->in.on, a->m->arg))
		methods_refuse(a, CONTROL_CONFLICT, "on", "The switch ends with its last call.");
	else
		control_reply(a->request, json_pack("{s:b}", "draining", a->in.on));
}

void method_switch_shutdown(struct asked *a)
{
	control_reply(a->request, json_pack("{s:b}", "draining", a->in.drain));
	a->m->end(a->in.drain, a->m->arg);
}

void method_bans_list(struct asked *a)
{
	control_reply(a->request, json_pack("{s:o}", "bans", bans_list(a->m->phones->bans)));
}

void method_bans_lift(struct asked *a)
{
	int err = bans_lift(a->m->phones->bans, a->in.address);

	if (err == EINVAL)
		methods_refuse(a, CONTROL_INVALID_PARAMS, "address", "This is no numeric address.");
	else if (err)
		methods_refuse(a, CONTROL_NOT_FOUND, NULL, "This address is not banned.");
	else
		control_reply(a->request, json_pack("{s:s}", "lifted", a->in.address));
}

void method_registration_list(struct asked *a)
{
	control_reply(a->request, json_pack("{s:o,s:o}", "registrations", registrar_list(a->m->phones),
					    "refused", registrar_refused(a->m->phones)));
}

void method_registration_remove(struct asked *a)
{
	size_t n = registrar_remove(a->m->phones, a->in.user, a->in.contact);

	if (n)
		control_reply(a->request, json_pack("{s:I}", "removed", (json_int_t)n));
	else
		methods_refuse(a, CONTROL_NOT_FOUND, NULL, "There is no such registration.");
}

void method_user_list(struct asked *a)
{
	control_reply(a->request, json_pack("{s:o}", "users", registrar_users(a->m->phones)));
}

void method_trunk_list(struct asked *a)
{
	json_t *trunks = trunk_list(a->m->trunks), *one;
	size_t i;

	json_array_foreach(trunks, i, one)
	{
		tally_add_trunk(a->m->tally, one);
	}
	control_reply(a->request, json_pack("{s:o}", "trunks", trunks));
}
