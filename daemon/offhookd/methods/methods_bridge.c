/* call.*: which call talks with which. */
#include "daemon/offhookd/methods/methods.h"

#include "daemon/offhookd/call/limits.h"
#include "daemon/offhookd/place/refer.h"
#include "daemon/offhookd/place/transfer.h"
#include "lib/ref.h"

#include <errno.h>
#include <string.h>

static void bridge(struct control_request *request, const json_t *params, void *arg)
{
	const char *with = NULL;
	struct json_get g;
	struct call *call, *other;

	json_get_init(&g, params);
	json_get_string(&g, "with", true, &with);
	call = methods_answered_call(request, arg, &g);
	if (!call)
		return;
	other = calls_find(arg, with);
	if (!other || other == call) {
		control_reply_error(request, CONTROL_NOT_FOUND, "There is no such other call.",
				    json_pack("{s:s}", "field", "with"));
	} else if (other->status != CALL_IN_PROGRESS) {
		control_reply_error(request, CONTROL_CONFLICT,
				    "The other call has not been answered, or is over.",
				    json_pack("{s:s}", "field", "with"));
	} else {
		if (call->peer != other) {
			transfer_sever(call);
			transfer_sever(other);
		}
		call_bridge(call, other);
		methods_reply_call(request, call);
	}
}

static void unbridge(struct control_request *request, const json_t *params, void *arg)
{
	struct json_get g;
	struct call *call;

	json_get_init(&g, params);
	call = methods_answered_call(request, arg, &g);
	if (!call)
		return;
	call_unbridge(call);
	methods_reply_call(request, call);
}

static void transfer(struct control_request *request, const json_t *params, void *arg)
{
	char reason[LIMITS_REASON_SIZE];
	const char *to = NULL;
	int64_t timeout = 0;
	struct route route;
	struct json_get g;
	struct call *call;
	int err;

	json_get_init(&g, params);
	json_get_string(&g, "to", true, &to);
	json_get_int(&g, "timeout", false, 1, 3600, &timeout);
	call = methods_answered_call(request, arg, &g);
	if (!call)
		return;
	route_find(&route, call->sw->conf, call->account, to);
	err = limits_check(call->sw, call->account, limits_user_of(call), &route, reason);
	if (err) {
		methods_reply_denied(request, err, reason);
		return;
	}
	ref_hold(call);
	err = transfer_blind(call, to, (unsigned)timeout);
	if (err == ENOENT)
		control_reply_error(request, CONTROL_UNROUTABLE, "No user, number or route takes \"to\".",
				    json_pack("{s:s}", "field", "to"));
	else if (err)
		methods_reply_errno(request, err);
	else
		methods_reply_call(request, call);
	ref_drop(call);
}

/* Our side of hold: its far end hears music or silence and is not heard. */
static void hold(struct control_request *request, const json_t *params, void *arg)
{
	static const char *const silence[] = { "silence:1000" };
	const char *files[METHODS_FILES_MAX];
	bool held = true;
	struct json_get g;
	struct call *call;
	uint32_t id;
	size_t n;

	json_get_init(&g, params);
	json_get_bool(&g, "hold", true, &held);
	n = methods_read_files(&g, "files", files, METHODS_FILES_MAX, false);
	call = methods_answered_call(request, arg, &g);
	if (!call)
		return;
	if (held && media_session_play(
			call->media, &(struct media_play){ n ? files : silence, n ? n : 1, 0, false }, &id)) {
		methods_reply_errno(request, ENOMEM);
		return;
	}
	if (!held && call->on_hold)
		media_session_play_stop(call->media);
	call_set_on_hold(call, held);
	media_session_mute(call->media, held || call->muted, false);
	methods_reply_call(request, call);
}

static void refer(struct control_request *request, const json_t *params, void *arg)
{
	const char *to = NULL, *with_id = NULL;
	struct call *call, *with = NULL;
	struct json_get g;
	int err;

	json_get_init(&g, params);
	json_get_string(&g, "to", false, &to);
	json_get_string(&g, "with", false, &with_id);
	if (!to == !with_id)
		json_get_fail(&g, "to", "give either \"to\" or \"with\"");
	call = methods_answered_call(request, arg, &g);
	if (!call)
		return;
	if (with_id) {
		with = calls_find(arg, with_id);
		if (!with || with == call || with->status != CALL_IN_PROGRESS) {
			control_reply_error(request, CONTROL_NOT_FOUND,
					    "There is no such other answered call.",
					    json_pack("{s:s}", "field", "with"));
			return;
		}
	}
	err = refer_call(call, to, with);
	if (err == EINVAL)
		control_reply_error(request, CONTROL_INVALID_PARAMS,
				    "\"to\" must be a number, a user or a SIP URI.",
				    json_pack("{s:s}", "field", "to"));
	else if (err)
		methods_reply_errno(request, err);
	else
		methods_reply_call(request, call);
}

const struct control_method bridge_methods[] = {
	{ "call.bridge", bridge },     { "call.unbridge", unbridge }, { "call.hold", hold },
	{ "call.transfer", transfer }, { "call.refer", refer },
};
const size_t bridge_method_count = sizeof bridge_methods / sizeof bridge_methods[0];
