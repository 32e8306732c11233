/* See pressure.h. */
#include "daemon/offhookd/place/pressure.h"

#include "lib/clock.h"

#include <string.h>

enum {
	FRESH_US = 1000000, /* for as long, the last delay says something of what comes by connections */
	PATIENT = 3,	    /* times max-delay: of what is not a call */
};

/* A bucket that holds one second of `rate`, filled up to now. */
static double left(struct pressure_bucket *bucket, double rate)
{
	int64_t now = clock_mono_us();

	bucket->tokens += (double)(now - bucket->at_us) / 1e6 * rate;
	bucket->at_us = now;
	if (bucket->tokens > rate)
		bucket->tokens = rate;
	return bucket->tokens;
}

static bool take(struct pressure_bucket *bucket, double rate)
{
	if (left(bucket, rate) < 1)
		return false;
	bucket->tokens -= 1;
	return true;
}

/* A tenth of the calls is kept for those whom we know; as many new phones may come in, whatever the delay. */
static double tenth(const struct pressure_limits *limits)
{
	double n = (double)limits->calls_per_second / 10;

	return n < 1 ? 1 : n;
}

void pressure_begin(struct pressure *p, const struct pressure_limits *limits)
{
	memset(p, 0, sizeof *p);
	p->calls = (struct pressure_bucket){ clock_mono_us(), limits->calls_per_second };
	p->registers = (struct pressure_bucket){ clock_mono_us(), tenth(limits) };
}

void pressure_note_delay(struct pressure *p, const struct pressure_limits *limits, int64_t late_us)
{
	if (late_us == 0 || late_us == p->late_us)
		return; /* it is the same datagram's */
	p->late_us = late_us;
	p->at_us = clock_mono_us();
	if (late_us <= limits->max_delay_us / 2)
		p->since_us = 0;
	else if (p->since_us == 0)
		p->since_us = p->at_us;
}

int64_t pressure_delay_us(const struct pressure *p, const struct pressure_limits *limits)
{
	int64_t now;

	if (p->since_us == 0)
		return 0;
	now = clock_mono_us();
	return now - p->at_us > FRESH_US || now - p->since_us < limits->max_delay_us ? 0 : p->late_us;
}

bool pressure_is_near(struct pressure *p, const struct pressure_limits *limits)
{
	return p->since_us != 0 || left(&p->calls, limits->calls_per_second) < tenth(limits);
}

/* How long a request may have waited. */
static int64_t patience(const struct pressure_limits *limits, const struct pressure_request *request)
{
	if (!request->known)
		return limits->max_delay_us / 2;
	return request->kind == PRESSURE_CALL ? limits->max_delay_us : limits->max_delay_us * PATIENT;
}

const char *pressure_why(struct pressure *p, const struct pressure_limits *limits,
			 const struct pressure_request *request)
{
	/* else phones that a restart has made strangers would not come back while it lasts */
	if (pressure_delay_us(p, limits) > patience(limits, request) &&
	    !(request->kind == PRESSURE_REGISTER && !request->known && take(&p->registers, tenth(limits))))
		return "max-delay is reached";
	if (request->kind != PRESSURE_CALL)
		return NULL;
	if (request->full)
		return request->full;
	if (left(&p->calls, limits->calls_per_second) < (request->known ? 1 : tenth(limits)))
		return "max-calls-per-second is reached";
	return NULL;
}

bool pressure_take_call(struct pressure *p, const struct pressure_limits *limits)
{
	return take(&p->calls, limits->calls_per_second);
}
