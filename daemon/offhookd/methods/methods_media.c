/* call.*: what a call plays, gathers, presses and records. */
#include "daemon/offhookd/methods/method.h"

#include "daemon/offhookd/call/machine.h"

#include <errno.h>
#include <string.h>

void method_call_play(struct asked *a)
{
	struct media_play play = { a->in.files, a->in.file_count, (unsigned)a->in.loop, a->in.barge_in,
				   (int)a->in.gain };
	uint32_t id;
	int err = media_session_play(a->call->media, &play, &id);

	if (err)
		methods_reply_done(a, err);
	else
		control_reply(a->request, json_pack("{s:o,s:I}", "call", methods_call_told(a), "play_id",
						    (json_int_t)id));
}

void method_call_stop(struct asked *a)
{
	if (a->in.collect)
		call_collect_end(a->call, "stopped");
	media_session_play_stop(a->call->media);
	methods_reply_call(a);
}

void check_finish_on(struct json_get *g, struct asked *a)
{
	const char *keys = a->in.finish_on ? a->in.finish_on : "";

	if (strlen(keys) > COLLECT_FINISH_MAX || strspn(keys, "0123456789*#ABCD") != strlen(keys))
		json_get_fail(g, "finish_on", "must be digits: 0-9 * # A-D");
}

void method_call_collect(struct asked *a)
{
	struct collect_params params = { .max = (size_t)a->in.max_digits,
					 .finish_on = a->in.finish_on ? a->in.finish_on : "",
					 .first_ms = (unsigned)a->in.timeout * 1000,
					 .between_ms = (unsigned)a->in.digit_timeout * 1000 };

	methods_reply_done(a, call_collect_start(a->call, &params));
}

void check_digits(struct json_get *g, struct asked *a)
{
	const char *digits = a->in.digits;

	if (!digits[0] || strlen(digits) > METHODS_DIGITS_MAX ||
	    strspn(digits, "0123456789*#ABCDwW") != strlen(digits))
		json_get_fail(g, "digits", "must be 1 to %d of 0-9 * # A-D w W", METHODS_DIGITS_MAX);
}

void method_call_send_digits(struct asked *a)
{
	methods_reply_done(a, call_send_digits(a->call, a->in.digits, (unsigned)a->in.duration));
}

void method_call_record(struct asked *a)
{
	const struct method_in *in = &a->in;
	struct media_record how = { .file = in->file,
				    .channels = (unsigned)in->channels,
				    .track = (enum media_track)in->record_track,
				    .max_ms = (unsigned)in->max_duration * 1000,
				    .silence_ms = (unsigned)in->silence_timeout * 1000,
				    .beep = in->beep,
				    .trim_silence = in->trim_silence,
				    .mask_digits = in->mask_digits };
	const struct recording *recording = NULL;
	int err = call_record(a->call, in->id, &how, &recording);

	if (err == ENOTCONN)
		methods_refuse(a, CONTROL_CONFLICT, NULL, "The call has no media yet.");
	else if (err == EBUSY)
		methods_refuse(a, CONTROL_CONFLICT, NULL,
			       "The call is recorded as many times as it can be at once.");
	else if (err)
		methods_reply_done(a, err);
	else
		control_reply(a->request, json_pack("{s:o,s:o}", "call", call_snapshot(a->call), "recording",
						    recording_json(recording)));
}

/* The one that is named, or NULL for all. False: there is no such, which has been answered. */
static bool find_recording(struct asked *a, const struct recording **out)
{
	*out = a->in.recording ? call_find_recording(a->call, a->in.recording) : NULL;
	if (a->in.recording && !*out)
		methods_refuse(a, CONTROL_NOT_FOUND, "recording",
			       "There is no such recording that is running.");
	return !a->in.recording || *out;
}

void method_call_record_stop(struct asked *a)
{
	const struct recording *recording;

	if (!find_recording(a, &recording))
		return;
	call_record_stop(a->call, recording);
	methods_reply_call(a);
}

void method_call_record_pause(struct asked *a)
{
	const struct recording *recording;

	if (!find_recording(a, &recording))
		return;
	call_record_pause(a->call, recording, a->in.paused, a->in.keep_silence);
	methods_reply_call(a);
}

void method_call_detect_machine(struct asked *a)
{
	const struct method_in *in = &a->in;
	const struct media_amd how = { .timeout_ms = (unsigned)in->timeout,
				       .speech_ms = (unsigned)in->speech,
				       .speech_end_ms = (unsigned)in->speech_end,
				       .silence_ms = (unsigned)in->silence,
				       .message_end = in->message_end };

	if (in->on)
		methods_reply_done(a, call_detect(a->call, &how));
	else {
		media_session_detect_stop(a->call->media);
		methods_reply_call(a);
	}
}

void method_call_voice_activity(struct asked *a)
{
	if (a->in.on) {
		methods_reply_done(
		    a, media_session_voice(a->call->media, (unsigned)a->in.speech, (unsigned)a->in.silence));
		return;
	}
	media_session_voice_stop(a->call->media);
	methods_reply_call(a);
}

void method_call_mute(struct asked *a)
{
	call_set_muted(a->call, a->in.muted);
	methods_reply_call(a);
}

/* From its answer on; 0: as conf says. */
void method_call_limit(struct asked *a)
{
	a->call->limit_s = (unsigned)a->in.time_limit;
	if (a->call->status == CALL_IN_PROGRESS)
		call_start_limit(a->call);
	methods_reply_call(a);
}

void method_call_deaf(struct asked *a)
{
	call_set_deaf(a->call, a->in.deaf);
	methods_reply_call(a);
}

void method_call_echo(struct asked *a)
{
	if (a->in.on)
		call_unbridge(a->call);
	media_session_echo(a->call->media, a->in.on);
	methods_reply_call(a);
}
