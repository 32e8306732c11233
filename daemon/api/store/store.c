#include "daemon/api/store/store.h"

#include "daemon/api/store/checkpoint.h"
#include "daemon/api/store/db_sqlite.h"
#include "daemon/api/store/sound.h"
#include "daemon/api/store/syncer.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATEMENTS_MAX = 256, COMMIT_EVERY_US = 5000, BEFORE_MAX = 4 };

struct waiter {
	store_commit_h *handler;
	void *arg;
	uint64_t turn;	  /* whose sync it waits for, */
	int64_t since_us; /* and since when [monotonic] */
};

struct waiters {
	struct waiter *items;
	size_t count, size;
};

struct store {
	struct db *db;
	struct syncer *syncer; /* NULL for a database in memory */
	struct checkpoint *checkpoint;
	struct event *commit;
	int64_t committed_us; /* when the last one was [monotonic] */
	bool open;	      /* a transaction */
	bool failed;	      /* and it must be rolled back */
	bool failing;	      /* the last transaction that wrote was rolled back */
	bool full;	      /* for want of room */
	struct {
		void (*handler)(void *arg);
		void *arg;
	} before[BEFORE_MAX];
	uint64_t turn, synced;		 /* committed, and on disk */
	struct waiters written, waiting; /* of this turn: for its commit, for its sync */
	struct waiters syncing, calling; /* of earlier turns; being called */
	struct {
		const char *sql;
		struct statement *statement;
	} cache[STATEMENTS_MAX];
	size_t cached;
	struct store_stats stats;
};

static int waiters_add(struct waiters *waiters, struct waiter waiter)
{
	if (waiters->count == waiters->size) {
		size_t size = waiters->size ? waiters->size * 2 : 64;
		struct waiter *items = realloc(waiters->items, size * sizeof *items);

		if (!items)
			return ENOMEM;
		waiters->items = items;
		waiters->size = size;
	}
	waiters->items[waiters->count++] = waiter;
	return 0;
}

/* Calls and forgets the first `count` of them. Handlers may add to any list. */
static void waiters_call(struct store *store, struct waiters *waiters, size_t count, int err)
{
	struct waiters called = store->calling;

	if (!count)
		return;
	called.count = 0;
	memset(&store->calling, 0, sizeof store->calling);
	for (size_t i = 0; i < count; i++)
		if (waiters_add(&called, waiters->items[i])) {
			log_error("store.no_memory", NULL, "%s", "");
			abort();
		}
	memmove(waiters->items, waiters->items + count, (waiters->count - count) * sizeof *waiters->items);
	waiters->count -= count;
	for (size_t i = 0; i < called.count; i++)
		called.items[i].handler(err, called.items[i].arg);
	free(store->calling.items);
	store->calling = called;
}

static void take_reason(struct store *store)
{
	store->failing = true;
	store->full = store->db->type->is_full(store->db);
}

static int exec(struct store *store, const char *sql)
{
	if (!store->db->type->exec(store->db, sql))
		return 0;
	take_reason(store);
	log_error("store.failed", NULL, "sql=%s error=%s", log_quote(sql),
		  log_quote(store->db->type->message(store->db)));
	return EIO;
}

/* Each commit writes every page that it has touched, few events or many: when commits follow each other
 * closely, what does not wait for `soon` shares one. */
static void schedule_commit(struct store *store, bool soon)
{
	int64_t wait = store->committed_us + COMMIT_EVERY_US - clock_mono_us();
	const struct timeval tv = { 0, (suseconds_t)wait };

	if (soon || wait <= 0)
		event_active(store->commit, 0, 0);
	else if (!evtimer_pending(store->commit, NULL))
		evtimer_add(store->commit, &tv);
}

/* Ends the transaction. Returns 0 or EIO. */
static int finish(struct store *store)
{
	int err = store->failed ? EIO : 0;

	if (store->open && !err)
		err = exec(store, "COMMIT");
	if (store->open)
		store->failing = err != 0;
	if (store->open && err)
		exec(store, "ROLLBACK");
	store->open = false;
	store->failed = false;
	return err;
}

const struct histogram_bounds store_seconds_bounds = {
	11, { 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 1 }
};

const struct store_stats *store_get_stats(const struct store *store)
{
	return &store->stats;
}

