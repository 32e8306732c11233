#include "daemon/api/metrics/of_switch.h"

#include "daemon/api/metrics/metrics_text.h"
#include "lib/process.h"

#include <string.h>

/* One number of an object, as a family of one sample. `scale` makes seconds of milliseconds. */
struct figure {
	const char *key, *name, *type, *help;
	double scale;
};

static void write_figures(struct evbuffer *out, const json_t *object, const struct figure *figures)
{
	for (const struct figure *f = figures; f->key; f++) {
		const json_t *value = json_object_get(object, f->key);

		if (json_is_number(value))
			metrics_one(out, f->name, f->type, f->help, json_number_value(value) * f->scale);
	}
}

static const struct figure status_figures[] = {
	{ "calls_total", "offhook_calls_started_total", "counter", "Calls (legs) that began.", 1 },
	{ "calls_refused", "offhook_calls_refused_total", "counter",
	  "Calls that a limit or an overload refused.", 1 },
	{ "max_calls", "offhook_calls_limit", "gauge", "Calls that there may be at a time (max-calls).", 1 },
	{ "overload_refused", "offhook_overload_refused_total", "counter",
	  "SIP requests that were turned away by overload or limits.", 1 },
	{ "delay_ms", "offhook_sip_delay_seconds", "gauge",
	  "How long SIP messages wait before they are worked on.", 0.001 },
	{ "registrations", "offhook_registrations", "gauge", "Contacts that are registered.", 1 },
	{ "registrations_failed", "offhook_registrations_failed_total", "counter",
	  "Registrations that were refused.", 1 },
	{ "bans", "offhook_bans", "gauge", "Addresses that are banned.", 1 },
	{ "bans_total", "offhook_bans_total", "counter", "Bans of addresses.", 1 },
	{ "banned_messages", "offhook_banned_messages_total", "counter", "SIP messages of banned addresses.",
	  1 },
	{ "limited_messages", "offhook_limited_messages_total", "counter",
	  "SIP messages beyond the rate that a source may send at.", 1 },
	{ "sip_dialogs", "offhook_sip_dialogs", "gauge", "SIP dialogs.", 1 },
	{ "connections", "offhook_sip_connections", "gauge", "SIP connections over TCP and TLS.", 1 },
	{ "connections_refused", "offhook_sip_connections_refused_total", "counter",
	  "SIP connections that were refused.", 1 },
	{ "media_sessions", "offhook_media_sessions", "gauge", "Media sessions: two RTP ports each.", 1 },
	{ "clients", "offhook_control_clients", "gauge", "Clients of the control socket.", 1 },
	{ "clients_cut_off", "offhook_control_clients_cut_off_total", "counter",
	  "Clients of the control socket that did not read.", 1 },
	{ "journal_bytes", "offhook_journal_bytes", "gauge", "Events that are not safe elsewhere yet.", 1 },
	{ "journal_dropped", "offhook_journal_dropped_total", "counter", "Events that the journal lost.", 1 },
	{ "seq", "offhook_events_total", "counter", "Events of the switch.", 1 },
	{ "draining", "offhook_draining", "gauge", "1: no new calls are taken.", 1 },
	{ NULL, NULL, NULL, NULL, 0 },
};

static const struct figure media_figures[] = {
	{ "workers", "offhook_media_workers", "gauge", "Threads for media.", 1 },
	{ "rooms", "offhook_media_rooms", "gauge", "Conferences that are mixed.", 1 },
	{ "ticks_skipped", "offhook_media_ticks_skipped_total", "counter",
	  "Ticks of 20 ms that were left out, because the machine stood still.", 1 },
	{ "events_lost", "offhook_media_events_lost_total", "counter", "What media could not tell in time.",
	  1 },
	{ NULL, NULL, NULL, NULL, 0 },
};

static const struct figure packet_figures[] = {
	{ "received", "offhook_rtp_packets_received_total", "counter", "RTP packets that came.", 1 },
	{ "sent", "offhook_rtp_packets_sent_total", "counter", "RTP packets that were sent.", 1 },
	{ "lost", "offhook_rtp_packets_lost_total", "counter", "RTP packets that did not come.", 1 },
	{ "late", "offhook_rtp_packets_late_total", "counter", "RTP packets that came too late to be heard.",
	  1 },
	{ "concealed_ms", "offhook_rtp_concealed_seconds_total", "counter",
	  "Audio that was made up in place of what was lost or late.", 0.001 },
	{ NULL, NULL, NULL, NULL, 0 },
};

