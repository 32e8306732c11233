/* call.*: what clients do with one call. Placing and taking calls is in methods_place.c, joining and parting
 * them in methods_bridge.c. */
#include "daemon/offhookd/methods/methods.h"

#include "daemon/offhookd/call/limits.h"
#include "lib/control_frame.h"
#include "lib/ref.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 64 };

/* ---- helpers ---- */

bool methods_params_ok(struct control_request *request, const struct json_get *g)
{
	if (json_get_status(g) == 0)
		return true;
	control_reply_invalid(request, g);
	return false;
}

struct call *methods_call(struct control_request *request, struct sw *sw, struct json_get *g)
{
	const char *id = NULL;
	struct call *call;

	json_get_string(g, "call", true, &id);
	if (!methods_params_ok(request, g))
		return NULL;
	call = calls_find(sw, id);
	if (!call)
		control_reply_error(request, CONTROL_NOT_FOUND, "There is no such call.",
				    json_pack("{s:s}", "field", "call"));
	return call;
}

struct call *methods_live_call(struct control_request *request, struct sw *sw, struct json_get *g)
{
	struct call *call = methods_call(request, sw, g);

	if (call && call_is_over(call)) {
		control_reply_error(request, CONTROL_CONFLICT, "The call is over.",
				    json_pack("{s:o}", "call", call_snapshot(call)));
		return NULL;
	}
	return call;
}

size_t methods_read_files(struct json_get *g, const char *member, const char *files[], size_t max,
			  bool required)
{
	const json_t *array = NULL, *file;
	size_t i, n = 0;

	json_get_array(g, member, required, &array);
	json_array_foreach((json_t *)array, i, file)
	{
		const char *name = json_string_value(file);

		if (!name || n == max ||
		    (name[0] != '/' && strncmp(name, "tone:", 5) != 0 && strncmp(name, "silence:", 8) != 0))
			json_get_fail(g, member,
				      "must hold at most %zu absolute paths, tone:NAME or silence:MS", max);
		else
			files[n++] = name;
	}
	if (required && array && n == 0)
		json_get_fail(g, member, "is empty");
	return n;
}

void methods_reply_call(struct control_request *request, struct call *call)
{
	control_reply(request, json_pack("{s:o}", "call", call_snapshot(call)));
}

struct call *methods_answered_call(struct control_request *request, struct sw *sw, struct json_get *g)
{
	struct call *call = methods_live_call(request, sw, g);

	if (call && call->status != CALL_IN_PROGRESS) {
		control_reply_error(request, CONTROL_CONFLICT, "The call has not been answered.",
				    json_pack("{s:o}", "call", call_snapshot(call)));
		return NULL;
	}
	return call;
}

/* An inbound call that still rings. */
static struct call *ringing_inbound(struct control_request *request, struct sw *sw, struct json_get *g)
{
	struct call *call = methods_live_call(request, sw, g);

	if (call && (call->direction != CALL_INBOUND || call->status == CALL_IN_PROGRESS)) {
		control_reply_error(request, CONTROL_CONFLICT,
				    call->direction == CALL_INBOUND ? "The call has been answered."
								    : "We placed this call.",
				    NULL);
		return NULL;
	}
	if (call && call->claimed_by && call->claimed_by != control_request_peer(request) &&
	    control_server_has_peer(sw->control, call->claimed_by)) {
		control_reply_error(request, CONTROL_CONFLICT, "Another client has claimed the call.", NULL);
		return NULL;
	}
	return call;
}

void methods_reply_errno(struct control_request *request, int err)
{
	int code = err == EBUSY	   ? CONTROL_CONFLICT
		   : err == EINVAL ? CONTROL_INVALID_PARAMS
				   : CONTROL_UNAVAILABLE;

	control_reply_error(request, code, strerror(err), NULL);
}

/* ---- looking ---- */

static void get(struct control_request *request, const json_t *params, void *arg)
{
	struct json_get g;
	struct call *call;

	json_get_init(&g, params);
	call = methods_call(request, arg, &g);
	if (call)
		methods_reply_call(request, call);
}

static void list(struct control_request *request, const json_t *params, void *arg)
{
	struct sw *sw = arg;
	json_t *calls = json_array();

	(void)params;
	for (struct call *c = sw->calls; c; c = c->hh.next)
		json_array_append_new(calls, call_snapshot(c));
	control_reply(request, json_pack("{s:o}", "calls", calls));
}

static void on_stats(const struct media_stats *stats, void *arg)
{
	control_reply(arg, json_pack("{s:o}", "stats", stats_json(stats)));
}

static void stats(struct control_request *request, const json_t *params, void *arg)
{
	struct json_get g;
	struct call *call;

	json_get_init(&g, params);
	call = methods_live_call(request, arg, &g);
	if (!call)
		return;
	if (!call->media)
		control_reply_error(request, CONTROL_CONFLICT, "The call has no media yet.", NULL);
	else if (media_session_get_stats(call->media, on_stats, request))
		control_reply_error(request, CONTROL_UNAVAILABLE, "No memory.", NULL);
}

