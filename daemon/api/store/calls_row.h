/* calls_row: inside of the store of calls: its columns, for calls*.c alone. */
#ifndef OFFHOOK_API_STORE_CALLS_ROW_H
#define OFFHOOK_API_STORE_CALLS_ROW_H

#include "daemon/api/store/calls.h"

#define CALLS_COLUMNS                                                                                \
	"nr, id, account, parent, direction, status, from_address, to_address, recording, created, " \
	"answered, ended,"                                                                           \
	" duration_ms, last_event, pending, snapshot, options, dialect, conference, switch"

/* Statements that are written for what is asked. */
enum { CALLS_SQL_MAX = 16 * 1024 };

/* Reads the row that a statement stands on, with CALLS_COLUMNS first; `snapshot`: with its snapshot. */
void calls_read_row(struct statement *s, struct call_row *out, bool snapshot);
/* The same with these members of the snapshot alone. */
void calls_read_row_with(struct statement *s, struct call_row *out, const char *const members[]);

/* Narrows a range of time (UTC ms, inclusive and exclusive; 0: open) in which calls were created or began to
 * one of records, which are numbered as they are created. */
int calls_find_bounds(struct store *store, const char *account, int64_t from, int64_t to, int64_t *first,
		      int64_t *last) __attribute__((warn_unused_result));

/* A rows_h that hands the row on; `arg` is a struct calls_walk. */
struct calls_walk {
	call_row_h *each;
	void *arg;
	const char *const *members; /* of the snapshot; NULL: all */
};
bool calls_walk_row(struct statement *s, void *arg);

#endif
