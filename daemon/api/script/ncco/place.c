#include "daemon/api/script/ncco/place.h"

#include <stdbool.h>
#include <string.h>

struct walk {
	const char *at, *end;
	struct place place;
};

static void step(struct walk *w)
{
	if (*w->at == '\n') {
		w->place.line++;
		w->place.column = 1;
	} else if ((*w->at & 0xc0) != 0x80) {
		w->place.column++;
	}
	w->at++;
}

/* To behind the string that begins here. */
static void skip_string(struct walk *w)
{
	step(w);
	while (w->at < w->end && *w->at != '"') {
		if (*w->at == '\\' && w->at + 1 < w->end)
			step(w);
		step(w);
	}
	if (w->at < w->end)
		step(w);
}

static bool is_name(const struct walk *w, const char *member)
{
	size_t length = strlen(member);

	return (size_t)(w->end - w->at) > length + 1 && !memcmp(w->at + 1, member, length) &&
	       w->at[length + 1] == '"';
}

struct place place_find(const char *text, size_t size, size_t index, const char *member)
{
	struct walk w = { text, text + size, { 1, 1 } };
	struct place found = { 1, 1 };
	size_t number = 0;
	int depth = 0;

	while (w.at < w.end) {
		const bool here = depth >= 2 && number == index + 1;

		if (*w.at == '"') {
			if (here && member && is_name(&w, member))
				return w.place;
			skip_string(&w);
			continue;
		}
		if ((*w.at == '{' || *w.at == '[') && depth++ == 1 && number++ == index) {
			found = w.place;
			if (!member)
				break;
		} else if (*w.at == '}' || *w.at == ']') {
			if (--depth == 1 && number == index + 1)
				break;
		}
		step(&w);
	}
	return found;
}
