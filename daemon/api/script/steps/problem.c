#define _GNU_SOURCE /* vasprintf */
#include "daemon/api/script/steps/problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void clear_one(struct problem *p)
{
	free(p->message);
	free(p->element);
	free(p->attribute);
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

/* Room for one more, or NULL. The list grows by doubling. */
static struct problem *room(struct problems *problems)
{
	size_t count = problems->count;
	struct problem *grown;

	if (count >= PROBLEMS_MAX)
		return NULL;
	if (count & (count - 1)) /* neither 0 nor a power of two: there is room */
		return &problems->list[count];
	grown = realloc(problems->list, (count ? 2 * count : 1) * sizeof *grown);
	if (!grown)
		return NULL;
	problems->list = grown;
	return &grown[count];
}

bool problems_full(struct problems *problems)
{
	const bool full = problems->count >= PROBLEMS_MAX;

	problems->more += full;
	return full;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Whether it is the one that was said last: two texts in one element, say. */
static bool is_said(const struct problems *problems, const struct problem *one)
{
	const struct problem *last = problems->count ? &problems->list[problems->count - 1] : NULL;

	return last && last->line == one->line && last->column == one->column && last->error == one->error &&
	       same(last->message, one->message) && same(last->element, one->element);
}

void problems_vadd(struct problems *problems, bool error, const struct problem_place *place,
		   const char *format, va_list args)
{
	struct problem *slot = room(problems),
		       one = { .line = place->line, .column = place->column, .error = error };

	problems->failed |= error;
	if (!slot) {
		problems->more++;
		return;
	}
	if (vasprintf(&one.message, format, args) < 0)
		one.message = NULL;
	one.element = copy(place->element);
	one.attribute = copy(place->attribute);
	if (one.message && is_said(problems, &one)) {
		clear_one(&one);
		return;
	}
	if (!one.message) {
		clear_one(&one);
		problems->more++;
		return;
	}
	*slot = one;
	problems->count++;
}

void problems_add(struct problems *problems, bool error, const struct problem_place *place,
		  const char *format, ...)
{
	va_list args;

	va_start(args, format);
	problems_vadd(problems, error, place, format, args);
	va_end(args);
}

void problems_say(const struct problems *problems, char *out, size_t size)
{
	const struct problem *p = problems->list;
	char place[64] = "";

	*out = '\0';
	for (size_t i = 0; problems->failed && i < problems->count && !p->error; i++)
		p = &problems->list[i];
	if (!problems->count)
		return;
	if (p->line)
		snprintf(place, sizeof place, "Line %d, column %d%s", p->line, p->column,
			 p->element ? ", " : ": ");
	snprintf(out, size, "%s%s%s%s%s", place, p->element ? "<" : "", p->element ? p->element : "",
		 p->element ? ">: " : "", p->message);
}

void problems_clear(struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		clear_one(&problems->list[i]);
	free(problems->list);
	*problems = (struct problems){ 0 };
}
