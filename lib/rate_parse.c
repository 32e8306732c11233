/* A line of a deck: see rate_deck.h. */
#include "lib/money.h"
#include "lib/rate_deck.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The greatest price, fee and minimum: with RATE_TIME_MAX, far from what an amount can hold. */
#define RATE_PRICE_MAX (1000000 * MONEY_ONE)

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Takes the next word of `*at`. Returns its length; 0 at the end. */
static size_t take_word(const char **at, const char **word)
{
	const char *p = *at, *start;

	while (is_space(*p))
		p++;
	start = p;
	while (*p && !is_space(*p))
		p++;
	*word = start;
	*at = p;
	return (size_t)(p - start);
}

static int say(char error[RATE_ERROR_SIZE], const char *what, const char *word, size_t length,
	       const char *allowed)
{
	snprintf(error, RATE_ERROR_SIZE, "\"%.*s\" %s; allowed: %s", length > 40 ? 40 : (int)length, word,
		 what, allowed);
	return EINVAL;
}

static int read_amount(int64_t *out, const char *name, const char *word, size_t length,
		       char error[RATE_ERROR_SIZE])
{
	int64_t amount = 0;
	int err = money_parse(&amount, word, length);

	if (err == 0 && amount <= RATE_PRICE_MAX) {
		*out = amount;
		return 0;
	}
	return say(error, err == EINVAL ? "is no amount" : "is out of range", word, length,
		   strcmp(name, "price") == 0 ? "a price a minute of 0 to 1000000, with up to 8 decimals"
					      : "an amount of 0 to 1000000, with up to 8 decimals");
}

/* A whole number of seconds, 1 to RATE_SECONDS_MAX. Returns what follows it, or NULL. */
static const char *read_seconds(const char *text, uint32_t *out)
{
	uint32_t value = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9' && value <= RATE_SECONDS_MAX; p++)
		value = value * 10 + (uint32_t)(*p - '0');
	if (p == text || value < 1 || value > RATE_SECONDS_MAX)
		return NULL;
	*out = value;
	return p;
}

bool rate_parse_increments(const char *text, uint32_t *first_s, uint32_t *next_s)
{
	uint32_t first, next;
	const char *rest = read_seconds(text, &first);

	if (!rest)
		return false;
	next = first;
	if (*rest == '/')
		rest = read_seconds(rest + 1, &next);
	if (!rest || *rest)
		return false;
	*first_s = first;
	*next_s = next;
	return true;
}

static int read_increments(struct rate *rate, const char *word, size_t length, char error[RATE_ERROR_SIZE])
{
	char text[24];

	if (length < sizeof text) {
		memcpy(text, word, length);
		text[length] = '\0';
		if (rate_parse_increments(text, &rate->first_s, &rate->next_s))
			return 0;
	}
	return say(error, "is wrong", word, length, "increments in seconds (60/1), network=, minimum=, fee=");
}

/* "262-01", "310-260": three digits and two or three. */
static int read_network(struct rate *rate, const char *word, size_t length, char error[RATE_ERROR_SIZE])
{
	bool good = length == 6 || length == 7;

	for (size_t i = 0; good && i < length; i++)
		good = i == 3 ? word[i] == '-' : word[i] >= '0' && word[i] <= '9';
	if (!good)
		return say(error, "is no network", word, length, "MCC-MNC, as in 262-01");
	memcpy(rate->network, word, length);
	rate->network[length] = '\0';
	return 0;
}

static bool begins(const char *word, size_t length, const char *name)
{
	size_t n = strlen(name);

	return length >= n && memcmp(word, name, n) == 0;
}

static int read_extra(struct rate *rate, const char *word, size_t length, char error[RATE_ERROR_SIZE])
{
	if (begins(word, length, "network="))
		return read_network(rate, word + 8, length - 8, error);
	if (begins(word, length, "minimum="))
		return read_amount(&rate->minimum, "minimum", word + 8, length - 8, error);
	if (begins(word, length, "fee="))
		return read_amount(&rate->fee, "fee", word + 4, length - 4, error);
	return read_increments(rate, word, length, error);
}

int rate_parse(struct rate *rate, char prefix[RATE_PREFIX_SIZE], const char *text,
	       char error[RATE_ERROR_SIZE])
{
	const char *at = text, *word;
	struct rate read = *rate;
	char found[RATE_PREFIX_SIZE];
	size_t length;
	int err;

	if (strlen(text) > RATE_TEXT_MAX)
		return say(error, "is too long", text, 20, "PREFIX PRICE, as in \"+49 0.012\"");
	length = take_word(&at, &word);
	if (length == 0 || length >= sizeof found || word[0] != '+' ||
	    strspn(word + 1, "0123456789") < length - 1)
		return say(error, "is no prefix", word, length,
			   "+ and the first digits of a number, at most 15");
	memcpy(found, word, length);
	found[length] = '\0';
	length = take_word(&at, &word);
	if (length == 0)
		return say(error, "has no price", found, strlen(found), "PREFIX PRICE, as in \"+49 0.012\"");
	err = read_amount(&read.price, "price", word, length, error);
	while (err == 0 && (length = take_word(&at, &word)) > 0)
		err = read_extra(&read, word, length, error);
	if (err != 0)
		return err;
	*rate = read;
	memcpy(prefix, found, sizeof found);
	return 0;
}
