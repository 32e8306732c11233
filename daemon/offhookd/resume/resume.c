/* See resume.h. */
#include "daemon/offhookd/resume/resume.h"

#include "daemon/offhookd/call/call.h"
#include "daemon/offhookd/call/call_kept.h"
#include "daemon/offhookd/money/charge.h"
#include "daemon/offhookd/place/arrive.h"
#include "daemon/offhookd/place/claim.h"
#include "daemon/offhookd/place/dial.h"
#include "daemon/offhookd/place/place.h"
#include "daemon/offhookd/resume/reach.h"
#include "daemon/offhookd/resume/slots.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "lib/conf_numbers.h"
#include "lib/json_get.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum {
	SOON_MS = 20, /* after a change: what changes together is written once */
	LATER_MS =
	    500, /* again for those that cannot be written yet: their answer is not acknowledged, say */
};

struct resume {
	struct event_base *base;
	struct place *place;
	struct money *money;
	struct slots *slots;
	struct reach *reach;
	struct call_listener listener;
	struct event *timer;
	struct noted *changed; /* to be written */
	json_t *left;	       /* by the process before: id → what was kept */
	json_t *taken;	       /* the same of those that were taken up, until they are connected */
};

/* Hangs on an answered call. */
struct noted {
	struct call_owner owner; /* first */
	struct resume *resume;
	struct call *call; /* which ends before us */
	int slot;	   /* -1: none yet */
	bool has_changed;
	struct noted *prev, *next;
};

/* ---- writing down ---- */

static json_t *keep(const struct call *call)
{
	json_t *kept = call_keep(call), *charge = kept ? charge_keep(call) : NULL;
	const struct call *callee;
	bool joined;

	if (!kept)
		return NULL;
	json_object_set_new(kept, "id", json_string(call->id));
	if (call->peer)
		json_object_set_new(kept, "peer", json_string(call->peer->id));
	if (call->tied)
		json_object_set_new(kept, "tied", json_string(call->tied->id));
	if (claim_of(call))
		json_object_set_new(kept, "program", json_true());
	callee = dial_answered(call, &joined);
	if (callee) {
		json_object_set_new(kept, "callee", json_string(callee->id));
		json_object_set_new(kept, "joined", json_boolean(joined));
	}
	if (charge)
		json_object_set_new(kept, "charge", charge);
	return kept;
}

/* Nothing when it cannot be yet: it stays among the changed. */
static void write_down(struct noted *n)
{
	json_t *kept = keep(n->call);
	char *text = kept ? json_dumps(kept, JSON_COMPACT) : NULL;
	size_t length = text ? strlen(text) : 0;

	json_decref(kept);
	if (!text)
		return;
	if (n->slot < 0)
		n->slot = slots_take(n->resume->slots);
	if (n->slot < 0 || slots_write(n->resume->slots, n->slot, text, length))
		log_warn("call.not_kept", n->call->id, "length=%zu why=%s", length,
			 n->slot < 0 ? "\"there is no room\"" : "\"it is too long\"");
	explicit_bzero(text, length);
	free(text);
	n->has_changed = false;
	DL_DELETE(n->resume->changed, n);
}

static void write_in(struct resume *resume, unsigned ms)
{
	if (!evtimer_pending(resume->timer, NULL))
		event_add(resume->timer, &(struct timeval){ .tv_usec = ms * 1000 });
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct resume *resume = arg;
	struct noted *n, *next;

	(void)fd, (void)what;
	DL_FOREACH_SAFE(resume->changed, n, next)
	{
		write_down(n);
	}
	if (resume->changed)
		write_in(resume, LATER_MS);
}

static void on_ended(struct call_owner *owner, struct call *call, const struct call_why *why)
{
	struct noted *n = (struct noted *)owner;

	(void)call, (void)why;
	if (n->has_changed)
		DL_DELETE(n->resume->changed, n);
	if (n->slot >= 0)
		slots_release(n->resume->slots, n->slot);
	free(n);
}

static const struct call_owner_ops noted_ops = { .ended = on_ended };

