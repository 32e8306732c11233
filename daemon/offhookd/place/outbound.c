/* See outbound.h. */
#include "daemon/offhookd/place/outbound.h"

#include "daemon/offhookd/place/claim.h"
#include "daemon/offhookd/place/outbound_private.h"
#include "daemon/offhookd/place/place.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "lib/ref.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { Q850_NO_ANSWER = 19 }; /* the user was alerted, and did not answer */

/* ---- placing ---- */

/* Who ended a call that nobody took: the callee only if it was asked and said something. */
static enum call_ender ender_of(const struct plan *plan, bool unpaid)
{
	return unpaid ? CALL_ENDED_BY_LIMIT : plan->heard ? CALL_ENDED_BY_CALLEE : CALL_ENDED_BY_FAULT;
}

/* Why, where nobody has said anything. */
static const char *unheard_reason(char out[160], const struct call *call, int code)
{
	const char *what = code == 408 ? "did not answer what it was sent" : "could not be reached";

	const char *unreachable = outbound_plan(call)->unreachable;
	const struct trunk *trunk = trunk_find(outbound_plan(call)->place->trunks, call->trunk);
	const char *distrust = trunk ? trunk_distrusted(trunk) : NULL;

	if (distrust)
		snprintf(out, 160, "Trunk %.40s shows a certificate that is not trusted: %s.", call->trunk,
			 distrust);
	else if (call->trunk)
		snprintf(out, 160, "Trunk %.64s %s.", call->trunk, what);
	else if (call->user && unreachable[0])
		snprintf(out, 160, "The phone of user %.20s %s: %.84s.", call->user, what, unreachable);
	else if (call->user)
		snprintf(out, 160, "The phone of user %.64s %s.", call->user, what);
	else
		snprintf(out, 160, "The far end %s.", what);
	return out;
}

void outbound_fail(struct call *call, int code, const char *reason, int q850)
{
	const struct plan *plan = outbound_plan(call);
	bool unpaid = plan->unpaid && code == plan->unpaid_code;
	char text[160];

	if (!reason && !plan->heard)
		reason = unheard_reason(text, call, code);
	call_end(call, &(struct call_why){ .status = call_status_from_sip(code),
					   .by = ender_of(plan, unpaid),
					   .code = code,
					   .q850 = unpaid ? 0 : q850,
					   .reason = unpaid ? plan->unpaid : reason });
}

static void on_ring_time(struct call *call)
{
	call_end(call, &(struct call_why){ .status = CALL_NO_ANSWER,
					   .by = CALL_ENDED_BY_LIMIT,
					   .q850 = Q850_NO_ANSWER,
					   .reason = "Nobody answered in time." });
}

static void on_nobody(struct call *call)
{
	const struct plan *plan = outbound_plan(call);
	char reason[STORY_WHY_MAX + 40];

	if (plan->busy) {
		snprintf(reason, sizeof reason, "User %s has as many calls as max-calls allows.", call->user);
		call_end(call,
			 &(struct call_why){
			     .status = CALL_BUSY, .by = CALL_ENDED_BY_LIMIT, .code = 486, .reason = reason });
		return;
	}
	if (plan->passed_over) {
		snprintf(reason, sizeof reason, "No trunk of the route is up%s%s",
			 plan->passed_for ? ": " : ".", plan->passed_for ? plan->passed : "");
		outbound_fail(call, 503, reason, 0);
		return;
	}
	if (call->user && plan->unreachable[0])
		snprintf(reason, sizeof reason, "The phone of user %.32s cannot be reached: %.88s.",
			 call->user, plan->unreachable);
	else if (call->user)
		snprintf(reason, sizeof reason, "No phone is registered for user %s.", call->user);
	else
		snprintf(reason, sizeof reason, "There is nowhere to send the call to.");
	call_end(call,
		 &(struct call_why){
		     .status = CALL_NO_ANSWER, .by = CALL_ENDED_BY_FAULT, .code = 480, .reason = reason });
}

