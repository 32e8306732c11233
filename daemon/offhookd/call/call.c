/* The life of a call: see call.h. */
#include "daemon/offhookd/call/call.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- making and forgetting ---- */

static void free_sdp(struct call *call)
{
	call_forget_keys(call);
	if (call->sdp)
		free(call->sdp->offer);
	free(call->sdp);
	call->sdp = NULL;
}

static void destroy(void *object)
{
	struct call *call = object;

	event_del(&call->timer);
	call_free_owners(call);
	call_collect_free(call);
	json_decref(call->tried);
	json_decref(call->headers);
	free_sdp(call);
	conf_strings_clear(&call->codecs);
	free(call->legs);
	free(call->account);
	free(call->from);
	free(call->to);
	free(call->from_name);
	free(call->user);
	free(call->trunk);
	free(call->number);
	free(call->tag);
	free(call->reason);
	for (size_t i = 0; i < MEDIA_RECORDINGS_MAX; i++)
		free(call->recordings[i].file);
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct call *call = arg;
	void (*handler)(struct call *) = call->on_timer;

	(void)fd, (void)what;
	call->on_timer = NULL;
	ref_hold(call);
	if (handler && !call_is_over(call))
		handler(call);
	ref_drop(call);
}

/* UTC as it was when the call began, and has gone on since, whoever sets the clock. */
static int64_t now_of(const struct call *call)
{
	return call->created + (clock_mono_us() - call->created_us) / 1000;
}

static void fill(struct call *call, struct calls *calls, const struct call_params *p)
{
	call->calls = calls;
	call->direction = p->direction;
	call->status = CALL_QUEUED;
	call->created = clock_utc_ms();
	call->created_us = clock_mono_us();
	call->max_forwards = 70;
	call->account = copy(p->account);
	call->from = copy(p->from ? p->from : "anonymous");
	call->to = copy(p->to ? p->to : "");
	call->from_name = copy(p->from_name);
	call->user = copy(p->user);
	call->trunk = copy(p->trunk);
	call->number = copy(p->number);
	call->tag = copy(p->tag);
	call->headers = json_incref(p->headers);
	call->emergency = p->emergency;
	if (p->source)
		snprintf(call->source, sizeof call->source, "%s", p->source);
	if (p->parent_id)
		snprintf(call->parent_id, sizeof call->parent_id, "%s", p->parent_id);
	if (p->id)
		snprintf(call->id, sizeof call->id, "%s", p->id);
	else
		random_uuid(call->id);
	evtimer_assign(&call->timer, calls->base, on_timer, call);
}

const char *call_far_account(const struct call *call)
{
	const struct conf *conf = call->calls->conf;
	const struct conf_user *user = call->user ? conf_user_by_name(conf, call->user) : NULL;
	const struct conf_trunk *trunk = !user && call->trunk ? conf_trunk_by_name(conf, call->trunk) : NULL;

	return user ? user->account->name : trunk ? trunk->account->name : call->account;
}

int call_alloc(struct call **out, struct calls *calls, const struct call_params *params)
{
	struct call *call = ref_alloc(sizeof *call, destroy);

	if (!call)
		return ENOMEM;
	call->sdp = calloc(1, sizeof *call->sdp);
	fill(call, calls, params);
	if (!call->sdp) {
		ref_drop(call);
		return ENOMEM;
	}
	*out = call;
	return 0;
}

/* What only a live call needs. */
static void strip(struct call *call)
{
	free_sdp(call);
	free(call->legs);
	call->legs = NULL;
	call->leg_count = 0;
}

/* ---- state ---- */

void call_set_trunk(struct call *call, const char *trunk)
{
	if (call->trunk && trunk && strcmp(call->trunk, trunk) == 0)
		return;
	call_tell_trunk(call, -1);
	free(call->trunk);
	call->trunk = copy(trunk);
	call_tell_trunk(call, 1);
}

void call_move(struct call *call, enum call_status to)
{
	const char *suite = media_srtp_name(call->stream.srtp.suite);

	if (call->status == to)
		return;
	if (!call_state_may_move(call->status, to)) {
		log_error("call.illegal_move", call->id, "from=%s to=%s", call_status_name(call->status),
			  call_status_name(to));
		return;
	}
	call->status = to;
	if (to == CALL_RINGING)
		call->ringing = now_of(call);
	if (to == CALL_IN_PROGRESS)
		call->answered = now_of(call);
	log_info(to == CALL_RINGING ? "call.ringing" : "call.answered", call->id, "codec=%s srtp=%s",
		 call->negotiated && call->stream.codec ? call->stream.codec->name : "",
		 suite ? suite : "off");
	call_publish_state(call);
}

void call_set_timer(struct call *call, unsigned ms, void (*handler)(struct call *call))
{
	evtimer_del(&call->timer);
	call->on_timer = handler;
	if (ms && handler)
		event_add(&call->timer, &(struct timeval){ ms / 1000, ms % 1000 * 1000 });
}

static void on_limit(struct call *call)
{
	call_end(call, &(struct call_why){ .status = CALL_COMPLETED,
					   .by = CALL_ENDED_BY_LIMIT,
					   .reason = "The time limit of the call was reached." });
}

static unsigned least(unsigned a, unsigned b)
{
	if (a == 0 || b == 0)
		return a + b;
	return a < b ? a : b;
}

