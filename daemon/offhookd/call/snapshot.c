/* A call as JSON: doc/control-protocol.md, "A call". Events are the busiest thing that the switch writes, so
 * this is written as text; where a tree is wanted, the text is read. */
#include "daemon/offhookd/call/call.h"
#include "daemon/offhookd/call/machine.h"
#include "daemon/offhookd/call/far_view.h"
#include "daemon/offhookd/call/story.h"
#include "daemon/offhookd/call/whereabouts.h"
#include "lib/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_time(struct json_text *out, const char *name, int64_t ms)
{
	if (ms)
		json_text_int(out, name, ms);
}

static void write_flag(struct json_text *out, const char *name, bool value)
{
	if (value)
		json_text_bool(out, name, true);
}

static void write_ending(struct json_text *out, const struct call *call)
{
	if (!call->ended)
		return;
	json_text_int(out, "ended", call->ended);
	json_text_int(out, "duration_ms", call->answered ? call->ended - call->answered : 0);
	json_text_string(out, "ended_by", call_ender_name(call->ended_by));
	if (call->sip_code)
		json_text_int(out, "sip_code", call->sip_code);
	if (call->q850)
		json_text_int(out, "q850", call->q850);
	json_text_string(out, "reason", call->reason);
}

static void write_recording(struct json_text *out, const struct recording *r)
{
	json_text_open(out, "recording");
	json_text_string(out, "id", r->id);
	json_text_string_always(out, "file", r->file);
	json_text_int(out, "channels", r->channels);
	json_text_int(out, "started", r->started);
	if (r->track)
		json_text_string(out, "track", recording_tracks[r->track]);
	if (r->paused)
		json_text_bool(out, "paused", true);
	json_text_close(out);
}

/* The first of those that run, and where there are more, which is rare, all of them. */
static void write_recordings(struct json_text *out, const struct call *call)
{
	const struct recording *first = call_find_recording(call, NULL);
	size_t count = 0;
	json_t *all;
	char *text;

	if (!first)
		return;
	write_recording(out, first);
	for (size_t i = 0; i < MEDIA_RECORDINGS_MAX; i++)
		count += call->recordings[i].started != 0;
	if (count < 2)
		return;
	all = call_recordings_json(call);
	text = json_dumps(all, JSON_COMPACT);
	if (text)
		json_text_raw(out, "recordings", text, strlen(text));
	free(text);
	json_decref(all);
}

static void write_media(struct json_text *out, const struct call *call)
{
	if (call->peer)
		json_text_string(out, "bridge", call->peer->id);
	write_recordings(out, call);
	whereabouts_write_call(out, call);
	write_flag(out, "held", call->held);
	write_flag(out, "on_hold", call->on_hold);
	write_flag(out, "muted", call->muted);
	write_flag(out, "deaf", call->deaf);
	if (call->negotiated && call->stream.codec)
		json_text_string(out, "codec", call->stream.codec->name);
	json_text_string(out, "srtp", media_srtp_name(call->stream.srtp.suite));
	write_flag(out, "srtp_in_clear", call->stream.srtp.suite && call->in_clear);
}

static void write_headers(struct json_text *out, json_t *headers)
{
	char *text = json_object_size(headers) ? json_dumps(headers, JSON_COMPACT) : NULL;

	if (text)
		json_text_raw(out, "headers", text, strlen(text));
	free(text);
}

static void write_call(struct json_text *out, const struct call *call)
{
	json_text_string(out, "id", call->id);
	json_text_string(out, "parent_call_id", call->parent_id);
	json_text_string(out, "account", call->account);
	json_text_string(out, "direction", call_direction_name(call->direction));
	json_text_string(out, "status", call_status_name(call->status));
	json_text_string_always(out, "from", call->from);
	json_text_string_always(out, "to", call->to);
	json_text_string(out, "from_name", call->from_name);
	json_text_string(out, "user", call->user);
	json_text_string(out, "trunk", call->trunk);
	json_text_string(out, "number", call->number);
	json_text_int(out, "created", call->created);
	write_time(out, "ringing", call->ringing);
	write_time(out, "answered", call->answered);
	write_ending(out, call);
	story_write(out, call);
	call_write_machine(call, out);
	call_write_owners(call, out);
	write_media(out, call);
	json_text_string(out, "source", call->source);
	json_text_string(out, "sip_call_id", call->sip_call_id);
	write_headers(out, call->headers);
	json_text_string(out, "tag", call->tag);
}

/* {"call":{…}} without the outer braces, in a buffer that is used again. */
static struct json_text *write_event(const struct call *call)
{
	static struct json_text buffer; /* main thread; lives as long as the process */

	json_text_reset(&buffer);
	json_text_open(&buffer, "call");
	write_call(&buffer, call);
	json_text_close(&buffer);
	return &buffer;
}

json_t *call_snapshot(const struct call *call)
{
	static const size_t name = sizeof "\"call\":" - 1;
	struct json_text *text = write_event(call);

	return json_text_end(text) ? NULL : json_loadb(text->text + name, text->length - name, 0, NULL);
}

static void publish(const struct call *call, const char *method, struct json_text *text)
{
	if (json_text_end(text))
		return;
	for (const struct call_listener *l = call->calls->listeners; l; l = l->next)
		if (l->event)
			l->event(call, method, text, l->arg);
}

void call_publish(struct call *call, const char *method, json_t *more)
{
	struct json_text *text = write_event(call);
	char *inner = more ? json_dumps(more, JSON_TEXT_FLAGS) : NULL;

	if (inner)
		json_text_members(text, inner + 1, strlen(inner) - 2);
	free(inner);
	json_decref(more);
	publish(call, method, text);
}