/* Returns its note, or NULL: it is none of those that are kept. */
static struct noted *note(struct call *call, struct resume *resume)
{
	struct noted *n = (struct noted *)call_owner_with(call, &noted_ops);

	if (call->status != CALL_IN_PROGRESS)
		return NULL;
	if (!n) {
		n = calloc(1, sizeof *n);
		if (!n) {
			log_warn("call.not_kept", call->id, "why=%s", "\"there is no memory left\"");
			return NULL;
		}
		*n = (struct noted){ .resume = resume, .call = call, .slot = -1 };
		call_own(call, &n->owner, &noted_ops);
	}
	if (!n->has_changed) {
		n->has_changed = true;
		DL_APPEND(resume->changed, n);
	}
	write_in(resume, SOON_MS);
	return n;
}

static void on_state(struct call *call, void *arg)
{
	note(call, arg);
}

/* What was paid is written at once: a process that is killed behind it would let the next one pay it again.
 */
static void on_changed(struct call *call, void *arg)
{
	struct noted *n = note(call, arg);

	if (n && n->slot >= 0)
		write_down(n);
}

static void on_event(const struct call *call, const char *method, const struct json_text *members, void *arg)
{
	(void)method, (void)members;
	note((struct call *)call, arg);
}

/* ---- taking up ---- */

static void add_left(const char *text, size_t length, void *arg)
{
	json_t *kept = json_loadb(text, length, 0, NULL);
	const char *id = json_string_value(json_object_get(kept, "id"));

	if (id)
		json_object_set(arg, id, kept);
	json_decref(kept);
}

/* What its trunk's challenges are answered with is not kept: it is the conf's. */
static void give_credentials(const struct resume *resume, struct call *call)
{
	const struct trunk *trunk = trunk_find(resume->place->trunks, call->trunk);
	const struct conf_trunk *conf = trunk ? trunk_conf(trunk) : NULL;

	if (conf && conf->username && !conf->registers_here &&
	    ua_call_set_credentials(call->leg->ua, conf->username, conf->password))
		log_debug("call.no_credentials", call->id, "trunk=%s", conf->name);
}

bool resume_take(struct resume *resume, const json_t *snapshot)
{
	const char *id = json_member_text(snapshot, "id");
	json_t *kept = resume ? json_object_get(resume->left, id) : NULL;
	const json_t *charge = json_object_get(kept, "charge");
	struct call *call;
	int err;

	if (!kept)
		return false;
	err = call_resume(&call, resume->place->calls, resume->place->ua, snapshot, kept);
	if (err) {
		log_warn("call.not_resumed", id, "error=%s", log_quote(strerror(err)));
		return false;
	}
	give_credentials(resume, call);
	if (charge && charge_resume(resume->money, call, charge))
		log_error("call.no_memory", id, "%s", "it has no price");
	log_info("call.resumed", id, "port=%u sip_call_id=%s", media_session_port(call->media),
		 log_quote(call->sip_call_id));
	json_object_set(resume->taken, id, kept);
	return true;
}

static struct call *find(const struct resume *resume, const json_t *kept, const char *name)
{
	const char *id = json_string_value(json_object_get(kept, name));
	struct call *call = id ? calls_find(resume->place->calls, id) : NULL;

	return call && !call_is_over(call) ? call : NULL;
}

/* A callee of a script's call ends with its caller, though not the other way round. */
struct follower {
	struct call_owner owner; /* first: on the caller */
	struct call *callee;	 /* held */
};

static void on_followed_ended(struct call_owner *owner, struct call *call, const struct call_why *why)
{
	struct follower *f = (struct follower *)owner;

	(void)why;
	call_end(f->callee, &(struct call_why){ .status = CALL_COMPLETED, .by = call->ended_by });
	ref_drop(f->callee);
	free(f);
}

static const struct call_owner_ops follower_ops = { .ended = on_followed_ended };

static void follow(struct call *caller, struct call *callee)
{
	struct follower *f = calloc(1, sizeof *f);

	if (!f)
		return;
	f->callee = ref_hold(callee);
	call_own(caller, &f->owner, &follower_ops);
}

