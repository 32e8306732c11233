#include "daemon/api/dialect/twilio/form.h"

#include "daemon/api/dialect/twilio/dates.h"
#include "daemon/api/net/weburl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void form_init(struct form *form, const struct query *query)
{
	memset(form, 0, sizeof *form);
	form->query = query;
}

void form_fail(struct form *form, int code, const char *fmt, ...)
{
	va_list args;

	if (form->trouble.status)
		return;
	form->trouble.status = 400;
	form->trouble.code = code;
	va_start(args, fmt);
	vsnprintf(form->trouble.message, sizeof form->trouble.message, fmt, args);
	va_end(args);
}

bool form_has(const struct form *form, const char *name)
{
	return query_get(form->query, name) != NULL;
}

const char *form_text(const struct form *form, const char *name)
{
	const char *text = query_get(form->query, name);

	return text && *text ? text : NULL;
}

const char *form_url(struct form *form, const char *name)
{
	const char *text = form_text(form, name);

	if (text && !weburl_is_valid(text))
		form_fail(form, TROUBLE_URL,
			  "%s is not a valid URL: it must be http or https, and of at most %d characters.",
			  name, WEBURL_MAX);
	return text;
}

bool form_int(struct form *form, const char *name, int64_t min, int64_t max, int64_t *out)
{
	const char *text = form_text(form, name);
	long long value;
	char *end;

	if (!text)
		return false;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || end == text || *end || *text == ' ' || *text == '+' || value < min || value > max) {
		form_fail(form, TROUBLE_PARAMETER, "%s must be a whole number from %lld to %lld.", name,
			  (long long)min, (long long)max);
		return false;
	}
	*out = value;
	return true;
}

bool form_word(struct form *form, const char *name, const char *const words[], int *out)
{
	const char *text = form_text(form, name);
	char allowed[200] = "";
	size_t used = 0;

	if (!text)
		return false;
	for (int i = 0; words[i]; i++) {
		if (!strcasecmp(text, words[i])) {
			*out = i;
			return true;
		}
		if (used < sizeof allowed)
			used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s", i ? ", " : "",
						 words[i]);
	}
	form_fail(form, TROUBLE_PARAMETER, "%s must be one of: %s.", name, allowed);
	return false;
}

bool form_bool(struct form *form, const char *name, bool *out)
{
	static const char *const words[] = { "false", "true", "0", "1", NULL };
	int index;

	if (!form_word(form, name, words, &index))
		return false;
	*out = index & 1;
	return true;
}

bool form_method(struct form *form, const char *name, bool *out)
{
	static const char *const words[] = { "GET", "POST", NULL };
	int index;

	if (!form_word(form, name, words, &index))
		return false;
	*out = index == 1;
	return true;
}

/* The bits of one value, words of which may stand side by side. */
static bool read_words(const char *text, const char *const words[], unsigned *out)
{
	static const char between[] = " ,";

	for (text += strspn(text, between); *text; text += strspn(text, between)) {
		size_t length = strcspn(text, between);
		int i = 0;

		while (words[i] && (strlen(words[i]) != length || strncasecmp(words[i], text, length)))
			i++;
		if (!words[i])
			return false;
		*out |= 1u << i;
		text += length;
	}
	return true;
}

bool form_words(struct form *form, const char *name, const char *const words[], unsigned *out)
{
	unsigned bits = 0;

	for (size_t i = 0; i < form->query->count; i++) {
		const struct query_item *item = &form->query->items[i];

		if (!strcmp(item->name, name) && !read_words(item->value, words, &bits)) {
			form_fail(form, TROUBLE_PARAMETER, "%s: \"%.60s\" is unknown.", name, item->value);
			return false;
		}
	}
	if (bits)
		*out = bits;
	return bits != 0;
}

bool form_date(struct form *form, const char *name, int64_t *from, int64_t *to)
{
	const char *text = form_text(form, name);

	if (!text)
		return false;
	if (date_read(text, from, to))
		return true;
	form_fail(form, TROUBLE_PARAMETER,
		  "%s must be a date like 2026-11-20, or a time like 2026-11-20T09:00:00Z.", name);
	return false;
}

/* Behind "NAME<=x" in a URL the name is "NAME<": the sign that stands between name and value is that of the
 * inequality. */
void form_range(struct form *form, const char *name, int64_t *from, int64_t *to)
{
	static const char *const signs[] = { "", "<", ">", "<=", ">=" };
	char full[40];

	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		int64_t first, next;

		snprintf(full, sizeof full, "%s%s", name, signs[i]);
		if (!form_date(form, full, &first, &next))
			continue;
		if (*signs[i] != '<' && first > *from)
			*from = first;
		if (*signs[i] != '>' && (!*to || next < *to))
			*to = next;
	}
}
