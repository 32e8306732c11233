/* A place refuses, redirects or is silent: where the call goes then. See outbound_private.h. */
#include "daemon/offhookd/place/outbound_private.h"

#include "daemon/offhookd/place/arrive.h"
#include "daemon/offhookd/place/limits.h"
#include "daemon/offhookd/place/ours.h"
#include "daemon/offhookd/place/place.h"
#include "daemon/offhookd/trunks/number_format.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Which of two refusals says more to the caller: a decision of the callee before one of the network. */
static int rank(int code)
{
	if (code >= 600)
		return 6;
	if (code == 486)
		return 5;
	if (code == 480 || code == 408)
		return 3;
	if (code == 404 || code == 488 || code == 403)
		return 4;
	return code ? 2 : 0;
}

/* Failures of a way that another may not have, where no route says which. */
static bool is_worth_another(int code)
{
	return code == 408 || code == 480 || (code >= 500 && code < 600) || code == 403 || code == 404;
}

/* Whether the call goes on, to the next group. */
static bool goes_on(struct plan *plan, const struct plan_place *place, int code)
{
	bool same = code == 408 || code == 503;

	if (!place->trunk)
		return code < 600 && is_worth_another(code);
	if (!same)
		outbound_leave_trunk(plan);
	for (size_t i = 0; i < plan->failover_count; i++)
		if (plan->failover_on[i] == code)
			return true;
	if (!plan->failover_count && conf_route_fails_over(NULL, code))
		return true;
	/* not to another trunk, but perhaps to another server of this one */
	return same && outbound_is_further_server(plan, (size_t)(place - plan->places) + 1);
}

static bool anyone_rings(const struct call *call)
{
	for (size_t i = 0; i < call->leg_count; i++)
		if (call->legs[i].ua)
			return true;
	return false;
}

enum { REDIRECTS_MAX = 5 };

/* What a redirection to ourselves asks for: the user of its URI, which a trunk writes in its way. */
static int read_contact(char out[ROUTE_TEXT_MAX], const struct plan *plan, const struct plan_place *place,
			const char *contact)
{
	const struct trunk *trunk = place->trunk ? trunk_find(plan->place->trunks, place->trunk) : NULL;
	const char *at = strchr(contact, ':');
	char number[NUMBER_TEXT_MAX];

	if (!at || (size_t)snprintf(out, ROUTE_TEXT_MAX, "%.*s", (int)strcspn(at + 1, "@;>"), at + 1) >=
		       ROUTE_TEXT_MAX)
		return EINVAL;
	if (trunk && number_format_in(number, &trunk_conf(trunk)->numbering, out))
		snprintf(out, ROUTE_TEXT_MAX, "%s", number);
	return 0;
}

/* Whether it may send a call there: a phone where its user may call, a trunk to our users and numbers. */
static bool is_allowed(const struct call *call, const struct plan_place *place, const struct route *route)
{
	char reason[LIMITS_REASON_SIZE];

	if (place->trunk)
		return route->kind == ROUTE_USER || route->kind == ROUTE_NUMBER;
	/* the caller's account pays, so it is that of the phone that decides */
	if (route->kind == ROUTE_TRUNKS && strcmp(call_far_account(call), call->account) != 0)
		return false;
	return limits_check_route(call->calls->conf, call->account, call->user, route, reason) == 0;
}

/* Where a redirection leads is rung next. A carrier may name any place; a phone only what its user may call,
 * so it is routed, and so is what leads to ourselves. *own: it is a number that we answer ourselves. */
