/* table: aligned columns for people. Widths are of characters on the screen, not of bytes; what a terminal
 * might take for a command (escape sequences from a far end's display name, say) is made harmless. One
 * thread. */
#ifndef OFFHOOK_CTL_TABLE_H
#define OFFHOOK_CTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table;

struct table_column {
	const char *title;
	bool right; /* numbers and ages stand at the right */
	bool state; /* a word that says how something is: in a colour, on a terminal */
};

/* An empty table; `columns` must live as long as it does. Returns 0 or ENOMEM. */
int table_alloc(struct table **out, const struct table_column *columns, size_t count)
    __attribute__((warn_unused_result));

/* Adds a row of as many cells as there are columns (copied); NULL is an empty cell. Returns 0 or ENOMEM. */
int table_add(struct table *table, const char *const cells[]) __attribute__((warn_unused_result));

/* Prints titles and rows, without spaces at the end of lines. */
void table_print(const struct table *table, FILE *to);
void table_free(struct table *table);

/* Prints one line of a list of facts: "label       value". */
void table_print_fact(FILE *to, const char *label, const char *value);

/* How many columns of the screen `text` takes once printed by table_print_text(). */
size_t table_text_width(const char *text);

/* Prints UTF-8 text with everything unprintable or malformed as U+FFFD. */
void table_print_text(FILE *to, const char *text);

#endif
