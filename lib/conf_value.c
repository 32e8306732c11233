/* conf_value: see conf_value.h. */
#include "lib/conf_value.h"

#include "lib/phone_number.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit no_units[] = { { "", 1 }, { NULL, 0 } };

static const struct unit size_units[] = {
	{ "", 1 },
	{ "K", UINT64_C(1) << 10 },
	{ "M", UINT64_C(1) << 20 },
	{ "G", UINT64_C(1) << 30 },
	{ "KiB", UINT64_C(1) << 10 },
	{ "MiB", UINT64_C(1) << 20 },
	{ "GiB", UINT64_C(1) << 30 },
	{ NULL, 0 },
};

static const struct unit time_units[] = {
	{ "", 1000 },	  { "ms", 1 },	     { "s", 1000 }, { "m", 60000 },
	{ "h", 3600000 }, { "d", 86400000 }, { NULL, 0 },
};

/* Reads digits and a unit. */
static bool parse_amount(const char *text, const struct unit *units, uint64_t *out)
{
	char *end;
	unsigned long long value;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno != 0)
		return false;
	for (; units->name; units++) {
		if (strcasecmp(end, units->name) == 0 && value <= UINT64_MAX / units->factor) {
			*out = value * units->factor;
			return true;
		}
	}
	return false;
}

void conf_get_number_at(const struct conf_section *section, const char *option, size_t index, uint64_t min,
			uint64_t max, unsigned *out)
{
	const char *text = conf_value(section, option, index);
	uint64_t value;

	if (!text)
		return;
	if (!parse_amount(text, no_units, &value) || value < min || value > max)
		conf_fail(section, option, index,
			  "\"%.60s\" is wrong; allowed: a whole number from %" PRIu64 " to %" PRIu64, text,
			  min, max);
	else
		*out = (unsigned)value;
}

void conf_get_number(const struct conf_section *section, const char *option, uint64_t min, uint64_t max,
		     unsigned *out)
{
	conf_get_number_at(section, option, 0, min, max, out);
}

void conf_get_size(const struct conf_section *section, const char *option, uint64_t min, uint64_t max,
		   size_t *out)
{
	const char *text = conf_value(section, option, 0);
	uint64_t value;

	if (!text)
		return;
	if (!parse_amount(text, size_units, &value) || value < min || value > max)
		conf_fail(section, option, 0,
			  "\"%.60s\" is wrong; allowed: a number of bytes from %" PRIu64 " to %" PRIu64
			  ", with K, M or G behind it if you like",
			  text, min, max);
	else
		*out = (size_t)value;
}

void conf_get_time_ms(const struct conf_section *section, const char *option, uint64_t min_ms,
		      uint64_t max_ms, unsigned *out_ms)
{
	const char *text = conf_value(section, option, 0);
	uint64_t value;

	if (!text)
		return;
	if (!parse_amount(text, time_units, &value) || value < min_ms || value > max_ms)
		conf_fail(section, option, 0,
			  "\"%.60s\" is wrong; allowed: %" PRIu64 "ms to %" PRIu64
			  "s (a number of seconds, or with ms, s, m, h or d behind it)",
			  text, min_ms, max_ms / 1000);
	else
		*out_ms = (unsigned)value;
}

void conf_get_time_s(const struct conf_section *section, const char *option, uint64_t min_s, uint64_t max_s,
		     unsigned *out_s)
{
	const char *text = conf_value(section, option, 0);
	uint64_t value;

	if (!text)
		return;
	if (!parse_amount(text, time_units, &value) || value < min_s * 1000 || value > max_s * 1000 ||
	    value % 1000 != 0)
		conf_fail(section, option, 0,
			  "\"%.60s\" is wrong; allowed: %" PRIu64 " to %" PRIu64
			  " seconds (whole ones, or with s, m, h or d behind it)",
			  text, min_s, max_s);
	else
		*out_s = (unsigned)(value / 1000);
}

void conf_get_bool(const struct conf_section *section, const char *option, bool *out)
{
	const char *text = conf_value(section, option, 0);
	int value;

	if (!text)
		return;
	value = cfg_parse_boolean(text);
	if (value < 0)
		conf_fail(section, option, 0, "\"%.60s\" is wrong; allowed: true, false", text);
	else
		*out = value != 0;
}