static const struct figure stream_figures[] = {
	{ "active", "offhook_streams", "gauge", "Media streams to programs.", 1 },
	{ "begun", "offhook_streams_started_total", "counter", "Media streams that began.", 1 },
	{ "failed", "offhook_streams_failed_total", "counter", "Media streams that ended with an error.", 1 },
	{ "sent_bytes", "offhook_streams_sent_bytes_total", "counter", "Sent by streams that have ended.",
	  1 },
	{ "received_bytes", "offhook_streams_received_bytes_total", "counter",
	  "Received by streams that have ended.", 1 },
	{ "dropped_ms", "offhook_streams_dropped_seconds_total", "counter",
	  "Audio that programs did not take in time, of streams that have ended.", 0.001 },
	{ "unplayed_ms", "offhook_streams_unplayed_seconds_total", "counter",
	  "Audio of programs for which there was no room, of streams that have ended.", 0.001 },
	{ NULL, NULL, NULL, NULL, 0 },
};

static const struct figure control_figures[] = {
	{ "control_requests", "offhook_control_requests_total", "counter", "Requests on the control socket.",
	  1 },
	{ "control_errors", "offhook_control_errors_total", "counter",
	  "Requests on the control socket that were answered with an error.", 1 },
	{ NULL, NULL, NULL, NULL, 0 },
};

