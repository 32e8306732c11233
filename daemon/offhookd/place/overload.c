/* See overload.h. */
#include "daemon/offhookd/place/overload.h"

#include "daemon/offhookd/call/calls.h"
#include "daemon/offhookd/phones/bans.h"
#include "daemon/offhookd/place/place.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/phone_number.h"
#include "lib/random.h"
#include "media/media.h"

#include <event2/event.h>
#include <string.h>

enum {
	RETRY_MIN_S = 5,
	RETRY_MAX_S = 10,   /* drawn by lot: else all come back together */
	FRESH_US = 1000000, /* for as long, the last delay says something of what comes by connections */
	PATIENT = 3,	    /* times max-delay: of what is not a call */
};

/* ---- the measures ---- */

/* The token bucket of max-calls-per-second, filled up to now. */
static double calls_left(struct place *place)
{
	double limit = place->conf->sip.max_calls_per_second;
	int64_t now = clock_mono_us();

	place->rate.tokens += (double)(now - place->rate.at_us) / 1e6 * limit;
	place->rate.at_us = now;
	if (place->rate.tokens > limit)
		place->rate.tokens = limit;
	return place->rate.tokens;
}

bool overload_take_call(struct place *place)
{
	if (calls_left(place) < 1)
		return false;
	place->rate.tokens -= 1;
	return true;
}

/* A tenth of the calls is kept for those whom we know. */
static double kept_for_known(const struct place *place)
{
	double tenth = (double)place->conf->sip.max_calls_per_second / 10;

	return tenth < 1 ? 1 : tenth;
}

static int64_t max_delay_us(const struct place *place)
{
	return (int64_t)place->conf->sip.max_delay_ms * 1000;
}

static void note_delay(struct place *place, int64_t late_us)
{
	int64_t now;

	if (late_us == 0 || late_us == place->overload.late_us)
		return; /* it is the same datagram's */
	now = clock_mono_us();
	place->overload.late_us = late_us;
	place->overload.at_us = now;
	if (late_us > place->overload.worst_us)
		place->overload.worst_us = late_us;
	if (late_us <= max_delay_us(place) / 2)
		place->overload.since_us = 0;
	else if (place->overload.since_us == 0)
		place->overload.since_us = now;
}

/* How long what comes now has waited, if that has lasted; else 0. */
static int64_t lasting_delay_us(const struct place *place)
{
	int64_t now;

	if (place->overload.since_us == 0)
		return 0;
	now = clock_mono_us();
	return now - place->overload.at_us > FRESH_US || now - place->overload.since_us < max_delay_us(place)
		   ? 0
		   : place->overload.late_us;
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
	note_delay(place, late_us);
	return place->overload.since_us != 0 || why_full(place) || calls_left(place) < kept_for_known(place);
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

/* Whose country cannot be told yet is in all of them. */
static bool is_emergency(const struct place *place, const struct ua_fresh *request)
{
	const char *number = request->request_user + (request->request_user[0] == '+');

	if (strcmp(request->method, "INVITE") != 0 || !number[0])
		return false;
	if (phone_number_is_emergency_everywhere(number))
		return true;
	for (size_t i = 0; i < place->conf->account_count; i++)
		if (place->conf->accounts[i].country &&
		    phone_number_is_emergency(number, place->conf->accounts[i].country))
			return true;
	return false;
}

/* ---- turning away ---- */

/* NULL: it is taken. */
static const char *why_refuse(struct place *place, const struct ua_fresh *request, bool known)
{
	int64_t late = lasting_delay_us(place), patience = max_delay_us(place);
	bool is_call = strcmp(request->method, "INVITE") == 0;

	if (late > (known ? is_call ? patience : patience * PATIENT : patience / 2))
		return "max-delay is reached";
	if (!is_call)
		return NULL;
	if (why_full(place))
		return why_full(place);
	if (calls_left(place) < (known ? 1 : kept_for_known(place)))
		return "max-calls-per-second is reached";
	return NULL;
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

static void note_refusal(struct place *place, const struct ua_fresh *request, bool known, const char *why)
{
	static const struct timeval second = { 1, 0 };
	bool is_call = strcmp(request->method, "INVITE") == 0;

	place->overload.refused++;
	place->refused += is_call;
	place->overload.untold++;
	place->overload.untold_calls += is_call;
	place->overload.untold_strangers += !known;
	place->overload.why = why;
	if (!place->overload.telling)
		place->overload.telling =
		    event_base_once(place->base, -1, EV_TIMEOUT, on_second, place, &second) == 0;
}

enum ua_weight overload_weigh(struct place *place, const struct ua_fresh *request, unsigned *retry_after_s)
{
	bool known = is_known(place, request);
	const char *why;

	note_delay(place, request->late_us);
	why = is_emergency(place, request) ? NULL : why_refuse(place, request, known);
	if (!why)
		return UA_TAKE;
	note_refusal(place, request, known, why);
	*retry_after_s = RETRY_MIN_S + random_u32() % (RETRY_MAX_S - RETRY_MIN_S + 1);
	return UA_REFUSE;
}

void overload_status(const struct place *place, json_t *out)
{
	json_object_set_new(out, "overload_refused", json_integer((json_int_t)place->overload.refused));
	json_object_set_new(out, "delay_ms", json_integer((json_int_t)lasting_delay_us(place) / 1000));
}
