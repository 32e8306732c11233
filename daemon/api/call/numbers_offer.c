/* Which numbers an account could set up: those of account { numbers } that nobody has. */
#include "daemon/api/call/numbers.h"

#include "lib/conf_numbers.h"

#include <stdio.h>
#include <string.h>

/* To ask a country's plan takes its time: a request looks at so many numbers. */
enum { RANGE_DIGITS_MAX = 3, LOOKED_AT_MAX = 2000, COUNTRIES_MAX = 64 };

/* Whether nobody has it, as far as the conf and what was set say; who sets it up is told for sure. */
static bool is_free(const struct conf *conf, const char *number)
{
	return !conf_number_find(conf, number) && !conf_user_by_number(conf, number);
}

static bool is_in_country(const char *number, const char *country)
{
	char own[PHONE_NUMBER_COUNTRY_SIZE];

	return !country || !strcmp(phone_number_country(own, number), country);
}

static bool is_in_area(const char *number, const char *area)
{
	char country[PHONE_NUMBER_COUNTRY_SIZE], code[8];

	if (!area)
		return true;
	snprintf(code, sizeof code, "%u", phone_number_country_code(phone_number_country(country, number)));
	return !strncmp(number + 1, code, strlen(code)) &&
	       !strncmp(number + 1 + strlen(code), area, strlen(area));
}

static bool is_offered(const struct asker *by, const struct number_offer *offer, const char *number)
{
	return (!offer->part || number_has_part(number, offer->part)) && is_in_area(number, offer->area) &&
	       is_free(by->desk->conf, number) && phone_number_kind(number) == offer->kind;
}

/* Those that begin with `beginning`; false: it is enough. */
static bool offer_range(const struct asker *by, const struct number_offer *offer, const char *beginning,
			unsigned *looked_at, number_offer_h *each, void *arg)
{
	const size_t has = strlen(beginning) - 1, length = phone_number_usual_length(beginning);
	unsigned missing = length > has ? (unsigned)(length - has) : 0, count = 1;
	char number[PHONE_NUMBER_SIZE];

	for (unsigned i = 0; i < missing && i < RANGE_DIGITS_MAX; i++)
		count *= 10;
	for (unsigned i = 0; i < count && ++*looked_at <= LOOKED_AT_MAX; i++) {
		if (missing)
			snprintf(number, sizeof number, "%s%0*u", beginning, (int)missing, i);
		else
			snprintf(number, sizeof number, "%s", beginning);
		if (is_offered(by, offer, number) && !each(number, arg))
			return false;
	}
	return *looked_at < LOOKED_AT_MAX;
}

static bool is_e164(const char *text)
{
	const size_t digits = *text == '+' ? strspn(text + 1, "0123456789") : 0;

	return digits && digits <= 15 && !text[1 + digits];
}

void number_offers(const struct asker *by, const struct number_offer *offer, number_offer_h *each, void *arg)
{
	const struct conf_strings *own = &by->account->numbers;
	unsigned looked_at = 0;

	for (size_t i = 0; i < own->count; i++)
		if (is_e164(own->items[i]) && is_in_country(own->items[i], offer->country) &&
		    !offer_range(by, offer, own->items[i], &looked_at, each, arg))
			return;
}

void number_countries(const struct asker *by, number_country_h *each, void *arg)
{
	const struct conf_strings *own = &by->account->numbers;
	char seen[COUNTRIES_MAX][PHONE_NUMBER_COUNTRY_SIZE];
	size_t count = 0;

	for (size_t i = 0; i < own->count && count < COUNTRIES_MAX; i++) {
		size_t k = 0;

		if (!is_e164(own->items[i]) || !*phone_number_country(seen[count], own->items[i]))
			continue;
		while (strcmp(seen[k], seen[count]) != 0)
			k++;
		if (k == count)
			each(seen[count++], arg);
	}
}
