/* Decks: lines, look-ups, what calls cost; and decks in a conf. */
#include "lib/conf.h"
#include "lib/money.h"
#include "lib/random.h"
#include "lib/rate_deck.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct rate plain = { .first_s = 60, .next_s = 60, .decimals = 6, .currency = "EUR" };

static struct rate line(const char *text)
{
	char prefix[RATE_PREFIX_SIZE], error[RATE_ERROR_SIZE] = "";
	struct rate rate = plain;

	cr_assert_eq(rate_parse(&rate, prefix, text, error), 0, "%s", error);
	return rate;
}

static const char *formatted(int64_t amount)
{
	static char text[MONEY_TEXT_SIZE];

	return money_format(amount, 2, text);
}

static const char *costs(const char *text, int64_t duration_s)
{
	struct rate rate = line(text);

	return formatted(rate_cost(&rate, rate_billed_s(&rate, duration_s)));
}

Test(rate, a_line_says_everything)
{
	char prefix[RATE_PREFIX_SIZE], error[RATE_ERROR_SIZE];
	struct rate rate = plain;

	cr_assert_eq(
	    rate_parse(&rate, prefix, "  +4915 \t 0.079 30/6 network=262-01 minimum=0.10 fee=0.05 ", error),
	    0);
	cr_expect_str_eq(prefix, "+4915");
	cr_expect_eq(rate.price, 7900000);
	cr_expect(rate.first_s == 30 && rate.next_s == 6);
	cr_expect_str_eq(rate.network, "262-01");
	cr_expect_eq(rate.minimum, MONEY_ONE / 10);
	cr_expect_eq(rate.fee, MONEY_ONE / 20);
	cr_expect_str_eq(rate.currency, "EUR");
	rate = line("+ 0");
	cr_expect(rate_is_free(&rate) && rate.first_s == 60);
	rate = line("+1 1 1");
	cr_expect(rate.first_s == 1 && rate.next_s == 1);
	rate = line("+123456789012345 1 network=310-260");
	cr_expect_str_eq(rate.network, "310-260");
}

