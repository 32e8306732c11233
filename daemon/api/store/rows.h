/* rows: reading what a statement of store_prepare() finds. Each function resets the statement; NULL gives
 * EIO. */
#ifndef OFFHOOK_API_STORE_ROWS_H
#define OFFHOOK_API_STORE_ROWS_H

#include "daemon/api/store/store.h"

/* Reads the row that the statement stands on into `row`. */
typedef void rows_read_h(struct statement *statement, void *row);
/* The first row. Returns 0, ENOENT (then `row` is untouched) or EIO. */
int rows_one(struct statement *statement, rows_read_h *read, void *row) __attribute__((warn_unused_result));

/* One row; false ends the walk. It may not use the same statement. */
typedef bool rows_h(struct statement *statement, void *arg);
/* All rows, in order. Returns 0 or EIO. */
int rows_each(struct statement *statement, rows_h *each, void *arg) __attribute__((warn_unused_result));

/* A page of a list in the order of its numbers, newest first: only those with a number below `before` (0:
 * from the newest); or, with `after`, those above it, oldest first. `offset` is left out in front, but with
 * `after`. */
struct rows_page {
	int64_t before, after, offset, limit;
};
/* Binds the least and the greatest number, the limit and the offset, from the parameter `first` on. */
void rows_bind_page(struct statement *statement, const struct rows_page *page, int first);

/* Names of switches, with their end: as long as names in a conf may be. */
enum { SWITCH_NAME_SIZE = 65 };
/* A rows_read_h for one of those: `row` is char[SWITCH_NAME_SIZE]. */
void rows_read_switch(struct statement *statement, void *row);

/* The number that the first row begins with, 0 without a row. Returns 0 or EIO. */
int rows_number(struct statement *statement, int64_t *out) __attribute__((warn_unused_result));

#endif
