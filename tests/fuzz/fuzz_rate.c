/* Fuzz target: lines of a deck, and what calls cost by them. */
#include "lib/money.h"
#include "lib/rate_deck.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_cost(const struct rate *rate)
{
	int64_t last = 0;

	for (int64_t s = 0; s <= RATE_TIME_MAX; s = s * 3 + 1) {
		int64_t billed = rate_billed_s(rate, s), cost = rate_cost(rate, billed),
			may = rate_affordable_s(rate, cost);

		if (billed < s || cost < last || cost == INT64_MAX || may < billed)
			abort();
		last = cost;
	}
}

static void check_amount(const char *text)
{
	char again[MONEY_TEXT_SIZE];
	int64_t amount, back;

	if (money_parse(&amount, text, strlen(text)) != 0)
		return;
	money_format(amount, 2, again);
	if (money_parse(&back, again, strlen(again)) != 0 || back != amount)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rate rate = { .first_s = 60, .next_s = 60, .decimals = 6, .currency = "EUR" }, found;
	char prefix[RATE_PREFIX_SIZE], again[RATE_PREFIX_SIZE], error[RATE_ERROR_SIZE],
	    *text = malloc(size + 1);
	struct rate_deck *deck;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	check_amount(text);
	if (rate_parse(&rate, prefix, text, error) == 0) {
		check_cost(&rate);
		if (rate_deck_alloc(&deck) != 0 || rate_deck_add(deck, RATE_OUTBOUND, prefix, &rate) != 0 ||
		    !rate_deck_find(deck, RATE_OUTBOUND, prefix, &found, again) || strcmp(prefix, again) != 0)
			abort();
		rate_deck_free(deck);
	}
	free(text);
	return 0;
}