Test(rate, a_bad_line_is_refused_with_what_is_allowed)
{
	static const char *const cases[][2] = {
		{ "", "is no prefix" },
		{ "49 1", "is no prefix" },
		{ "+49a 1", "is no prefix" },
		{ "+1234567890123456 1", "is no prefix" },
		{ "+49", "has no price" },
		{ "+49 x", "is no amount" },
		{ "+49 -1", "is no amount" },
		{ "+49 1000001", "out of range" },
		{ "+49 0.123456789", "out of range" },
		{ "+49 1 0/1", "is wrong" },
		{ "+49 1 60/", "is wrong" },
		{ "+49 1 60/1/1", "is wrong" },
		{ "+49 1 86401", "is wrong" },
		{ "+49 1 99999999999999999999999999", "is wrong" },
		{ "+49 1 network=26201", "is no network" },
		{ "+49 1 network=262-1", "is no network" },
		{ "+49 1 network=", "is no network" },
		{ "+49 1 minimum=", "is no amount" },
		{ "+49 1 fee=1,0", "is no amount" },
		{ "+49 1 color=red", "is wrong" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char prefix[RATE_PREFIX_SIZE] = "kept", error[RATE_ERROR_SIZE] = "";
		struct rate rate = plain;

		cr_expect_eq(rate_parse(&rate, prefix, cases[i][0], error), EINVAL, "%s", cases[i][0]);
		cr_expect(strstr(error, cases[i][1]) && strstr(error, "allowed: "), "%s: %s", cases[i][0],
			  error);
		cr_expect_str_eq(prefix, "kept");
		cr_expect_eq(memcmp(&rate, &plain, sizeof rate), 0);
	}
}

Test(rate, increments_fee_and_minimum)
{
	cr_expect_str_eq(costs("+1 0.60 60/60", 0), "0.60",
			 "a call that was answered has begun its first increment");
	cr_expect_str_eq(costs("+1 0.60 60/60", 60), "0.60");
	cr_expect_str_eq(costs("+1 0.60 60/60", 61), "1.20");
	cr_expect_str_eq(costs("+1 0.60 30/6", 30), "0.30");
	cr_expect_str_eq(costs("+1 0.60 30/6", 31), "0.36");
	cr_expect_str_eq(costs("+1 0.60 30/6", 36), "0.36");
	cr_expect_str_eq(costs("+1 0.60 1/1", 7), "0.07");
	cr_expect_str_eq(costs("+1 0.0085 1/1", 1), "0.000142");
	cr_expect_str_eq(costs("+1 0.60 1/1 fee=0.05", 1), "0.06");
	cr_expect_str_eq(costs("+1 0.60 1/1 minimum=0.10", 7), "0.10");
	cr_expect_str_eq(costs("+1 0.60 1/1 minimum=0.10", 11), "0.11");
	cr_expect_str_eq(costs("+1 0 fee=0.05", 1000), "0.05");
	cr_expect_str_eq(costs("+1 1000000 86400/86400 fee=1000000", INT64_MAX), "43201000000.00",
			 "30 days are the most");
}

Test(rate, what_a_budget_pays_for)
{
	struct rate rate = line("+1 0.60 60/60");

	cr_expect_eq(rate_affordable_s(&rate, 59 * MONEY_ONE / 100), -1);
	cr_expect_eq(rate_affordable_s(&rate, 60 * MONEY_ONE / 100), 60);
	cr_expect_eq(rate_affordable_s(&rate, 119 * MONEY_ONE / 100), 60);
	cr_expect_eq(rate_affordable_s(&rate, 120 * MONEY_ONE / 100), 120);
	rate = line("+1 0.60 1/1 minimum=0.10");
	cr_expect_eq(rate_affordable_s(&rate, MONEY_ONE / 10), 10);
	rate = line("+1 0 fee=0.05");
	cr_expect_eq(rate_affordable_s(&rate, MONEY_ONE / 20), RATE_TIME_MAX);
	for (int i = 0; i < 20000; i++) {
		int64_t budget, s;

		rate = plain;
		rate.price = random_u32() % 1000 * (int64_t)(random_u32() % 100000);
		rate.fee = random_u32() % 2 ? random_u32() % 10000000 : 0;
		rate.minimum = random_u32() % 2 ? random_u32() % 10000000 : 0;
		rate.first_s = 1 + random_u32() % 90;
		rate.next_s = 1 + random_u32() % 90;
		rate.decimals = (uint8_t)(random_u32() % 9);
		budget = random_u32();
		s = rate_affordable_s(&rate, budget);
		if (s < 0) {
			cr_assert_gt(rate_cost(&rate, rate_billed_s(&rate, 0)), budget);
			continue;
		}
		cr_assert_eq(rate_billed_s(&rate, s),
			     s == RATE_TIME_MAX ? rate_billed_s(&rate, RATE_TIME_MAX) : s);
		cr_assert_leq(rate_cost(&rate, s), budget);
		if (s < RATE_TIME_MAX)
			cr_assert_gt(rate_cost(&rate, rate_billed_s(&rate, s + 1)), budget);
	}
}

/* ---- decks ---- */

Test(rate_deck, the_longest_prefix_wins)
{
	char prefix[RATE_PREFIX_SIZE];
	struct rate rate = plain;
	struct rate_deck *deck;

	cr_assert_eq(rate_deck_alloc(&deck), 0);
	cr_expect(!rate_deck_find(deck, RATE_OUTBOUND, "+15551234567", &rate, NULL));
	rate.price = 1;
	cr_assert_eq(rate_deck_add(deck, RATE_OUTBOUND, "+1", &rate), 0);
	rate.price = 1555;
	cr_assert_eq(rate_deck_add(deck, RATE_OUTBOUND, "+1555", &rate), 0);
	rate.price = 2;
	cr_assert_eq(rate_deck_add(deck, RATE_INBOUND, "+1555", &rate), 0);
	cr_expect_eq(rate_deck_add(deck, RATE_OUTBOUND, "+1555", &rate), EEXIST);
	cr_expect_eq(rate_deck_add(deck, RATE_OUTBOUND, "1555", &rate), EINVAL);
	cr_expect_eq(rate_deck_add(deck, RATE_OUTBOUND, "+1234567890123456", &rate), EINVAL);
	cr_expect_eq(rate_deck_count(deck), 3);
	cr_expect(rate_deck_find(deck, RATE_OUTBOUND, "+15551234567", &rate, prefix) && rate.price == 1555);
	cr_expect_str_eq(prefix, "+1555");
	cr_expect(rate_deck_find(deck, RATE_OUTBOUND, "+1556", &rate, prefix) && rate.price == 1);
	cr_expect_str_eq(prefix, "+1");
	cr_expect(rate_deck_find(deck, RATE_OUTBOUND, "+155", &rate, prefix) && rate.price == 1);
	cr_expect(rate_deck_find(deck, RATE_INBOUND, "+15551234567", &rate, NULL) && rate.price == 2);
	cr_expect(!rate_deck_find(deck, RATE_INBOUND, "+1556", &rate, NULL));
	cr_expect(!rate_deck_find(deck, RATE_OUTBOUND, "+49", &rate, NULL));
	cr_expect(!rate_deck_find(deck, RATE_OUTBOUND, "15551234567", &rate, NULL));
	cr_expect(!rate_deck_find(deck, RATE_OUTBOUND, "", &rate, NULL));
	rate.price = 0;
	cr_assert_eq(rate_deck_add(deck, RATE_OUTBOUND, "+", &rate), 0);
	cr_expect(rate_deck_find(deck, RATE_OUTBOUND, "+49", &rate, prefix) && rate.price == 0);
	cr_expect_str_eq(prefix, "+");
	rate_deck_free(deck);
}

/* A number of digits 0 to `digit`, so that prefixes often meet. */
static void any_number(char out[RATE_PREFIX_SIZE], size_t least, size_t most, unsigned digit)
{
	size_t n = least + random_u32() % (most - least + 1);

	out[0] = '+';
	for (size_t i = 1; i <= n; i++)
		out[i] = (char)('0' + random_u32() % (digit + 1));
	out[n + 1] = '\0';
}

Test(rate_deck, agrees_with_a_plain_search)
{
	enum { PREFIXES = 400 };
	static char prefixes[PREFIXES][RATE_PREFIX_SIZE];

	for (int round = 0; round < 20; round++) {
		struct rate_deck *deck;
		size_t count = 0;

		cr_assert_eq(rate_deck_alloc(&deck), 0);
		for (int i = 0; i < PREFIXES; i++) {
			struct rate rate = plain;
			bool known = false;

			any_number(prefixes[count], 0, 6, 2);
			rate.price = (int64_t)count;
			for (size_t j = 0; j < count; j++)
				known = known || strcmp(prefixes[j], prefixes[count]) == 0;
			cr_assert_eq(rate_deck_add(deck, RATE_OUTBOUND, prefixes[count], &rate),
				     known ? EEXIST : 0);
			count += !known;
		}
		for (int i = 0; i < 2000; i++) {
			char number[RATE_PREFIX_SIZE], prefix[RATE_PREFIX_SIZE];
			const char *best = NULL;
			struct rate rate;

			any_number(number, 1, 15, 3);
			for (size_t j = 0; j < count; j++)
				if (strncmp(number, prefixes[j], strlen(prefixes[j])) == 0 &&
				    (!best || strlen(prefixes[j]) > strlen(best)))
					best = prefixes[j];
			cr_assert_eq(rate_deck_find(deck, RATE_OUTBOUND, number, &rate, prefix),
				     best != NULL);
			if (best)
				cr_assert(strcmp(prefix, best) == 0 &&
					  strcmp(prefixes[rate.price], best) == 0);
		}
		rate_deck_free(deck);
	}
}

/* ---- in a conf ---- */

static struct conf *load(const char *text, struct conf_errors *errors)
{
	struct conf *conf = NULL;

	if (conf_parse(&conf, "t.conf", text, errors) != 0)
		conf = NULL;
	return conf;
}

Test(conf_deck, an_account_chooses_one)
{
	struct conf_errors errors;
	struct conf *conf = load(
	    "deck \"eu\" {\n currency = \"EUR\" increments = \"60/1\" connection-fee = 0.01 minimum = "
	    "\"0.02\" decimals = 4\n"
	    " rates = { \"+49 0.012\", \"+4915 0.079 1/1 minimum=0\" }\n inbound = { \"+49800 0.03\" } }\n"
	    "account \"a\" { deck = eu max-spend-day = 25 max-spend-call = \"2.50\" day-starts = \"22:30\" "
	    "}\n"
	    "account \"b\" { }\n",
	    &errors);
	const struct conf_account *a;
	struct rate rate;

	if (!conf)
		conf_errors_print(&errors, stderr);
	cr_assert_not_null(conf);
	a = conf_account_by_name(conf, "a");
	cr_assert_not_null(a->deck);
	cr_expect_str_eq(a->deck->currency, "EUR");
	cr_expect_eq(a->max_spend_day, 25 * MONEY_ONE);
	cr_expect_eq(a->max_spend_call, 250000000);
	cr_expect_eq(a->day_starts_s, (22 * 60 + 30) * 60);
	cr_expect(rate_deck_find(a->deck->rates, RATE_OUTBOUND, "+49301234", &rate, NULL));
	cr_expect(rate.first_s == 60 && rate.next_s == 1 && rate.minimum == MONEY_ONE / 50 &&
		  rate.fee == MONEY_ONE / 100);
	cr_expect_eq(rate.decimals, 4);
	cr_expect_str_eq(rate.currency, "EUR");
	cr_expect(rate_deck_find(a->deck->rates, RATE_OUTBOUND, "+4915123", &rate, NULL) &&
		  rate.minimum == 0 && rate.first_s == 1);
	cr_expect(rate_deck_find(a->deck->rates, RATE_INBOUND, "+498001234", &rate, NULL));
	cr_expect_null(conf_account_by_name(conf, "b")->deck);
	conf_free(conf);
	conf_errors_free(&errors);
}

/* Every error of the text is one of those expected, in order. */
static void expect_errors(const char *text, const char *const *expected)
{
	struct conf_errors errors;
	struct conf *conf = load(text, &errors);
	size_t n = 0;

	cr_expect_null(conf);
	for (; expected[n]; n++) {
		cr_assert_lt(n, errors.count, "missing: %s", expected[n]);
		cr_expect(strstr(errors.lines[n], expected[n]), "%s\n  is not\n%s", errors.lines[n],
			  expected[n]);
	}
	cr_expect_eq(errors.count, n, "unexpected: %s", errors.count > n ? errors.lines[n] : "");
	conf_errors_free(&errors);
}

Test(conf_deck, what_is_wrong_is_told_with_its_line)
{
	expect_errors("deck \"d\" {\n currency = \"EUR\"\n rates = {\n  \"+49 0.012\",\n  \"+49 x\",\n  \"49 "
		      "1\",\n  \"+49 1\" }\n"
		      " inbound = { \"+1\" } }\n",
		      (const char *[]){ "t.conf:5: deck/rates: \"x\" is no amount",
					"t.conf:6: deck/rates: \"49\" is no prefix",
					"t.conf:7: deck/rates: +49 is there twice",
					"t.conf:8: deck/inbound: \"+1\" has no price", NULL });
	expect_errors("deck \"d\" { }\n",
		      (const char *[]){ "t.conf:1: deck: deck \"d\" has no currency", NULL });
	expect_errors("deck \"d\" { currency = eur increments = 60/0 minimum = \"-1\" connection-fee = "
		      "\"0.123456789\" decimals = 9 }\n"
		      "deck \"d\" { currency = EUR }\n",
		      (const char *[]){ "currency: \"eur\" is wrong", "decimals: \"9\" is wrong",
					"connection-fee: \"0.123456789\" is wrong",
					"minimum: \"-1\" is wrong", "increments: \"60/0\" is wrong",
					"deck \"d\" is there twice", NULL });
	expect_errors("account \"a\" { deck = none max-spend-day = many day-starts = \"24:00\" }\n",
		      (const char *[]){ "deck: there is no deck \"none\"", "max-spend-day: \"many\" is wrong",
					"day-starts: \"24:00\" is wrong", NULL });
	expect_errors("account \"a\" { max-spend-call = 5 }\n",
		      (const char *[]){ "max-spend-call: needs a deck", NULL });
}

Test(conf_deck, a_hundred_thousand_prefixes)
{
	enum { COUNT = 100000 };
	char *text = malloc(COUNT * 40 + 200), *at = text;
	struct conf_errors errors;
	struct conf *conf;
	struct rate rate;

	at += sprintf(at, "deck \"big\" { currency = EUR\nrates = {\n");
	for (int i = 0; i < COUNT; i++)
		at += sprintf(at, "\"+%d 0.%05d 60/1 network=262-01\",\n", 100000 + i * 7, i);
	sprintf(at, "} }\naccount \"a\" { deck = big }\n");
	conf = load(text, &errors);
	if (!conf)
		conf_errors_print(&errors, stderr);
	cr_assert_not_null(conf);
	cr_expect_eq(rate_deck_count(conf->decks[0].rates), COUNT);
	for (int i = 0; i < COUNT; i += 97) {
		char number[32];

		snprintf(number, sizeof number, "+%d12345", 100000 + i * 7);
		cr_assert(rate_deck_find(conf->decks[0].rates, RATE_OUTBOUND, number, &rate, NULL));
		cr_assert_eq(rate.price, i * (MONEY_ONE / 100000));
	}
	conf_free(conf);
	conf_errors_free(&errors);
	free(text);
}
