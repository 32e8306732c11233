/* See conf_deck.h. */
#include "lib/conf_deck.h"

#include "lib/conf_entries.h"
#include "lib/conf_value.h"
#include "lib/money.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DECIMALS_DEFAULT = 6 };

static void read_amount(const struct conf_section *section, const char *option, int64_t *out)
{
	const char *text = conf_value(section, option, 0);

	if (text && money_parse(out, text, strlen(text)) != 0)
		conf_fail(section, option, 0,
			  "\"%.40s\" is wrong; allowed: an amount such as 0.05, up to 1000000000", text);
}

static void read_currency(struct conf_deck *deck, const struct conf_section *section)
{
	const char *text = conf_value(section, "currency", 0);

	if (!text)
		conf_fail(section, NULL, 0, "deck \"%.64s\" has no currency; allowed: currency = \"EUR\"",
			  deck->name);
	else if (strlen(text) != 3 || strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
		conf_fail(section, "currency", 0,
			  "\"%.40s\" is wrong; allowed: the three letters of ISO 4217 (EUR)", text);
	else
		memcpy(deck->currency, text, sizeof deck->currency);
}

/* What a line of the deck has when it does not say otherwise. */
static void read_defaults(struct conf_deck *deck, const struct conf_section *section, struct rate *rate)
{
	const char *increments = conf_value(section, "increments", 0);
	int64_t fee = 0, minimum = 0;

	read_currency(deck, section);
	deck->decimals = DECIMALS_DEFAULT;
	conf_get_number(section, "decimals", 0, MONEY_DECIMALS, &deck->decimals);
	read_amount(section, "connection-fee", &fee);
	read_amount(section, "minimum", &minimum);
	*rate = (struct rate){ .fee = fee,
			       .minimum = minimum,
			       .first_s = 60,
			       .next_s = 60,
			       .decimals = (uint8_t)deck->decimals };
	if (increments && !rate_parse_increments(increments, &rate->first_s, &rate->next_s))
		conf_fail(section, "increments", 0,
			  "\"%.40s\" is wrong; allowed: seconds of the first and of each following "
			  "increment, as in 60/1",
			  increments);
	memcpy(rate->currency, deck->currency, sizeof rate->currency);
}

static int read_lines(struct conf_deck *deck, const struct conf_section *section, const char *option,
		      enum rate_direction direction, const struct rate *defaults)
{
	size_t count = conf_value_count(section, option);
	char prefix[RATE_PREFIX_SIZE], error[RATE_ERROR_SIZE];

	for (size_t i = 0; i < count; i++) {
		struct rate rate = *defaults;
		int err = rate_parse(&rate, prefix, conf_value(section, option, i), error);

		if (err != 0) {
			conf_fail(section, option, i, "%s", error);
			continue;
		}
		err = rate_deck_add(deck->rates, direction, prefix, &rate);
		if (err == EEXIST)
			conf_fail(section, option, i, "%s is there twice", prefix);
		else if (err != 0)
			return err;
	}
	return 0;
}

int conf_deck_read(struct conf_deck *deck, const struct conf_section *section)
{
	struct rate defaults;
	int err;

	if (!conf_entry_title(section, &deck->name) || rate_deck_alloc(&deck->rates) != 0)
		return ENOMEM;
	read_defaults(deck, section, &defaults);
	err = read_lines(deck, section, "rates", RATE_OUTBOUND, &defaults);
	return err ? err : read_lines(deck, section, "inbound", RATE_INBOUND, &defaults);
}

void conf_deck_clear(struct conf_deck *deck)
{
	free(deck->name);
	rate_deck_free(deck->rates);
}

static const struct conf_deck *find_deck(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->deck_count; i++)
		if (strcmp(conf->decks[i].name, name) == 0)
			return &conf->decks[i];
	return NULL;
}

void conf_deck_check(const struct conf *conf, struct conf_reading *reading)
{
	for (size_t i = 1; i < conf->deck_count; i++) {
		struct conf_section section = conf_section_get(reading, "deck", i);

		if (find_deck(conf, conf->decks[i].name) != &conf->decks[i])
			conf_fail(&section, NULL, 0, "deck \"%.64s\" is there twice", conf->decks[i].name);
	}
}

/* "HH:MM" */
static void read_day(struct conf_account *account, const struct conf_section *section)
{
	static const char digits[] = "0123456789";
	const char *text = conf_value(section, "day-starts", 0);
	unsigned hours, minutes;

	if (!text)
		return;
	if (strlen(text) != 5 || text[2] != ':' || strspn(text, digits) != 2 || strspn(text + 3, digits) != 2)
		goto wrong;
	hours = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
	minutes = (unsigned)(text[3] - '0') * 10 + (unsigned)(text[4] - '0');
	if (hours > 23 || minutes > 59)
		goto wrong;
	account->day_starts_s = (hours * 60 + minutes) * 60;
	return;
wrong:
	conf_fail(section, "day-starts", 0,
		  "\"%.40s\" is wrong; allowed: a time of day in UTC, 00:00 to 23:59", text);
}

void conf_deck_of_account(const struct conf *conf, struct conf_account *account,
			  const struct conf_section *section)
{
	const char *name = conf_value(section, "deck", 0);

	if (name) {
		account->deck = find_deck(conf, name);
		if (!account->deck)
			conf_fail(section, "deck", 0,
				  "there is no deck \"%.64s\"; allowed: the title of a deck section", name);
	}
	read_amount(section, "max-spend-day", &account->max_spend_day);
	read_amount(section, "max-spend-call", &account->max_spend_call);
	read_day(account, section);
	if ((account->max_spend_day || account->max_spend_call) && !name)
		conf_fail(section, account->max_spend_day ? "max-spend-day" : "max-spend-call", 0,
			  "needs a deck, to know what calls cost; allowed: deck = \"NAME\"");
}