static int add_redirection(struct call *call, const struct plan_place *place, const struct ua_end *why,
			   const struct conf_number **own)
{
	struct plan *plan = outbound_plan(call);
	struct route route;
	char to[ROUTE_TEXT_MAX];

	if (strncasecmp(why->contact, "sip:", 4) != 0 && strncasecmp(why->contact, "sips:", 5) != 0 &&
	    strncasecmp(why->contact, "tel:", 4) != 0)
		return EPROTONOSUPPORT;
	if (place->trunk && !why->leads_back)
		return plan_add_uri(plan, why->contact, place);
	if (read_contact(to, plan, place, why->contact))
		return EINVAL;
	/* a number is ours to route whatever the host that a phone has written beside it */
	if (!why->leads_back && !ours_uri(plan->place, why->contact) && !ours_looks_dialled(to)) {
		log_info("call.redirect_elsewhere", call->id, "contact=%s", log_quote(why->contact));
		return ENOENT;
	}
	route_find(&route, plan->place->conf, call->account, to);
	if (route.kind == ROUTE_NONE)
		return ENOENT;
	if (!is_allowed(call, place, &route) || !arrive_may(call, &route)) {
		log_info("call.redirect_denied", call->id, "contact=%s user=%s trunk=%s",
			 log_quote(why->contact), log_quote(call->user), log_quote(place->trunk));
		return EPERM;
	}
	if (route.kind == ROUTE_USER)
		return plan_add_user(plan, route.user);
	if (route.kind == ROUTE_TRUNKS)
		return plan_add_trunks(plan, route.route, route.targets, route.target_count, route.to);
	if (!arrive_answers(route.number))
		return plan_add_number(plan, route.number);
	*own = route.number;
	return 0;
}

/* Its caller is wanted at a number that we answer: whoever rang this place for it takes it there. */
static void lead_to(struct call *call, const struct plan_place *place, const struct conf_number *number)
{
	char reason[160];

	snprintf(reason, sizeof reason, "%s redirected the call to %.64s.",
		 place->trunk ? "The trunk" : "The phone", number->number);
	call_end(call, &(struct call_why){ .status = CALL_NO_ANSWER,
					   .by = CALL_ENDED_BY_CALLEE,
					   .code = 480,
					   .reason = reason,
					   .leads_to = number->number });
}

enum followed { FOLLOWED_NOT, FOLLOWED, FOLLOWED_HOME };

/* Follows a 3xx. FOLLOWED_NOT: it leads nowhere; FOLLOWED_HOME: to ourselves, and the call is over. */
static enum followed follow(struct call *call, const struct plan_place *place, const struct ua_end *why)
{
	struct plan *plan = outbound_plan(call);
	const struct conf_number *own = NULL;
	size_t before = plan->count;

	if (why->code < 300 || why->code > 302 || !why->contact || plan->redirects >= REDIRECTS_MAX)
		return FOLLOWED_NOT;
	plan->redirects++;
	if (add_redirection(call, place, why, &own) || (plan->count == before && !own))
		return FOLLOWED_NOT;
	log_info("call.redirected", call->id, "contact=%s", log_quote(why->contact));
	if (own) {
		lead_to(call, place, own);
		return FOLLOWED_HOME;
	}
	plan->group = plan->places[before].group - 1; /* it takes the place of what else the plan had */
	return FOLLOWED;
}

/* What a refusal means, where its code alone would not say; NULL: it does. */
static const char *reason_of(char out[160], const struct call *call, const struct plan_place *place,
			     const struct ua_end *why)
{
	const int code = why->code;
	const struct trunk *trunk = trunk_find(outbound_plan(call)->place->trunks, place->trunk);

	if (why->barred)
		return LIMITS_AT_TRUNK;
	if (code == 488 && place->srtp == CONF_SRTP_REQUIRED)
		return "The far end refuses what it was offered: audio that is encrypted, which srtp "
		       "requires "
		       "of it.";
	if (code == 488 && !place->savp)
		return "The far end refuses what it was offered: none of the codecs is its own, or it "
		       "demands "
		       "encryption.";
	if ((code != 401 && code != 407) || !trunk)
		return NULL;
	if (trunk_conf(trunk)->username && trunk_conf(trunk)->password && why->unanswered)
		snprintf(out, 160, "Trunk %.64s lets nobody in that we could be. %s", place->trunk,
			 why->unanswered);
	else if (trunk_conf(trunk)->username && trunk_conf(trunk)->password)
		snprintf(out, 160, "Trunk %.64s does not accept our credentials.", place->trunk);
	else
		snprintf(out, 160,
			 "Trunk %.64s asks for credentials, and has no username and password in the conf.",
			 place->trunk);
	return out;
}

