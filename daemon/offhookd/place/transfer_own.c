/* Transfers in which we are a partner ourselves. See transfer_private.h. */
#include "daemon/offhookd/place/transfer_private.h"

#include "daemon/offhookd/place/arrive.h"
#include "daemon/offhookd/place/outbound.h"
#include "daemon/offhookd/place/place.h"
#include "lib/ref.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- where one is ---- */

void transfer_spot_at(struct transfer_spot *out, const struct conf_number *number)
{
	memset(out, 0, sizeof *out);
	snprintf(out->number, sizeof out->number, "%s", number->number);
}

bool transfer_spot_of(struct transfer_spot *out, const struct place *place, const struct call *call)
{
	const struct conference *conference = conference_of(call);
	const struct conf_number *number = call->number ? conf_number_find(place->conf, call->number) : NULL;

	memset(out, 0, sizeof *out);
	if (conference) {
		snprintf(out->conference, sizeof out->conference, "%s", conference_id(conference));
		conference_how(call, &out->how);
		out->how.coaches = NULL; /* who may be gone by then */
	}
	if (number && arrive_answers(number))
		snprintf(out->number, sizeof out->number, "%s", number->number);
	return call->status == CALL_IN_PROGRESS && !call->peer && (conference || out->number[0]);
}

/* Into its conference while that lives, else to its number. */
static enum arrive_result enter(struct place *place, struct call *call, const struct transfer_spot *spot,
				const struct claim_handlers *handlers, struct arrive_refusal *why)
{
	struct conference *conference =
	    spot->conference[0] ? conference_find(place->conferences, spot->conference, NULL) : NULL;
	const struct conf_number *number =
	    spot->number[0] ? conf_number_find(place->conf, spot->number) : NULL;

	*why = (struct arrive_refusal){ .code = 480, .by = CALL_ENDED_BY_FAULT };
	if (conference && call_answer(call, NULL))
		return conference_add(conference, call, &spot->how) ? ARRIVE_REFUSED : ARRIVE_DONE;
	if (conference || !number)
		return ARRIVE_REFUSED;
	return arrive(place, call, number, handlers, why);
}

/* ---- a partner is sent to a number of ours ---- */

/* Hangs on the transferee while a program is asked whether it takes it. */
struct handover {
	struct call_owner owner; /* first */
	struct call *transferor; /* held */
	struct call *other;	 /* held; NULL: none */
	struct call *partner;	 /* one of them, or NULL */
};

static void notify(struct call *transferor, int code)
{
	if (!call_is_over(transferor))
		ua_call_refer_notify(transferor->leg->ua, code);
}

static void drop(struct handover *h)
{
	ref_drop(h->other);
	ref_drop(h->transferor);
	free(h);
}

static void on_transferee_ended(struct call_owner *owner, struct call *call, const struct call_why *why)
{
	struct handover *h = (struct handover *)owner;

	(void)call, (void)why;
	if (h->partner)
		transfer_orphan(h->transferor);
	else
		notify(h->transferor, 480);
	drop(h);
}

static const struct call_owner_ops handover_ops = { .ended = on_transferee_ended };

static struct handover *take_off(struct call *transferee)
{
	struct handover *h = (struct handover *)call_owner_with(transferee, &handover_ops);

	if (h)
		call_disown(transferee, &h->owner);
	return h;
}

static void finish(struct call *transferee)
{
	struct handover *h = take_off(transferee);

	if (!h)
		return;
	notify(h->transferor, 200);
	transfer_end(h->transferor);
	if (h->other)
		transfer_end(h->other);
	drop(h);
}

static void fail(struct call *transferee, int code)
{
	struct handover *h = take_off(transferee);

	if (!h)
		return;
	if (h->partner) {
		transfer_give_back(h->transferor, h->partner, transferee, code);
	} else {
		notify(h->transferor, code);
		call_end(transferee, &(struct call_why){ .status = CALL_COMPLETED,
							 .by = CALL_ENDED_BY_FAULT,
							 .code = code,
							 .reason = "It could not take the place of who "
								   "transferred." });
	}
	drop(h);
}