static void on_unreachable(struct call *call)
{
	int code = outbound_plan(call)->best_code;

	outbound_fail(call, code ? code : 503,
		      call->trunk ? "No trunk of the route can take the call." : NULL, 0);
}

static void start(struct call *call, unsigned ring_s)
{
	if (outbound_plan(call)->count == 0)
		call_set_timer(call, 1, on_nobody);
	else if (!outbound_ring_group(call) && !outbound_ring_next(call))
		call_set_timer(call, 1, on_unreachable);
	else
		call_set_timer(call, ring_s * 1000, on_ring_time);
}

static int add_call(struct call **out, struct calls *calls, const struct originate_params *p)
{
	struct call_params params = {
		.id = p->id,
		.parent_id = p->parent ? p->parent->id : NULL,
		.direction = CALL_OUTBOUND,
		.account = p->account,
		.from = p->from,
		.to = p->to,
		.from_name = p->from_name,
		.user = p->plan->user,
		.trunk = p->plan->count ? p->plan->places[0].trunk : NULL,
		.tag = p->tag,
		.headers = p->headers,
		.emergency = p->emergency,
	};

	return calls_add(out, calls, &params);
}

static int prepare(struct call *call, const struct originate_params *p)
{
	snprintf(call->routed, sizeof call->routed, "%s", p->plan->routed);
	if (p->plan->passed[0])
		story_tried(call, &(struct story_tried){ .why = p->plan->passed });
	call->limit_s = p->limit_s;
	call->asks_refer = p->asks_refer;
	call->hidden = p->parent && p->parent->hidden;
	if (p->parent)
		call->max_forwards = p->parent->max_forwards - 1;
	call->leg_count = CALL_LEGS_MAX; /* a redirection may add to the plan */
	call->legs = calloc(call->leg_count, sizeof *call->legs);
	if (!call->legs) {
		call->leg_count = 0;
		return ENOMEM;
	}
	for (size_t i = 0; i < call->leg_count; i++)
		call->legs[i].call = call;
	if (claim_take(call, p->claimed_by))
		return ENOMEM;
	return call_need_media(call);
}

struct outbound *outbound_make(const struct originate_params *p)
{
	struct outbound *outbound = calloc(1, sizeof *outbound);

	if (!outbound) {
		plan_free(p->plan);
		return NULL;
	}
	outbound->plan = p->plan;
	outbound->record = p->record;
	outbound->record_channels = p->record_channels;
	outbound->record_track = p->record_track;
	outbound->record_trim = p->record_trim;
	outbound->record_file = p->record_file ? strdup(p->record_file) : NULL;
	return outbound;
}

int originate(struct call **out, struct place *place, const struct originate_params *params)
{
	struct outbound *outbound;
	struct call *call;
	int err = add_call(&call, place->calls, params);

	if (err) {
		plan_free(params->plan);
		return err;
	}
	outbound = outbound_make(params);
	err = ENOMEM;
	if (outbound) {
		outbound_own(call, outbound);
		err = prepare(call, params);
	}
	if (err) {
		call_end(call,
			 &(struct call_why){ .status = CALL_FAILED,
					     .by = CALL_ENDED_BY_FAULT,
					     .code = 503,
					     .reason = "The switch has no port or memory left for it." });
		return err;
	}
	if (params->owner)
		call_own(call, params->owner, params->owner_ops);
	start(call, params->ring_s ? params->ring_s : place->conf->sip.ring_timeout_s);
	*out = call;
	return 0;
}

/* ---- what becomes of it ---- */

/* Settles the stream. NULL, or why it cannot be. */
static const char *take_answer(struct call *call, const struct leg *leg, const struct ua_sdp *sdp)
{
	const struct plan_place *place = &outbound_plan(call)->places[leg - call->legs];
	struct media_remote stream;
	int err;

	if (call_accept(call, &stream, sdp))
		return "The phone answered with none of the codecs it was offered.";
	call->srtp = place->srtp;
	call->dtmf = place->dtmf;
	call->in_clear = place->transport != CONF_TLS;
	err = call_accept_keys(call, leg, sdp, &stream);
	if (err)
		return sdes_reason(err);
	stream.signal = leg->peer;
	call->stream = stream;
	return NULL;
}

