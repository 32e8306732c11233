/* Exact amounts, against OpenSSL's big numbers. */
#include "lib/money.h"
#include "lib/random.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <openssl/bn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t parsed(const char *text)
{
	int64_t amount = -1;

	cr_assert_eq(money_parse(&amount, text, strlen(text)), 0, "%s", text);
	return amount;
}

Test(money, parses_what_is_exact)
{
	cr_expect_eq(parsed("0"), 0);
	cr_expect_eq(parsed("1"), MONEY_ONE);
	cr_expect_eq(parsed("0.01"), MONEY_ONE / 100);
	cr_expect_eq(parsed("0.00000001"), 1);
	cr_expect_eq(parsed("00012.5"), 1250000000);
	cr_expect_eq(parsed("0.0085"), 850000);
	cr_expect_eq(parsed("1000000000"), MONEY_PARSE_MAX);
	cr_expect_eq(parsed("1000000000.00000000000"), MONEY_PARSE_MAX);
}

Test(money, refuses_what_is_none)
{
	static const struct {
		const char *text;
		int err;
	} cases[] = {
		{ "", EINVAL },
		{ ".", EINVAL },
		{ ".5", EINVAL },
		{ "5.", EINVAL },
		{ "-1", EINVAL },
		{ "+1", EINVAL },
		{ " 1", EINVAL },
		{ "1 ", EINVAL },
		{ "1e3", EINVAL },
		{ "1,5", EINVAL },
		{ "0x1", EINVAL },
		{ "1.2.3", EINVAL },
		{ "NaN", EINVAL },
		{ "inf", EINVAL },
		{ "0.000000001", ERANGE },
		{ "1000000000.00000001", ERANGE },
		{ "1000000001", ERANGE },
		{ "99999999999999999999999999", ERANGE },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t amount = 42;

		cr_expect_eq(money_parse(&amount, cases[i].text, strlen(cases[i].text)), cases[i].err, "%s",
			     cases[i].text);
		cr_expect_eq(amount, 42, "%s", cases[i].text);
	}
}

Test(money, only_length_bytes_are_read)
{
	int64_t amount = 0;

	cr_expect_eq(money_parse(&amount, "12.345", 4), 0);
	cr_expect_eq(amount, 1230000000);
}

