#include "daemon/api/store/recordings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS "id, call, account, file, status, channels, started, duration_ms, bytes"

void recording_row_clear(struct recording_row *row)
{
	free(row->id);
	free(row->call);
	free(row->account);
	free(row->file);
	free(row->status);
	memset(row, 0, sizeof *row);
}

static void read_row(sqlite3_stmt *s, struct recording_row *out)
{
	out->id = store_column_dup(s, 0);
	out->call = store_column_dup(s, 1);
	out->account = store_column_dup(s, 2);
	out->file = store_column_dup(s, 3);
	out->status = store_column_dup(s, 4);
	out->channels = sqlite3_column_int64(s, 5);
	out->started = sqlite3_column_int64(s, 6);
	out->duration_ms = sqlite3_column_int64(s, 7);
	out->bytes = sqlite3_column_int64(s, 8);
}

int recordings_put(struct store *store, const struct recording_row *row)
{
	sqlite3_stmt *s = store_prepare_write(store, "INSERT OR REPLACE INTO recordings (" COLUMNS
						     ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");

	store_bind_text(s, 1, row->id);
	store_bind_text(s, 2, row->call);
	store_bind_text(s, 3, row->account);
	store_bind_text(s, 4, row->file);
	store_bind_text(s, 5, row->status);
	store_bind_int(s, 6, row->channels);
	store_bind_int(s, 7, row->started);
	store_bind_int(s, 8, row->duration_ms);
	store_bind_int(s, 9, row->bytes);
	return store_run(store, s);
}

int recordings_get(struct store *store, const char *id, struct recording_row *out)
{
	sqlite3_stmt *s = store_prepare(store, "SELECT " COLUMNS " FROM recordings WHERE id = ?1");
	int rc;

	memset(out, 0, sizeof *out);
	if (!s)
		return EIO;
	store_bind_text(s, 1, id);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		read_row(s, out);
	store_reset(s);
	return rc == SQLITE_ROW ? 0 : rc == SQLITE_DONE ? ENOENT : EIO;
}

void calls_newest_recording(struct store *store, const char *call, char **id)
{
	sqlite3_stmt *s = store_prepare(store, "SELECT recording FROM calls WHERE id = ?1");

	*id = NULL;
	if (!s)
		return;
	store_bind_text(s, 1, call);
	if (sqlite3_step(s) == SQLITE_ROW)
		*id = store_column_dup(s, 0);
	store_reset(s);
}

static int count(struct store *store, const char *account, const char *call, int64_t *total)
{
	sqlite3_stmt *s = store_prepare(
	    store, "SELECT count(*) FROM recordings WHERE account = ?1 AND (?2 IS NULL OR call = ?2)");
	int rc;

	if (!s)
		return EIO;
	store_bind_text(s, 1, account);
	store_bind_text(s, 2, call);
	rc = sqlite3_step(s);
	*total = sqlite3_column_int64(s, 0);
	store_reset(s);
	return rc == SQLITE_ROW ? 0 : EIO;
}

int recordings_list(struct store *store, const char *account, const char *call, int64_t limit, int64_t offset,
		    recording_row_h *each, void *arg, int64_t *total)
{
	sqlite3_stmt *s = store_prepare(
	    store, "SELECT " COLUMNS " FROM recordings WHERE account = ?1 AND (?2 IS NULL OR call = ?2)"
		   " ORDER BY started DESC, id LIMIT ?3 OFFSET ?4");
	struct recording_row row;
	bool more = true;
	int rc = SQLITE_ROW;

	if (!s || count(store, account, call, total))
		return EIO;
	store_bind_text(s, 1, account);
	store_bind_text(s, 2, call);
	store_bind_int(s, 3, limit);
	store_bind_int(s, 4, offset);
	while (more && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		read_row(s, &row);
		more = each(&row, arg);
		recording_row_clear(&row);
	}
	store_reset(s);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : EIO;
}

int recordings_delete(struct store *store, const struct recording_row *row)
{
	sqlite3_stmt *s = store_prepare_write(store, "DELETE FROM recordings WHERE id = ?1");
	int err;

	store_bind_text(s, 1, row->id);
	err = store_run(store, s);
	if (err)
		return err;
	s = store_prepare_write(
	    store,
	    "UPDATE calls SET recording = (SELECT id FROM recordings WHERE call = ?1 AND status = 'completed'"
	    " ORDER BY started DESC LIMIT 1) WHERE id = ?1");
	store_bind_text(s, 1, row->call);
	return store_run(store, s);
}