/* ---- answering and ending ---- */

static void ring(struct control_request *request, const json_t *params, void *arg)
{
	struct json_get g;
	struct call *call;

	json_get_init(&g, params);
	call = ringing_inbound(request, arg, &g);
	if (call && call_ring(call))
		methods_reply_call(request, call);
}

static void answer(struct control_request *request, const json_t *params, void *arg)
{
	struct json_get g;
	struct call *call;

	json_get_init(&g, params);
	call = ringing_inbound(request, arg, &g);
	if (!call)
		return;
	ref_hold(call);
	call->waiting = false;
	if (call_answer(call, NULL))
		methods_reply_call(request, call);
	else
		control_reply_error(request, CONTROL_CONFLICT, "The call could not be answered.",
				    json_pack("{s:o}", "call", call_snapshot(call)));
	ref_drop(call);
}

/* Who may say that it ends a call. */
static const char *const enders[] = { "api", "script", NULL };

static void reject(struct control_request *request, const json_t *params, void *arg)
{
	int64_t code = 603;
	int by = 0;
	struct json_get g;
	struct call *call;

	json_get_init(&g, params);
	json_get_enum(&g, "by", false, enders, &by);
	json_get_int(&g, "code", false, 400, 699, &code);
	call = ringing_inbound(request, arg, &g);
	if (!call)
		return;
	ref_hold(call);
	call_end(call, &(struct call_why){ .status = call_status_from_sip((int)code),
					   .by = by ? CALL_ENDED_BY_SCRIPT : CALL_ENDED_BY_API,
					   .code = (int)code,
					   .reason = by ? "The call's script rejected it."
							: "The call was rejected through the API." });
	methods_reply_call(request, call);
	ref_drop(call);
}

static void hangup(struct control_request *request, const json_t *params, void *arg)
{
	const char *reason = NULL;
	bool failed = false;
	int by = 0;
	int64_t code = 0;
	struct json_get g;
	struct call *call;

	json_get_init(&g, params);
	json_get_enum(&g, "by", false, enders, &by);
	json_get_int(&g, "code", false, 400, 699, &code);
	json_get_string(&g, "reason", false, &reason);
	json_get_bool(&g, "failed", false, &failed);
	call = methods_live_call(request, arg, &g);
	if (!call)
		return;
	if (failed && !code && call->direction == CALL_INBOUND && !call->answered)
		code = call->fallback_code ? call->fallback_code : 503;
	ref_hold(call);
	call_end(call, &(struct call_why){ .status = failed ? CALL_FAILED : CALL_CANCELED,
					   .by = by ? CALL_ENDED_BY_SCRIPT : CALL_ENDED_BY_API,
					   .code = (int)code,
					   .reason = reason });
	methods_reply_call(request, call);
	ref_drop(call);
}

/* ---- media ---- */

static void play(struct control_request *request, const json_t *params, void *arg)
{
	const char *files[METHODS_FILES_MAX];
	int64_t loop = 1;
	bool barge_in = false;
	size_t n;
	uint32_t id;
	struct json_get g;
	struct call *call;
	int err;

	json_get_init(&g, params);
	n = methods_read_files(&g, "files", files, METHODS_FILES_MAX, true);
	json_get_int(&g, "loop", false, 0, 1000000, &loop);
	json_get_bool(&g, "barge_in", false, &barge_in);
	call = methods_answered_call(request, arg, &g);
	if (!call)
		return;
	err =
	    media_session_play(call->media, &(struct media_play){ files, n, (unsigned)loop, barge_in }, &id);
	if (err)
		methods_reply_errno(request, err);
	else
		control_reply(request,
			      json_pack("{s:o,s:I}", "call", call_snapshot(call), "play_id", (json_int_t)id));
}

static void stop(struct control_request *request, const json_t *params, void *arg)
{
	struct json_get g;
	struct call *call;

	json_get_init(&g, params);
	call = methods_answered_call(request, arg, &g);
	if (!call)
		return;
	call_collect_end(call, "stopped");
	media_session_play_stop(call->media);
	methods_reply_call(request, call);
}

static void collect(struct control_request *request, const json_t *params, void *arg)
{
	int64_t max = DIGITS_MAX - 1, timeout = 5, between = 3;
	const char *finish_on = "";
	struct json_get g;
	struct call *call;

	json_get_init(&g, params);
	json_get_int(&g, "max_digits", false, 1, DIGITS_MAX - 1, &max);
	json_get_string(&g, "finish_on", false, &finish_on);
	json_get_int(&g, "timeout", false, 1, 3600, &timeout);
	json_get_int(&g, "digit_timeout", false, 1, 3600, &between);
	if (strlen(finish_on) > 16 || strspn(finish_on, "0123456789*#ABCD") != strlen(finish_on))
		json_get_fail(&g, "finish_on", "must be digits: 0-9 * # A-D");
	call = methods_answered_call(request, arg, &g);
	if (!call)
		return;
	call_collect_end(call, "stopped");
	call->collect.max = (size_t)max;
	call->collect.digit_timeout_ms = (unsigned)between * 1000;
	strcpy(call->collect.finish_on, finish_on);
	call_collect_start(call, (unsigned)timeout * 1000);
	methods_reply_call(request, call);
}

