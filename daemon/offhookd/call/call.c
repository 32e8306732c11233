/* The life of a call: see call.h. */
#include "daemon/offhookd/call/call.h"

#include "daemon/offhookd/money/charge.h"
#include "daemon/offhookd/conference/conference.h"
#include "daemon/offhookd/place/dial.h"
#include "daemon/offhookd/call/limits.h"
#include "daemon/offhookd/sw/sw.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum { ENDED_KEEP_MS = 60000, ENDED_MAX = 4096 };

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
	event_del(&call->collect.timer);
	charge_free(call);
	json_decref(call->headers);
	plan_free(call->plan);
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
	free(call->record_file);
	free(call->referred_to);
	free(call->recording.file);
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

static void fill(struct call *call, struct sw *sw, const struct call_params *p)
{
	call->sw = sw;
	call->direction = p->direction;
	call->status = CALL_QUEUED;
	call->created = clock_utc_ms();
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
	evtimer_assign(&call->timer, sw->base, on_timer, call);
	call_collect_init(call);
}

int calls_add(struct call **out, struct sw *sw, const struct call_params *params)
{
	struct call *call;

	if (sw->call_count >= sw->conf->sip.max_calls && !params->emergency)
		return EAGAIN;
	if (params->id && calls_find(sw, params->id))
		return EEXIST;
	call = ref_alloc(sizeof *call, destroy);
	if (!call)
		return ENOMEM;
	call->sdp = calloc(1, sizeof *call->sdp);
	fill(call, sw, params);
	if (!call->sdp) {
		ref_drop(call);
		return ENOMEM;
	}
	HASH_ADD_STR(sw->calls, id, call);
	sw->call_count++;
	sw->calls_total++;
	trunk_count_call(sw->trunks, call->trunk, 1);
	log_info("call.new", call->id, "direction=%s from=%s to=%s user=%s trunk=%s source=%s parent=%s",
		 call_direction_name(call->direction), log_quote(call->from), log_quote(call->to),
		 log_quote(call->user), log_quote(call->trunk), call->source, call->parent_id);
	call_publish(call, "call.state", NULL);
	*out = call;
	return 0;
}

struct call *calls_find(struct sw *sw, const char *id)
{
	struct call *call;

	HASH_FIND_STR(sw->calls, id, call);
	if (!call)
		HASH_FIND_STR(sw->ended_table, id, call);
	return call;
}

static void forget(struct sw *sw, struct call *call)
{
	HASH_DEL(sw->ended_table, call);
	DL_DELETE2(sw->ended, call, ended_prev, ended_next);
	sw->ended_count--;
	ref_drop(call);
}

/* Those that ended a while ago, and those beyond what is kept. */
static void forget_old(struct sw *sw)
{
	int64_t before = clock_utc_ms() - ENDED_KEEP_MS;

	while (sw->ended && (sw->ended->ended < before || sw->ended_count > ENDED_MAX))
		forget(sw, sw->ended);
}

static void to_ended(struct call *call)
{
	struct sw *sw = call->sw;

	HASH_DEL(sw->calls, call);
	sw->call_count--;
	free_sdp(call);
	plan_free(call->plan);
	free(call->legs);
	call->plan = NULL;
	call->legs = NULL;
	call->leg_count = 0;
	trunk_count_call(sw->trunks, call->trunk, -1);
	HASH_ADD_STR(sw->ended_table, id, call);
	DL_APPEND2(sw->ended, call, ended_prev, ended_next);
	sw->ended_count++;
	forget_old(sw);
	sw_call_gone(sw);
}

/* ---- state ---- */

