/* What media says about calls. */
#include "daemon/offhookd/call/call.h"
#include "daemon/offhookd/call/machine.h"
#include "daemon/offhookd/call/whereabouts.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *media_end_name(enum media_end end)
{
	return end == MEDIA_END_COMPLETED ? "completed" : end == MEDIA_END_STOPPED ? "stopped" : "failed";
}

/* A partner hears digits in the audio, or as telephone-event by the relay; but where they came by INFO or go
 * by INFO, they are pressed anew. */
static void pass_on(const struct call *call, const char *digit, unsigned duration_ms, bool by_info)
{
	struct call *peer = call->peer;
	int err = 0;

	if (peer && !call->muted && !call->on_hold && (by_info || peer->dtmf == CONF_DTMF_INFO))
		err = call_send_digits(peer, digit, duration_ms);
	if (err)
		log_info("call.digit_lost", peer->id, "error=%s", log_quote(strerror(err)));
}

void call_on_digit(struct call *call, char digit, unsigned duration_ms, bool by_info)
{
	char text[2] = { digit, '\0' };

	if (call_is_over(call))
		return;
	call_publish(call, "call.digit",
		     json_pack("{s:s,s:i}", "digit", text, "duration_ms", (int)duration_ms));
	call_tell_digit(call, digit, duration_ms);
	pass_on(call, text, duration_ms, by_info);
	call_collect_digit(call, digit);
}

static void on_voice(struct call *call, const struct media_event *e)
{
	json_t *voice;

	if (call_is_over(call))
		return;
	voice = json_pack("{s:s, s:I}", "state", e->voice.began ? "started" : "stopped", "at_ms",
			  (json_int_t)e->voice.at_ms);
	if (voice && !e->voice.began)
		json_object_set_new(voice, "duration_ms", json_integer((json_int_t)e->voice.duration_ms));
	call_publish(call, "call.voice", json_pack("{s:o}", "voice", voice));
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

/* A second was bad: what was wrong with it. */
static void on_bad_second(struct call *call, const struct media_event *e)
{
	bool one_way = strcmp(e->quality.what, "one-way") == 0;

	if (call_is_over(call))
		return;
	if (one_way)
		whereabouts_warn(call);
	log_info("call.bad_quality", call->id, "what=%s mos=%.2f loss_percent=%u jitter_ms=%u",
		 e->quality.what, (double)e->quality.mos, e->quality.loss_percent, e->quality.jitter_ms);
	call_publish(call, "call.quality",
		     json_pack("{s:b,s:s,s:f,s:i,s:i,s:o*}", "final", 0, "what", e->quality.what, "mos",
			       round((double)e->quality.mos * 100) / 100, "loss_percent",
			       (int)e->quality.loss_percent, "jitter_ms", (int)e->quality.jitter_ms,
			       "one_way", one_way ? whereabouts_one_way(call) : NULL));
}

static void on_closed(struct call *call, const struct media_event *e)
{
	call->media_open = false;
	for (struct call_listener *l = call->calls->listeners; l; l = l->next) {
		if (l->media)
			l->media(call, e->stats, l->arg);
		if (l->headers && e->headers)
			l->headers(call, e->headers, l->arg);
	}
	call_publish_quality(call, e);
	ref_drop(call); /* media's */
}

void call_on_media(const struct media_event *e)
{
	struct call *call = e->session_arg;

	ref_hold(call);
	switch (e->kind) {
	case MEDIA_PLAY_DONE:
		if (call_is_over(call))
			break;
		call_publish(call, "call.play_done",
			     e->play.error ? json_pack("{s:i,s:s,s:s}", "play_id", (int)e->play.id, "end",
						       media_end_name(e->play.end), "error", e->play.error)
					   : json_pack("{s:i,s:s}", "play_id", (int)e->play.id, "end",
						       media_end_name(e->play.end)));
		break;
	case MEDIA_RECORD_DONE:
		call_on_record_done(call, e);
		break;
	case MEDIA_DIGIT:
		call_on_digit(call, e->digit.digit, e->digit.duration_ms, false);
		break;
	case MEDIA_FIRST_PACKET:
		call->heard_from = e->from;
		break;
	case MEDIA_MOVED:
		call->heard_from = e->from;
		whereabouts_moved(call);
		break;
	case MEDIA_MACHINE:
		call_on_machine(call, &e->machine);
		break;
	case MEDIA_VOICE:
		on_voice(call, e);
		break;
	case MEDIA_QUALITY:
		on_bad_second(call, e);
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
