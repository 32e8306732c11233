/* See money.h. */
#include "lib/money.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int money_parse(int64_t *out, const char *text, size_t length)
{
	int64_t amount = 0, place = MONEY_ONE;
	size_t i = 0;
	int err = 0;

	for (; i < length && is_digit(text[i]); i++) {
		amount = amount * 10 + (text[i] - '0') * MONEY_ONE;
		if (amount > MONEY_PARSE_MAX) {
			err = ERANGE;
			amount = 0;
		}
	}
	if (i == 0)
		return EINVAL;
	if (i < length && text[i] == '.') {
		size_t dot = i++;

		for (; i < length && is_digit(text[i]); i++) {
			place /= 10;
			amount += (text[i] - '0') * place;
			/* zeros are exact, however many */
			if (place == 0 && text[i] != '0')
				err = ERANGE;
		}
		if (i == dot + 1)
			return EINVAL;
	}
	if (i != length)
		return EINVAL;
	if (amount > MONEY_PARSE_MAX)
		err = ERANGE;
	if (err == 0)
		*out = amount;
	return err;
}

char *money_format(int64_t amount, unsigned decimals, char out[MONEY_TEXT_SIZE])
{
	/* without overflow for INT64_MIN, too */
	uint64_t value = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
	uint64_t fraction = value % (uint64_t)MONEY_ONE;
	unsigned shown = MONEY_DECIMALS;

	for (; shown > decimals && fraction % 10 == 0; shown--)
		fraction /= 10;
	if (shown == 0)
		snprintf(out, MONEY_TEXT_SIZE, "%s%" PRIu64, amount < 0 ? "-" : "",
			 value / (uint64_t)MONEY_ONE);
	else
		snprintf(out, MONEY_TEXT_SIZE, "%s%" PRIu64 ".%0*" PRIu64, amount < 0 ? "-" : "",
			 value / (uint64_t)MONEY_ONE, (int)shown, fraction);
	return out;
}

int money_add(int64_t *out, int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return EOVERFLOW;
	*out = sum;
	return 0;
}

int money_for_time(int64_t *out, int64_t fixed, int64_t per_minute, int64_t seconds, unsigned decimals)
{
	int64_t amount, sixtieths, unit = 1, up;

	if (fixed < 0 || per_minute < 0 || seconds < 0 || decimals > MONEY_DECIMALS)
		return EINVAL;
	for (unsigned i = decimals; i < MONEY_DECIMALS; i++)
		unit *= 10;
	/* the exact sum is `amount`, and `sixtieths` of a hundred-millionth */
	if (__builtin_mul_overflow(per_minute / 60, seconds, &amount) ||
	    __builtin_mul_overflow(per_minute % 60, seconds, &sixtieths) ||
	    __builtin_add_overflow(amount, fixed, &amount) ||
	    __builtin_add_overflow(amount, sixtieths / 60, &amount))
		return EOVERFLOW;
	sixtieths %= 60;
	/* what is beyond the last decimal, doubled, against that decimal */
	up = 2 * (amount % unit * 60 + sixtieths) >= unit * 60 ? unit : 0;
	if (__builtin_add_overflow(amount - amount % unit, up, &amount))
		return EOVERFLOW;
	*out = amount;
	return 0;
}
