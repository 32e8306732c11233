/* A call's session description and media: answering, early media, re-offers. See call.h. */
#include "daemon/offhookd/call/call.h"
#include "daemon/offhookd/call/negotiate.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int open_media(struct call *call, uint16_t port)
{
	struct media_session_params params = {
		.id = call->id,
		.timeout_s = call->calls->conf->rtp.timeout_s,
		.quiet_timeout_s = call->calls->conf->rtp.hold_timeout_s,
		.arg = call,
		.port = port,
		.headers = call->calls->conf->trace.rtp && call->calls->conf->trace.keep_s,
		/* one that we place may ring in both */
		.family = call->direction == CALL_INBOUND ? call->leg->family : AF_UNSPEC
	};
	int err;

	if (call->media)
		return 0;
	err = media_session_alloc(&call->media, call->calls->media, &params);
	if (err) {
		log_warn("call.no_media", call->id, "error=%s", log_quote(strerror(err)));
	} else {
		ref_hold(call); /* until MEDIA_CLOSED */
		call->media_open = true;
	}
	return err;
}

int call_need_media(struct call *call)
{
	return open_media(call, 0);
}

int call_take_media(struct call *call, uint16_t port)
{
	return open_media(call, port);
}

static const struct conf_strings *allowed(const struct call *call)
{
	return call->codecs.count ? &call->codecs : NULL;
}

void call_set_far_end(struct call *call)
{
	int err;

	call->stream.digits_elsewhere = call->dtmf == CONF_DTMF_INFO;
	if (call->leg)
		call->stream.signal = call->leg->peer;
	err = media_session_set_remote(call->media, &call->stream);
	if (err)
		log_error("call.media_failed", call->id, "error=%s", log_quote(strerror(err)));
	call_note_keys(call);
	call_tell_changed(call);
}

/* Tells media what was settled, and everybody when the far end went on hold or came back. */
static void apply_stream(struct call *call)
{
	bool held = !call->stream.send;

	call->negotiated = true;
	call_set_far_end(call);
	if (held == call->held)
		return;
	call->held = held;
	if (call->status == CALL_IN_PROGRESS)
		call_publish(call, "call.held", json_pack("{s:b}", "held", held));
}

const char *call_sdp_trouble(char out[CALL_TROUBLE_MAX], const char *who, const char *trouble)
{
	snprintf(out, CALL_TROUBLE_MAX, "%s has a session description that cannot be used: %s.", who,
		 trouble);
	return out;
}

void call_refuse_keys(struct call *call, int error)
{
	call_end(call, &(struct call_why){ .status = CALL_FAILED,
					   .by = CALL_ENDED_BY_FAULT,
					   .code = 488,
					   .reason = sdes_reason(error),
					   .warning = CALL_WARNING_TRANSPORT });
}

static void refuse(struct call *call, int code, const char *reason)
{
	call_end(call, &(struct call_why){ .status = CALL_FAILED,
					   .by = CALL_ENDED_BY_FAULT,
					   .code = code,
					   .reason = reason,
					   .warning = reason ? CALL_WARNING_FORMAT : 0 });
}

/* A description of ours without telephone-event, for one whose digits go by INFO. */
static void leave_events_out(const struct call *call, struct ua_sdp *ours, struct media_remote *stream)
{
	if (call->dtmf != CONF_DTMF_INFO)
		return;
	ours->dtmf_pt = -1;
	ours->dtmf_other_pt = 0;
	if (stream)
		negotiate_forget_events(stream);
}

int call_send_digits(struct call *call, const char *digits, unsigned duration_ms)
{
	if (call->stream.by_tap) {
		call_tell_pressed(call, digits, duration_ms);
		return 0;
	}
	if (call->dtmf == CONF_DTMF_INFO)
		return call->leg ? ua_call_send_digits(call->leg->ua, digits, duration_ms) : ENOTCONN;
	return call->media ? media_session_send_digits(call->media, digits, duration_ms) : ENOTCONN;
}

/* Settles an inbound call's codec and keys. False: it was refused. */
static bool settle(struct call *call, const struct media_codec *prefer)
{
	struct ua_sdp answer = { .dtmf_pt = -1 };
	struct media_remote stream;
	int err;

	if (call_need_media(call)) {
		refuse(call, 503, "The switch has no port or memory left for it.");
		return false;
	}
	if (call->negotiated || !call->has_offer)
		return true;
	if (negotiate_answer(&answer, &stream, call->sdp->offer, allowed(call), prefer)) {
		refuse(call, 488, "The far end offers none of the codecs that it may use.");
		return false;
	}
	err = call_answer_keys(call, &answer, &stream, call->sdp->offer);
	if (err) {
		call_refuse_keys(call, err);
		return false;
	}
	call->stream = stream;
	leave_events_out(call, &answer, &stream);
	call_local_sdp(call->leg, &answer);
	call_say(call, &answer);
	ua_sdp_forget_keys(call->sdp->offer);
	free(call->sdp->offer);
	call->sdp->offer = NULL;
	apply_stream(call);
	return true;
}

