/* pressure: how near we are to more than we can do, and who is turned away then. Numbers and time alone: it
 * knows neither requests nor calls, and the clock is lib/clock.h's. See overload.h for what it is for.
 *
 * Main thread only. A struct pressure is filled by pressure_begin(). */
#ifndef OFFHOOK_PLACE_PRESSURE_H
#define OFFHOOK_PLACE_PRESSURE_H

#include <stdbool.h>
#include <stdint.h>

struct pressure_bucket {
	int64_t at_us;
	double tokens;
};

struct pressure {
	struct pressure_bucket calls;	  /* of max-calls-per-second */
	struct pressure_bucket registers; /* of phones that are not known yet, while there is a delay */
	int64_t late_us, at_us;		  /* how long the last datagram had waited, and when that was seen */
	int64_t since_us; /* since when they wait for more than half of max-delay; 0: they do not */
};

/* Of the conf in force. */
struct pressure_limits {
	unsigned calls_per_second;
	int64_t max_delay_us;
};

enum pressure_kind { PRESSURE_CALL, PRESSURE_REGISTER, PRESSURE_OTHER };

/* One request that begins something new. */
struct pressure_request {
	enum pressure_kind kind;
	bool known;	  /* it is of a phone or trunk of ours */
	const char *full; /* why there is no room for one more call; NULL: there is */
};

void pressure_begin(struct pressure *p, const struct pressure_limits *limits);

/* A datagram has waited for `late_us`; 0: that is not known. */
void pressure_note_delay(struct pressure *p, const struct pressure_limits *limits, int64_t late_us);

/* How long what comes now has waited, if that has lasted; else 0. Microseconds. */
int64_t pressure_delay_us(const struct pressure *p, const struct pressure_limits *limits);

/* Whether what comes next is to be weighed: something is to be turned away, or soon will be. */
bool pressure_is_near(struct pressure *p, const struct pressure_limits *limits);

/* Why it is turned away; NULL: it is not. */
const char *pressure_why(struct pressure *p, const struct pressure_limits *limits,
			 const struct pressure_request *request);

/* Takes one of the calls of this second; false: there is none left. */
bool pressure_take_call(struct pressure *p, const struct pressure_limits *limits);

#endif
