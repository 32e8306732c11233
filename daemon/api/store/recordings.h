/* recordings: the records of calls' and conferences' recordings, from the moment on that one is wanted. */
#ifndef OFFHOOK_API_STORE_RECORDINGS_H
#define OFFHOOK_API_STORE_RECORDINGS_H

#include "daemon/api/store/rows.h"

#include <jansson.h>

struct recording_row {
	int64_t nr; /* their order: the later began, the higher */
	char *id, *account, *file;
	/* "pending" (the switch has not begun it yet), "in-progress", "paused", "stopped" (its end is on its
	 * way), "completed", "failed" */
	char *status;
	char *call, *conference; /* what was recorded: the id of one, NULL for the other */
	/* Who began it: "call" (the wish it was placed with), "api", "record", "dial", "start" (steps of a
	 * script), "conference" (from its start); NULL: nobody knows. */
	char *source;
	int64_t channels, started, duration_ms, bytes;
	int64_t updated, deleted; /* UTC ms; 0: not */
	json_t *options;	  /* what it was begun with (recording_live.c), or NULL */
	char *error;		  /* why it failed, for those who asked for it; or NULL */
	/* How it is kept (recordings_kept.h): what the file is ("wav", "mp3", "ogg"), which key it is
	 * encrypted with, or NULL; its name in the store, or NULL. `file` is "" when it is there alone. */
	char *format, *sealed, *object;
	int keeping; /* enum recording_keeping */
};

/* What is still to be done with a recording that is complete. Numbers of the database. */
enum recording_keeping {
	KEEPING_DONE,
	KEEPING_MAKE,  /* another format, encryption */
	KEEPING_UPLOAD /* `object` is what it will be called */
};

enum { RECORDING_ERROR_SIZE = 200 };
/* What went wrong with a recording, by what the switch tells of it, in `out`: without the name of its file,
 * which is nobody's but ours. NULL: nothing. */
char *recording_error_told(const json_t *told, char out[RECORDING_ERROR_SIZE]);

void recording_row_clear(struct recording_row *row);
/* A new record of one that is about to begin: pending (id, account, call or conference, channels, source and
 * options are read). */
int recordings_insert_pending(struct store *store, const struct recording_row *row)
    __attribute__((warn_unused_result));
/* Writes what the switch tells of one, new or not; what only this side knows (source, options) stays. One
 * that is complete now is KEEPING_MAKE when `keep` is set, or its options have a "format". */
int recordings_put(struct store *store, const struct recording_row *row, bool keep)
    __attribute__((warn_unused_result));
/* One that runs has another status; one that does not is left alone. `error`: why, or NULL. */
int recordings_set_status(struct store *store, const char *id, const char *status, const char *error)
    __attribute__((warn_unused_result));

/* One that is complete. Returns 0, ENOENT or EIO. */
int recordings_get(struct store *store, const char *id, struct recording_row *out)
    __attribute__((warn_unused_result));
/* The same of any, whether it runs, is complete or was deleted. */
int recordings_get_any(struct store *store, const char *id, struct recording_row *out)
    __attribute__((warn_unused_result));

struct recordings_filter {
	const char *account;
	const char *call, *conference; /* NULL: any */
	int64_t limit, offset;
};

typedef bool recording_row_h(const struct recording_row *row, void *arg);
/* Those that are complete, newest first. *total is how many there are over all pages. */
int recordings_list(struct store *store, const struct recordings_filter *filter, recording_row_h *each,
		    void *arg, int64_t *total) __attribute__((warn_unused_result));

/* A page that begins behind a record; those that run are in it, too. */
struct recordings_page {
	const char *account;
	const char *call, *conference;	  /* NULL: any */
	bool deleted;			  /* those, too */
	int64_t started_from, started_to; /* UTC ms, inclusive and exclusive; 0: any */
	struct rows_page rows;
};
int recordings_page(struct store *store, const struct recordings_page *page, recording_row_h *each, void *arg)
    __attribute__((warn_unused_result));

/* Those that run, and those that are about to begin, of all accounts. */
int recordings_each_running(struct store *store, recording_row_h *each, void *arg)
    __attribute__((warn_unused_result));

/* Notes that it was deleted; its call or conference shows its newest one that is left. */
int recordings_delete(struct store *store, const struct recording_row *row)
    __attribute__((warn_unused_result));
/* Forgets its record, if there is one. */
int recordings_erase(struct store *store, const char *id) __attribute__((warn_unused_result));
/* Forgets the records of those that were deleted before that time [UTC ms]. */
int recordings_erase_deleted(struct store *store, int64_t before) __attribute__((warn_unused_result));

#endif