bool call_is_over(const struct call *call)
{
	return call_status_is_final(call->status);
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
		call->ringing = clock_utc_ms();
	if (to == CALL_IN_PROGRESS)
		call->answered = clock_utc_ms();
	if (to == CALL_IN_PROGRESS)
		charge_begin(call);
	log_info(to == CALL_RINGING ? "call.ringing" : "call.answered", call->id, "codec=%s srtp=%s",
		 call->negotiated && call->stream.codec ? call->stream.codec->name : "",
		 suite ? suite : "off");
	call_publish(call, "call.state", NULL);
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

void call_start_limit(struct call *call)
{
	unsigned s = limits_duration(call);

	if (s)
		call_set_timer(call, s * 1000, on_limit);
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
	call->ended = clock_utc_ms();
	call->ended_by = why->by;
	call->sip_code = why->code;
	call->q850 = why->q850 ? why->q850 : call_q850_from_sip(call->answered ? 0 : why->code);
	call->status = status;
	charge_finish(call);
	log_info("call.ended", call->id, "status=%s by=%s code=%d q850=%d duration_ms=%lld reason=%s",
		 call_status_name(status), call_ender_name(why->by) ? call_ender_name(why->by) : "",
		 why->code, call->q850, (long long)(call->answered ? call->ended - call->answered : 0),
		 log_quote(call->reason));
}

/* What an inbound call that was never answered is refused with. */
/* 487 is for those who cancel themselves (RFC 3261 section 21.4.25). */
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
	snprintf(text, sizeof text, "%d %.80s \"%.150s\"", why->warning, call->sw->conf->sip.domain,
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
	struct dial *parent = call->child_of;
	struct call *tied = ref_hold(call->tied);

	if (call_is_over(call))
		return;
	ref_hold(call);
	call_set_timer(call, 0, NULL);
	if (call->collect.active)
		call_collect_end(call, "stopped");
	note_end(call, why);
	call_unbridge(call);
	call_untie(call);
	conference_leave(call);
	close_legs(call, why);
	if (call->media) {
		media_session_close(call->media);
		call->media = NULL;
	}
	call->waiting = false;
	call_publish(call, "call.state", NULL);
	to_ended(call);
	call->child_of = NULL;
	if (call->dial)
		dial_stop(call);
	if (parent)
		dial_on_ended(parent, call, why);
	if (tied)
		call_end(tied, &(struct call_why){ .status = CALL_COMPLETED,
						   .by = why->by,
						   .q850 = why->q850,
						   .reason = call->reason });
	ref_drop(tied);
	ref_drop(call);
}

/* ---- bridging ---- */

static void publish_bridge(struct call *call, const char *method, const struct call *with)
{
	if (!call_is_over(call))
		call_publish(call, method, json_pack("{s:s}", "with", with->id));
}

void call_bridge(struct call *a, struct call *b)
{
	if (a->peer == b)
		return;
	call_unbridge(a);
	call_unbridge(b);
	conference_leave(a);
	conference_leave(b);
	if (media_session_bridge(a->media, b->media)) {
		log_error("call.bridge_failed", a->id, "with=%s", b->id);
		return;
	}
	a->peer = ref_hold(b);
	b->peer = ref_hold(a);
	log_info("call.bridged", a->id, "with=%s", b->id);
	publish_bridge(a, "call.bridged", b);
	publish_bridge(b, "call.bridged", a);
}

void call_unbridge(struct call *call)
{
	struct call *peer = call->peer;

	if (!peer)
		return;
	call->peer = peer->peer = NULL;
	if (call->media)
		media_session_unbridge(call->media);
	publish_bridge(call, "call.unbridged", peer);
	publish_bridge(peer, "call.unbridged", call);
	ref_drop(peer);
	ref_drop(call);
}

void call_tie(struct call *a, struct call *b)
{
	call_untie(a);
	call_untie(b);
	a->tied = ref_hold(b);
	b->tied = ref_hold(a);
}

void call_untie(struct call *call)
{
	struct call *other = call->tied;

	if (!other)
		return;
	call->tied = other->tied = NULL;
	ref_drop(other);
	ref_drop(call);
}

void call_set_muted(struct call *call, bool muted)
{
	call->muted = muted;
	if (call->media)
		media_session_mute(call->media, muted, false);
}