static void send_digits(struct control_request *request, const json_t *params, void *arg)
{
	const char *digits = "";
	int64_t duration = 100;
	struct json_get g;
	struct call *call;
	int err;

	json_get_init(&g, params);
	json_get_string(&g, "digits", true, &digits);
	json_get_int(&g, "duration", false, 40, 6000, &duration);
	if (!digits[0] || strlen(digits) > DIGITS_MAX ||
	    strspn(digits, "0123456789*#ABCDwW") != strlen(digits))
		json_get_fail(&g, "digits", "must be 1 to %d of 0-9 * # A-D w W", DIGITS_MAX);
	call = methods_answered_call(request, arg, &g);
	if (!call)
		return;
	err = call_send_digits(call, digits, (unsigned)duration);
	if (err)
		methods_reply_errno(request, err);
	else
		methods_reply_call(request, call);
}

static void record(struct control_request *request, const json_t *params, void *arg)
{
	struct media_record how = { 0 };
	int64_t channels = 1, max_s = 0, silence_s = 0;
	struct json_get g;
	struct call *call;
	int err;

	json_get_init(&g, params);
	json_get_string(&g, "file", false, &how.file);
	json_get_int(&g, "channels", false, 1, 2, &channels);
	json_get_int(&g, "max_duration", false, 1, 86400, &max_s);
	json_get_int(&g, "silence_timeout", false, 1, 3600, &silence_s);
	json_get_bool(&g, "beep", false, &how.beep);
	json_get_bool(&g, "trim_silence", false, &how.trim_silence);
	json_get_bool(&g, "mask_digits", false, &how.mask_digits);
	if (how.file && how.file[0] != '/')
		json_get_fail(&g, "file", "must be an absolute path");
	call = methods_live_call(request, arg, &g);
	if (!call)
		return;
	how.channels = (unsigned)channels;
	how.max_ms = (unsigned)max_s * 1000;
	how.silence_ms = (unsigned)silence_s * 1000;
	err = call_record(call, &how);
	if (err == ENOTCONN)
		control_reply_error(request, CONTROL_CONFLICT, "The call has no media yet.", NULL);
	else if (err)
		methods_reply_errno(request, err);
	else
		control_reply(request, json_pack("{s:o,s:o}", "call", call_snapshot(call), "recording",
						 call_recording_json(call)));
}

/* For record_stop and record_pause. */
static struct call *recorded_call(struct control_request *request, struct sw *sw, struct json_get *g)
{
	struct call *call = methods_live_call(request, sw, g);

	if (call && !call->recording.started) {
		control_reply_error(request, CONTROL_CONFLICT, "The call is not being recorded.", NULL);
		return NULL;
	}
	return call;
}

static void record_stop(struct control_request *request, const json_t *params, void *arg)
{
	struct json_get g;
	struct call *call;

	json_get_init(&g, params);
	call = recorded_call(request, arg, &g);
	if (!call)
		return;
	call_record_stop(call);
	methods_reply_call(request, call);
}

static void record_pause(struct control_request *request, const json_t *params, void *arg)
{
	bool paused = true, keep_silence = false;
	struct json_get g;
	struct call *call;

	json_get_init(&g, params);
	json_get_bool(&g, "paused", true, &paused);
	json_get_bool(&g, "keep_silence", false, &keep_silence);
	call = recorded_call(request, arg, &g);
	if (!call)
		return;
	media_session_record_pause(call->media, paused, keep_silence);
	methods_reply_call(request, call);
}

static void mute(struct control_request *request, const json_t *params, void *arg)
{
	bool muted = true;
	struct json_get g;
	struct call *call;

	json_get_init(&g, params);
	json_get_bool(&g, "muted", true, &muted);
	call = methods_answered_call(request, arg, &g);
	if (!call)
		return;
	call_set_muted(call, muted);
	methods_reply_call(request, call);
}

static void echo(struct control_request *request, const json_t *params, void *arg)
{
	bool on = true;
	struct json_get g;
	struct call *call;

	json_get_init(&g, params);
	json_get_bool(&g, "on", true, &on);
	call = methods_answered_call(request, arg, &g);
	if (!call)
		return;
	if (on)
		call_unbridge(call);
	media_session_echo(call->media, on);
	methods_reply_call(request, call);
}

const struct control_method call_methods[] = {
	{ "call.get", get },
	{ "call.list", list },
	{ "call.stats", stats },
	{ "call.ring", ring },
	{ "call.answer", answer },
	{ "call.reject", reject },
	{ "call.hangup", hangup },
	{ "call.play", play },
	{ "call.stop", stop },
	{ "call.collect", collect },
	{ "call.send_digits", send_digits },
	{ "call.record", record },
	{ "call.record_stop", record_stop },
	{ "call.record_pause", record_pause },
	{ "call.mute", mute },
	{ "call.echo", echo },
};
const size_t call_method_count = sizeof call_methods / sizeof call_methods[0];
