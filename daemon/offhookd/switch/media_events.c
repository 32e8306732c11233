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
	call_publish_quality(call, &e->stats);
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
