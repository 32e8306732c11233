/* money: exact decimal amounts. No floating point anywhere near them.
 *
 * An amount is an int64_t that counts hundred-millionths (10^-8) of a currency's unit: MONEY_ONE is one euro,
 * say. That reaches to 92 billion either way, and everything that could leave it is checked. Rounding is half
 * up, and happens once: where a price is made of a rate and a time. Pure functions, no state. */
#ifndef OFFHOOK_LIB_MONEY_H
#define OFFHOOK_LIB_MONEY_H

#include <stddef.h>
#include <stdint.h>

#define MONEY_ONE INT64_C(100000000)

/* The greatest amount that money_parse() takes: a billion. */
#define MONEY_PARSE_MAX (1000000000 * MONEY_ONE)

enum { MONEY_DECIMALS = 8, MONEY_TEXT_SIZE = 24 };

/* Reads "12", "0.0085": digits, and up to 8 more behind a dot, from the first `length` bytes of `text`. No
 * sign, exponent or space. Returns 0; EINVAL when it is none; ERANGE when it has more decimals than are
 * exact, or is over MONEY_PARSE_MAX. */
int money_parse(int64_t *out, const char *text, size_t length) __attribute__((warn_unused_result));

/* Writes "0.02", "0.0125", "-1.50": as short as is exact, with at least `decimals` (0 to 8) behind the dot.
 * Returns `out`. */
char *money_format(int64_t amount, unsigned decimals, char out[MONEY_TEXT_SIZE]);

/* a + b. Returns 0, or EOVERFLOW and leaves *out. */
int money_add(int64_t *out, int64_t a, int64_t b) __attribute__((warn_unused_result));

/* fixed + per_minute × seconds / 60, rounded half up to `decimals` (0 to 8) behind the dot: one rounding, of
 * the exact sum. None may be negative. Returns 0; EINVAL for what is negative or has too many decimals;
 * EOVERFLOW; *out is left then. */
int money_for_time(int64_t *out, int64_t fixed, int64_t per_minute, int64_t seconds, unsigned decimals)
    __attribute__((warn_unused_result));

#endif