static const char *text(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

/* A family with a sample for each row: its number `key`, with these texts of it as labels. */
struct table {
	const char *name, *type, *help, *key;
	const char *labels[METRICS_LABELS_MAX + 1]; /* ends with NULL */
	double scale;
};

static void read_labels(const json_t *row, const struct table *t,
			struct metrics_label out[METRICS_LABELS_MAX + 1])
{
	size_t i = 0;

	for (; t->labels[i] && i < METRICS_LABELS_MAX; i++)
		out[i] = (struct metrics_label){ t->labels[i], text(row, t->labels[i]) };
	out[i] = (struct metrics_label){ NULL, NULL };
}

static void write_table(struct evbuffer *out, const json_t *rows, const struct table *t)
{
	struct metrics_label labels[METRICS_LABELS_MAX + 1];
	const json_t *row;
	size_t i;

	metrics_family(out, t->name, t->type, t->help);
	json_array_foreach((json_t *)rows, i, row)
	{
		const json_t *value = json_object_get(row, t->key);

		read_labels(row, t, labels);
		if (json_is_object(value))
			metrics_histogram_json(out, t->name, labels, value);
		else if (json_is_number(value))
			metrics_sample(out, t->name, labels, json_number_value(value) * t->scale);
	}
}

static void write_ends(struct evbuffer *out, const json_t *rows)
{
	const json_t *row, *count;
	const char *status;
	size_t i;

	metrics_family(out, "offhook_calls_ended_total", "counter",
		       "Calls that ended, by their final status.");
	json_array_foreach((json_t *)rows, i, row)
	{
		json_object_foreach(json_object_get(row, "ended"), status, count)
		{
			const struct metrics_label labels[] = { { "account", text(row, "account") },
								{ "trunk", text(row, "trunk") },
								{ "direction", text(row, "direction") },
								{ "status", status },
								{ NULL, NULL } };

			metrics_sample(out, "offhook_calls_ended_total", labels, json_number_value(count));
		}
	}
}

static void write_causes(struct evbuffer *out, const json_t *rows)
{
	static const char name[] = "offhook_call_end_causes_total";
	const json_t *row;
	size_t i;

	metrics_family(out, name, "counter", "Calls that ended, by Q.850 cause and by who ended them.");
	json_array_foreach((json_t *)rows, i, row)
	{
		char cause[16];
		const struct metrics_label labels[] = { { "trunk", text(row, "trunk") },
							{ "cause", cause },
							{ "ended_by", text(row, "ended_by") },
							{ NULL, NULL } };

		snprintf(cause, sizeof cause, "%d", (int)json_integer_value(json_object_get(row, "cause")));
		metrics_sample(out, name, labels, json_number_value(json_object_get(row, "calls")));
	}
}

static void write_trunk_states(struct evbuffer *out, const json_t *rows)
{
	const json_t *row;
	size_t i;

	metrics_family(out, "offhook_trunk_up", "gauge", "1: calls can go through the trunk.");
	json_array_foreach((json_t *)rows, i, row)
	{
		const struct metrics_label labels[] = { { "trunk", text(row, "name") }, { NULL, NULL } };
		const char *state = text(row, "state");

		metrics_sample(out, "offhook_trunk_up", labels, state && strcmp(state, "up") == 0);
	}
}

static const struct table live_table = { "offhook_calls",
					 "gauge",
					 "Live calls (legs).",
					 "calls",
					 { "account", "trunk", "direction", "status", NULL },
					 1 };

static const struct table ended_tables[] = {
	{ "offhook_calls_answered_total",
	  "counter",
	  "Calls that were answered.",
	  "answered",
	  { "account", "trunk", "direction", NULL },
	  1 },
	{ "offhook_call_talk_seconds_total",
	  "counter",
	  "How long calls that have ended lasted since their answers.",
	  "talk_ms",
	  { "account", "trunk", "direction", NULL },
	  0.001 },
};

static const struct table trunk_tables[] = {
	{ "offhook_call_setup_seconds",
	  "histogram",
	  "From the beginning of a call to its answer.",
	  "setup_s",
	  { "trunk", "direction", NULL },
	  1 },
	{ "offhook_call_post_dial_delay_seconds",
	  "histogram",
	  "From the beginning of an outbound call until its far end rings or answers.",
	  "post_dial_delay_s",
	  { "trunk", "direction", NULL },
	  1 },
	{ "offhook_call_mos_in",
	  "histogram",
	  "Mean opinion score (G.107) of what we hear of a call, at its end.",
	  "mos_in",
	  { "trunk", "direction", NULL },
	  1 },
	{ "offhook_call_mos_out",
	  "histogram",
	  "Mean opinion score (G.107) of what the far end hears, by its reports, at a call's end.",
	  "mos_out",
	  { "trunk", "direction", NULL },
	  1 },
};

void metrics_of_switch(struct evbuffer *out, const json_t *said)
{
	const json_t *status = json_object_get(said, "status"), *ended = json_object_get(said, "ended");

	write_figures(out, status, status_figures);
	write_figures(out, json_object_get(status, "media"), media_figures);
	write_figures(out, json_object_get(said, "packets"), packet_figures);
	write_figures(out, json_object_get(said, "streams"), stream_figures);
	write_figures(out, said, control_figures);
	write_table(out, json_object_get(said, "live"), &live_table);
	write_ends(out, ended);
	for (size_t i = 0; i < sizeof ended_tables / sizeof *ended_tables; i++)
		write_table(out, ended, &ended_tables[i]);
	for (size_t i = 0; i < sizeof trunk_tables / sizeof *trunk_tables; i++)
		write_table(out, json_object_get(said, "trunks"), &trunk_tables[i]);
	write_causes(out, json_object_get(said, "causes"));
	write_trunk_states(out, json_object_get(said, "trunk_states"));
	metrics_family(out, "offhook_media_tick_late_seconds", "histogram", "How late ticks of media were.");
	metrics_histogram_json(out, "offhook_media_tick_late_seconds", NULL,
			       json_object_get(said, "tick_late_s"));
}

static const struct figure process_figures[] = {
	{ "cpu_s", "offhook_process_cpu_seconds_total", "counter", "CPU time, user and system.", 1 },
	{ "resident_bytes", "offhook_process_resident_memory_bytes", "gauge", "Memory that is resident.", 1 },
	{ "virtual_bytes", "offhook_process_virtual_memory_bytes", "gauge", "Memory that is mapped.", 1 },
	{ "threads", "offhook_process_threads", "gauge", "Threads.", 1 },
	{ "open_fds", "offhook_process_open_fds", "gauge", "Open descriptors.", 1 },
	{ "max_fds", "offhook_process_max_fds", "gauge", "Descriptors that there may be.", 1 },
	{ "started", "offhook_process_start_time_seconds", "gauge",
	  "When the process was started, since 1970 UTC.", 1 },
	{ NULL, NULL, NULL, NULL, 0 },
};

void metrics_of_processes(struct evbuffer *out, const json_t *switch_use)
{
	static const char *const daemons[] = { "offhookd", "offhook-api" };
	json_t *own = process_json();
	const json_t *uses[] = { switch_use, own };

	for (const struct figure *f = process_figures; f->key; f++) {
		metrics_family(out, f->name, f->type, f->help);
		for (size_t i = 0; i < 2; i++) {
			const struct metrics_label labels[] = { { "daemon", daemons[i] }, { NULL, NULL } };
			const json_t *value = json_object_get(uses[i], f->key);

			if (json_is_number(value))
				metrics_sample(out, f->name, labels, json_number_value(value));
		}
	}
	json_decref(own);
}