/* Whether its early media is to be settled: the first to have some, and whatever that one says later: another
 * description is another announcement, or another phone behind a carrier that forks (RFC 3960). */
static bool early_counts(const struct call *call, const struct leg *leg)
{
	return !call->early || call->early_leg == leg;
}

void outbound_on_progress(struct leg *leg, int code, const struct ua_sdp *sdp)
{
	struct call *call = leg->call;
	bool media, first;

	outbound_stop_expecting(call);
	outbound_plan(call)->heard = true;
	if (code == 100)
		return;
	media = sdp && early_counts(call, leg) && !take_answer(call, leg, sdp);
	first = media && !call->early;

	ref_hold(call);
	if (media) {
		call->early = call->negotiated = true;
		call->early_leg = leg;
		call_set_far_end(call);
	}
	if (call->status == CALL_QUEUED)
		call_move(call, CALL_RINGING);
	if (first && !call_is_over(call))
		call_publish(call, "call.early_media", NULL);
	if ((first || !media) && !call_is_over(call))
		call_tell_ringing(call, media);
	ref_drop(call);
}

/* Those that did not answer are told why they stop ringing. */
static void cancel_others(struct call *call, const struct leg *winner)
{
	for (size_t i = 0; i < call->leg_count; i++) {
		struct ua_call *ua = call->legs[i].ua;

		if (&call->legs[i] == winner || !ua)
			continue;
		call->legs[i].ua = NULL;
		ua_call_close(ua, UA_REASON_ELSEWHERE);
	}
}

static bool accept_answer(struct call *call, const struct leg *leg, const struct ua_sdp *sdp,
			  const char *trouble)
{
	char text[CALL_TROUBLE_MAX];
	const char *why = NULL;

	if (sdp)
		why = take_answer(call, leg, sdp);
	else if (!call->early && trouble)
		why = call_sdp_trouble(text, "The phone's answer", trouble);
	else if (!call->early)
		why = "The phone answered without a session description.";
	call_forget_offered(call);
	if (why) {
		call_end(call,
			 &(struct call_why){
			     .status = CALL_FAILED, .by = CALL_ENDED_BY_FAULT, .code = 488, .reason = why });
		return false;
	}
	call->negotiated = true;
	call_set_far_end(call);
	return true;
}

static void record_if_asked(struct call *call)
{
	const struct outbound *o = outbound_of(call);

	if (o->record)
		call_record(call, NULL,
			    &(struct media_record){ .file = o->record_file,
						    .channels = o->record_channels ? o->record_channels : 1,
						    .track = o->record_track,
						    .trim_silence = o->record_trim },
			    NULL);
}

void outbound_up(struct call *call)
{
	if (call->status == CALL_QUEUED)
		call_move(call, CALL_RINGING);
	call_move(call, CALL_IN_PROGRESS);
	call_start_limit(call);
	record_if_asked(call);
	call_tell_answered(call);
}

void outbound_on_answered(struct leg *leg, const struct ua_sdp *sdp, const char *trouble)
{
	struct call *call = leg->call;

	ref_hold(call);
	outbound_stop_expecting(call);
	call->leg = leg;
	snprintf(call->sip_call_id, sizeof call->sip_call_id, "%s", ua_call_id(leg->ua));
	cancel_others(call, leg);
	if (accept_answer(call, leg, sdp, trouble))
		outbound_up(call);
	ref_drop(call);
}

void outbound_on_hangup(struct call *call, const struct ua_end *why)
{
	struct call_why mine = { .status = CALL_COMPLETED, .by = CALL_ENDED_BY_CALLEE, .q850 = why->q850 };

	if (why->code) {
		mine.by = CALL_ENDED_BY_FAULT;
		mine.code = why->code;
		mine.reason = why->expired ? "The far end has gone without a word: its session timer ran out."
					   : "The connection to the far end was lost.";
	}
	call_end(call, &mine);
}
