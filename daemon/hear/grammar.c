#include "daemon/hear/grammar.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAID_MAX = 1200 };

/* ---- a hint as words ---- */

/* A phrase while it is read: its words with blanks between; "$" stands for the type. */
struct reading {
	char said[SAID_MAX];
	size_t size;
	enum spoken_type type;
	unsigned digits;
	bool bad;
};

static void add(struct reading *r, const char *word, size_t size)
{
	if (r->size + size + 2 > sizeof r->said) {
		r->bad = true;
		return;
	}
	if (r->size)
		r->said[r->size++] = ' ';
	memcpy(r->said + r->size, word, size);
	r->size += size;
	r->said[r->size] = '\0';
}

static bool in_word(char c)
{
	return isalpha((unsigned char)c) || c == '\'';
}

static const char *read_type(struct reading *r, const char *at)
{
	char name[40];
	size_t size = 1;

	while (isalnum((unsigned char)at[size]) || at[size] == '-' || at[size] == '_' || at[size] == ':')
		size++;
	snprintf(name, sizeof name, "%.*s", (int)(size - 1), at + 1);
	r->bad = r->bad || r->type != SPOKEN_NONE || size > sizeof name;
	if (!r->bad)
		r->type = spoken_find(name, &r->digits);
	r->bad = r->bad || r->type == SPOKEN_NONE;
	add(r, "$", 1);
	return at + size;
}

static const char *read_word(struct reading *r, const char *at)
{
	char word[GRAMMAR_HINT_MAX + 1];
	size_t size = 0;

	for (; in_word(at[size]) && size < GRAMMAR_HINT_MAX; size++)
		word[size] = (char)tolower((unsigned char)at[size]);
	while (size && word[size - 1] == '\'') /* a quotation mark */
		size--, at++;
	add(r, word, size);
	return at + size;
}

static const char *read_figures(struct reading *r, const char *at, bool by_digit)
{
	char said[GRAMMAR_HINT_MAX * 8];
	const size_t size = strspn(at, "0123456789");

	if (by_digit || !spoken_number(at, size, said, sizeof said))
		spoken_digits(at, size, said, sizeof said);
	add(r, said, strlen(said));
	return at + size;
}

/* False: it cannot be said. */
static bool read_hint(struct reading *r, const char *at, bool by_digit)
{
	*r = (struct reading){ .said = "" };
	while (*at && !r->bad) {
		if (*at == '$')
			at = read_type(r, at);
		else if (isdigit((unsigned char)*at))
			at = read_figures(r, at, by_digit);
		else if (isalpha((unsigned char)*at))
			at = read_word(r, at);
		else if (*at == '&')
			add(r, "and", 3), at++;
		else if (*at & 0x80)
			r->bad = true;
		else
			at++;
	}
	return !r->bad && r->size;
}

/* ---- phrases ---- */

static void phrase_clear(struct grammar_phrase *p)
{
	free(p->hint);
	free(p->said);
	free(p->words);
}

static bool split(struct grammar_phrase *p)
{
	char *at, *state = NULL;

	p->words = calloc(GRAMMAR_WORDS_MAX, sizeof *p->words);
	if (!p->words)
		return false;
	for (at = strtok_r(p->said, " ", &state); at; at = strtok_r(NULL, " ", &state)) {
		if (p->count == GRAMMAR_WORDS_MAX)
			return false;
		p->words[p->count++] = strcmp(at, "$") ? at : NULL;
	}
	return true;
}

/* Returns 0, EINVAL (too many words), ENOMEM. */
static int add_phrase(struct grammar *g, const char *hint, const struct reading *r)
{
	struct grammar_phrase p = { .type = r->type, .digits = r->digits };

	p.hint = strdup(hint);
	p.said = strdup(r->said);
	if (!p.hint || !p.said || !split(&p)) {
		const int err = p.hint && p.said && p.words ? EINVAL : ENOMEM;

		phrase_clear(&p);
		return err;
	}
	if (g->count == g->room) {
		const size_t room = g->room ? 2 * g->room : 16;
		struct grammar_phrase *phrases = realloc(g->phrases, room * sizeof *phrases);

		if (!phrases) {
			phrase_clear(&p);
			return ENOMEM;
		}
		g->phrases = phrases;
		g->room = room;
	}
	g->phrases[g->count++] = p;
	return 0;
}

static int add_hint(struct grammar *g, const char *text)
{
	char hint[GRAMMAR_HINT_MAX + 1];
	size_t size = strlen(text);
	struct reading one, other;
	int err;

	while (isspace((unsigned char)*text))
		text++, size--;
	while (size && isspace((unsigned char)text[size - 1]))
		size--;
	if (size > GRAMMAR_HINT_MAX)
		return EINVAL;
	snprintf(hint, sizeof hint, "%.*s", (int)size, text);
	if (!read_hint(&one, hint, false))
		return EINVAL;
	err = add_phrase(g, hint, &one);
	if (!err && read_hint(&other, hint, true) && strcmp(one.said, other.said) != 0)
		err = add_phrase(g, hint, &other);
	return err;
}

/* ---- words ---- */

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_word(struct grammar *g, const char *word, size_t size)
{
	if (g->word_count == g->word_room) {
		const size_t room = g->word_room ? 2 * g->word_room : 64;
		char **words = realloc(g->words, room * sizeof *words);

		if (!words)
			return ENOMEM;
		g->words = words;
		g->word_room = room;
	}
	g->words[g->word_count] = strndup(word, size);
	return g->words[g->word_count] ? g->word_count++, 0 : ENOMEM;
}

