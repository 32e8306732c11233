/* What becomes of a dial's caller and of those that it rings. See dial.h. */
#include "daemon/offhookd/place/dial_private.h"

#include "daemon/offhookd/place/arrive.h"
#include "daemon/offhookd/place/place.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <stdlib.h>
#include <string.h>

/* Ends all children but one. */
static void end_others(struct dial *dial, const struct call *but, const struct call_why *why)
{
	for (size_t i = 0; i < dial->count; i++) {
		struct child *child = dial->children[i];
		struct call *call;

		if (!child || child->call == but)
			continue;
		call = ref_hold(child->call);
		dial->children[i] = NULL;
		dial_drop(child);
		call_end(call, why);
		ref_drop(call);
	}
}

/* ---- what becomes of the caller ---- */

static void on_caller_ended(struct call_owner *owner, struct call *caller, const struct call_why *ended)
{
	struct dial *dial = (struct dial *)owner;
	struct call_why why = { .status = CALL_CANCELED, .by = caller->ended_by, .q850 = caller->q850 };

	(void)ended;
	if (why.by == CALL_ENDED_BY_NOBODY)
		why.by = CALL_ENDED_BY_API;
	if (!dial->joined && dial->answered)
		why.reason = "The caller left.";
	if (caller->ended_by == CALL_ENDED_BY_CALLEE || caller->ended_by == CALL_ENDED_BY_LIMIT ||
	    caller->ended_by == CALL_ENDED_BY_FAULT)
		why.reason = caller->reason;
	end_others(dial, NULL, &why);
	dial_free(dial);
}

/* Lets everybody go: the caller and who answered do not end together any more; children that ring are ended.
 */
static void release(struct dial *dial)
{
	struct call_why why = { .status = CALL_CANCELED, .by = CALL_ENDED_BY_API };

	dial_detach(dial);
	end_others(dial, dial->answered, &why);
	dial_free(dial);
}

static void on_caller_severed(struct call_owner *owner, struct call *caller)
{
	(void)caller;
	release((struct dial *)owner);
}

const struct call_owner_ops dial_caller_ops = { .ended = on_caller_ended, .severed = on_caller_severed };

/* ---- what becomes of a child ---- */

static void on_early_media(struct dial *dial, struct call *child)
{
	struct call *caller = dial->caller;

	if (dial->early || !dial->rings || caller->status == CALL_IN_PROGRESS)
		return;
	if (!call_early_media(caller, child->stream.codec))
		return; /* the caller is over, and we with it */
	if (!caller->early)
		return;
	dial->early = child;
	if (media_session_bridge(caller->media, child->media))
		log_warn("call.early_media_failed", caller->id, "with=%s", child->id);
}

static void on_child_ringing(struct call_owner *owner, struct call *call, bool early_media)
{
	struct dial *dial = ((struct child *)owner)->dial;

	if (early_media)
		on_early_media(dial, call);
	else if (dial->is_watched)
		dial->handlers.ringing(dial->handlers.arg);
	else if (dial->rings && dial->caller->status != CALL_IN_PROGRESS)
		call_ring(dial->caller);
}

/* The caller and who has answered talk from now on. */
static void connect_caller(struct dial *dial, struct call *call)
{
	struct call *caller = dial->caller;

	dial->screened = false;
	if (caller->status != CALL_IN_PROGRESS && dial->rings ? !call_answer(caller, call->stream.codec)
							      : call_is_over(caller))
		return;
	media_session_play_stop(caller->media);
	call_bridge(caller, call);
	if (dial->is_watched) {
		dial->is_watched = false;
		dial->joined = true;
		dial->handlers.answered(dial->handlers.arg);
	}
}

bool dial_connect(struct call *caller, struct call *child)
{
	struct dial *dial = dial_of(caller);

	if (!dial || !dial->screened || dial->answered != child)
		return false;
	ref_hold(caller);
	media_session_play_stop(child->media); /* what it was told meanwhile */
	connect_caller(dial, child);
	ref_drop(caller);
	return true;
}

static void on_child_answered(struct call_owner *owner, struct call *call)
{
	struct dial *dial = ((struct child *)owner)->dial;
	struct call *caller = ref_hold(dial->caller);
	struct call_why elsewhere = { .status = CALL_CANCELED,
				      .by = CALL_ENDED_BY_CALLEE,
				      .q850 = UA_Q850_ELSEWHERE,
				      .reason = "It was answered elsewhere." };

	dial->answered = call;
	end_others(dial, call, &elsewhere);
	plan_free(dial->later);
	dial->later = NULL;
	if (!dial->screened)
		connect_caller(dial, call);
	ref_drop(caller);
}

