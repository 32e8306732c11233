/* call.*: looking at one call, answering and ending it. What it plays and records is in methods_media.c,
 * joining and parting in methods_bridge.c, placing in methods_place.c. */
#include "daemon/offhookd/methods/method.h"

#include "daemon/offhookd/place/claim.h"

void method_call_get(struct asked *a)
{
	methods_reply_call(a);
}

void method_call_list(struct asked *a)
{
	control_reply(a->request, json_pack("{s:o}", "calls", calls_list(a->m->calls)));
}

static void on_stats(const struct media_stats *stats, void *arg)
{
	control_reply(arg, json_pack("{s:o}", "stats", call_stats_json(stats)));
}

void method_call_stats(struct asked *a)
{
	if (!a->call->media)
		methods_refuse(a, CONTROL_CONFLICT, NULL, "The call has no media yet.");
	else if (media_session_get_stats(a->call->media, on_stats, a->request))
		methods_refuse(a, CONTROL_UNAVAILABLE, NULL, "No memory.");
}

void method_call_ring(struct asked *a)
{
	if (call_ring_with(a->call, a->in.headers))
		methods_reply_call(a);
}

void method_call_answer(struct asked *a)
{
	claim_settle(a->call);
	if (call_answer(a->call, NULL))
		methods_reply_call(a);
	else
		control_reply_error(a->request, CONTROL_CONFLICT, "The call could not be answered.",
				    json_pack("{s:o}", "call", call_snapshot(a->call)));
}

void method_call_reject(struct asked *a)
{
	int code = (int)a->in.code;

	call_end(a->call,
		 &(struct call_why){ .status = call_status_from_sip(code),
				     .by = a->in.by ? CALL_ENDED_BY_SCRIPT : CALL_ENDED_BY_API,
				     .code = code,
				     .reason = a->in.by ? "The call's script rejected it."
							: "The call was rejected through the API." });
	methods_reply_call(a);
}

/* What a call is refused with that its program has failed. */
static int failed_code(const struct call *call)
{
	int code = claim_fallback_code(call);

	if (call->direction != CALL_INBOUND || call->answered)
		return 0;
	return code ? code : 503;
}

/* A script that ends before the answer has turned the caller away: nobody has given up. */
static bool is_declined(const struct asked *a)
{
	return a->in.by && !a->in.failed && !a->in.code && a->call->direction == CALL_INBOUND &&
	       !a->call->answered;
}

void method_call_hangup(struct asked *a)
{
	struct call_why why = { .status = a->in.failed ? CALL_FAILED : CALL_CANCELED,
				.by = a->in.by ? CALL_ENDED_BY_SCRIPT : CALL_ENDED_BY_API,
				.code = (int)a->in.code,
				.reason = a->in.reason };

	if (a->in.failed && !why.code)
		why.code = failed_code(a->call);
	else if (is_declined(a))
		why = (struct call_why){ .status = CALL_FAILED,
					 .by = CALL_ENDED_BY_SCRIPT,
					 .code = 603,
					 .reason = "The call's script ended without answering it." };
	call_end(a->call, &why);
	methods_reply_call(a);
}

void method_call_claim(struct asked *a)
{
	if (methods_is_anothers(a))
		methods_refuse(a, CONTROL_CONFLICT, NULL, "Another client has claimed the call.");
	else
		methods_reply_done(a, claim_take(a->call, control_request_peer(a->request)));
}
