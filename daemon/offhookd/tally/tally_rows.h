/* tally_rows: tables of counters by labels, for tally.c alone. Bounded: beyond TALLY_ROWS_MAX rows what is
 * new is counted as "other", of which there are as few as there are words. */
#ifndef OFFHOOK_TALLY_TALLY_ROWS_H
#define OFFHOOK_TALLY_TALLY_ROWS_H

#include "lib/call_state.h"
#include "lib/histogram.h"

#include <uthash.h>

enum { TALLY_ROWS_MAX = 1000, TALLY_KEY_MAX = 512 };

/* Upper bounds: seconds until the answer, seconds until it rings, and mean opinion scores. */
extern const struct histogram_bounds tally_setup_bounds, tally_delay_bounds, tally_mos_bounds;

struct tally_row {
	UT_hash_handle hh;
	char *account, *trunk;
	const char *word;  /* static: a direction, or who has ended it */
	int number;	   /* a status, a cause, or 0 */
	uint64_t answered; /* or, where a row counts one thing alone, that */
	uint64_t talk_ms, ended[CALL_STATUS_COUNT];
	struct histogram setup, delay, mos_in, mos_out;
	char key[];
};

/* A zeroed one is empty. */
struct tally_table {
	struct tally_row *rows; /* in the order in which they came */
};

/* What a row is about. `account` and `trunk` are copied, `word` is static. */
struct tally_labels {
	const char *account, *trunk, *word;
	int number;
};

/* The row, made when there is none. NULL without memory. */
struct tally_row *tally_row_get(struct tally_table *table, const struct tally_labels *labels);
void tally_table_clear(struct tally_table *table);

#endif