static void on_child_severed(struct call_owner *owner, struct call *call)
{
	(void)call;
	release(((struct child *)owner)->dial);
}

/* Forgets `child`; true when it was the last. */
static bool drop_child(struct dial *dial, struct child *child)
{
	bool last = true;

	for (size_t i = 0; i < dial->count; i++) {
		if (dial->children[i] == child)
			dial->children[i] = NULL;
		else if (dial->children[i])
			last = false;
	}
	dial_drop(child);
	return last;
}

/* A joined caller ends as its callee did: refused with its refusal, or hung up. */
static void end_caller(struct dial *dial, const struct call *child, const struct call_why *why)
{
	struct call *caller = dial->caller;
	struct call_why mine = *why;

	if (caller->status != CALL_IN_PROGRESS) {
		mine.code = dial->best_code ? dial->best_code : why->code;
		/* the caller is not asked for a trunk's password */
		if (mine.code == 401 || mine.code == 407)
			mine.code = 503;
		if (!mine.code)
			mine.code = why->status == CALL_NO_ANSWER  ? 480
				    : why->status == CALL_CANCELED ? 487
								   : 500;
		mine.status = child->status;
	}
	mine.reason = child->reason;
	call_end(caller, &mine);
}

/* Nobody answered, and whoever began it is told in place of the caller. */
static void fail(struct dial *dial, int code)
{
	struct call *caller = dial->caller;
	struct dial_handlers handlers = dial->handlers;

	if (!code)
		code = dial->best_code ? dial->best_code : 480;
	dial->is_watched = false;
	dial_detach(dial);
	if (caller->media)
		media_session_play_stop(caller->media);
	dial_free(dial);
	handlers.failed(caller, code, handlers.arg);
}

/* Nobody answers, and a callee wants the caller at a number that we answer: call forwarding to a mailbox,
 * say.
 */
static void lead_on(struct dial *dial)
{
	struct call *caller = dial->caller;
	struct place *place = dial->place;
	struct dial_handlers handlers = dial->handlers;
	bool is_watched = dial->is_watched;
	const struct conf_number *number = conf_number_find(place->conf, dial->leads_to);

	dial->is_watched = false;
	dial_detach(dial);
	dial_free(dial);
	if (caller->media)
		media_session_play_stop(caller->media);
	if (is_watched)
		handlers.answered(handlers.arg);
	arrive_or_end(place, caller, number);
}

/* Whether it may: a script whose call it is goes on itself. */
static bool leads_on(const struct dial *dial)
{
	const struct conf_number *number =
	    dial->leads_to ? conf_number_find(dial->place->conf, dial->leads_to) : NULL;

	return number && arrive_answers(number) && (dial->is_watched || dial->joined);
}

/* All children have ended. */
static void conclude(struct dial *dial, const struct call *child, const struct call_why *why,
		     bool was_answered)
{
	struct call *caller = dial->caller;
	const bool was_screened = dial->screened;

	if (!was_answered && leads_on(dial)) {
		lead_on(dial);
	} else if (dial->is_watched) {
		fail(dial, why->code);
	} else if (dial->joined) {
		end_caller(dial, child, why);
	} else {
		dial_detach(dial);
		if (caller->media && (!was_answered || was_screened))
			media_session_play_stop(caller->media);
		dial_free(dial);
	}
}

static void on_child_ended(struct call_owner *owner, struct call *call, const struct call_why *why)
{
	struct dial *dial = ((struct child *)owner)->dial;
	struct call *caller = ref_hold(dial->caller);
	bool was_answered = dial->answered == call, last;

	if (dial->early == call)
		dial->early = NULL;
	if (why->code > dial->best_code)
		dial->best_code = why->code;
	if (why->leads_to && !dial->leads_to)
		dial->leads_to = strdup(why->leads_to);
	last = drop_child(dial, (struct child *)owner);
	if (last && !was_answered && dial->later && !dial->starting && !leads_on(dial))
		last = dial_try_later(dial) != 0;
	if (last && !dial->starting)
		conclude(dial, call, why, was_answered);
	ref_drop(caller);
}

const struct call_owner_ops dial_child_ops = { .ringing = on_child_ringing,
					       .answered = on_child_answered,
					       .severed = on_child_severed,
					       .ended = on_child_ended };