static void drop_doubles(struct grammar *g)
{
	size_t kept = 0;

	qsort(g->words, g->word_count, sizeof *g->words, compare);
	for (size_t i = 0; i < g->word_count; i++) {
		if (kept && !strcmp(g->words[kept - 1], g->words[i]))
			free(g->words[i]);
		else
			g->words[kept++] = g->words[i];
	}
	g->word_count = kept;
}

/* Every word of a type's rules that is no name of a rule. */
static int add_words_of(struct grammar *g, enum spoken_type type)
{
	int err = 0;

	for (const char *at = spoken_rules(type); *at && !err;) {
		size_t size = 0;

		while (in_word(at[size]))
			size++;
		if (size)
			err = add_word(g, at, size);
		else
			size = *at == '<' ? strcspn(at, ">") : 1;
		at += size;
	}
	return err;
}

static int gather_words(struct grammar *g)
{
	bool used[SPOKEN_TYPES] = { false };
	int err = 0;

	for (size_t i = 0; i < g->count; i++) {
		const struct grammar_phrase *p = &g->phrases[i];

		for (size_t k = 0; k < p->count && !err; k++)
			if (p->words[k])
				err = add_word(g, p->words[k], strlen(p->words[k]));
		if (p->type != SPOKEN_NONE && !used[p->type] && !err)
			err = add_words_of(g, p->type);
		used[p->type] = true;
	}
	if (!err)
		drop_doubles(g);
	return err;
}

/* ---- JSGF ---- */

static void write_phrase(FILE *out, const struct grammar_phrase *p)
{
	for (size_t i = 0; i < p->count; i++) {
		if (p->words[i])
			fprintf(out, " %s", p->words[i]);
		else if (!p->digits)
			fprintf(out, " <%s>", spoken_rule_name(p->type));
		for (unsigned k = 0; !p->words[i] && k < p->digits; k++)
			fprintf(out, " <digit>");
	}
}

static int write_jsgf(struct grammar *g)
{
	bool used[SPOKEN_TYPES] = { false };
	size_t size;
	FILE *out = open_memstream(&g->jsgf, &size);

	if (!out)
		return ENOMEM;
	fprintf(out, "#JSGF V1.0;\ngrammar said;\n");
	for (size_t i = 0; i < g->count; i++) {
		const enum spoken_type type = g->phrases[i].type;

		if (type != SPOKEN_NONE && !used[type])
			fputs(spoken_rules(type), out);
		used[type] = true;
	}
	fprintf(out, "public <said> =");
	for (size_t i = 0; i < g->count; i++) {
		fprintf(out, i ? " |" : "");
		write_phrase(out, &g->phrases[i]);
	}
	fprintf(out, ";\n");
	return fclose(out) ? ENOMEM : 0;
}

int grammar_make(struct grammar *g, const json_t *hints)
{
	const size_t given = json_array_size(hints);
	int err = 0;

	*g = (struct grammar){ 0 };
	for (size_t i = 0; i < given && i < GRAMMAR_HINTS_MAX && err != ENOMEM; i++) {
		const char *hint = json_string_value(json_array_get(hints, i));

		err = hint ? add_hint(g, hint) : EINVAL;
		g->skipped += err == EINVAL;
	}
	if (given > GRAMMAR_HINTS_MAX)
		g->skipped += (unsigned)(given - GRAMMAR_HINTS_MAX);
	if (!given)
		err = add_hint(g, "$yes-no");
	if (err != ENOMEM)
		err = g->count ? 0 : EINVAL;
	if (!err)
		err = gather_words(g);
	if (!err)
		err = write_jsgf(g);
	if (err)
		grammar_clear(g);
	return err;
}

void grammar_clear(struct grammar *g)
{
	for (size_t i = 0; i < g->count; i++)
		phrase_clear(&g->phrases[i]);
	for (size_t i = 0; i < g->word_count; i++)
		free(g->words[i]);
	free(g->phrases);
	free(g->words);
	free(g->jsgf);
	*g = (struct grammar){ 0 };
}

/* ---- the way back ---- */

/* The words of the phrase around its type with what the type's words mean. False: it is another phrase. */
static bool fits(const struct grammar_phrase *p, const char *const *words, size_t count, char *out,
		 size_t size)
{
	const size_t rest = count + 1 - p->count; /* words of the type, if there is one */
	char meant[SPOKEN_MAX];
	size_t at = 0, n = 0;

	if (p->type == SPOKEN_NONE ? count != p->count : count < p->count)
		return false;
	for (size_t i = 0; i < p->count; i++) {
		const char *word = p->words[i];

		if (!word) {
			if (!spoken_read(p->type, words + at, rest, meant) ||
			    (p->digits && rest != p->digits))
				return false;
			at += rest;
			word = meant;
		} else if (strcmp(word, words[at++]) != 0) {
			return false;
		}
		n += n < size ? (size_t)snprintf(out + n, size - n, "%s%s", i ? " " : "", word) : 0;
	}
	if (p->type == SPOKEN_NONE)
		snprintf(out, size, "%s", p->hint);
	return true;
}

char *grammar_said(const struct grammar *g, const char *text)
{
	char *copy = strdup(text), *state = NULL, out[SAID_MAX + SPOKEN_MAX];
	const char *words[SAID_MAX / 2];
	size_t count = 0;

	if (!copy)
		return NULL;
	for (char *at = strtok_r(copy, " ", &state); at && count < SAID_MAX / 2;
	     at = strtok_r(NULL, " ", &state))
		words[count++] = at;
	for (size_t i = 0; i < g->count; i++)
		if (fits(&g->phrases[i], words, count, out, sizeof out)) {
			free(copy);
			return strdup(out);
		}
	free(copy);
	return strdup(text);
}