bool conf_get_optional_text(const struct conf_section *section, const char *option, char **out)
{
	const char *text = conf_value(section, option, 0);
	char *copy;

	if (!text || !text[0])
		return true;
	copy = strdup(text);
	if (!copy)
		return false;
	free(*out);
	*out = copy;
	return true;
}

bool conf_get_text(const struct conf_section *section, const char *option, char **out)
{
	const char *text = conf_value(section, option, 0);

	if (text && !text[0])
		conf_fail(section, option, 0, "is empty; allowed: some text, or leave it out");
	return conf_get_optional_text(section, option, out);
}

bool conf_get_texts(const struct conf_section *section, const char *option, struct conf_strings *out)
{
	size_t count = conf_value_count(section, option);

	if (count == 0)
		return true;
	out->items = calloc(count, sizeof(*out->items));
	if (!out->items)
		return false;
	for (size_t i = 0; i < count; i++) {
		out->items[i] = strdup(conf_value(section, option, i));
		if (!out->items[i])
			return false;
		out->count++;
	}
	return true;
}

bool conf_is_e164(const char *text)
{
	size_t digits = text[0] == '+' ? strspn(text + 1, "0123456789") : 0;

	return digits >= 2 && digits <= 15 && text[1] != '0' && text[1 + digits] == '\0';
}

bool conf_is_name(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+");

	return n >= 1 && n <= 64 && text[n] == '\0';
}

bool conf_is_address(const char *text)
{
	unsigned char address[16];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

bool conf_is_host(const char *text)
{
	size_t n = strlen(text);

	if (conf_is_address(text))
		return true;
	if (n < 1 || n > 253 || text[0] == '-' || text[0] == '.' || strstr(text, ".."))
		return false;
	/* Digits and dots alone are a numeric address that inet_pton() has refused. */
	if (strspn(text, "0123456789.") == n)
		return false;
	return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") == n;
}

bool conf_is_web_url(const char *text)
{
	const char *host = NULL;

	if (strncasecmp(text, "http://", 7) == 0)
		host = text + 7;
	else if (strncasecmp(text, "https://", 8) == 0)
		host = text + 8;
	if (!host || !host[0] || strchr("/:?#", host[0]))
		return false;
	for (; *host; host++) {
		if ((unsigned char)*host <= ' ' || *host == 0x7f || *host == '"' || *host == '<' ||
		    *host == '>')
			return false;
	}
	return true;
}

bool conf_is_uuid(const char *text)
{
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return text[36] == '\0';
}

bool conf_split_host_port(const char *text, char *host, size_t size, uint16_t *port)
{
	bool brackets = text[0] == '[';
	const char *end, *rest;
	uint64_t value;

	text += brackets;
	end = text + strcspn(text, brackets ? "]" : ":");
	if (end == text || (size_t)(end - text) >= size || (brackets && *end != ']'))
		return false;
	rest = brackets ? end + 1 : end;
	if (*rest != '\0' && (*rest != ':' || !parse_amount(rest + 1, no_units, &value) || value > 65535))
		return false;
	memcpy(host, text, (size_t)(end - text));
	host[end - text] = '\0';
	if (*rest == ':')
		*port = (uint16_t)value;
	return true;
}

bool conf_get_prefixes(const struct conf_section *section, const char *option, struct conf_strings *out)
{
	if (!conf_get_texts(section, option, out))
		return false;
	for (size_t i = 0; i < out->count; i++) {
		const char *text = out->items[i];

		bool e164 = text[0] == '+' && strlen(text) <= 16 && !text[1 + strspn(text + 1, "0123456789")];
		size_t digits = strspn(text, "*#0123456789");
		bool plain = digits > 0 && digits <= PHONE_NUMBER_SHORT_MAX && !text[digits];

		if (strcmp(text, "none") != 0 && !e164 && !plain)
			conf_fail(section, option, i,
				  "\"%.40s\" is wrong; allowed: + and the first digits of a number, the "
				  "first of a short "
				  "number, or none",
				  text);
	}
	return true;
}
