/* store: the API layer's SQLite database (state-dir/offhook.db, WAL), one transaction a turn of the event
 * loop, or of a few milliseconds of turns when there is much to write.
 *
 * The first write of a turn opens a transaction and schedules its commit for the end of the turn, or for a
 * few milliseconds after the commit before; whatever
 * must not happen before the data is on disk (a reply, an event to a subscriber, an acknowledgement to the
 * switch) is given to store_after_commit(). The loop does not wait for the disk: a thread syncs the log
 * (syncer.h), several turns at once when it must, and then the handlers run. When a statement or the commit
 * fails, everything of that turn is rolled back and each of these handlers is told.
 *
 * Schema: PRAGMA user_version counts the migrations that have run; missing ones run at the start, each in its
 * own transaction; a database with a newer schema is refused.
 *
 * Threads: the event base's thread alone. Shutdown: store_flush() while the handlers' owners still live,
 * store_free() last. */
#ifndef OFFHOOK_API_STORE_H
#define OFFHOOK_API_STORE_H

#include "daemon/api/store/statement.h"
#include "lib/histogram.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct store;

/* Opens or creates `file` (":memory:" for tests). Returns 0, EPROTO (newer schema), EIO or ENOMEM, with
 * *error (of `size` bytes) in one sentence. */
int store_alloc(struct store **out, struct event_base *base, const char *file, char *error, size_t size)
    __attribute__((warn_unused_result));
/* How long commits take on the loop, and how long what had to be on disk waited for that; since the start. */
struct store_stats {
	struct histogram commit_s, safe_s;
	uint64_t failed; /* transactions that were rolled back */
};
extern const struct histogram_bounds store_seconds_bounds;
const struct store_stats *store_get_stats(const struct store *store);
/* Why the last statement that failed did so and how to go on, in one sentence for those who start the
 * program. */
void store_explain(struct store *store, char *error, size_t size);
/* What is wrong since the last transaction could not be written, in one static sentence; NULL: nothing. */
const char *store_trouble(const struct store *store);
/* Commits what is open and calls the handlers, until there is nothing left. */
void store_flush(struct store *store);
/* Commits what is open; handlers are no longer called. */
void store_free(struct store *store);

/* `err` is 0 when the data is on disk, else EIO: it was rolled back. */
typedef void store_commit_h(int err, void *arg);

/* Calls `handler` once after the transaction of this turn, also when nothing was written. Returns 0 or ENOMEM
 * (then never). */
int store_after_commit(struct store *store, store_commit_h *handler, void *arg)
    __attribute__((warn_unused_result));

/* The same, called when the transaction is committed but perhaps not yet on disk: a killed process does not
 * lose it, a power failure may. For what such a failure ends as well. */
int store_after_write(struct store *store, store_commit_h *handler, void *arg)
    __attribute__((warn_unused_result));

/* The number of the transaction that is open or comes next: the same for all that shares a commit. */
uint64_t store_turn(const struct store *store);

/* Calls `handler` before each commit, to write what belongs into the turn's transaction, until
 * store_not_before_commit() with the same `arg` (one of its owner's, not NULL). Returns 0, or ENOSPC: there
 * is room for a few, which are set up at the start. */
int store_before_commit(struct store *store, void (*handler)(void *arg), void *arg)
    __attribute__((warn_unused_result));
void store_not_before_commit(struct store *store, const void *arg);

/* Opens the turn's transaction, so that its commit comes; for those who write before it. Returns 0 or EIO. */
int store_begin(struct store *store);

/* A prepared statement for `sql`, a string literal: cached by its address, reset, without bindings. NULL on
 * an error, which is logged and fails the turn's transaction. Use: bind, step, and store_reset() as soon as
 * its row is no longer read. */
struct statement *store_prepare(struct store *store, const char *sql);
/* The same for a statement that changes something: opens the turn's transaction first. */
struct statement *store_prepare_write(struct store *store, const char *sql);
/* One that is made for this time, to read; `sql` need not stay. What is wrong is logged. NULL, or to be ended
 * with statement_free(). */
struct statement *store_prepare_once(struct store *store, const char *sql);

/* Steps a statement of store_prepare_write() to its end and resets it. Returns 0, or EIO: the turn's
 * transaction fails. NULL gives EIO. */
int store_run(struct store *store, struct statement *statement);

/* The number that the last row got which was inserted; and how many rows the last statement has changed. */
int64_t store_last_id(struct store *store);
int64_t store_changes(struct store *store);
/* SQLite's handle, for tests and figures; NULL for a database of another kind. */
sqlite3 *store_handle(struct store *store);

#endif
