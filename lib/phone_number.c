/* phone_number: see phone_number.h; what needs no country's plan. */
#include "lib/phone_number.h"

#include <string.h>

enum { STAR_MAX = 8 };

bool phone_number_bare(char out[PHONE_NUMBER_SIZE], const char *text)
{
	size_t n = 0;

	for (const char *at = text; *at; at++) {
		if (strchr("-.() ", *at))
			continue;
		if (n + 1 >= PHONE_NUMBER_SIZE || !strchr(n == 0 ? "+*#0123456789" : "*#0123456789", *at))
			return false;
		out[n++] = *at;
	}
	out[n] = '\0';
	return n > (out[0] == '+');
}

bool phone_number_is_short(const char *text)
{
	size_t n = strlen(text);

	if (text[0] == '*' || text[0] == '#')
		return n >= 2 && n <= STAR_MAX && strspn(text, "*#0123456789") == n;
	return n >= 2 && n <= PHONE_NUMBER_SHORT_MAX && strspn(text, "0123456789") == n;
}

bool phone_number_is_emergency_everywhere(const char *text)
{
	static const char *const numbers[] = { "112", "911", "000", "08", "110", "118", "119", "999" };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(numbers[i], text) == 0)
			return true;
	return false;
}

bool phone_number_is_country(const char *country)
{
	/* libphonenumber's; programs that only read a conf do without the library */
	static const char known[] =
	    "AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL "
	    "BM BN BO BQ BR BS BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW "
	    "CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE "
	    "GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ "
	    "IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT "
	    "LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ "
	    "NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY "
	    "QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY "
	    "SZ TA TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG "
	    "VI VN VU WF WS XK YE YT ZA ZM ZW ";
	const char *at = known;

	if (strlen(country) != 2 || country[0] == ' ' || country[1] == ' ')
		return false;
	while ((at = strstr(at, country)) != NULL && (at - known) % 3 != 0)
		at++;
	return at != NULL;
}
