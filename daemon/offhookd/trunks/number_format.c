/* See number_format.h. */
#include "daemon/offhookd/trunks/number_format.h"

#include "daemon/offhookd/trunks/route.h"
#include "lib/phone_number.h"

#include <stdio.h>
#include <string.h>

static bool begins(const char *text, const char *with)
{
	return with[0] && strncmp(text, with, strlen(with)) == 0;
}

void number_format_caller(char out[NUMBER_TEXT_MAX], const struct conf_numbering *n, const char *number)
{
	const char *digits = number + 1;

	if (number[0] != '+' || n->out == CONF_WRITING_PLUS)
		snprintf(out, NUMBER_TEXT_MAX, "%s", number);
	else if (n->out == CONF_WRITING_E164)
		snprintf(out, NUMBER_TEXT_MAX, "%s", digits);
	else if (begins(digits, n->country_code))
		snprintf(out, NUMBER_TEXT_MAX, "%s%s", n->national_prefix, digits + strlen(n->country_code));
	else
		snprintf(out, NUMBER_TEXT_MAX, "%s%s", n->international_prefix, digits);
}

/* Takes `strip` characters from the front, as long as something is left, and puts `prepend` there. */
static void reshape(char out[NUMBER_TEXT_MAX], const char *text, unsigned strip, const char *prepend)
{
	size_t length = strlen(text);

	if (strip < length)
		text += strip;
	snprintf(out, NUMBER_TEXT_MAX, "%s%s", prepend, text);
}

void number_format_out(char out[NUMBER_TEXT_MAX], const struct conf_numbering *n, const char *number)
{
	const char *plain = number[0] == '+' ? number + 1 : number;
	char written[NUMBER_TEXT_MAX];

	/* 112 is 112 on every trunk: neither in E.164 nor a number of the country, and nothing stands in
	 * front of it */
	if (phone_number_is_short(plain)) {
		snprintf(out, NUMBER_TEXT_MAX, "%s", plain);
		return;
	}
	number_format_caller(written, n, number);
	reshape(out, written, n->strip_out, n->prepend_out);
}

/* Digits without what people put between them; false when there is anything else. */
static bool bare(char *out, size_t size, const char *text)
{
	size_t used = 0;

	for (; *text; text++) {
		if (strchr("-.() ", *text))
			continue;
		if (*text < '0' || *text > '9' || used + 1 >= size)
			return false;
		out[used++] = *text;
	}
	out[used] = '\0';
	return used > 0;
}

bool number_format_caller_in(char out[NUMBER_TEXT_MAX], const struct conf_numbering *n, const char *text)
{
	char digits[32], e164[64];
	const char *prefix = "";
	bool plus = text[0] == '+', known = bare(digits, sizeof digits, text + plus);
	const char *rest = digits;

	if (known && !plus && phone_number_is_short(digits)) {
		snprintf(out, NUMBER_TEXT_MAX, "%s", digits);
		return true;
	}
	if (known && !plus && n->in == CONF_WRITING_NATIONAL) {
		/* the longer prefix first: "00" begins with "0" */
		if (begins(digits, n->international_prefix)) {
			rest += strlen(n->international_prefix);
		} else {
			rest += begins(digits, n->national_prefix) ? strlen(n->national_prefix) : 0;
			prefix = n->country_code;
		}
	}
	if (known)
		snprintf(e164, sizeof e164, "+%s%s", prefix, rest);
	if (known && route_e164(out, NUMBER_TEXT_MAX, e164))
		return true;
	snprintf(out, NUMBER_TEXT_MAX, "%s", text);
	return false;
}

bool number_format_in(char out[NUMBER_TEXT_MAX], const struct conf_numbering *n, const char *text)
{
	char shaped[NUMBER_TEXT_MAX];

	reshape(shaped, text, n->strip_in, n->prepend_in);
	return number_format_caller_in(out, n, shaped);
}
