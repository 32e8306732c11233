#include "daemon/api/store/sound.h"

#include "daemon/api/store/migrate.h"
#include "lib/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_MS = 400, STEPS_A_LOOK = 10000, WHAT_SIZE = 160 };

static const char restore[] = "move it and its -wal and -shm files away and put a copy made by \"offhook-api "
			      "--backup\" in its place; without "
			      "one the records begin anew, and calls go on";

static void say_damaged(const char *file, const char *what, char *error, size_t size)
{
	snprintf(error, size, "%.300s is damaged: %s. Restore it: %s.", file, what, restore);
}

void sound_explain(sqlite3 *db, const char *file, char *error, size_t size)
{
	int code = db ? sqlite3_errcode(db) : SQLITE_NOMEM;
	const char *what = db ? sqlite3_errmsg(db) : "out of memory";

	if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
		say_damaged(file, what, error, size);
	else if (code == SQLITE_FULL)
		snprintf(error, size, "%.300s: %s: there is no space left on its disk", file, what);
	else if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
		snprintf(error, size, "%.300s: %s: another program is using it", file, what);
	else if (access(file, R_OK | W_OK) && errno != ENOENT)
		snprintf(error, size, "%.300s: %s: user %ld must be allowed to read and write it (%s)", file,
			 what, (long)geteuid(), strerror(errno));
	else if (code == SQLITE_CANTOPEN || code == SQLITE_READONLY || code == SQLITE_PERM)
		snprintf(error, size,
			 "%.300s: %s: it must be a plain file in a folder that user %ld may write to", file,
			 what, (long)geteuid());
	else
		snprintf(error, size, "%.300s: %s", file, what);
}

/* A row a thing: its name, what it is, and of a table its columns. */
static const char things[] = "SELECT name, type, (SELECT group_concat(name) FROM pragma_table_info(s.name))"
			     " FROM sqlite_schema s WHERE name NOT LIKE 'sqlite_%'";

/* Whether `db` has a thing with that name, type and columns (others may have come to them). */
static int has(sqlite3 *db, sqlite3_stmt *wanted, bool *out)
{
	sqlite3_stmt *s;
	int rc = sqlite3_prepare_v2(db,
				    "SELECT (SELECT group_concat(name) FROM pragma_table_info(s.name))"
				    " FROM sqlite_schema s WHERE name = ?1 AND type = ?2",
				    -1, &s, NULL);
	const char *columns = (const char *)sqlite3_column_text(wanted, 2), *own;

	if (rc != SQLITE_OK)
		return EIO;
	sqlite3_bind_value(s, 1, sqlite3_column_value(wanted, 0));
	sqlite3_bind_value(s, 2, sqlite3_column_value(wanted, 1));
	rc = sqlite3_step(s);
	own = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : NULL;
	*out = rc == SQLITE_ROW && (!columns || (own && !strncmp(own, columns, strlen(columns))));
	sqlite3_finalize(s);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : EIO;
}

/* The first thing of `model` that `db` has not, in `what`; "" when it has all. */
static int compare(sqlite3 *db, sqlite3 *model, char what[WHAT_SIZE])
{
	sqlite3_stmt *wanted;
	bool found = true;
	int err = 0;

	if (sqlite3_prepare_v2(model, things, -1, &wanted, NULL) != SQLITE_OK)
		return ENOMEM;
	while (!err && found && sqlite3_step(wanted) == SQLITE_ROW) {
		err = has(db, wanted, &found);
		if (!err && !found)
			snprintf(what, WHAT_SIZE, "its %s %s is missing or not as it was made",
				 (const char *)sqlite3_column_text(wanted, 1),
				 (const char *)sqlite3_column_text(wanted, 0));
	}
	sqlite3_finalize(wanted);
	return err;
}

/* Against a new database of the same schema. */
static int check_schema(sqlite3 *db, const char *file, char *error, size_t size)
{
	char what[WHAT_SIZE] = "";
	sqlite3 *model = NULL;
	int err = EIO;

	if (sqlite3_open(":memory:", &model) == SQLITE_OK && !migrate_run(model, error, size)) {
		err = compare(db, model, what);
		if (err)
			sound_explain(db, file, error, size);
	}
	sqlite3_close(model);
	if (*what)
		say_damaged(file, what, error, size);
	return *what ? EIO : err;
}

static int is_over(void *arg)
{
	const int64_t *end_us = arg;

	return clock_mono_us() > *end_us;
}

static int check_pages(sqlite3 *db, const char *file, char *error, size_t size)
{
	int64_t end_us = clock_mono_us() + (int64_t)LOOK_MS * 1000;
	const char *answer = NULL;
	sqlite3_stmt *s = NULL;
	int rc, err = 0;

	sqlite3_progress_handler(db, STEPS_A_LOOK, is_over, &end_us);
	rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &s, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		answer = (const char *)sqlite3_column_text(s, 0);
	if (rc == SQLITE_ROW && answer && strcmp(answer, "ok")) {
		say_damaged(file, answer, error, size);
		err = EIO;
	} else if (rc != SQLITE_ROW && rc != SQLITE_INTERRUPT) {
		sound_explain(db, file, error, size);
		err = EIO;
	}
	sqlite3_finalize(s);
	sqlite3_progress_handler(db, 0, NULL, NULL);
	return err;
}

int sound_check(sqlite3 *db, const char *file, char *error, size_t size)
{
	int err = check_schema(db, file, error, size);

	return err ? err : check_pages(db, file, error, size);
}
