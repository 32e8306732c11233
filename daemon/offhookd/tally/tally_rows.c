/* See tally_rows.h. */
#include "daemon/offhookd/tally/tally_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct histogram_bounds tally_setup_bounds = {
	12, { 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 20, 30, 60 }
};
const struct histogram_bounds tally_delay_bounds = { 10, { 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20 } };
const struct histogram_bounds tally_mos_bounds = { 10, { 1.5, 2, 2.5, 3, 3.3, 3.6, 3.8, 4, 4.2, 4.4 } };

static struct tally_row *find(const struct tally_table *table, const char *key)
{
	struct tally_row *row;

	HASH_FIND_STR(table->rows, key, row);
	return row;
}

/* The unit separator stands in no name that a conf file has. */
static const char *write_key(char out[TALLY_KEY_MAX], const struct tally_labels *l)
{
	snprintf(out, TALLY_KEY_MAX, "%s\x1f%s\x1f%s\x1f%d", l->account, l->trunk, l->word, l->number);
	return out;
}

static void row_free(struct tally_row *row)
{
	free(row->account);
	free(row->trunk);
	free(row);
}

static struct tally_row *add(struct tally_table *table, const struct tally_labels *l, const char *key)
{
	struct tally_row *row = calloc(1, sizeof *row + strlen(key) + 1);

	if (!row)
		return NULL;
	memcpy(row->key, key, strlen(key) + 1);
	row->account = strdup(l->account);
	row->trunk = strdup(l->trunk);
	row->word = l->word;
	row->number = l->number;
	if (!row->account || !row->trunk) {
		row_free(row);
		return NULL;
	}
	HASH_ADD_STR(table->rows, key, row);
	return row;
}

struct tally_row *tally_row_get(struct tally_table *table, const struct tally_labels *labels)
{
	char key[TALLY_KEY_MAX];
	struct tally_row *row = find(table, write_key(key, labels));
	struct tally_labels folded = *labels;

	if (row || HASH_COUNT(table->rows) < TALLY_ROWS_MAX)
		return row ? row : add(table, labels, key);
	folded.account = folded.account[0] ? "other" : "";
	folded.trunk = folded.trunk[0] ? "other" : "";
	row = find(table, write_key(key, &folded));
	return row ? row : add(table, &folded, key);
}

void tally_table_clear(struct tally_table *table)
{
	struct tally_row *row, *next;

	HASH_ITER(hh, table->rows, row, next)
	{
		HASH_DELETE(hh, table->rows, row);
		row_free(row);
	}
}