bool call_ring(struct call *call)
{
	return call_ring_with(call, NULL);
}

bool call_ring_with(struct call *call, const json_t *headers)
{
	struct ua_header list[UA_HEADERS_MAX];
	const char *name;
	json_t *value;
	size_t n = 0;

	if (call_is_over(call))
		return false;
	json_object_foreach((json_t *)headers, name, value)
	{
		if (n < UA_HEADERS_MAX)
			list[n++] = (struct ua_header){ name, json_string_value(value) };
	}
	if (call->status == CALL_QUEUED || n)
		ua_call_ring_with(call->leg->ua, list, n);
	if (call->status == CALL_QUEUED)
		call_move(call, CALL_RINGING);
	return true;
}

bool call_early_media(struct call *call, const struct media_codec *prefer)
{
	struct ua_sdp said;

	if (call_is_over(call))
		return false;
	if (call->early || call->status == CALL_IN_PROGRESS)
		return true;
	if (!call->has_offer)
		return call_ring(call);
	if (!settle(call, prefer))
		return false;
	call->early = true;
	call_said(call, &said);
	ua_call_ring(call->leg->ua, 183, &said);
	ua_sdp_forget_keys(&said);
	if (call->status == CALL_QUEUED)
		call_move(call, CALL_RINGING);
	return true;
}

bool call_answer(struct call *call, const struct media_codec *prefer)
{
	struct ua_sdp said;

	if (call_is_over(call))
		return false;
	if (call->status == CALL_IN_PROGRESS)
		return true;
	if (!settle(call, prefer))
		return false;
	if (!call->has_offer) {
		struct ua_sdp offer = { .dtmf_pt = -1 };

		negotiate_offer(&offer, allowed(call), NULL);
		leave_events_out(call, &offer, NULL);
		call_offer_keys(call, &offer);
		call_local_sdp(call->leg, &offer);
		call_say(call, &offer);
		call->offering = true;
	}
	if (call->status == CALL_QUEUED)
		call_move(call, CALL_RINGING);
	call_said(call, &said);
	ua_call_accept(call->leg->ua, &said);
	ua_sdp_forget_keys(&said);
	call_move(call, CALL_IN_PROGRESS);
	call_start_limit(call);
	return true;
}

void call_on_confirmed(struct call *call, const struct ua_sdp *sdp, const char *trouble)
{
	struct media_remote stream = call->stream;
	char text[CALL_TROUBLE_MAX];
	const char *why = "The far end took none of the codecs that it was offered.";
	int err;

	if (!call->offering)
		return;
	call->offering = false;
	if (!sdp) {
		why = trouble ? call_sdp_trouble(text, "The far end's answer", trouble)
			      : "The far end acknowledged our offer without an answer.";
	} else if (call_accept(call, &stream, sdp) == 0) {
		err = call_accept_keys(call, NULL, sdp, &stream);
		if (!err) {
			call->stream = stream;
			call_forget_last(call);
			apply_stream(call);
			return;
		}
		why = sdes_reason(err);
	}
	if (call->negotiated) {
		log_info("call.offer_unanswered", call->id, "why=%s", log_quote(why));
		call_unsay(call);
		return;
	}
	call_end(call, &(struct call_why){
			   .status = CALL_FAILED, .by = CALL_ENDED_BY_FAULT, .code = 488, .reason = why });
}

void call_on_found(struct leg *leg, const struct sockaddr_storage *rtp, const struct sockaddr_storage *rtcp)
{
	struct call *call = leg->call;
	struct ua_sdp *offer = call->sdp ? call->sdp->offer : NULL;

	if (call_is_over(call) || (call->leg && call->leg != leg))
		return;
	if (offer && offer->rtp.ss_family == AF_UNSPEC) { /* not answered yet */
		offer->rtp = *rtp;
		offer->rtcp = *rtcp;
	} else if (call->negotiated && call->stream.rtp.ss_family == AF_UNSPEC) {
		call->stream.rtp = *rtp;
		call->stream.rtcp = *rtcp;
		call_set_far_end(call);
	}
}

