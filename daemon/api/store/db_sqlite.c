#include "daemon/api/store/db_sqlite.h"

#include "daemon/api/store/migrate.h"
#include "daemon/api/store/sound.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BUSY_MS = 5000 };

static const struct db_type sqlite_type;

struct sqlite {
	struct db db;
	sqlite3 *handle;
};

struct sqlite_statement {
	struct statement statement;
	sqlite3_stmt *handle;
};

static sqlite3 *handle_of(struct db *db)
{
	return ((struct sqlite *)db)->handle;
}

static sqlite3_stmt *stmt_of(struct statement *statement)
{
	return ((struct sqlite_statement *)statement)->handle;
}

sqlite3 *db_sqlite_handle(struct db *db)
{
	return db->type == &sqlite_type ? handle_of(db) : NULL;
}

static void close_db(struct db *db)
{
	sqlite3_close(handle_of(db));
	free(db);
}

static int exec(struct db *db, const char *sql)
{
	return sqlite3_exec(handle_of(db), sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : EIO;
}

static const char *message(struct db *db)
{
	return sqlite3_errmsg(handle_of(db));
}

static bool is_full(struct db *db)
{
	return sqlite3_errcode(handle_of(db)) == SQLITE_FULL;
}

static struct statement *prepare(struct db *db, const char *sql, bool lasting)
{
	struct sqlite_statement *statement = calloc(1, sizeof *statement);

	if (!statement)
		return NULL;
	if (sqlite3_prepare_v3(handle_of(db), sql, -1, lasting ? SQLITE_PREPARE_PERSISTENT : 0,
			       &statement->handle, NULL) != SQLITE_OK) {
		free(statement);
		return NULL;
	}
	statement->statement.type = &sqlite_type;
	statement->statement.sql = sqlite3_sql(statement->handle);
	return &statement->statement;
}

static int64_t last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(handle_of(db));
}

static int64_t changes(struct db *db)
{
	return sqlite3_changes(handle_of(db));
}

static void free_statement(struct statement *statement)
{
	sqlite3_finalize(stmt_of(statement));
	free(statement);
}

static void reset(struct statement *statement)
{
	sqlite3_reset(stmt_of(statement));
	sqlite3_clear_bindings(stmt_of(statement));
}

static enum statement_step step(struct statement *statement)
{
	const int rc = sqlite3_step(stmt_of(statement));

	return rc == SQLITE_ROW ? STATEMENT_ROW : rc == SQLITE_DONE ? STATEMENT_DONE : STATEMENT_FAILED;
}

static void bind_text(struct statement *statement, int index, const char *text, size_t length, bool own)
{
	sqlite3_bind_text64(stmt_of(statement), index, text, length, own ? free : SQLITE_STATIC, SQLITE_UTF8);
}

static void bind_int(struct statement *statement, int index, int64_t value)
{
	sqlite3_bind_int64(stmt_of(statement), index, value);
}

static void bind_blob(struct statement *statement, int index, const void *bytes, size_t size)
{
	sqlite3_bind_blob64(stmt_of(statement), index, bytes, size, SQLITE_STATIC);
}

static const char *column_text(struct statement *statement, int column)
{
	return (const char *)sqlite3_column_text(stmt_of(statement), column);
}

static int64_t column_number(struct statement *statement, int column)
{
	return sqlite3_column_int64(stmt_of(statement), column);
}

static double column_real(struct statement *statement, int column)
{
	return sqlite3_column_double(stmt_of(statement), column);
}

static const void *column_blob(struct statement *statement, int column, size_t *size)
{
	const void *bytes = sqlite3_column_blob(stmt_of(statement), column);

	*size = (size_t)sqlite3_column_bytes(stmt_of(statement), column);
	return bytes;
}

static const struct db_type sqlite_type = {
	.begin = "BEGIN IMMEDIATE",
	.close = close_db,
	.exec = exec,
	.message = message,
	.is_full = is_full,
	.prepare = prepare,
	.last_id = last_id,
	.changes = changes,
	.free = free_statement,
	.reset = reset,
	.step = step,
	.bind_text = bind_text,
	.bind_int = bind_int,
	.bind_blob = bind_blob,
	.text = column_text,
	.number = column_number,
	.real = column_real,
	.blob = column_blob,
};

static int open_handle(sqlite3 **out, const char *file, char *error, size_t size)
{
	int err;

	/* Small pages: a commit writes all of each that an event has touched. Those of an old file stay. */
	static const char pragmas[] =
	    "PRAGMA page_size = 2048; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA "
	    "foreign_keys = OFF;"
	    "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; PRAGMA mmap_size = 268435456;"
	    "PRAGMA journal_size_limit = 67108864;";

	if (sqlite3_open_v2(file, out, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK ||
	    sqlite3_busy_timeout(*out, BUSY_MS) != SQLITE_OK ||
	    /* A statement is planned once: not anew for each value that is bound where an index is partial.
	     */
	    sqlite3_db_config(*out, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL) != SQLITE_OK ||
	    sqlite3_exec(*out, pragmas, NULL, NULL, NULL) != SQLITE_OK) {
		sound_explain(*out, file, error, size);
		return EIO;
	}
	err = migrate_run(*out, error, size);
	if (err == EIO && sqlite3_errcode(*out) != SQLITE_ERROR)
		sound_explain(*out, file, error, size);
	return err ? err : sound_check(*out, file, error, size);
}

int db_sqlite_open(struct db **out, const char *file, char *error, size_t size)
{
	struct sqlite *sqlite = calloc(1, sizeof *sqlite);
	int err;

	if (!sqlite)
		return ENOMEM;
	sqlite->db.type = &sqlite_type;
	err = open_handle(&sqlite->handle, file, error, size);
	if (err)
		close_db(&sqlite->db);
	else
		*out = &sqlite->db;
	return err;
}