Test(money, formats_as_short_as_is_exact)
{
	static const struct {
		int64_t amount;
		unsigned decimals;
		const char *text;
	} cases[] = {
		{ 0, 2, "0.00" },
		{ 0, 0, "0" },
		{ 1, 2, "0.00000001" },
		{ 850000, 2, "0.0085" },
		{ 2 * MONEY_ONE, 2, "2.00" },
		{ 2 * MONEY_ONE, 0, "2" },
		{ -150000000, 2, "-1.50" },
		{ -1, 0, "-0.00000001" },
		{ 1234500000, 8, "12.34500000" },
		{ INT64_MAX, 0, "92233720368.54775807" },
		{ INT64_MIN, 0, "-92233720368.54775808" },
	};
	char out[MONEY_TEXT_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_expect_str_eq(money_format(cases[i].amount, cases[i].decimals, out), cases[i].text);
}

Test(money, adds_or_says_that_it_cannot)
{
	int64_t sum = 7;

	cr_expect_eq(money_add(&sum, 3, -5), 0);
	cr_expect_eq(sum, -2);
	cr_expect_eq(money_add(&sum, INT64_MAX, 1), EOVERFLOW);
	cr_expect_eq(money_add(&sum, INT64_MIN, -1), EOVERFLOW);
	cr_expect_eq(sum, -2);
}

static int64_t cost(int64_t fixed, int64_t rate, int64_t seconds, unsigned decimals)
{
	int64_t out = -1;

	cr_assert_eq(money_for_time(&out, fixed, rate, seconds, decimals), 0);
	return out;
}

Test(money, rounds_half_up_once)
{
	int64_t cent = MONEY_ONE / 100;

	cr_expect_eq(cost(0, parsed("0.01"), 30, 2), cent, "0.005 is 0.01");
	cr_expect_eq(cost(0, parsed("0.01"), 29, 2), 0, "0.00483… is 0");
	cr_expect_eq(cost(0, 1, 30, 8), 1, "half of the last place");
	cr_expect_eq(cost(0, 1, 29, 8), 0);
	cr_expect_eq(cost(0, parsed("0.0085"), 1, 6), 14200, "0.000141666… is 0.000142");
	cr_expect_eq(cost(parsed("0.0049"), parsed("0.006"), 1, 2), cent,
		     "0.0049 + 0.0001: the sum is rounded, not its parts");
	cr_expect_eq(cost(parsed("0.5"), 0, 0, 0), MONEY_ONE);
	cr_expect_eq(cost(0, parsed("0.012"), 60, 6), parsed("0.012"));
}

Test(money, says_when_it_leaves_the_range)
{
	int64_t out = 42;

	cr_expect_eq(money_for_time(&out, INT64_MAX, 0, 0, 7), EOVERFLOW);
	cr_expect_eq(money_for_time(&out, 0, INT64_MAX, 61, 8), EOVERFLOW);
	cr_expect_eq(money_for_time(&out, INT64_MAX, 60, 1, 8), EOVERFLOW);
	cr_expect_eq(money_for_time(&out, INT64_MAX - 10, 0, 0, 0), EOVERFLOW);
	cr_expect_eq(money_for_time(&out, -1, 0, 0, 8), EINVAL);
	cr_expect_eq(money_for_time(&out, 0, -1, 0, 8), EINVAL);
	cr_expect_eq(money_for_time(&out, 0, 0, -1, 8), EINVAL);
	cr_expect_eq(money_for_time(&out, 0, 0, 0, 9), EINVAL);
	cr_expect_eq(out, 42);
	cr_expect_eq(money_for_time(&out, INT64_MAX, 0, 0, 8), 0);
	cr_expect_eq(out, INT64_MAX);
	cr_expect_eq(money_for_time(&out, 0, INT64_MAX, 60, 8), 0);
	cr_expect_eq(out, INT64_MAX);
}

static BIGNUM *big(int64_t value)
{
	BIGNUM *n = BN_new();

	BN_set_word(n, (BN_ULONG)value);
	return n;
}

/* The same by numbers that have no end; NULL-terminated text to be freed, or "" when it leaves the range. */
static bool reference(int64_t *out, int64_t fixed, int64_t rate, int64_t seconds, unsigned decimals)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *sum = big(fixed), *time = big(rate), *s = big(seconds), *unit = big(1),
	       *most = big(INT64_MAX), *rest = BN_new();
	bool fits;

	for (unsigned i = decimals; i < MONEY_DECIMALS; i++)
		BN_mul_word(unit, 10);
	BN_mul_word(sum, 60);
	BN_mul(time, time, s, ctx);
	BN_add(sum, sum, time);
	/* floor(sum / (60 unit) + 1/2) = floor((2 sum + 60 unit) / (120 unit)) */
	BN_mul_word(sum, 2);
	BN_copy(s, unit);
	BN_mul_word(s, 60);
	BN_add(sum, sum, s);
	BN_mul_word(s, 2);
	BN_div(sum, rest, sum, s, ctx);
	BN_mul(sum, sum, unit, ctx);
	fits = BN_cmp(sum, most) <= 0;
	*out = fits ? (int64_t)BN_get_word(sum) : -1;
	BN_free(sum);
	BN_free(time);
	BN_free(s);
	BN_free(unit);
	BN_free(most);
	BN_free(rest);
	BN_CTX_free(ctx);
	return fits;
}

static int64_t any(unsigned bits)
{
	uint64_t value = (uint64_t)random_u32() << 32 | random_u32();

	return bits ? (int64_t)(value >> (64 - bits)) : 0;
}

Test(money, agrees_with_big_numbers)
{
	unsigned right = 0, over = 0;

	for (int i = 0; i < 100000; i++) {
		int64_t fixed = any(random_u32() % 64), rate = any(random_u32() % 64),
			seconds = any(random_u32() % 40), is, mine = -1;
		unsigned decimals = random_u32() % 9;
		bool fits = reference(&is, fixed, rate, seconds, decimals);
		int err = money_for_time(&mine, fixed, rate, seconds, decimals);

		/* it gives up when the sum leaves the range, be it that rounding down would bring it back */
		if (err == 0)
			cr_assert(fits && mine == is, "%lld %lld %lld %u", (long long)fixed, (long long)rate,
				  (long long)seconds, decimals);
		else
			cr_assert(err == EOVERFLOW && (!fits || is > INT64_MAX - MONEY_ONE),
				  "%lld %lld %lld %u", (long long)fixed, (long long)rate, (long long)seconds,
				  decimals);
		right += err == 0;
		over += err != 0;
	}
	cr_expect_gt(right, 10000);
	cr_expect_gt(over, 10000);
}

Test(money, text_and_back)
{
	for (int i = 0; i < 100000; i++) {
		int64_t amount = any(random_u32() % 57) % (MONEY_PARSE_MAX + 1), back = -1;
		char text[MONEY_TEXT_SIZE];

		money_format(amount, random_u32() % 9, text);
		cr_assert_eq(money_parse(&back, text, strlen(text)), 0, "%s", text);
		cr_assert_eq(back, amount, "%s", text);
	}
}
