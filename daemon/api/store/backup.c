#include "daemon/api/store/backup.h"

#include "lib/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGES_A_STEP = 1024, PAUSE_MS = 5, BUSY_MS = 5000 };

static int open_source(sqlite3 **out, const char *file, char *error, size_t size)
{
	sqlite3 *db = NULL;

	if (access(file, R_OK)) {
		snprintf(error, size, "%s: %s", file, strerror(errno));
		return ENOENT;
	}
	if (sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
	    sqlite3_busy_timeout(db, BUSY_MS) != SQLITE_OK) {
		snprintf(error, size, "%s: %s", file, db ? sqlite3_errmsg(db) : "out of memory");
		sqlite3_close(db);
		return EIO;
	}
	*out = db;
	return 0;
}

static int copy_pages(sqlite3 *from, sqlite3 *to)
{
	sqlite3_backup *backup;
	int rc;

	/* A read transaction: the copy is of this moment, however long it takes, and writers do not restart
	 * it. */
	if (sqlite3_exec(from, "BEGIN; SELECT 1 FROM sqlite_schema", NULL, NULL, NULL) != SQLITE_OK)
		return EIO;
	backup = sqlite3_backup_init(to, "main", from, "main");
	if (!backup)
		return EIO;
	while ((rc = sqlite3_backup_step(backup, PAGES_A_STEP)) == SQLITE_OK || rc == SQLITE_BUSY ||
	       rc == SQLITE_LOCKED)
		sqlite3_sleep(PAUSE_MS);
	sqlite3_backup_finish(backup);
	return rc == SQLITE_DONE ? 0 : EIO;
}

static bool is_sound(sqlite3 *db)
{
	sqlite3_stmt *s;
	const char *answer;
	bool sound = false;

	if (sqlite3_prepare_v2(db, "PRAGMA quick_check", -1, &s, NULL) != SQLITE_OK)
		return false;
	if (sqlite3_step(s) == SQLITE_ROW) {
		answer = (const char *)sqlite3_column_text(s, 0);
		sound = answer && !strcmp(answer, "ok");
	}
	sqlite3_finalize(s);
	return sound;
}

int backup_copy(const char *from, const char *to, char *error, size_t size)
{
	sqlite3 *source = NULL, *copy = NULL;
	int fd, err = open_source(&source, from, error, size);

	if (err)
		return err;
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0) {
		err = errno == EEXIST ? EEXIST : EIO;
		snprintf(error, size, "%s: %s", to, strerror(errno));
		sqlite3_close(source);
		return err;
	}
	close(fd);
	if (sqlite3_open_v2(to, &copy, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
	    copy_pages(source, copy) || !is_sound(copy)) {
		snprintf(error, size, "%s: %s", to, copy ? sqlite3_errmsg(copy) : "out of memory");
		err = EIO;
	}
	sqlite3_close(copy);
	sqlite3_close(source);
	if (err)
		unlink(to);
	return err;
}

/* Export */

static const struct {
	const char *name;
	bool time;
} columns[] = { { "id", false },	   { "account", false },  { "parent_call_id", false },
		{ "direction", false },	   { "status", false },	  { "from", false },
		{ "to", false },	   { "created", true },	  { "answered", true },
		{ "ended", true },	   { "duration", false }, { "ended_by", false },
		{ "sip_code", false },	   { "q850", false },	  { "reason", false },
		{ "recording_id", false }, { "price", false },	  { "price_unit", false },
		{ "rate", false },	   { "network", false } };

static const char query[] =
    "SELECT id, account, parent, direction, status, from_address, to_address, created, answered, ended,"
    " (duration_ms + 500) / 1000, json_extract(snapshot, '$.ended_by'), json_extract(snapshot, '$.sip_code'),"
    " json_extract(snapshot, '$.q850'), json_extract(snapshot, '$.reason'), recording,"
    " json_extract(snapshot, '$.price'), json_extract(snapshot, '$.price_unit'), json_extract(snapshot, "
    "'$.rate'),"
    " json_extract(snapshot, '$.network')"
    " FROM calls WHERE pending = 0 ORDER BY nr";

enum { COLUMNS = sizeof columns / sizeof *columns };

/* The text of a column; times in RFC 3339. NULL for nothing. */
static const char *text_of(sqlite3_stmt *s, int column, char time[CLOCK_TEXT_SIZE])
{
	if (sqlite3_column_type(s, column) == SQLITE_NULL)
		return NULL;
	if (columns[column].time)
		return clock_format_rfc3339(sqlite3_column_int64(s, column), time);
	return (const char *)sqlite3_column_text(s, column);
}

static void write_csv(sqlite3_stmt *s, FILE *to)
{
	char time[CLOCK_TEXT_SIZE];

	for (int i = 0; i < COLUMNS; i++) {
		const char *text = text_of(s, i, time);

		if (i)
			fputc(',', to);
		if (!text)
			continue;
		if (!text[strcspn(text, ",\"\r\n")]) {
			fputs(text, to);
			continue;
		}
		fputc('"', to);
		for (; *text; text++) {
			if (*text == '"')
				fputc('"', to);
			fputc(*text, to);
		}
		fputc('"', to);
	}
	fputs("\r\n", to);
}

static void write_json(sqlite3_stmt *s, FILE *to)
{
	json_t *json = json_object();
	char time[CLOCK_TEXT_SIZE];

	for (int i = 0; i < COLUMNS; i++) {
		const char *text = text_of(s, i, time);

		if (text && !columns[i].time && sqlite3_column_type(s, i) == SQLITE_INTEGER)
			json_object_set_new(json, columns[i].name, json_integer(sqlite3_column_int64(s, i)));
		else if (text)
			json_object_set_new(json, columns[i].name, json_string(text));
	}
	json_dumpf(json, to, JSON_COMPACT);
	fputc('\n', to);
	json_decref(json);
}

int backup_export(const char *from, enum backup_format format, FILE *to, char *error, size_t size)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *s = NULL;
	int rc = SQLITE_ERROR, err = open_source(&db, from, error, size);

	if (err)
		return err;
	if (format == BACKUP_CSV)
		for (int i = 0; i < COLUMNS; i++)
			fprintf(to, "%s%s", columns[i].name, i + 1 < COLUMNS ? "," : "\r\n");
	if (sqlite3_prepare_v2(db, query, -1, &s, NULL) == SQLITE_OK)
		while ((rc = sqlite3_step(s)) == SQLITE_ROW)
			(format == BACKUP_CSV ? write_csv : write_json)(s, to);
	if (rc != SQLITE_DONE || fflush(to)) {
		snprintf(error, size, "%s", rc != SQLITE_DONE ? sqlite3_errmsg(db) : strerror(errno));
		err = EIO;
	}
	sqlite3_finalize(s);
	sqlite3_close(db);
	return err;
}
