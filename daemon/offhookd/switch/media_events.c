/* What media says about calls. */
#include "daemon/offhookd/switch/sw.h"

#include "lib/log.h"
#include "lib/ref.h"

#include <stdlib.h>
#include <string.h>

static const char *end_name(enum media_end end)
{
	return end == MEDIA_END_COMPLETED ? "completed" : end == MEDIA_END_STOPPED ? "stopped" : "failed";
}

static void put_us(json_t *out, const char *name, uint32_t min, uint32_t mean, uint32_t max)
{
	json_object_set_new_nocheck(
	    out, name,
	    json_pack("{s:f,s:f,s:f}", "min", min / 1000.0, "mean", mean / 1000.0, "max", max / 1000.0));
}

json_t *stats_json(const struct media_stats *s)
{
	json_t *out = json_pack(
	    "{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:f,s:f,s:i}", "rx_packets", (json_int_t)s->rx_packets,
	    "rx_bytes", (json_int_t)s->rx_bytes, "tx_packets", (json_int_t)s->tx_packets, "tx_bytes",
	    (json_int_t)s->tx_bytes, "rx_lost", (json_int_t)s->rx_lost, "rx_late", (json_int_t)s->rx_late,
	    "rx_duplicate", (json_int_t)s->rx_duplicate, "rx_foreign", (json_int_t)s->rx_foreign,
	    "rx_malformed", (json_int_t)s->rx_malformed, "far_lost", (json_int_t)s->far_lost, "mos_in",
	    (double)s->mos_in, "mos_out", (double)s->mos_out, "ptime_ms", (int)s->ptime_ms);

	put_us(out, "jitter_ms", s->jitter_min_us, s->jitter_mean_us, s->jitter_max_us);
	put_us(out, "rtt_ms", s->rtt_min_us, s->rtt_mean_us, s->rtt_max_us);
	if (s->codec)
		json_object_set_new_nocheck(out, "codec", json_string(s->codec));
	return out;
}

static void on_record_done(struct call *call, const struct media_event *e)
{
	struct call_recording *r = &call->recording;
	bool failed = e->record.end == MEDIA_END_FAILED;
	json_t *done;

	if (!r->started || r->media_id != e->record.id)
		return;
	done = call_recording_json(call);
	json_object_set_new(done, "duration_ms", json_integer((json_int_t)e->record.duration_ms));
	json_object_set_new(done, "bytes", json_integer((json_int_t)e->record.bytes));
	json_object_set_new(done, "status", json_string(failed ? "failed" : "completed"));
	if (e->record.error)
		json_object_set_new(done, "error", json_string(e->record.error));
	log_info("call.record_done", call->id, "recording=%s duration_ms=%llu error=%s", r->id,
		 (unsigned long long)e->record.duration_ms, log_quote(e->record.error));
	r->started = 0;
	call_publish(call, "call.record_done", json_pack("{s:o}", "recording", done));
}

void call_on_digit(struct call *call, char digit, unsigned duration_ms)
{
	char text[2] = { digit, '\0' };

	if (call_is_over(call))
		return;
	call_publish(call, "call.digit",
		     json_pack("{s:s,s:i}", "digit", text, "duration_ms", (int)duration_ms));
	call_collect_digit(call, digit);
}

static void on_timeout(struct call *call)
{
	if (call_is_over(call))
		return;
	call_publish(call, "call.media_timeout", NULL);
	call_end(call, &(struct call_why){ .status = CALL_FAILED,
					   .by = CALL_ENDED_BY_FAULT,
					   .q850 = 41,
					   .reason = "No audio came from the far end any more." });
}

static void on_closed(struct call *call, const struct media_event *e)
{
	call->media_open = false;
	call_publish(call, "call.quality",
		     json_pack("{s:b,s:o}", "final", 1, "stats", stats_json(&e->stats)));
	ref_drop(call); /* media's */
}

void sw_on_media(const struct media_event *e, void *arg)
{
	struct call *call = ref_hold(e->session_arg);

	(void)arg;
	if (!call)
		return;
	switch (e->kind) {
	case MEDIA_PLAY_DONE:
		if (call_is_over(call))
			break;
		call_publish(call, "call.play_done",
			     e->play.error ? json_pack("{s:i,s:s,s:s}", "play_id", (int)e->play.id, "end",
						       end_name(e->play.end), "error", e->play.error)
					   : json_pack("{s:i,s:s}", "play_id", (int)e->play.id, "end",
						       end_name(e->play.end)));
		break;
	case MEDIA_RECORD_DONE:
		on_record_done(call, e);
		break;
	case MEDIA_DIGIT:
		call_on_digit(call, e->digit.digit, e->digit.duration_ms);
		break;
	case MEDIA_TIMEOUT:
		on_timeout(call);
		break;
	case MEDIA_CLOSED:
		on_closed(call, e);
		break;
	default:
		break;
	}
	ref_drop(call);
}
