#include "daemon/api/store/store.h"

#include "daemon/api/store/migrate.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATEMENTS_MAX = 128, BUSY_MS = 5000 };

struct waiter {
	store_commit_h *handler;
	void *arg;
};

struct waiters {
	struct waiter *items;
	size_t count, size;
};

struct store {
	sqlite3 *db;
	struct event *commit;
	bool open;   /* a transaction */
	bool failed; /* and it must be rolled back */
	struct waiters waiting, calling;
	struct {
		const char *sql;
		sqlite3_stmt *statement;
	} cache[STATEMENTS_MAX];
	size_t cached;
};

static int exec(struct store *store, const char *sql)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	log_error("store.failed", NULL, "sql=%s error=%s", log_quote(sql),
		  log_quote(sqlite3_errmsg(store->db)));
	return EIO;
}

/* Ends the transaction. Returns 0 or EIO. */
static int finish(struct store *store)
{
	int err = store->failed ? EIO : 0;

	if (store->open && !err)
		err = exec(store, "COMMIT");
	if (store->open && err)
		exec(store, "ROLLBACK");
	store->open = false;
	store->failed = false;
	return err;
}

static void commit(evutil_socket_t fd, short what, void *arg)
{
	struct store *store = arg;
	struct waiters spare = store->calling;
	int err = finish(store);

	(void)fd, (void)what;
	/* Handlers may write and wait again: that is the next transaction. */
	store->calling = store->waiting;
	store->waiting = spare;
	store->waiting.count = 0;
	for (size_t i = 0; i < store->calling.count; i++)
		store->calling.items[i].handler(err, store->calling.items[i].arg);
	store->calling.count = 0;
}

static int open_database(struct store *store, const char *file, char *error, size_t size)
{
	static const char pragmas[] =
	    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;"
	    "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; PRAGMA mmap_size = 268435456;"
	    "PRAGMA journal_size_limit = 67108864;";

	if (sqlite3_open_v2(file, &store->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK ||
	    sqlite3_busy_timeout(store->db, BUSY_MS) != SQLITE_OK ||
	    sqlite3_exec(store->db, pragmas, NULL, NULL, NULL) != SQLITE_OK) {
		snprintf(error, size, "%s: %s", file,
			 store->db ? sqlite3_errmsg(store->db) : "out of memory");
		return EIO;
	}
	return migrate_run(store->db, error, size);
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
		err = open_database(store, file, error, size);
	if (err)
		store_free(store);
	else
		*out = store;
	return err;
}

void store_flush(struct store *store)
{
	while (store->open || store->waiting.count)
		commit(-1, 0, store);
}

void store_free(struct store *store)
{
	if (!store)
		return;
	finish(store);
	for (size_t i = 0; i < store->cached; i++)
		sqlite3_finalize(store->cache[i].statement);
	if (store->commit)
		event_free(store->commit);
	sqlite3_close(store->db);
	free(store->waiting.items);
	free(store->calling.items);
	free(store);
}

int store_after_commit(struct store *store, store_commit_h *handler, void *arg)
{
	struct waiters *waiting = &store->waiting;

	if (waiting->count == waiting->size) {
		size_t size = waiting->size ? waiting->size * 2 : 64;
		struct waiter *items = realloc(waiting->items, size * sizeof *items);

		if (!items)
			return ENOMEM;
		waiting->items = items;
		waiting->size = size;
	}
	waiting->items[waiting->count++] = (struct waiter){ handler, arg };
	event_active(store->commit, 0, 0);
	return 0;
}

sqlite3_stmt *store_prepare(struct store *store, const char *sql)
{
	sqlite3_stmt *statement;

	for (size_t i = 0; i < store->cached; i++)
		if (store->cache[i].sql == sql)
			return store->cache[i].statement;
	if (store->cached == STATEMENTS_MAX ||
	    sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
		SQLITE_OK) {
		log_error("store.prepare_failed", NULL, "sql=%s error=%s", log_quote(sql),
			  log_quote(sqlite3_errmsg(store->db)));
		store->failed = store->open;
		return NULL;
	}
	store->cache[store->cached].sql = sql;
	store->cache[store->cached++].statement = statement;
	return statement;
}

sqlite3_stmt *store_prepare_write(struct store *store, const char *sql)
{
	if (!store->open) {
		if (exec(store, "BEGIN IMMEDIATE"))
			return NULL;
		store->open = true;
		event_active(store->commit, 0, 0);
	}
	return store_prepare(store, sql);
}

void store_reset(sqlite3_stmt *statement)
{
	if (!statement)
		return;
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

int store_run(struct store *store, sqlite3_stmt *statement)
{
	int rc;

	if (!statement) {
		store->failed = true;
		return EIO;
	}
	do
		rc = sqlite3_step(statement);
	while (rc == SQLITE_ROW);
	if (rc != SQLITE_DONE) {
		log_error("store.failed", NULL, "sql=%s error=%s", log_quote(sqlite3_sql(statement)),
			  log_quote(sqlite3_errmsg(store->db)));
		store->failed = true;
	}
	store_reset(statement);
	return rc == SQLITE_DONE ? 0 : EIO;
}

void store_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
	if (statement && text)
		sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

void store_bind_int(sqlite3_stmt *statement, int index, int64_t value)
{
	if (statement)
		sqlite3_bind_int64(statement, index, value);
}

char *store_column_dup(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text ? strdup(text) : NULL;
}

int64_t store_last_id(struct store *store)
{
	return sqlite3_last_insert_rowid(store->db);
}

int store_changes(struct store *store)
{
	return sqlite3_changes(store->db);
}

sqlite3 *store_handle(struct store *store)
{
	return store->db;
}
