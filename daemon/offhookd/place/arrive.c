/* See arrive.h. */
#include "daemon/offhookd/place/arrive.h"

#include "daemon/offhookd/place/place.h"

#include <errno.h>
#include <string.h>

enum { RETRY_AFTER_S = 5 };

bool arrive_answers(const struct conf_number *number)
{
	return number->action != CONF_NUMBER_DIAL;
}

bool arrive_answers_route(const struct route *route)
{
	return route->kind == ROUTE_NUMBER && arrive_answers(route->number);
}

bool arrive_may(const struct call *call, const struct route *route)
{
	return route->kind != ROUTE_NUMBER || route->number->action != CONF_NUMBER_VOICE_URL ||
	       strcmp(route->number->account->name, call->account) == 0;
}

void arrive_refuse(struct call *call, const struct arrive_refusal *why)
{
	call_end(call, &(struct call_why){ .status = call_status_from_sip(why->code),
					   .by = why->by,
					   .code = why->code,
					   .reason = why->reason,
					   .retry_after_s = why->code == 503 ? RETRY_AFTER_S : 0 });
}

static enum arrive_result refuse(struct arrive_refusal *out, int code, const char *reason)
{
	*out = (struct arrive_refusal){ .code = code, .by = CALL_ENDED_BY_FAULT, .reason = reason };
	return ARRIVE_REFUSED;
}

/* It could not be answered, and is over. */
static enum arrive_result refuse_unanswered(struct arrive_refusal *out)
{
	return refuse(out, 503, NULL);
}

static enum arrive_result answer_and_echo(struct call *call, bool record, struct arrive_refusal *why)
{
	if (!call_answer(call, NULL))
		return refuse_unanswered(why);
	media_session_echo(call->media, true);
	if (record)
		call_record(call, NULL, &(struct media_record){ .channels = 1 }, NULL);
	return ARRIVE_DONE;
}

/* Into the named room, which is made for the first who comes. */
static enum arrive_result join_conference(struct place *place, struct call *call,
					  const struct conf_number *number, struct arrive_refusal *why)
{
	const char *account = number->account->name;
	struct conference *conference = conference_find(place->conferences, number->conference, account);
	struct conference_params params = { .name = number->conference, .account = account };
	int err = 0;

	if (!conference)
		err = conference_create(&conference, place->conferences, &params);
	if (err)
		return refuse(why, 503, NULL);
	if (!call_answer(call, NULL))
		return refuse_unanswered(why);
	err = conference_add(conference, call, &(struct conference_how){ .hangup = true });
	if (err == 0)
		return ARRIVE_DONE;
	refuse(why, err == EUSERS ? 486 : 503,
	       err == EUSERS ? "The conference is full." : "The conference could not be joined.");
	why->by = err == EUSERS ? CALL_ENDED_BY_LIMIT : CALL_ENDED_BY_FAULT;
	return ARRIVE_REFUSED;
}

static void on_unclaimed(struct call *call, int fallback_code)
{
	struct arrive_refusal why;

	refuse(&why, fallback_code, "No program took the call in time.");
	arrive_refuse(call, &why);
}

/* Waits for a program to claim it. */
static enum arrive_result offer_to_programs(struct place *place, struct call *call,
					    const struct conf_number *number,
					    const struct claim_handlers *handlers, struct arrive_refusal *why)
{
	static const struct claim_handlers usual = { .nobody = on_unclaimed };

	if (strcmp(number->account->name, call->account) != 0)
		return refuse(why, 403, "The number's program is another account's.");
	if (!place->has_programs(place->arg))
		return refuse(why, number->fallback_code,
			      "No program is connected that could take the call.");
	if (claim_offer(call, place->conf->sip.claim_timeout_ms, number->fallback_code,
			handlers ? handlers : &usual))
		return refuse(why, 500, NULL);
	call_publish(call, "call.incoming", json_pack("{s:s}", "number", number->number));
	return ARRIVE_WAITS;
}

enum arrive_result arrive(struct place *place, struct call *call, const struct conf_number *number,
			  const struct claim_handlers *handlers, struct arrive_refusal *why)
{
	switch (number->action) {
	case CONF_NUMBER_ECHO:
		return answer_and_echo(call, false, why);
	case CONF_NUMBER_RECORD:
		return answer_and_echo(call, true, why);
	case CONF_NUMBER_VOICE_URL:
		return offer_to_programs(place, call, number, handlers, why);
	case CONF_NUMBER_CONFERENCE:
		return join_conference(place, call, number, why);
	case CONF_NUMBER_DIAL:
		break;
	case CONF_NUMBER_NOTHING:
		return refuse(why, 404, "Nobody has said what happens at the number.");
	}
	return refuse(why, 404, NULL);
}

void arrive_or_end(struct place *place, struct call *call, const struct conf_number *number)
{
	struct arrive_refusal why;

	if (arrive(place, call, number, NULL, &why) == ARRIVE_REFUSED)
		arrive_refuse(call, &why);
}
