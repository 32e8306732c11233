/* recordings: the files of calls and conferences that are complete. */
#ifndef OFFHOOK_API_STORE_RECORDINGS_H
#define OFFHOOK_API_STORE_RECORDINGS_H

#include "daemon/api/store/store.h"

struct recording_row {
	char *id, *account, *file, *status; /* status "completed" or "failed" */
	char *call, *conference;	    /* what was recorded: the id of one, NULL for the other */
	int64_t channels, started, duration_ms, bytes;
};

void recording_row_clear(struct recording_row *row);
int recordings_put(struct store *store, const struct recording_row *row) __attribute__((warn_unused_result));
/* Returns 0, ENOENT or EIO. */
int recordings_get(struct store *store, const char *id, struct recording_row *out)
    __attribute__((warn_unused_result));

struct recordings_filter {
	const char *account;
	const char *call, *conference; /* NULL: any */
	int64_t limit, offset;
};

typedef bool recording_row_h(const struct recording_row *row, void *arg);
/* Newest first. *total is how many there are over all pages. */
int recordings_list(struct store *store, const struct recordings_filter *filter, recording_row_h *each,
		    void *arg, int64_t *total) __attribute__((warn_unused_result));
/* Forgets it; its call or conference shows its newest one that is left. */
int recordings_delete(struct store *store, const struct recording_row *row)
    __attribute__((warn_unused_result));

#endif
