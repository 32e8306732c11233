#include "daemon/api/store/recordings.h"

#include "daemon/api/store/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS "id, call, account, file, status, channels, started, duration_ms, bytes, conference"

void recording_row_clear(struct recording_row *row)
{
	free(row->id);
	free(row->call);
	free(row->conference);
	free(row->account);
	free(row->file);
	free(row->status);
	memset(row, 0, sizeof *row);
}

/* A recording of a conference has no call: "". */
static char *dup_unless_empty(sqlite3_stmt *s, int column)
{
	return sqlite3_column_bytes(s, column) ? store_column_dup(s, column) : NULL;
}

static void read_row(sqlite3_stmt *s, void *row)
{
	struct recording_row *out = row;

	*out = (struct recording_row){
		.id = store_column_dup(s, 0),
		.call = dup_unless_empty(s, 1),
		.account = store_column_dup(s, 2),
		.file = store_column_dup(s, 3),
		.status = store_column_dup(s, 4),
		.channels = sqlite3_column_int64(s, 5),
		.started = sqlite3_column_int64(s, 6),
		.duration_ms = sqlite3_column_int64(s, 7),
		.bytes = sqlite3_column_int64(s, 8),
		.conference = store_column_dup(s, 9),
	};
}

int recordings_put(struct store *store, const struct recording_row *row)
{
	sqlite3_stmt *s = store_prepare_write(store, "INSERT OR REPLACE INTO recordings (" COLUMNS
						     ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");

	store_bind_text(s, 1, row->id);
	store_bind_text(s, 2, row->call ? row->call : "");
	store_bind_text(s, 3, row->account);
	store_bind_text(s, 4, row->file);
	store_bind_text(s, 5, row->status);
	store_bind_int(s, 6, row->channels);
	store_bind_int(s, 7, row->started);
	store_bind_int(s, 8, row->duration_ms);
	store_bind_int(s, 9, row->bytes);
	store_bind_text(s, 10, row->conference);
	return store_run(store, s);
}

int recordings_get(struct store *store, const char *id, struct recording_row *out)
{
	sqlite3_stmt *s = store_prepare(store, "SELECT " COLUMNS " FROM recordings WHERE id = ?1");

	memset(out, 0, sizeof *out);
	store_bind_text(s, 1, id);
	return rows_one(s, read_row, out);
}

#define FILTER                                                                                               \
	" FROM recordings WHERE account = ?1 AND (?2 IS NULL OR call = ?2) AND (?3 IS NULL OR conference = " \
	"?3)"

static void bind_filter(sqlite3_stmt *s, const struct recordings_filter *filter)
{
	store_bind_text(s, 1, filter->account);
	store_bind_text(s, 2, filter->call);
	store_bind_text(s, 3, filter->conference);
}

struct walk {
	recording_row_h *each;
	void *arg;
};

static bool walk_row(sqlite3_stmt *s, void *arg)
{
	const struct walk *walk = arg;
	struct recording_row row;
	bool more;

	read_row(s, &row);
	more = walk->each(&row, walk->arg);
	recording_row_clear(&row);
	return more;
}

int recordings_list(struct store *store, const struct recordings_filter *filter, recording_row_h *each,
		    void *arg, int64_t *total)
{
	sqlite3_stmt *s = store_prepare(store, "SELECT count(*)" FILTER);
	struct walk walk = { each, arg };
	int err;

	bind_filter(s, filter);
	err = rows_number(s, total);
	if (err)
		return err;
	s = store_prepare(store, "SELECT " COLUMNS FILTER " ORDER BY started DESC, id LIMIT ?4 OFFSET ?5");
	bind_filter(s, filter);
	store_bind_int(s, 4, filter->limit);
	store_bind_int(s, 5, filter->offset);
	return rows_each(s, walk_row, &walk);
}

int recordings_delete(struct store *store, const struct recording_row *row)
{
	sqlite3_stmt *s = store_prepare_write(store, "DELETE FROM recordings WHERE id = ?1");
	int err;

	store_bind_text(s, 1, row->id);
	err = store_run(store, s);
	if (err)
		return err;
	if (row->conference)
		s = store_prepare_write(
		    store,
		    "UPDATE conferences SET recording = (SELECT id FROM recordings WHERE conference = ?1"
		    " AND status = 'completed' ORDER BY started DESC LIMIT 1) WHERE id = ?1");
	else
		s = store_prepare_write(
		    store, "UPDATE calls SET recording = (SELECT id FROM recordings WHERE call = ?1"
			   " AND status = 'completed' ORDER BY started DESC LIMIT 1) WHERE id = ?1");
	store_bind_text(s, 1, row->conference ? row->conference : row->call);
	return store_run(store, s);
}