/* With whom it ends. */
static void tie(const struct resume *resume, struct call *call, const json_t *kept)
{
	struct call *tied = find(resume, kept, "tied"), *callee = find(resume, kept, "callee");

	if (tied && call->tied != tied)
		call_tie(call, tied);
	if (callee && json_is_true(json_object_get(kept, "joined")))
		call_tie(call, callee);
	else if (callee)
		follow(call, callee);
}

static bool has_lost(const struct resume *resume, const json_t *kept, const char *name)
{
	return json_object_get(kept, name) && !find(resume, kept, name);
}

/* Whom it was connected with is gone, and it has nobody else. */
static void end_alone(struct call *call)
{
	call_end(call,
		 &(struct call_why){ .status = CALL_FAILED,
				     .by = CALL_ENDED_BY_FAULT,
				     .q850 = 41,
				     .lost = true,
				     .reason = "The other side was lost when the switch was restarted." });
}

static void on_lost(struct call *call)
{
	call_end(call, &(struct call_why){
			   .status = CALL_FAILED,
			   .by = CALL_ENDED_BY_FAULT,
			   .q850 = 41,
			   .lost = true,
			   .reason = "Its connection ended with the switch, and it did not connect again." });
}

/* It goes where it was: to its partner, its program, or the number that it had dialled. */
static void put_back(struct resume *resume, struct call *call, const json_t *kept)
{
	struct call *peer = find(resume, kept, "peer");
	const struct conf_number *number = conf_number_find(resume->place->conf, call->to);

	if (!number && call->number)
		number = conf_number_find(resume->place->conf, call->number);
	if (peer)
		call_bridge(call, peer);
	else if (json_is_true(json_object_get(kept, "program")))
		return;
	else if (!has_lost(resume, kept, "peer") && call->direction == CALL_INBOUND && number &&
		 arrive_answers(number))
		arrive_or_end(resume->place, call, number);
	else
		end_alone(call);
}

void resume_finish(struct resume *resume)
{
	const char *id;
	json_t *kept;
	struct call *call;

	if (!resume)
		return;
	json_object_foreach(resume->taken, id, kept)
	{
		call = calls_find(resume->place->calls, id);
		if (!call || call_is_over(call))
			continue;
		ref_hold(call);
		tie(resume, call, kept);
		if (!call->peer)
			put_back(resume, call, kept);
		if (!call_is_over(call)) {
			call_publish(call, "call.resumed", NULL);
			reach_again(resume->reach, call);
			call_reoffer(call);
		}
		ref_drop(call);
	}
	log_info("switch.resumed", NULL, "calls=%zu of=%zu", json_object_size(resume->taken),
		 json_object_size(resume->left));
	json_object_clear(resume->taken);
	json_object_clear(resume->left);
}

/* ---- beginning and end ---- */

int resume_alloc(struct resume **out, const struct resume_params *params)
{
	struct resume *resume = calloc(1, sizeof *resume);
	int err;

	if (!resume)
		return ENOMEM;
	resume->base = params->base;
	resume->place = params->place;
	resume->money = params->money;
	resume->left = json_object();
	resume->taken = json_object();
	resume->timer = evtimer_new(params->base, on_timer, resume);
	err = resume->left && resume->taken && resume->timer ? 0 : ENOMEM;
	if (!err)
		err = reach_alloc(&resume->reach, &(struct reach_params){ .base = params->base,
									  .phones = params->place->phones,
									  .ua = params->place->ua,
									  .lost = on_lost });
	if (!err)
		err = slots_alloc(&resume->slots, params->file, params->calls_max, add_left, resume->left);
	if (err) {
		resume_free(resume);
		return err;
	}
	resume->listener = (struct call_listener){
		.state = on_state, .event = on_event, .changed = on_changed, .arg = resume
	};
	calls_listen(params->place->calls, &resume->listener);
	*out = resume;
	return 0;
}

void resume_free(struct resume *resume)
{
	if (!resume)
		return;
	if (resume->listener.arg)
		calls_unlisten(resume->place->calls, &resume->listener);
	if (resume->timer)
		event_free(resume->timer);
	slots_free(resume->slots);
	reach_free(resume->reach);
	json_decref(resume->left);
	json_decref(resume->taken);
	free(resume);
}
