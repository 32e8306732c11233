/* rate_deck: what calls cost, by the beginnings of numbers.
 *
 * A deck holds rates for calls out and for calls that come in. The longest prefix that a number begins with
 * has its rate; the prefix "+" alone takes every number that has no other. A look-up takes one step a digit,
 * whatever the size of the deck. A rate is copied out of its deck, so that a call keeps it when the deck is
 * replaced.
 *
 * Threads: a deck that is complete may be read by all. */
#ifndef OFFHOOK_LIB_RATE_DECK_H
#define OFFHOOK_LIB_RATE_DECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RATE_DIGITS_MAX = 15,
	RATE_PREFIX_SIZE = RATE_DIGITS_MAX + 2, /* "+", digits */
	RATE_NETWORK_SIZE = 8,			/* "310-260" */
	RATE_CURRENCY_SIZE = 4,			/* ISO 4217 */
	RATE_TEXT_MAX = 200,			/* of a line */
	RATE_SECONDS_MAX = 86400,		/* of an increment */
	RATE_TIME_MAX = 30 * 86400,		/* of a call [s] */
	RATE_ERROR_SIZE = 160,
};

enum rate_direction { RATE_OUTBOUND, RATE_INBOUND };

/* Amounts as in money.h. */
struct rate {
	int64_t price;		  /* a minute */
	int64_t fee;		  /* once, when it is answered */
	int64_t minimum;	  /* the least that an answered call costs */
	uint32_t first_s, next_s; /* what is charged at a time: first, and from then on; at least 1 */
	uint8_t decimals;	  /* prices are rounded half up to so many */
	char currency[RATE_CURRENCY_SIZE];
	char network[RATE_NETWORK_SIZE]; /* MCC-MNC of the destination, or "" */
};

struct rate_deck;

int rate_deck_alloc(struct rate_deck **out) __attribute__((warn_unused_result));
/* NULL is allowed. */
void rate_deck_free(struct rate_deck *deck);

/* Adds the rate of `prefix` ("+" and up to 15 digits). Returns 0; EEXIST when it has one; EINVAL for no
 * prefix; ENOMEM. */
int rate_deck_add(struct rate_deck *deck, enum rate_direction direction, const char *prefix,
		  const struct rate *rate) __attribute__((warn_unused_result));

/* The rate of `number` ("+" and digits) and, unless NULL, the prefix that it is by. False: it has none. */
bool rate_deck_find(const struct rate_deck *deck, enum rate_direction direction, const char *number,
		    struct rate *out, char prefix[RATE_PREFIX_SIZE]);

size_t rate_deck_count(const struct rate_deck *deck);

/* Reads a line of a deck: "+49151 0.079 60/1 network=262-01 minimum=0.10 fee=0.05": prefix, price a minute,
 * and what else differs from *rate, which holds the deck's defaults. Returns 0, or EINVAL with what is wrong
 * and what is allowed in `error`. */
int rate_parse(struct rate *rate, char prefix[RATE_PREFIX_SIZE], const char *text,
	       char error[RATE_ERROR_SIZE]) __attribute__((warn_unused_result));

/* "60/1", or "60" for both alike. False: it is neither. */
bool rate_parse_increments(const char *text, uint32_t *first_s, uint32_t *next_s);

/* The seconds that a call of `duration_s` is charged for: at least the first increment, then whole ones. At
 * most RATE_TIME_MAX, and the increment in which that is. */
int64_t rate_billed_s(const struct rate *rate, int64_t duration_s);

/* What a call of `billed_s` (of rate_billed_s()) costs: fee + price, rounded once, and at least the minimum.
 */
int64_t rate_cost(const struct rate *rate, int64_t billed_s);

/* How long a call may last for `budget` [s]: up to the end of the last increment that it pays for; −1: not
 * even the first; RATE_TIME_MAX: for as long as any. */
int64_t rate_affordable_s(const struct rate *rate, int64_t budget);

/* Whether a call costs nothing, however long. */
bool rate_is_free(const struct rate *rate);

#endif