static struct handover *hand_over(const struct transfer_move *move)
{
	struct handover *h = calloc(1, sizeof *h);

	if (!h)
		return NULL;
	h->transferor = ref_hold(move->transferor);
	h->other = move->other ? ref_hold(move->other) : NULL;
	h->partner = move->partner;
	call_own(move->transferee, &h->owner, &handover_ops);
	return h;
}

void transfer_to_spot(struct place *place, const struct transfer_move *move)
{
	static const struct claim_handlers handlers = { .taken = finish, .nobody = fail };
	struct arrive_refusal why = { .code = 500 };
	enum arrive_result result;

	if (!hand_over(move)) {
		if (move->partner)
			transfer_give_back(move->transferor, move->partner, move->transferee, why.code);
		return;
	}
	result = enter(place, move->transferee, move->spot, &handlers, &why);
	if (result == ARRIVE_DONE)
		finish(move->transferee);
	else if (result == ARRIVE_REFUSED)
		fail(move->transferee, why.code);
}

/* ---- somebody is called in place of the transferor, who is with us ---- */

/* Hangs on the call to the target until that is answered. */
struct successor {
	struct call_owner owner; /* first */
	struct place *place;
	struct call *transferor; /* held */
	struct transfer_spot spot;
};

static void on_target_ringing(struct call_owner *owner, struct call *call, bool early_media)
{
	(void)call, (void)early_media;
	notify(((struct successor *)owner)->transferor, 180);
}

static void on_target_answered(struct call_owner *owner, struct call *call)
{
	struct successor *s = (struct successor *)owner;

	call_disown(call, &s->owner);
	transfer_publish(call, s->transferor, s->spot.number[0] ? s->spot.number : s->spot.conference);
	transfer_to_spot(s->place, &(struct transfer_move){
				       .transferor = s->transferor, .transferee = call, .spot = &s->spot });
	ref_drop(s->transferor);
	free(s);
}

static void on_target_ended(struct call_owner *owner, struct call *call, const struct call_why *why)
{
	struct successor *s = (struct successor *)owner;

	(void)call;
	notify(s->transferor, why->code >= 300 ? why->code : 480);
	ref_drop(s->transferor);
	free(s);
}

static const struct call_owner_ops successor_ops = { .ringing = on_target_ringing,
						     .answered = on_target_answered,
						     .ended = on_target_ended };

static int originate_target(struct successor *s, const struct route *route, const char *referred_by)
{
	struct call *transferor = s->transferor, *call;
	struct originate_params p = {
		.account = call_far_account(transferor),
		.from = call_far_number(transferor),
		.from_name = transferor->from_name,
		.to = route->to,
		.headers = json_pack("{s:s}", "Referred-By", referred_by),
		.owner = &s->owner,
		.owner_ops = &successor_ops,
		.emergency = route->emergency,
	};
	int err = plan_for_route(&p.plan, s->place, route, NULL, NULL);

	if (!err)
		err = originate(&call, s->place, &p);
	json_decref(p.headers);
	return err;
}

int transfer_spot_dial(struct place *place, struct call *transferor, const struct transfer_spot *spot,
		       const struct route *route, const char *referred_by)
{
	struct successor *s = calloc(1, sizeof *s);

	if (!s)
		return 500;
	s->place = place;
	s->transferor = ref_hold(transferor);
	s->spot = *spot;
	if (originate_target(s, route, referred_by) == 0)
		return 0;
	ref_drop(transferor);
	free(s);
	return 503;
}

int transfer_spot_take(struct place *place, struct call *call, struct call *old,
		       const struct transfer_spot *spot)
{
	struct arrive_refusal why;

	if (!call_answer(call, NULL))
		return ENOTCONN;
	if (enter(place, call, spot, NULL, &why) == ARRIVE_REFUSED) {
		arrive_refuse(call, &why);
		return ENOTCONN;
	}
	transfer_publish(call, old, spot->number[0] ? spot->number : spot->conference);
	transfer_end(old);
	return 0;
}