/* A place has failed: goes on, or ends the call. */
static void on_failed_place(struct call *call, const struct plan_place *place, const struct ua_end *why)
{
	struct plan *plan = outbound_plan(call);
	enum followed followed;
	char reason[160];

	if (rank(why->code) > rank(plan->best_code))
		plan->best_code = why->code;
	if (why->code < 600 && anyone_rings(call))
		return;
	outbound_stop_expecting(call);
	followed = follow(call, place, why);
	if (followed == FOLLOWED_HOME || (followed == FOLLOWED && outbound_ring_next(call)))
		return;
	if (goes_on(plan, place, why->code) && outbound_ring_next(call))
		return;
	if (why->code < 400 && plan->best_code < 400)
		outbound_fail(call, 480,
			      place->trunk ? "The trunk redirected the call to where it cannot be followed."
					   : "The phone redirected the call to where it cannot be followed.",
			      why->q850);
	else
		outbound_fail(call, plan->best_code ? plan->best_code : why->code,
			      reason_of(reason, call, place, why), why->q850);
}

/* Phones that always encrypt take RTP/SAVP alone, and refuse an offer that leaves it open (sdes.h). */
static bool ask_with_savp(struct call *call, struct plan_place *place, int code)
{
	if (place->srtp != CONF_SRTP_OFFERED || place->savp || (code != 488 && code != 415 && code != 606))
		return false;
	place->savp = true;
	return outbound_ring_again(call, (size_t)(place - outbound_plan(call)->places));
}

/* 422: it takes no session timer as short as ours (RFC 4028 section 7.3). */
static bool ask_with_longer_timer(struct call *call, struct plan_place *place, const struct ua_end *why)
{
	if (why->code != 422 || why->min_se_s <= place->session_s)
		return false;
	place->session_s = why->min_se_s;
	return outbound_ring_again(call, (size_t)(place - outbound_plan(call)->places));
}

static void note_tried(struct call *call, const struct plan_place *place, const struct ua_end *why)
{
	story_tried(call, &(struct story_tried){ .trunk = place->trunk,
						 .user = place->trunk ? NULL : call->user,
						 .at = place->uri ? place->uri : place->route,
						 .code = why->code,
						 .unheard = why->unheard,
						 .why = why->phrase });
}

void outbound_on_refused(struct leg *leg, const struct ua_end *why)
{
	struct call *call = leg->call;
	struct ua_call *ua = leg->ua;
	struct plan_place *place = &outbound_plan(call)->places[leg - call->legs];

	leg->ua = NULL;
	ua_call_close(ua, NULL);
	outbound_plan(call)->heard = outbound_plan(call)->heard || !why->unheard;
	log_info("call.refused", call->id, "uri=%s trunk=%s code=%d phrase=%s", log_quote(place->uri),
		 log_quote(place->trunk), why->code, log_quote(why->phrase));
	note_tried(call, place, why);
	if (!ask_with_savp(call, place, why->code) && !ask_with_longer_timer(call, place, why))
		on_failed_place(call, place, why);
}

void outbound_on_silence(int fd, short what, void *arg)
{
	struct ua_end why = { .code = 408, .unheard = true, .phrase = "It said nothing within try-timeout." };
	const struct plan_place *place = NULL;
	struct call *call = arg;

	(void)fd, (void)what;
	ref_hold(call);
	for (size_t i = 0; i < call->leg_count; i++) {
		struct ua_call *ua = call->legs[i].ua;

		if (!ua)
			continue;
		place = &outbound_plan(call)->places[i];
		call->legs[i].ua = NULL;
		ua_call_close(ua, NULL);
	}
	if (place && !call_is_over(call)) {
		log_warn("call.trunk_silent", call->id, "trunk=%s route=%s", log_quote(place->trunk),
			 log_quote(place->route));
		note_tried(call, place, &why);
		on_failed_place(call, place, &why);
	}
	ref_drop(call);
}