/* Hold by port 0, as some do: everything stays but the audio, until the next offer. */
static void hold_declined(struct call *call, const struct ua_sdp *sdp)
{
	struct ua_sdp answer;

	call_said(call, &answer);
	memcpy(answer.lines, sdp->lines, sizeof answer.lines);
	answer.line_count = sdp->line_count;
	answer.declined = true;
	answer.savp = sdp->savp;
	answer.feedback = sdp->feedback;
	answer.send = answer.receive = false;
	call_local_sdp(call->leg, &answer);
	call_say(call, &answer);
	call->stream.send = call->stream.receive = false;
	ua_call_reply_offer(call->leg->ua, &answer);
	ua_sdp_forget_keys(&answer);
	apply_stream(call);
}

static void refuse_reoffer(struct call *call, int warning, const char *why)
{
	log_info("call.offer_refused", call->id, "why=%s", log_quote(why));
	ua_call_refuse_offer(call->leg->ua, 488, warning, why);
}

void call_on_offer(struct call *call, const struct ua_sdp *sdp)
{
	struct ua_sdp answer = { .dtmf_pt = -1 }, offer;
	struct media_remote stream;
	int err;

	if (!sdp) {
		negotiate_offer(&answer, allowed(call), NULL);
		leave_events_out(call, &answer, NULL);
		call_offer_keys(call, &answer);
		call_local_sdp(call->leg, &answer);
		answer.receive = !call->on_hold;
		if (call->negotiated)
			call_say_for_now(call, &answer);
		else
			call_say(call, &answer);
		call->offering = true;
		ua_call_reply_offer(call->leg->ua, &answer);
		return;
	}
	if (sdp->declined) {
		if (call->negotiated)
			hold_declined(call, sdp);
		else
			refuse_reoffer(call, CALL_WARNING_OTHER, "The offer declines audio.");
		return;
	}
	offer = *sdp;
	sdes_choose_line(&offer, call->srtp);
	if (negotiate_answer(&answer, &stream, &offer, allowed(call), call->stream.codec)) {
		ua_sdp_forget_keys(&offer);
		refuse_reoffer(call, CALL_WARNING_FORMAT,
			       "The far end offers none of the codecs that it may use.");
		return;
	}
	err = call_answer_keys(call, &answer, &stream, &offer);
	ua_sdp_forget_keys(&offer);
	if (err) {
		refuse_reoffer(call, CALL_WARNING_TRANSPORT, sdes_reason(err));
		return;
	}
	leave_events_out(call, &answer, &stream);
	call_local_sdp(call->leg, &answer);
	if (call->on_hold)
		answer.receive = stream.receive = false;
	call_say(call, &answer);
	call->stream = stream;
	ua_call_reply_offer(call->leg->ua, &answer);
	apply_stream(call);
}

/* What we said last, with the codec in use alone: nothing else is to change. */
static void same_again(struct call *call, struct ua_sdp *offer)
{
	call_said(call, offer);
	for (size_t i = 0; i < offer->codec_count; i++)
		if (media_codec_find(offer->codecs[i].name, offer->codecs[i].clock_hz) ==
		    call->stream.codec) {
			offer->codecs[0] = offer->codecs[i];
			offer->codec_count = 1;
		}
	if (offer->dtmf_other_pt && call->stream.dtmf_clock_hz == offer->dtmf_other_clock_hz) {
		offer->dtmf_pt = offer->dtmf_other_pt;
		offer->dtmf_clock_hz = offer->dtmf_other_clock_hz;
	}
	offer->dtmf_other_pt = 0;
	offer->declined = false;
	call_local_sdp(call->leg, offer);
	offer->send = true;
	offer->receive = !call->on_hold;
}

void call_reoffer(struct call *call)
{
	struct ua_sdp offer;
	int err;

	if (!call->negotiated || !call->leg)
		return;
	same_again(call, &offer);
	err = ua_call_reoffer(call->leg->ua, &offer);
	if (err)
		log_warn("call.not_reoffered", call->id, "error=%s", log_quote(strerror(err)));
	else
		call_say(call, &offer);
}

void call_set_on_hold(struct call *call, bool on_hold)
{
	if (call->on_hold == on_hold)
		return;
	call->on_hold = on_hold;
	call_reoffer(call);
}

void call_on_reoffered(struct call *call, int code, const struct ua_sdp *sdp)
{
	struct media_remote stream;

	if (code == 491) {
		call_reoffer(call);
	} else if (code >= 300 || !sdp || call_accept(call, &stream, sdp) ||
		   call_accept_keys(call, NULL, sdp, &stream)) {
		log_info("call.reoffer_refused", call->id, "code=%d", code);
	} else {
		call->stream = stream;
		apply_stream(call);
	}
}
