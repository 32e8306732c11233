/* See overload.h. */
#include "daemon/offhookd/place/overload.h"

#include "daemon/offhookd/call/calls.h"
#include "daemon/offhookd/phones/bans.h"
#include "daemon/offhookd/place/place.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "lib/log.h"
#include "lib/phone_number.h"
#include "lib/random.h"
#include "media/media.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	RETRY_MIN_S = 5,
	RETRY_MAX_S = 10, /* drawn by lot: else all come back together */
};

/* ---- the measures ---- */

static struct pressure_limits limits_of(const struct place *place)
{
	return (struct pressure_limits){ .calls_per_second = place->conf->sip.max_calls_per_second,
					 .max_delay_us = (int64_t)place->conf->sip.max_delay_ms * 1000 };
}

void overload_begin(struct place *place)
{
	struct pressure_limits limits = limits_of(place);

	pressure_begin(&place->pressure, &limits);
}

bool overload_take_call(struct place *place)
{
	struct pressure_limits limits = limits_of(place);

	return pressure_take_call(&place->pressure, &limits);
}

static void note_delay(struct place *place, const struct pressure_limits *limits, int64_t late_us)
{
	pressure_note_delay(&place->pressure, limits, late_us);
	if (late_us > place->overload.worst_us)
		place->overload.worst_us = late_us;
}

/* NULL: there is room for one more. */
static const char *why_full(const struct place *place)
{
	if (place->calls->count >= place->conf->sip.max_calls)
		return "max-calls is reached";
	if (media_engine_sessions(place->calls->media) >= place->max_sessions)
		return "no RTP port or descriptor is left";
	return NULL;
}

bool overload_is_near(struct place *place, int64_t late_us)
{
	struct pressure_limits limits = limits_of(place);

	note_delay(place, &limits, late_us);
	return pressure_is_near(&place->pressure, &limits) || why_full(place);
}

/* ---- who asks ---- */

static bool is_known(struct place *place, const struct ua_fresh *request)
{
	struct ua_arrival arrival = { .address = request->source,
				      .transport = request->transport,
				      .method = request->method,
				      .from_user = request->from_user[0] ? request->from_user : NULL,
				      .nonce = request->nonce[0] ? request->nonce : NULL };
	struct ua_source source = { .address = request->source, .transport = request->transport };

	return trunk_by_source(place->trunks, &source) || bans_is_proven(place->phones, &arrival);
}

static bool is_emergency_somewhere(const struct conf *conf, const char *number)
{
	for (size_t i = 0; i < conf->account_count; i++)
		if (conf->accounts[i].country && phone_number_is_emergency(number, conf->accounts[i].country))
			return true;
	return false;
}

/* Whose country cannot be told yet is in all of them. What they say is remembered: it takes long to find out,
 * and a flood asks for the same number again and again. */
static bool is_emergency(struct place *place, const struct ua_fresh *request)
{
	const char *number = request->request_user + (request->request_user[0] == '+');
	struct overload_number *known = place->overload.numbers;

	if (!phone_number_is_short(number) || strlen(number) >= sizeof known->text)
		return false;
	if (phone_number_is_emergency_everywhere(number))
		return true;
	known = &place->overload.numbers[(unsigned)atoi(number) % OVERLOAD_NUMBERS];
	if (known->conf != place->conf->fingerprint || strcmp(known->text, number) != 0) {
		known->conf = place->conf->fingerprint;
		snprintf(known->text, sizeof known->text, "%s", number);
		known->is_emergency = is_emergency_somewhere(place->conf, number);
	}
	return known->is_emergency;
}

/* ---- turning away ---- */

static enum pressure_kind kind_of(const struct ua_fresh *request)
{
	return strcmp(request->method, "INVITE") == 0	  ? PRESSURE_CALL
	       : strcmp(request->method, "REGISTER") == 0 ? PRESSURE_REGISTER
							  : PRESSURE_OTHER;
}

/* Once a second as long as it lasts, and once when it is over. */
static void on_second(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval second = { 1, 0 };
	struct place *place = arg;

	(void)fd, (void)what;
	if (place->overload.untold)
		log_warn("sip.overload", NULL, "refused=%llu calls=%llu strangers=%llu delay_ms=%lld why=%s",
			 (unsigned long long)place->overload.untold,
			 (unsigned long long)place->overload.untold_calls,
			 (unsigned long long)place->overload.untold_strangers,
			 (long long)place->overload.worst_us / 1000, log_quote(place->overload.why));
	place->overload.telling = place->overload.untold && event_base_once(place->base, -1, EV_TIMEOUT,
									    on_second, place, &second) == 0;
	place->overload.untold = place->overload.untold_calls = place->overload.untold_strangers = 0;
	place->overload.worst_us = 0;
}

static void note_refusal(struct place *place, const struct pressure_request *request, const char *why)
{
	static const struct timeval second = { 1, 0 };
	bool is_call = request->kind == PRESSURE_CALL;

	place->overload.refused++;
	place->refused += is_call;
	place->overload.untold++;
	place->overload.untold_calls += is_call;
	place->overload.untold_strangers += !request->known;
	place->overload.why = why;
	if (!place->overload.telling)
		place->overload.telling =
		    event_base_once(place->base, -1, EV_TIMEOUT, on_second, place, &second) == 0;
}

enum ua_weight overload_weigh(struct place *place, const struct ua_fresh *fresh, unsigned *retry_after_s)
{
	struct pressure_limits limits = limits_of(place);
	struct pressure_request request = { .kind = kind_of(fresh), .known = is_known(place, fresh) };
	const char *why;

	note_delay(place, &limits, fresh->late_us);
	request.full = request.kind == PRESSURE_CALL ? why_full(place) : NULL;
	why = pressure_why(&place->pressure, &limits, &request);
	if (!why || (request.kind == PRESSURE_CALL && is_emergency(place, fresh)))
		return UA_TAKE;
	note_refusal(place, &request, why);
	*retry_after_s = RETRY_MIN_S + random_u32() % (RETRY_MAX_S - RETRY_MIN_S + 1);
	return UA_REFUSE;
}

void overload_status(const struct place *place, json_t *out)
{
	struct pressure_limits limits = limits_of(place);

	json_object_set_new(out, "overload_refused", json_integer((json_int_t)place->overload.refused));
	json_object_set_new(out, "delay_ms",
			    json_integer((json_int_t)pressure_delay_us(&place->pressure, &limits) / 1000));
}
