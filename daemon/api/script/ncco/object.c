#include "daemon/api/script/ncco/object.h"

#include "daemon/api/script/ncco/ncco.h"
#include "daemon/api/script/ncco/place.h"
#include "daemon/api/script/steps/words.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { POSSIBLE_SIZE = 400, LIST_MAX = 100 };

void ncco_warn(struct ncco *n, const char *member, const char *format, ...)
{
	struct problem_place place = { .element = n->action, .attribute = member };
	struct place at;
	va_list args;

	if (problems_full(n->problems))
		return;
	at = place_find(n->text, n->size, n->index, member);
	place.line = at.line;
	place.column = at.column;
	va_start(args, format);
	problems_vadd(n->problems, false, &place, format, args);
	va_end(args);
}

void object_only(struct ncco *n, const json_t *object, const char *words)
{
	char possible[POSSIBLE_SIZE], right[64];
	const char *name;
	json_t *value;

	words_possible(words, possible, sizeof possible);
	json_object_foreach((json_t *)object, name, value)
	{
		switch (words_find(words, name)) {
		case WORD_BUILT:
			break;
		case WORD_NOT_BUILT:
			ncco_warn(n, name, "%.60s is not built, and passed over.", name);
			break;
		case WORD_UNKNOWN:
			if (words_like(words, name, right, sizeof right) != WORD_UNKNOWN)
				ncco_warn(n, name, "%.60s is not known, and passed over: it is written %s.",
					  name, right);
			else
				ncco_warn(n, name, "%.60s is not known, and passed over; possible: %s.", name,
					  possible);
		}
	}
}

const char *ncco_text(struct ncco *n, const char *text)
{
	const char *kept = script_text(n->script, text, strlen(text));

	n->no_memory |= !kept;
	return kept;
}

static const char *fit_text(struct ncco *n, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);

	if (!text) {
		ncco_warn(n, name, "%s is no text, and passed over.", name);
		return NULL;
	}
	if (strlen(text) > NCCO_TEXT_MAX) {
		ncco_warn(n, name, "%s is longer than %d bytes, and passed over.", name, NCCO_TEXT_MAX);
		return NULL;
	}
	return *text ? ncco_text(n, text) : NULL;
}

static const json_t *member(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_null(value) ? NULL : value;
}

const char *object_text(struct ncco *n, const json_t *object, const char *name)
{
	const json_t *value = member(object, name);

	return value ? fit_text(n, name, value) : NULL;
}

const char *object_url(struct ncco *n, const json_t *object, const char *name)
{
	const json_t *value = member(object, name);

	if (!json_is_array(value))
		return value ? fit_text(n, name, value) : NULL;
	if (json_array_size(value) > 1)
		ncco_warn(n, name, "Only the first of %s is taken.", name);
	return json_array_size(value) ? fit_text(n, name, json_array_get(value, 0)) : NULL;
}

double object_number(struct ncco *n, const json_t *object, const char *name, double min, double max,
		     double fallback)
{
	const json_t *value = member(object, name);
	const char *text = json_string_value(value);
	double number = json_number_value(value);
	char *end = NULL;

	if (!value)
		return fallback;
	if (text)
		number = strtod(text, &end);
	if ((json_is_number(value) || (text && *text && !*end)) && number >= min && number <= max)
		return number;
	ncco_warn(n, name, "%s is not a number from %g to %g, and passed over.", name, min, max);
	return fallback;
}

bool object_flag(struct ncco *n, const json_t *object, const char *name, bool fallback)
{
	const json_t *value = member(object, name);
	const char *text = json_string_value(value);

	if (!value)
		return fallback;
	if (json_is_boolean(value))
		return json_is_true(value);
	if (text && (!strcasecmp(text, "true") || !strcasecmp(text, "false")))
		return !strcasecmp(text, "true");
	ncco_warn(n, name, "%s is neither true nor false; %s is taken.", name, fallback ? "true" : "false");
	return fallback;
}

bool object_is(struct ncco *n, const json_t *object, const char *name, const char *usual, const char *other)
{
	const json_t *value = member(object, name);
	const char *text = json_string_value(value);

	if (!value || (text && !strcasecmp(text, usual)))
		return false;
	if (text && !strcasecmp(text, other))
		return true;
	ncco_warn(n, name, "%s is neither %s nor %s; the first is taken.", name, usual, other);
	return false;
}

const json_t *object_object(struct ncco *n, const json_t *object, const char *name)
{
	const json_t *value = member(object, name);

	if (!value || json_is_object(value))
		return value;
	ncco_warn(n, name, "%s is no object, and passed over.", name);
	return NULL;
}

struct step_hook object_event(struct ncco *n, const json_t *object)
{
	struct step_hook hook = { .url = object_url(n, object, "eventUrl") };

	hook.get = object_is(n, object, "eventMethod", "POST", "GET");
	return hook;
}

struct step_calls object_calls(struct ncco *n, const json_t *object, const char *name)
{
	const json_t *value = member(object, name);
	struct step_calls calls = { 0 };
	const char **list;

	if (!value)
		return calls;
	if (!json_is_array(value) || json_array_size(value) > LIST_MAX) {
		ncco_warn(n, name, "%s is no array of at most %d texts, and passed over.", name, LIST_MAX);
		return calls;
	}
	calls.given = true;
	list = ncco_memory(n, json_array_size(value) * sizeof *list);
	for (size_t i = 0; list && i < json_array_size(value); i++) {
		const char *text = fit_text(n, name, json_array_get(value, i));

		if (text)
			list[calls.count++] = text;
	}
	calls.list = list;
	return calls;
}

struct step *ncco_step(struct ncco *n, enum step_kind kind)
{
	const struct place at = place_find(n->text, n->size, n->index, NULL);
	struct step *step = steps_add(&n->steps, kind, at.line, at.column);

	n->no_memory |= !step;
	return step;
}

void *ncco_memory(struct ncco *n, size_t size)
{
	void *memory = script_memory(n->script, size ? size : 1);

	n->no_memory |= !memory;
	return memory;
}
