/* call.*: which call talks with which. */
#include "daemon/offhookd/methods/method.h"

#include "daemon/offhookd/place/dial.h"
#include "daemon/offhookd/place/limits.h"
#include "daemon/offhookd/place/place.h"
#include "daemon/offhookd/place/refer.h"
#include "daemon/offhookd/place/transfer.h"

#include "lib/log.h"

#include <errno.h>
#include <string.h>

/* Whether the call that was named beside the one asked for is of the same account; else that has been
 * answered.
 */
static bool is_of_same_account(struct asked *a, const struct call *other)
{
	if (strcmp(a->call->account, other->account) == 0)
		return true;
	log_warn("call.account_denied", a->call->id, "with=%s account=%s of=%s", other->id, a->call->account,
		 other->account);
	methods_refuse(a, CONTROL_CONFLICT, "with", "The other call is another account's.");
	return false;
}

void method_call_bridge(struct asked *a)
{
	struct call *call = a->call, *other = calls_find(a->m->calls, a->in.with);

	if (!other || other == call) {
		methods_refuse(a, CONTROL_NOT_FOUND, "with", "There is no such other call.");
	} else if (other->status != CALL_IN_PROGRESS) {
		methods_refuse(a, CONTROL_CONFLICT, "with",
			       "The other call has not been answered, or is over.");
	} else if (is_of_same_account(a, other)) {
		if (dial_connect(call, other)) {
			methods_reply_call(a);
			return;
		}
		if (call->peer != other) {
			call_sever(call);
			call_sever(other);
		}
		call_bridge(call, other);
		methods_reply_call(a);
	}
}

/* What a screened dial waits for; the caller may still be ringing. */
void method_call_connect(struct asked *a)
{
	struct call *other = calls_find(a->m->calls, a->in.with);

	if (other && dial_connect(a->call, other))
		methods_reply_call(a);
	else
		methods_refuse(a, CONTROL_CONFLICT, "with",
			       "That is no call that the caller's screened dial has had answered.");
}

void method_call_unbridge(struct asked *a)
{
	call_unbridge(a->call);
	methods_reply_call(a);
}

void method_call_transfer(struct asked *a)
{
	struct call *call = a->call;
	char reason[LIMITS_REASON_SIZE];
	struct route route;
	int err;

	route_find(&route, a->m->conf, call->account, a->in.to);
	err = limits_check(a->m->place, call->account, limits_user_of(call), &route, reason);
	if (err) {
		methods_reply_denied(a, err, reason);
		return;
	}
	err = transfer_blind(a->m->place, call, a->in.to, (unsigned)a->in.timeout);
	if (err == ENOENT)
		methods_refuse(a, CONTROL_UNROUTABLE, "to", "No user, number or route takes \"to\".");
	else
		methods_reply_done(a, err);
}

/* Our side of hold: its far end hears music or silence and is not heard. */
void method_call_hold(struct asked *a)
{
	static const char *const silence[] = { "silence:1000" };
	bool held = a->in.hold, music = a->in.file_count > 0;
	struct media_play play = { music ? a->in.files : silence, music ? a->in.file_count : 1, 0, false, 0 };
	struct call *call = a->call;
	uint32_t id;

	if (held && media_session_play(call->media, &play, &id)) {
		methods_reply_done(a, ENOMEM);
		return;
	}
	if (!held && call->on_hold)
		media_session_play_stop(call->media);
	call_set_on_hold(call, held);
	call_tell_media_muted(call);
	methods_reply_call(a);
}

void check_to_or_with(struct json_get *g, struct asked *a)
{
	if (!a->in.to == !a->in.with)
		json_get_fail(g, "to", "give either \"to\" or \"with\"");
}

void method_call_refer(struct asked *a)
{
	struct call *with = a->in.with ? calls_find(a->m->calls, a->in.with) : NULL;
	int err;

	if (a->in.with && (!with || with == a->call || with->status != CALL_IN_PROGRESS)) {
		methods_refuse(a, CONTROL_NOT_FOUND, "with", "There is no such other answered call.");
		return;
	}
	if (with && !is_of_same_account(a, with))
		return;
	err = refer_call(a->m->place, a->call, a->in.to, with);
	if (err == EINVAL)
		methods_refuse(a, CONTROL_INVALID_PARAMS, "to",
			       "\"to\" must be a number, a user or a SIP URI.");
	else
		methods_reply_done(a, err);
}
