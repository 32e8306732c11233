/* table: see table.h. */
#include "config.h"

#include "daemon/ctl/style.h"
#include "daemon/ctl/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { FACT_LABEL_WIDTH = 16, GAP = 2 };

struct table {
	const struct table_column *columns;
	size_t column_count;
	char **cells; /* row by row */
	size_t row_count, row_room;
};

int table_alloc(struct table **out, const struct table_column *columns, size_t count)
{
	struct table *table = calloc(1, sizeof(*table));
	if (!table)
		return ENOMEM;
	table->columns = columns;
	table->column_count = count;
	*out = table;
	return 0;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->row_count * table->column_count; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table);
}

static int grow(struct table *table)
{
	size_t room = table->row_room ? table->row_room * 2 : 16;
	char **cells = reallocarray(table->cells, room * table->column_count, sizeof(*cells));
	if (!cells)
		return ENOMEM;
	table->cells = cells;
	table->row_room = room;
	return 0;
}

int table_add(struct table *table, const char *const cells[])
{
	if (table->row_count == table->row_room && grow(table))
		return ENOMEM;
	char **row = table->cells + table->row_count * table->column_count;
	for (size_t i = 0; i < table->column_count; i++) {
		row[i] = strdup(cells[i] ? cells[i] : "");
		if (!row[i]) {
			while (i > 0)
				free(row[--i]);
			return ENOMEM;
		}
	}
	table->row_count++;
	return 0;
}

/* Decodes one character at *text and moves on. Returns the number of columns it takes, with *printable false
 * for one that must not reach a terminal (shown as U+FFFD, one column). */
static size_t next_character(const char **text, bool *printable)
{
	wchar_t wide = 0;
	mbstate_t state;
	memset(&state, 0, sizeof(state));
	size_t bytes = mbrtowc(&wide, *text, strlen(*text), &state);
	if (bytes == (size_t)-1 || bytes == (size_t)-2 || bytes == 0) {
		*text += 1;
		*printable = false;
		return 1;
	}
	*text += bytes;
	int columns = wcwidth(wide);
	*printable = columns >= 0;
	return columns >= 0 ? (size_t)columns : 1;
}

size_t table_text_width(const char *text)
{
	size_t width = 0;
	bool printable;
	while (*text)
		width += next_character(&text, &printable);
	return width;
}

void table_print_text(FILE *to, const char *text)
{
	while (*text) {
		const char *start = text;
		bool printable;
		next_character(&text, &printable);
		if (printable)
			fwrite(start, 1, (size_t)(text - start), to);
		else
			fputs("\xef\xbf\xbd", to);
	}
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t width = table_text_width(table->columns[column].title);
	for (size_t row = 0; row < table->row_count; row++) {
		size_t cell = table_text_width(table->cells[row * table->column_count + column]);
		if (cell > width)
			width = cell;
	}
	return width;
}

static void print_spaces(FILE *to, size_t count)
{
	fprintf(to, "%*s", (int)count, "");
}

/* The style of a word that says how something is. */
static enum style style_of(const char *state)
{
	static const char *const good[] = { "up", "reachable", "in-progress", "completed", NULL };
	static const char *const bad[] = { "down",	   "unreachable", "unresolved", "rejected",
					   "unregistered", "failed",	  NULL };
	static const char *const waiting[] = { "queued", "ringing", "resolving", "registering", NULL };
	static const struct {
		const char *const *words;
		enum style style;
	} styles[] = { { good, STYLE_GOOD }, { bad, STYLE_BAD }, { waiting, STYLE_WARNING } };

	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
		for (const char *const *word = styles[i].words; *word; word++)
			if (strcmp(*word, state) == 0)
				return styles[i].style;
	return STYLE_PLAIN;
}

/* Prints one row. Spaces go out only before something, so none stands at the end of a line. */
static void print_row(const struct table *table, const size_t *widths, const char *const cells[], bool titles,
		      FILE *to)
{
	size_t owed = 0;
	for (size_t i = 0; i < table->column_count; i++) {
		size_t padding = widths[i] - table_text_width(cells[i]);
		if (table->columns[i].right)
			owed += padding;
		if (*cells[i]) {
			print_spaces(to, owed);
			enum style wanted = titles		      ? STYLE_BOLD
					    : table->columns[i].state ? style_of(cells[i])
								      : STYLE_PLAIN;

			if (wanted != STYLE_PLAIN)
				fputs(style(wanted, to), to);
			table_print_text(to, cells[i]);
			if (wanted != STYLE_PLAIN)
				fputs(style(STYLE_PLAIN, to), to);
			owed = 0;
		}
		owed += (table->columns[i].right ? 0 : padding) + GAP;
	}
	fputc('\n', to);
}

void table_print(const struct table *table, FILE *to)
{
	size_t widths[16];
	const char *titles[16];
	for (size_t i = 0; i < table->column_count && i < 16; i++) {
		widths[i] = column_width(table, i);
		titles[i] = table->columns[i].title;
	}
	print_row(table, widths, titles, true, to);
	for (size_t row = 0; row < table->row_count; row++)
		print_row(table, widths, (const char *const *)table->cells + row * table->column_count, false,
			  to);
}

void table_print_fact(FILE *to, const char *label, const char *value)
{
	size_t width = table_text_width(label);
	table_print_text(to, label);
	print_spaces(to, width < FACT_LABEL_WIDTH ? FACT_LABEL_WIDTH - width : 1);
	table_print_text(to, value);
	fputc('\n', to);
}