static void note_safe(struct store *store, const struct waiter *waiter)
{
	histogram_add(&store->stats.safe_s, &store_seconds_bounds,
		      (double)(clock_mono_us() - waiter->since_us) / 1e6);
}

/* Everything up to `turn` is on disk. */
static void on_synced(uint64_t turn, void *arg)
{
	struct store *store = arg;
	size_t count = 0;

	store->synced = turn;
	while (count < store->syncing.count && store->syncing.items[count].turn <= turn)
		note_safe(store, &store->syncing.items[count++]);
	waiters_call(store, &store->syncing, count, 0);
}

/* Hands the first `count` of those that wait for the disk to the syncer. */
static void await_sync(struct store *store, bool wrote, size_t count)
{
	const int64_t now = count ? clock_mono_us() : 0;

	for (size_t i = 0; i < count; i++) {
		store->waiting.items[i].turn = store->turn;
		store->waiting.items[i].since_us = now;
		if (waiters_add(&store->syncing, store->waiting.items[i])) {
			log_error("store.no_memory", NULL, "%s", "");
			abort();
		}
	}
	store->waiting.count -= count;
	if (store->waiting.count) /* of none there may be no list either */
		memmove(store->waiting.items, store->waiting.items + count,
			store->waiting.count * sizeof *store->waiting.items);
	if (store->syncer && wrote)
		syncer_request(store->syncer, store->turn);
	if (!store->syncer || store->synced == store->turn)
		on_synced(store->turn, store);
}

static void commit(evutil_socket_t fd, short what, void *arg)
{
	struct store *store = arg;
	int64_t begun_us;
	size_t waiting;
	bool wrote;
	int err;

	(void)fd, (void)what;
	for (size_t i = 0; i < BEFORE_MAX; i++)
		if (store->before[i].handler)
			store->before[i].handler(store->before[i].arg);
	wrote = store->open;
	begun_us = clock_mono_us();
	err = finish(store);
	evtimer_del(store->commit);
	if (wrote) {
		store->committed_us = clock_mono_us();
		histogram_add(&store->stats.commit_s, &store_seconds_bounds,
			      (double)(store->committed_us - begun_us) / 1e6);
		store->stats.failed += err != 0;
	}
	store->turn += wrote && !err;
	/* Those first that wait for less: what they begin takes longest. What they write is of the next turn.
	 */
	waiting = store->waiting.count;
	waiters_call(store, &store->written, store->written.count, err);
	if (err)
		waiters_call(store, &store->waiting, waiting, err);
	else
		await_sync(store, wrote, waiting);
}

static int on_written(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct store *store = arg;

	(void)db, (void)name;
	checkpoint_written(store->checkpoint, pages);
	return SQLITE_OK;
}

/* From now on commits do not wait for the disk: the syncer does. */
static int start_syncer(struct store *store, struct event_base *base, const char *file, char *error,
			size_t size)
{
	int err;

	if (!strcmp(file, ":memory:"))
		return 0;
	err = checkpoint_alloc(&store->checkpoint, file);
	if (!err)
		err = syncer_alloc(&store->syncer, base, file, on_synced, store);
	if (err)
		snprintf(error, size, "%s: %s", file, strerror(err));
	else
		sqlite3_wal_hook(db_sqlite_handle(store->db), on_written, store);
	return err;
}

int store_alloc(struct store **out, struct event_base *base, const char *file, char *error, size_t size)
{
	struct store *store = calloc(1, sizeof *store);
	int err = ENOMEM;

	snprintf(error, size, "out of memory");
	if (!store)
		return ENOMEM;
	store->commit = event_new(base, -1, 0, commit, store);
	if (store->commit)
		err = db_sqlite_open(&store->db, file, error, size);
	if (!err)
		err = start_syncer(store, base, file, error, size);
	if (err)
		store_free(store);
	else
		*out = store;
	return err;
}

void store_flush(struct store *store)
{
	while (store->open || store->waiting.count || store->written.count || store->syncing.count) {
		commit(-1, 0, store);
		if (store->syncer)
			syncer_wait(store->syncer);
	}
}

