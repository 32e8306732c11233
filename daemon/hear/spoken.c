#include "daemon/hear/spoken.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 32 };

static const char *const ones[] = { "zero",    "one",	  "two",       "three",	   "four",
				    "five",    "six",	  "seven",     "eight",	   "nine",
				    "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
				    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen" };
static const char *const tens[] = { "",	     "",      "twenty",	 "thirty", "forty",
				    "fifty", "sixty", "seventy", "eighty", "ninety" };
static const char *const months[] = { "january", "february", "march",	  "april",   "may",	 "june",
				      "july",	 "august",   "september", "october", "november", "december" };
static const char *const ordinals[] = { "",	     "first",	  "second",	 "third",      "fourth",
					"fifth",     "sixth",	  "seventh",	 "eighth",     "ninth",
					"tenth",     "eleventh",  "twelfth",	 "thirteenth", "fourteenth",
					"fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth" };
static const char *const yes[] = { "yes", "yeah", "yep", "yes please", "sure", "correct" };
static const char *const no[] = { "no", "nope", "no thanks", "no thank you" };

#define COUNT(list) (sizeof(list) / sizeof *(list))

#define MONTHS                                                                                              \
	"january | february | march | april | may | june | july | august | september | october | november " \
	"| "                                                                                                \
	"december"
#define ORDINALS                                                                                           \
	"first | second | third | fourth | fifth | sixth | seventh | eighth | ninth | tenth | eleventh | " \
	"twelfth | thirteenth | fourteenth | fifteenth | sixteenth | seventeenth | eighteenth | nineteenth"

static const struct type {
	const char *name, *others[3]; /* the second as other vendors have them */
	const char *rule, *rules;
} types[] = {
	[SPOKEN_DIGITS] = { "digits",
			    { "OOV_CLASS_DIGIT_SEQUENCE", "OOV_CLASS_FULLPHONENUM", "OOV_CLASS_POSTALCODE" },
			    "digits",
			    "<digit> = zero | oh | one | two | three | four | five | six | seven | eight | "
			    "nine;\n<digits> = <digit>+;\n" },
	[SPOKEN_NUMBER] = { "number",
			    { "OPERAND", "OOV_CLASS_CARDINAL" },
			    "number",
			    "<unit> = one | two | three | four | five | six | seven | eight | nine;\n"
			    "<teen> = ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | "
			    "seventeen | eighteen | nineteen;\n"
			    "<ten> = twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety;\n"
			    "<tens> = <unit> | <teen> | <ten> [<unit>];\n"
			    "<hundreds> = <tens> | (<unit> | a) hundred [[and] <tens>];\n"
			    "<number> = zero | <hundreds> [thousand [[and] <hundreds>]];\n" },
	[SPOKEN_YES_NO] = { "yes-no",
			    { "yes_no", "boolean" },
			    "yesno",
			    "<yesno> = yes | yeah | yep | yes please | sure | correct | no | nope | no "
			    "thanks | no thank you;\n" },
	[SPOKEN_DATE] = { "date",
			  { "OOV_CLASS_DATE", "DATE" },
			  "date",
			  "<month> = " MONTHS ";\n<dayth> = " ORDINALS
			  " | twentieth | twenty (first | second | third | fourth | fifth | sixth | seventh "
			  "| eighth | ninth) | thirtieth | thirty first;\n"
			  "<date> = <month> [the] <dayth> | [the] <dayth> [of] <month> | today | "
			  "tomorrow;\n" },
};

enum spoken_type spoken_find(const char *name, unsigned *digits)
{
	const char *colon = strchr(name, ':');
	const size_t size = colon ? (size_t)(colon - name) : strlen(name);
	char *end = NULL;

	*digits = 0;
	for (int t = SPOKEN_DIGITS; t < SPOKEN_TYPES; t++) {
		bool found = !strncmp(types[t].name, name, size) && !types[t].name[size];

		for (size_t i = 0; i < COUNT(types[t].others) && !found; i++)
			found = types[t].others[i] && !strncmp(types[t].others[i], name, size) &&
				!types[t].others[i][size];
		if (!found)
			continue;
		if (!colon)
			return (enum spoken_type)t;
		*digits = (unsigned)strtoul(colon + 1, &end, 10);
		return t == SPOKEN_DIGITS && !*end && *digits >= 1 && *digits <= DIGITS_MAX ? SPOKEN_DIGITS
											    : SPOKEN_NONE;
	}
	return SPOKEN_NONE;
}

const char *spoken_rules(enum spoken_type type)
{
	return types[type].rules;
}

const char *spoken_rule_name(enum spoken_type type)
{
	return types[type].rule;
}

/* ---- what words mean ---- */

static int find(const char *const *list, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (*list[i] && !strcmp(list[i], word))
			return (int)i;
	return -1;
}

static bool read_digits(const char *const *words, size_t count, char *out)
{
	if (!count || count > DIGITS_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		const int digit = strcmp(words[i], "oh") ? find(ones, 10, words[i]) : 0;

		if (digit < 0)
			return false;
		out[i] = (char)('0' + digit);
	}
	out[count] = '\0';
	return true;
}

/* "forty two" from `*at` on; -1: no number begins there. */
static int read_tens(const char *const *words, size_t count, size_t *at)
{
	int ten = *at < count ? find(tens, COUNT(tens), words[*at]) : -1, one;

	if (ten < 0) {
		one = *at < count ? find(ones, COUNT(ones), words[*at]) : -1;
		*at += one > 0;
		return one > 0 ? one : -1;
	}
	++*at;
	one = *at < count ? find(ones, 10, words[*at]) : -1;
	*at += one > 0;
	return 10 * ten + (one > 0 ? one : 0);
}

static void skip_and(const char *const *words, size_t count, size_t *at)
{
	if (*at + 1 < count && !strcmp(words[*at], "and"))
		++*at;
}

static int read_hundreds(const char *const *words, size_t count, size_t *at)
{
	int value, rest;

	if (*at + 1 < count && !strcmp(words[*at], "a") && !strcmp(words[*at + 1], "hundred"))
		value = 1, ++*at;
	else
		value = read_tens(words, count, at);
	if (value < 0 || *at >= count || strcmp(words[*at], "hundred") != 0)
		return value;
	++*at;
	skip_and(words, count, at);
	rest = read_tens(words, count, at);
	return 100 * value + (rest > 0 ? rest : 0);
}

static bool read_number(const char *const *words, size_t count, char *out)
{
	size_t at = 0;
	int value, rest;

	if (count == 1 && !strcmp(words[0], "zero")) {
		strcpy(out, "0");
		return true;
	}
	value = read_hundreds(words, count, &at);
	if (value > 0 && at < count && !strcmp(words[at], "thousand")) {
		at++;
		skip_and(words, count, &at);
		rest = read_hundreds(words, count, &at);
		value = 1000 * value + (rest > 0 ? rest : 0);
	}
	if (value <= 0 || at != count)
		return false;
	snprintf(out, SPOKEN_MAX, "%d", value);
	return true;
}

static bool read_yes_no(const char *const *words, size_t count, char *out)
{
	char said[SPOKEN_MAX] = "";
	size_t size = 0;

	for (size_t i = 0; i < count && size < sizeof said; i++)
		size += (size_t)snprintf(said + size, sizeof said - size, "%s%s", i ? " " : "", words[i]);
	if (size >= sizeof said)
		return false;
	if (find(yes, COUNT(yes), said) >= 0)
		strcpy(out, "yes");
	else if (find(no, COUNT(no), said) >= 0)
		strcpy(out, "no");
	else
		return false;
	return true;
}

/* "twenty first" from `*at` on; 0: none. */
static int read_day(const char *const *words, size_t count, size_t *at)
{
	const char *word = *at < count ? words[*at] : "";
	int day = find(ordinals, COUNT(ordinals), word);

	if (!strcmp(word, "twentieth"))
		day = 20;
	else if (!strcmp(word, "thirtieth"))
		day = 30;
	if (day > 0) {
		++*at;
		return day;
	}
	if (*at + 1 >= count || (strcmp(word, "twenty") != 0 && strcmp(word, "thirty") != 0))
		return 0;
	day = find(ordinals, 10, words[*at + 1]);
	if (day <= 0)
		return 0;
	*at += 2;
	return (strcmp(word, "twenty") ? 30 : 20) + day;
}

static void skip(const char *const *words, size_t count, size_t *at, const char *word)
{
	if (*at < count && !strcmp(words[*at], word))
		++*at;
}

static bool read_date(const char *const *words, size_t count, char *out)
{
	size_t at = 0;
	int month, day;

	if (count == 1 && (!strcmp(words[0], "today") || !strcmp(words[0], "tomorrow"))) {
		strcpy(out, words[0]);
		return true;
	}
	month = count ? find(months, COUNT(months), words[0]) : -1;
	at = month >= 0;
	skip(words, count, &at, "the");
	day = read_day(words, count, &at);
	if (month < 0) {
		skip(words, count, &at, "of");
		month = at < count ? find(months, COUNT(months), words[at++]) : -1;
	}
	if (month < 0 || !day || at != count)
		return false;
	snprintf(out, SPOKEN_MAX, "%c%s %d", months[month][0] - 'a' + 'A', months[month] + 1, day);
	return true;
}

bool spoken_read(enum spoken_type type, const char *const *words, size_t count, char out[SPOKEN_MAX])
{
	switch (type) {
	case SPOKEN_DIGITS:
		return read_digits(words, count, out);
	case SPOKEN_NUMBER:
		return read_number(words, count, out);
	case SPOKEN_YES_NO:
		return read_yes_no(words, count, out);
	case SPOKEN_DATE:
		return read_date(words, count, out);
	default:
		return false;
	}
}

/* ---- how they are said ---- */

void spoken_digits(const char *digits, size_t count, char *out, size_t size)
{
	*out = '\0';
	for (size_t i = 0, n = 0; i < count && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s", i ? " " : "", ones[digits[i] - '0']);
}

static void say_below_thousand(unsigned value, char *out, size_t size)
{
	const unsigned rest = value % 100;
	size_t n = 0;

	*out = '\0';
	if (value >= 100)
		n = (size_t)snprintf(out, size, "%s hundred%s", ones[value / 100], rest ? " " : "");
	if (rest && rest < 20)
		snprintf(out + n, size - n, "%s", ones[rest]);
	else if (rest)
		snprintf(out + n, size - n, "%s%s%s", tens[rest / 10], rest % 10 ? " " : "",
			 rest % 10 ? ones[rest % 10] : "");
}

bool spoken_number(const char *digits, size_t count, char *out, size_t size)
{
	unsigned value = 0;
	char thousands[80], rest[80];

	if (count > 6 || (count > 1 && digits[0] == '0'))
		return false;
	for (size_t i = 0; i < count; i++)
		value = 10 * value + (unsigned)(digits[i] - '0');
	say_below_thousand(value / 1000, thousands, sizeof thousands);
	say_below_thousand(value % 1000, rest, sizeof rest);
	snprintf(out, size, "%s%s%s%s", thousands, *thousands ? " thousand" : "",
		 *thousands && *rest ? " " : "", value ? rest : ones[0]);
	return true;
}
