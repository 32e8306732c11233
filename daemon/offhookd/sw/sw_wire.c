/* Who is handed what, and who listens to whom. See sw_private.h. */
#include "daemon/offhookd/sw/sw_private.h"

#include "daemon/offhookd/phones/bans.h"
#include "daemon/offhookd/phones/registrar.h"
#include "daemon/offhookd/place/ours.h"
#include "daemon/offhookd/place/overload.h"
#include "lib/clock.h"
#include "lib/json_text.h"

json_t *sw_snapshot(void *arg)
{
	struct sw *sw = arg;

	return json_pack("{s:o,s:o,s:o,s:o}", "calls", calls_list(&sw->calls), "conferences",
			 conference_list(&sw->conferences), "registrations", registrar_list(&sw->phones),
			 "trunks", trunk_list(sw->trunks));
}

/* ---- what calls tell ---- */

static void count_for_trunk(const char *trunk, int by, void *arg)
{
	struct sw *sw = arg;

	trunk_count_call(sw->trunks, trunk, by);
}

/* The journal keeps the last that is known of each call that lives or is recorded: after the next start that
 * is all there is to say what became of both (see sw_lost.c). */
static void publish(const struct call *call, const char *method, const struct json_text *members, void *arg)
{
	struct sw *sw = arg;
	bool over = call_is_over(call) && !call_find_recording(call, NULL);

	control_events_publish_text(sw->events, method, members->text, members->length, call->id, over);
}

static void keep_dialog(const struct call *call, const char *sip_call_id, void *arg)
{
	struct sw *sw = arg;
	const struct conf_trunk *trunk = call->trunk ? conf_trunk_by_name(sw->conf, call->trunk) : NULL;
	struct trace_link link = { .call = call->id,
				   .parent = call->parent_id,
				   .sip_call_id = sip_call_id,
				   .direction = call_direction_name(call->direction),
				   .from = call->from,
				   .to = call->to,
				   .user = call->user,
				   .trunk = call->trunk,
				   .number = call->number,
				   .line = trunk ? trunk->username : call->user };

	trace_link(sw->trace, &link);
}

struct kept_headers {
	struct sw *sw;
	const struct call *call;
};

static void keep_run(const struct media_header_run *run, void *arg)
{
	const struct kept_headers *kept = arg;

	trace_rtp(kept->sw->trace, kept->call->id, run);
}

static void keep_headers(const struct call *call, const struct media_headers *headers, void *arg)
{
	struct kept_headers kept = { arg, call };

	media_headers_each(headers, keep_run, &kept);
}

static void listen_to_calls(struct sw *sw)
{
	money_init(&sw->money);
	sw->to_trunks = (struct call_listener){ .trunk = count_for_trunk, .arg = sw };
	sw->to_events = (struct call_listener){
		.event = publish, .dialog = keep_dialog, .headers = keep_headers, .arg = sw
	};
	sw->to_us = (struct call_listener){ .gone = sw_call_gone, .arg = sw };
	calls_listen(&sw->calls, &sw->money.listener);
	calls_listen(&sw->calls, &sw->to_trunks);
	calls_listen(&sw->calls, &sw->to_events);
	calls_listen(&sw->calls, &sw->to_us);
}

/* ---- what the parts ask ---- */

static void on_binding(const char *user, void *arg)
{
	struct sw *sw = arg;

	trunk_on_binding(sw->trunks, user);
}

static bool is_ours(const char *host, void *arg)
{
	struct sw *sw = arg;

	return ours_host(&sw->place, host, NULL);
}

static void on_refused(const char *sip_call_id, int code, const char *why, void *arg)
{
	struct sw *sw = arg;

	trace_refuse(sw->trace, sip_call_id, code, why);
}

static bool has_programs(void *arg)
{
	const struct sw *sw = arg;

	return control_events_subscribers(sw->events) > 0;
}

static int reload(json_t **needs_restart, struct conf_errors *errors, void *arg)
{
	return sw_reload(arg, needs_restart, errors);
}

static void end(bool drain, void *arg)
{
	sw_shutdown(arg, drain);
}

static int drain(bool on, void *arg)
{
	return sw_drain(arg, on);
}

static void hand_out_conf(struct sw *sw)
{
	sw->calls.conf = sw->money.conf = sw->conferences.conf = sw->place.conf = sw->methods.conf = sw->conf;
}

void sw_wire(struct sw *sw)
{
	struct place *place = &sw->place;
	struct methods *m = &sw->methods;

	hand_out_conf(sw);
	sw->calls.base = sw->conferences.base = sw->phones.base = sw->money.base = place->base = sw->base;
	sw->phones.conf = sw->conf;
	sw->phones.events = sw->conferences.events = m->events = sw->events;
	sw->phones.changed = on_binding;
	sw->phones.is_ours = is_ours;
	place->calls = m->calls = &sw->calls;
	place->phones = m->phones = &sw->phones;
	place->money = m->money = &sw->money;
	place->conferences = m->conferences = &sw->conferences;
	place->has_programs = has_programs;
	place->refused_h = on_refused;
	place->max_sessions = sw_max_sessions(sw->conf);
	overload_begin(place);
	m->place = place;
	m->started = clock_utc_ms();
	m->reload = reload;
	m->end = end;
	m->drain = drain;
	sw->phones.arg = place->arg = m->arg = sw;
	listen_to_calls(sw);
}

struct trace_limits sw_trace_limits(const struct conf *conf)
{
	return (struct trace_limits){ .size = conf->trace.size,
				      .keep_s = conf->trace.keep_s,
				      .hep_host = conf->trace.hep_host,
				      .hep_port = conf->trace.hep_port,
				      .hep_node = conf->trace.hep_id };
}

void sw_wire_conf(struct sw *sw)
{
	struct trace_limits trace = sw_trace_limits(sw->conf);

	hand_out_conf(sw);
	trunk_table_reload(sw->trunks, sw->conf);
	bans_reloaded(sw->phones.bans, sw->conf);
	registrar_reloaded(&sw->phones, sw->conf);
	streams_set_conf(sw->streams, sw->conf);
	trace_set_limits(sw->trace, &trace);
}