void store_free(struct store *store)
{
	if (!store)
		return;
	finish(store);
	for (size_t i = 0; i < store->cached; i++)
		statement_free(store->cache[i].statement);
	if (store->syncer)
		syncer_request(store->syncer, ++store->turn);
	syncer_free(store->syncer);
	checkpoint_free(store->checkpoint);
	if (store->commit)
		event_free(store->commit);
	if (store->db)
		store->db->type->close(store->db);
	free(store->written.items);
	free(store->waiting.items);
	free(store->syncing.items);
	free(store->calling.items);
	free(store);
}

uint64_t store_turn(const struct store *store)
{
	return store->turn + 1;
}

int store_before_commit(struct store *store, void (*handler)(void *arg), void *arg)
{
	for (size_t i = 0; i < BEFORE_MAX; i++)
		if (!store->before[i].handler) {
			store->before[i].handler = handler;
			store->before[i].arg = arg;
			return 0;
		}
	return ENOSPC;
}

void store_not_before_commit(struct store *store, const void *arg)
{
	for (size_t i = 0; i < BEFORE_MAX; i++)
		if (store->before[i].arg == arg)
			memset(&store->before[i], 0, sizeof store->before[i]);
}

int store_after_commit(struct store *store, store_commit_h *handler, void *arg)
{
	if (waiters_add(&store->waiting, (struct waiter){ handler, arg, 0, 0 }))
		return ENOMEM;
	schedule_commit(store, !store->open);
	return 0;
}

int store_after_write(struct store *store, store_commit_h *handler, void *arg)
{
	if (waiters_add(&store->written, (struct waiter){ handler, arg, 0, 0 }))
		return ENOMEM;
	schedule_commit(store, true);
	return 0;
}

struct statement *store_prepare(struct store *store, const char *sql)
{
	struct statement *statement;

	for (size_t i = 0; i < store->cached; i++)
		if (store->cache[i].sql == sql)
			return store->cache[i].statement;
	statement = store->cached < STATEMENTS_MAX ? store->db->type->prepare(store->db, sql, true) : NULL;
	if (!statement) {
		log_error("store.prepare_failed", NULL, "sql=%s error=%s", log_quote(sql),
			  log_quote(store->db->type->message(store->db)));
		store->failed = store->open;
		return NULL;
	}
	store->cache[store->cached].sql = sql;
	store->cache[store->cached++].statement = statement;
	return statement;
}

struct statement *store_prepare_once(struct store *store, const char *sql)
{
	struct statement *statement = store->db->type->prepare(store->db, sql, false);

	if (!statement)
		log_error("store.prepare_failed", NULL, "sql=%s error=%s", log_quote(sql),
			  log_quote(store->db->type->message(store->db)));
	return statement;
}

int store_begin(struct store *store)
{
	if (store->open)
		return 0;
	if (exec(store, store->db->type->begin))
		return EIO;
	store->open = true;
	schedule_commit(store, false);
	return 0;
}

struct statement *store_prepare_write(struct store *store, const char *sql)
{
	return store_begin(store) ? NULL : store_prepare(store, sql);
}

int store_run(struct store *store, struct statement *statement)
{
	enum statement_step at;

	if (!statement) {
		store->failed = true;
		return EIO;
	}
	do
		at = statement_step(statement);
	while (at == STATEMENT_ROW);
	if (at != STATEMENT_DONE) {
		take_reason(store);
		log_error("store.failed", NULL, "sql=%s error=%s", log_quote(statement->sql),
			  log_quote(store->db->type->message(store->db)));
		store->failed = true;
	}
	store_reset(statement);
	return at == STATEMENT_DONE ? 0 : EIO;
}

int64_t store_last_id(struct store *store)
{
	return store->db->type->last_id(store->db);
}

int64_t store_changes(struct store *store)
{
	return store->db->type->changes(store->db);
}

sqlite3 *store_handle(struct store *store)
{
	return db_sqlite_handle(store->db);
}

const char *store_trouble(const struct store *store)
{
	if (!store->failing)
		return NULL;
	return store->full ? "The database cannot be written: there is no room for it on its disk."
			   : "The database cannot be written.";
}

void store_explain(struct store *store, char *error, size_t size)
{
	sqlite3 *handle = db_sqlite_handle(store->db);
	const char *file = sqlite3_db_filename(handle, "main");

	sound_explain(handle, file ? file : "the database", error, size);
}