/* The least of what was asked for it and what conf allows [s]; 0: for ever. */
static unsigned longest(const struct call *call)
{
	const struct conf *conf = call->calls->conf;
	const struct conf_account *account = conf_account_by_name(conf, call->account);
	const struct conf_user *user = call->user ? conf_user_by_name(conf, call->user) : NULL;
	unsigned s = least(call->limit_s, conf->sip.max_duration_s);

	if (call->emergency)
		return 0;
	if (account)
		s = least(s, account->max_duration_s);
	return user ? least(s, user->max_duration_s) : s;
}

void call_start_limit(struct call *call)
{
	int64_t ms = (int64_t)longest(call) * 1000, gone = call->answered ? now_of(call) - call->answered : 0;

	if (ms)
		call_set_timer(call, (unsigned)(ms > gone ? ms - gone : 1), on_limit);
	else
		call_set_timer(call, 0, NULL);
}

/* ---- the end ---- */

static const char *default_reason(const struct call *call, const struct call_why *why)
{
	bool answered = call->answered != 0;

	switch (why->by) {
	case CALL_ENDED_BY_CALLER:
		return answered ? "The caller hung up." : "The caller gave up before the call was answered.";
	case CALL_ENDED_BY_CALLEE:
		return answered ? "The called party hung up." : call_reason_from_sip(why->code);
	case CALL_ENDED_BY_API:
		return answered ? "The call was hung up through the API."
				: "The call was canceled through the API.";
	case CALL_ENDED_BY_SCRIPT:
		return "The call's script ended it.";
	default:
		return why->code ? call_reason_from_sip(why->code) : "The call ended.";
	}
}

static void note_end(struct call *call, const struct call_why *why)
{
	enum call_status status =
	    call->status == CALL_IN_PROGRESS && !why->lost ? CALL_COMPLETED : why->status;

	if (!call_state_may_move(call->status, status)) {
		log_error("call.illegal_move", call->id, "from=%s to=%s", call_status_name(call->status),
			  call_status_name(status));
		status = CALL_FAILED;
	}
	call->reason = strdup(why->reason ? why->reason : default_reason(call, why));
	call->ended = now_of(call);
	call->ended_by = why->by;
	call->sip_code = why->code;
	call->q850 = why->q850 ? why->q850 : call_q850_from_sip(call->answered ? 0 : why->code);
	call->status = status;
	log_info("call.ended", call->id, "status=%s by=%s code=%d q850=%d duration_ms=%lld reason=%s",
		 call_status_name(status), call_ender_name(why->by) ? call_ender_name(why->by) : "",
		 why->code, call->q850, (long long)(call->answered ? call->ended - call->answered : 0),
		 log_quote(call->reason));
}

/* What an inbound call that was never answered is refused with. 487 is for those who cancel themselves (RFC
 * 3261 section 21.4.25). */
static int refusal_code(const struct call *call, const struct call_why *why)
{
	if (why->code >= 300 && why->code < 700)
		return why->code;
	switch (call->status) {
	case CALL_BUSY:
		return 486;
	case CALL_NO_ANSWER:
		return 480;
	case CALL_CANCELED:
		return why->by == CALL_ENDED_BY_CALLER ? 487 : 603;
	default:
		return why->by == CALL_ENDED_BY_FAULT ? 500 : 603;
	}
}

static void reject(struct call *call, struct ua_call *ua, const struct call_why *why, const char *cause)
{
	struct ua_header headers[2];
	char text[256];
	size_t n = 0;

	if (why->q850) /* RFC 6432: where it says more than the code */
		headers[n++] = (struct ua_header){ "Reason", cause };
	snprintf(text, sizeof text, "%d %.80s \"%.150s\"", why->warning, call->calls->conf->sip.domain,
		 call->reason ? call->reason : "");
	if (why->warning)
		headers[n++] = (struct ua_header){ "Warning", text };
	ua_call_reject(ua, &(struct ua_refusal){ .code = refusal_code(call, why),
						 .retry_after_s = why->retry_after_s,
						 .headers = headers,
						 .header_count = n });
}

static void close_legs(struct call *call, const struct call_why *why)
{
	char reason[64];

	snprintf(reason, sizeof reason, "Q.850;cause=%d", call->q850 ? call->q850 : 16);
	if (call->direction == CALL_OUTBOUND && !call->answered && call->q850 == UA_Q850_ELSEWHERE)
		snprintf(reason, sizeof reason, "%s", UA_REASON_ELSEWHERE);
	for (size_t i = 0; i < call->leg_count; i++) {
		struct ua_call *ua = call->legs[i].ua;

		if (!ua)
			continue;
		call->legs[i].ua = NULL;
		if (call->direction == CALL_INBOUND && !call->answered)
			reject(call, ua, why, reason);
		ua_call_close(ua, reason);
	}
	call->leg = NULL;
}

void call_end(struct call *call, const struct call_why *why)
{
	struct call *tied;

	if (call_is_over(call))
		return;
	tied = ref_hold(call->tied);
	ref_hold(call);
	call_set_timer(call, 0, NULL);
	call_collect_end(call, "stopped");
	note_end(call, why);
	call_unbridge(call);
	call_untie(call);
	call_tell_leaves(call);
	close_legs(call, why);
	if (call->media) {
		media_session_close(call->media);
		call->media = NULL;
	}
	call_publish_state(call);
	strip(call);
	calls_retire(call);
	call_tell_ended(call, why);
	if (tied)
		call_end(tied, &(struct call_why){ .status = CALL_COMPLETED,
						   .by = why->by,
						   .q850 = why->q850,
						   .reason = call->reason });
	ref_drop(tied);
	ref_drop(call);
}
