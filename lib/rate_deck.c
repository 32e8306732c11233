/* See rate_deck.h. */
#include "lib/rate_deck.h"

#include "lib/money.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A tree with one level a digit. Nodes name each other and their rate by index, so that the arrays may move;
 * 0 is "none": node 0 is the root for outbound, 1 for inbound, and nothing leads to them; rate 0 stays empty.
 */
struct node {
	uint32_t next[10];
	uint32_t rate;
};

struct rate_deck {
	struct node *nodes;
	size_t node_count, node_capacity;
	struct rate *rates;
	size_t rate_count, rate_capacity;
};

/* Makes room for `more` in an array. Returns 0 or ENOMEM. */
static int reserve(void **array, size_t *capacity, size_t count, size_t more, size_t size)
{
	size_t wanted = *capacity ? *capacity : 64;
	void *grown;

	while (wanted < count + more)
		wanted *= 2;
	if (wanted == *capacity)
		return 0;
	grown = realloc(*array, wanted * size);
	if (!grown)
		return ENOMEM;
	*array = grown;
	*capacity = wanted;
	return 0;
}

static int reserve_nodes(struct rate_deck *deck, size_t more)
{
	void *nodes = deck->nodes;
	int err = reserve(&nodes, &deck->node_capacity, deck->node_count, more, sizeof *deck->nodes);

	deck->nodes = nodes;
	return err;
}

static int reserve_rate(struct rate_deck *deck)
{
	void *rates = deck->rates;
	int err = reserve(&rates, &deck->rate_capacity, deck->rate_count, 1, sizeof *deck->rates);

	deck->rates = rates;
	return err;
}

int rate_deck_alloc(struct rate_deck **out)
{
	struct rate_deck *deck = calloc(1, sizeof *deck);

	if (!deck)
		return ENOMEM;
	if (reserve_nodes(deck, 2) != 0 || reserve_rate(deck) != 0) {
		rate_deck_free(deck);
		return ENOMEM;
	}
	memset(deck->nodes, 0, 2 * sizeof *deck->nodes);
	memset(deck->rates, 0, sizeof *deck->rates);
	deck->node_count = 2;
	deck->rate_count = 1;
	*out = deck;
	return 0;
}

void rate_deck_free(struct rate_deck *deck)
{
	if (!deck)
		return;
	free(deck->nodes);
	free(deck->rates);
	free(deck);
}

size_t rate_deck_count(const struct rate_deck *deck)
{
	return deck->rate_count - 1;
}

static bool is_prefix(const char *text)
{
	size_t digits = text[0] == '+' ? strspn(text + 1, "0123456789") : 0;

	return text[0] == '+' && digits <= RATE_DIGITS_MAX && text[1 + digits] == '\0';
}

int rate_deck_add(struct rate_deck *deck, enum rate_direction direction, const char *prefix,
		  const struct rate *rate)
{
	uint32_t at = (uint32_t)direction;

	if (!is_prefix(prefix))
		return EINVAL;
	if (reserve_nodes(deck, RATE_DIGITS_MAX) != 0 || reserve_rate(deck) != 0)
		return ENOMEM;
	for (const char *digit = prefix + 1; *digit; digit++) {
		uint32_t *next = &deck->nodes[at].next[*digit - '0'];

		if (*next == 0) {
			*next = (uint32_t)deck->node_count;
			memset(&deck->nodes[deck->node_count++], 0, sizeof *deck->nodes);
		}
		at = *next;
	}
	if (deck->nodes[at].rate != 0)
		return EEXIST;
	deck->nodes[at].rate = (uint32_t)deck->rate_count;
	deck->rates[deck->rate_count++] = *rate;
	return 0;
}

bool rate_deck_find(const struct rate_deck *deck, enum rate_direction direction, const char *number,
		    struct rate *out, char prefix[RATE_PREFIX_SIZE])
{
	uint32_t at = (uint32_t)direction, found;
	size_t length = 1;

	if (number[0] != '+')
		return false;
	found = deck->nodes[at].rate;
	for (size_t i = 1; number[i] >= '0' && number[i] <= '9'; i++) {
		at = deck->nodes[at].next[number[i] - '0'];
		if (at == 0)
			break;
		if (deck->nodes[at].rate != 0) {
			found = deck->nodes[at].rate;
			length = i + 1;
		}
	}
	if (found == 0)
		return false;
	*out = deck->rates[found];
	if (prefix) {
		memcpy(prefix, number, length);
		prefix[length] = '\0';
	}
	return true;
}

/* ---- what a call costs ---- */

int64_t rate_billed_s(const struct rate *rate, int64_t duration_s)
{
	int64_t first = rate->first_s, next = rate->next_s;

	if (duration_s > RATE_TIME_MAX)
		duration_s = RATE_TIME_MAX;
	if (duration_s <= first)
		return first;
	return first + (duration_s - first + next - 1) / next * next;
}

int64_t rate_cost(const struct rate *rate, int64_t billed_s)
{
	int64_t cost;

	/* rates that rate_parse() takes and times up to RATE_TIME_MAX do not get near the limit */
	if (money_for_time(&cost, rate->fee, rate->price, billed_s, rate->decimals) != 0)
		cost = INT64_MAX;
	return cost < rate->minimum ? rate->minimum : cost;
}

bool rate_is_free(const struct rate *rate)
{
	return rate->price == 0 && rate->fee == 0 && rate->minimum == 0;
}

int64_t rate_affordable_s(const struct rate *rate, int64_t budget)
{
	int64_t low = 0, high = (RATE_TIME_MAX - (int64_t)rate->first_s) / rate->next_s;

	if (rate_cost(rate, rate->first_s) > budget)
		return -1;
	if (rate_cost(rate, rate->first_s + high * rate->next_s) <= budget)
		return RATE_TIME_MAX;
	/* the cost of `low` further increments is within it, that of `high` is not */
	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (rate_cost(rate, rate->first_s + middle * rate->next_s) <= budget)
			low = middle;
		else
			high = middle;
	}
	return rate->first_s + low * rate->next_s;
}