void call_publish_state(struct call *call)
{
	for (struct call_listener *l = call->calls->listeners; l; l = l->next)
		if (l->state)
			l->state(call, l->arg);
	call_publish(call, "call.state", NULL);
}

void call_tell_trunk(const struct call *call, int by)
{
	for (struct call_listener *l = call->calls->listeners; call->trunk && l; l = l->next)
		if (l->trunk)
			l->trunk(call->trunk, by, l->arg);
}

void call_tell_changed(struct call *call)
{
	for (struct call_listener *l = call->calls->listeners; l; l = l->next)
		if (l->changed)
			l->changed(call, l->arg);
}

void call_tell_dialog(const struct call *call, const char *sip_call_id)
{
	for (struct call_listener *l = call->calls->listeners; l; l = l->next)
		if (l->dialog)
			l->dialog(call, sip_call_id, l->arg);
}

/* ---- statistics ---- */

static void write_span(struct json_text *out, const char *name, uint32_t min, uint32_t mean, uint32_t max)
{
	json_text_open(out, name);
	json_text_milli(out, "min", min / 1000.0);
	json_text_milli(out, "mean", mean / 1000.0);
	json_text_milli(out, "max", max / 1000.0);
	json_text_close(out);
}

static void write_stats(struct json_text *out, const struct media_stats *s)
{
	json_text_open(out, "stats");
	json_text_int(out, "rx_packets", (int64_t)s->rx_packets);
	json_text_int(out, "rx_bytes", (int64_t)s->rx_bytes);
	json_text_int(out, "tx_packets", (int64_t)s->tx_packets);
	json_text_int(out, "tx_bytes", (int64_t)s->tx_bytes);
	json_text_int(out, "rx_lost", (int64_t)s->rx_lost);
	json_text_int(out, "rx_late", (int64_t)s->rx_late);
	json_text_int(out, "rx_duplicate", (int64_t)s->rx_duplicate);
	json_text_int(out, "rx_foreign", (int64_t)s->rx_foreign);
	json_text_int(out, "rx_malformed", (int64_t)s->rx_malformed);
	json_text_int(out, "far_lost", (int64_t)s->far_lost);
	json_text_int(out, "rx_concealed_ms", (int64_t)s->rx_concealed_ms);
	json_text_int(out, "rx_digit_packets", (int64_t)s->rx_digit_packets);
	json_text_int(out, "tx_digit_packets", (int64_t)s->tx_digit_packets);
	json_text_int(out, "rx_flushed", (int64_t)s->rx_flushed);
	json_text_int(out, "rx_skipped", (int64_t)s->rx_skipped);
	json_text_milli(out, "rx_ptime_ms", s->rx_ptime_us / 1000.0);
	json_text_int(out, "rx_unauthentic", (int64_t)s->rx_unauthentic);
	json_text_int(out, "rx_replayed", (int64_t)s->rx_replayed);
	write_span(out, "jitter_ms", s->jitter_min_us, s->jitter_mean_us, s->jitter_max_us);
	write_span(out, "far_jitter_ms", s->far_jitter_min_us, s->far_jitter_mean_us, s->far_jitter_max_us);
	write_span(out, "buffer_ms", s->buffer_min_ms * 1000, s->buffer_mean_ms * 1000,
		   s->buffer_max_ms * 1000);
	write_span(out, "rtt_ms", s->rtt_min_us, s->rtt_mean_us, s->rtt_max_us);
	json_text_milli(out, "mos_in", (double)s->mos_in);
	json_text_milli(out, "mos_out", (double)s->mos_out);
	json_text_string(out, "codec", s->codec);
	json_text_int(out, "ptime_ms", s->ptime_ms);
	if (s->late_ticks)
		json_text_int(out, "late_ticks", (int64_t)s->late_ticks);
	whereabouts_write(out, &s->said, &s->from, &s->to);
	far_view_write(out, &s->far);
	json_text_close(out);
}

/* [[packets_in, lost_in, late_in, concealed_ms, jitter_in, jitter_out, rtt_ms, buffer_ms, loss_out_percent,
 * mos_in, mos_out], …] */
static void write_seconds(struct json_text *out, const struct media_second *seconds, size_t count)
{
	char row[128];

	json_text_array_open(out, "seconds");
	for (size_t i = 0; i < count; i++) {
		const struct media_second *s = &seconds[i];
		int n = snprintf(row, sizeof row, "[%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u]", s->packets_in,
				 s->lost_in, s->late_in, s->concealed_ms, s->jitter_in, s->jitter_out,
				 s->rtt_ms, s->buffer_ms, s->loss_out_percent, s->mos_in, s->mos_out);

		json_text_element(out, row, (size_t)n);
	}
	json_text_array_close(out);
}

void call_publish_quality(struct call *call, const struct media_event *e)
{
	struct json_text *text = write_event(call);

	json_text_bool(text, "final", true);
	write_stats(text, e->stats);
	json_text_int(text, "second_length_s", e->second_length_s);
	write_seconds(text, e->seconds, e->second_count);
	publish(call, "call.quality", text);
}

json_t *call_stats_json(const struct media_stats *stats)
{
	static const size_t name = sizeof "\"stats\":" - 1;
	struct json_text text = { 0 };
	json_t *out;

	write_stats(&text, stats);
	out = json_text_end(&text) ? NULL : json_loadb(text.text + name, text.length - name, 0, NULL);
	json_text_free(&text);
	return out;
}
