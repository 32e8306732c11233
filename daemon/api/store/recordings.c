#include "daemon/api/store/recordings.h"

#include "daemon/api/store/rows.h"
#include "lib/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS                                                                                    \
	"id, call, account, file, status, channels, started, duration_ms, bytes, conference, nr, " \
	"updated, deleted, source, options, error, format, sealed, object, keeping"

#define NEXT_NR	 "(SELECT coalesce(max(nr), 0) + 1 FROM recordings)"
#define COMPLETE "status IN ('completed', 'failed') AND deleted = 0"
#define RUNNING	 "status NOT IN ('completed', 'failed')"

void recording_row_clear(struct recording_row *row)
{
	free(row->id);
	free(row->call);
	free(row->conference);
	free(row->account);
	free(row->file);
	free(row->status);
	free(row->source);
	free(row->error);
	free(row->format);
	free(row->sealed);
	free(row->object);
	json_decref(row->options);
	memset(row, 0, sizeof *row);
}

char *recording_error_told(const json_t *told, char out[RECORDING_ERROR_SIZE])
{
	const char *error = json_string_value(json_object_get(told, "error"));
	const char *file = json_string_value(json_object_get(told, "file"));
	size_t length = file ? strlen(file) : 0;

	if (!error)
		return NULL;
	if (length && !strncmp(error, file, length))
		snprintf(out, RECORDING_ERROR_SIZE, "The file%s", error + length);
	else
		snprintf(out, RECORDING_ERROR_SIZE, "%s", error);
	return out;
}

/* A recording of a conference has no call: "". */
static char *dup_unless_empty(struct statement *s, int column)
{
	const char *text = statement_text(s, column);

	return text && *text ? strdup(text) : NULL;
}

static void read_row(struct statement *s, void *row)
{
	struct recording_row *out = row;

	*out = (struct recording_row){
		.id = store_column_dup(s, 0),
		.call = dup_unless_empty(s, 1),
		.account = store_column_dup(s, 2),
		.file = store_column_dup(s, 3),
		.status = store_column_dup(s, 4),
		.channels = statement_int(s, 5),
		.started = statement_int(s, 6),
		.duration_ms = statement_int(s, 7),
		.bytes = statement_int(s, 8),
		.conference = store_column_dup(s, 9),
		.nr = statement_int(s, 10),
		.updated = statement_int(s, 11),
		.deleted = statement_int(s, 12),
		.source = store_column_dup(s, 13),
		.options = store_column_json(s, 14),
		.error = store_column_dup(s, 15),
		.format = store_column_dup(s, 16),
		.sealed = store_column_dup(s, 17),
		.object = store_column_dup(s, 18),
		.keeping = (int)statement_int(s, 19),
	};
}

static int write_row(struct store *store, struct statement *s, const struct recording_row *row, bool keep)
{
	store_bind_text(s, 1, row->id);
	store_bind_text(s, 2, row->call ? row->call : "");
	store_bind_text(s, 3, row->account);
	store_bind_text(s, 4, row->file ? row->file : "");
	store_bind_text(s, 5, row->status);
	store_bind_int(s, 6, row->channels);
	store_bind_int(s, 7, row->started);
	store_bind_int(s, 8, row->duration_ms);
	store_bind_int(s, 9, row->bytes);
	store_bind_text(s, 10, row->conference);
	store_bind_int(s, 11, clock_utc_ms());
	store_bind_text(s, 12, row->source);
	store_bind_json(s, 13, row->options);
	store_bind_text(s, 14, row->error);
	store_bind_int(s, 15, keep);
	return store_run(store, s);
}

/* Whether one of that status, with those options, is to be kept otherwise than it is. */
#define KEEPING(options)                                                     \
	"(CASE WHEN ?5 = 'completed' AND (?15 <> 0 OR json_extract(" options \
	", '$.format') IS NOT NULL) THEN 1 ELSE 0 END)"
#define INSERT                                                                                             \
	"INSERT INTO recordings (id, call, account, file, status, channels, started, duration_ms, bytes, " \
	"conference, updated, source, options, error, keeping, nr) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "   \
	"?8, ?9, ?10, ?11, ?12, ?13, ?14, " KEEPING("?13") ", " NEXT_NR ")"

int recordings_insert_pending(struct store *store, const struct recording_row *row)
{
	struct recording_row pending = *row;

	pending.status = "pending";
	pending.started = clock_utc_ms();
	return write_row(store, store_prepare_write(store, INSERT), &pending, false);
}

int recordings_put(struct store *store, const struct recording_row *row, bool keep)
{
	return write_row(
	    store,
	    store_prepare_write(store, INSERT
				" ON CONFLICT (id) DO UPDATE SET file = ?4, status = ?5, channels "
				"= ?6, started = ?7, duration_ms = ?8, bytes = ?9, updated = ?11,"
				" source = coalesce(recordings.source, ?12), error = ?14, keeping = " KEEPING(
				    "coalesce(recordings.options, ?13)")),
	    row, keep);
}

int recordings_set_status(struct store *store, const char *id, const char *status, const char *error)
{
	struct statement *s = store_prepare_write(
	    store, "UPDATE recordings SET status = ?2, updated = ?3, error = ?4 WHERE id = ?1 AND " RUNNING);

	store_bind_text(s, 1, id);
	store_bind_text(s, 2, status);
	store_bind_int(s, 3, clock_utc_ms());
	store_bind_text(s, 4, error);
	return store_run(store, s);
}

int recordings_get(struct store *store, const char *id, struct recording_row *out)
{
	struct statement *s =
	    store_prepare(store, "SELECT " COLUMNS " FROM recordings WHERE id = ?1 AND " COMPLETE);

	memset(out, 0, sizeof *out);
	store_bind_text(s, 1, id);
	return rows_one(s, read_row, out);
}

int recordings_get_any(struct store *store, const char *id, struct recording_row *out)
{
	struct statement *s =
	    store_prepare(store, "SELECT " COLUMNS " FROM recordings WHERE id = ?1 AND status <> 'pending'");

	memset(out, 0, sizeof *out);
	store_bind_text(s, 1, id);
	return rows_one(s, read_row, out);
}

#define FILTER                                                                                               \
	" FROM recordings WHERE account = ?1 AND (?2 IS NULL OR call = ?2) AND (?3 IS NULL OR conference = " \
	"?3) AND " COMPLETE

static void bind_filter(struct statement *s, const struct recordings_filter *filter)
{
	store_bind_text(s, 1, filter->account);
	store_bind_text(s, 2, filter->call);
	store_bind_text(s, 3, filter->conference);
}

struct walk {
	recording_row_h *each;
	void *arg;
};

static bool walk_row(struct statement *s, void *arg)
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
	struct statement *s = store_prepare(store, "SELECT count(*)" FILTER);
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

/* Each page has the index that fits what it is of. */
#define PAGE(index, of, order)                                                                          \
	"SELECT " COLUMNS " FROM recordings INDEXED BY " index " WHERE " of                             \
	" AND account = ?1 AND status <> 'pending' AND (?4 <> 0 OR deleted = 0) AND started >= ?5 AND " \
	"started < ?6 AND nr >= ?7 AND nr <= ?8 ORDER BY nr " order " LIMIT ?9 OFFSET ?10"
#define OF_CALL	      "call = ?2 AND (?3 IS NULL OR conference = ?3)"
#define OF_CONFERENCE "conference = ?3"

static struct statement *prepare_page(struct store *store, const struct recordings_page *page)
{
	const bool back = page->rows.after != 0;

	if (page->call)
		return back ? store_prepare(store, PAGE("recordings_by_call", OF_CALL, "ASC"))
			    : store_prepare(store, PAGE("recordings_by_call", OF_CALL, "DESC"));
	if (page->conference)
		return back ? store_prepare(store, PAGE("recordings_by_conference", OF_CONFERENCE, "ASC"))
			    : store_prepare(store, PAGE("recordings_by_conference", OF_CONFERENCE, "DESC"));
	return back ? store_prepare(store, PAGE("recordings_of_account", "true", "ASC"))
		    : store_prepare(store, PAGE("recordings_of_account", "true", "DESC"));
}

int recordings_page(struct store *store, const struct recordings_page *page, recording_row_h *each, void *arg)
{
	struct statement *s = prepare_page(store, page);
	struct walk walk = { each, arg };

	store_bind_text(s, 1, page->account);
	store_bind_text(s, 2, page->call);
	store_bind_text(s, 3, page->conference);
	store_bind_int(s, 4, page->deleted);
	store_bind_int(s, 5, page->started_from);
	store_bind_int(s, 6, page->started_to ? page->started_to : INT64_MAX);
	rows_bind_page(s, &page->rows, 7);
	return rows_each(s, walk_row, &walk);
}

int recordings_each_running(struct store *store, recording_row_h *each, void *arg)
{
	struct walk walk = { each, arg };

	return rows_each(store_prepare(store, "SELECT " COLUMNS
					      " FROM recordings INDEXED BY recordings_running WHERE " RUNNING
					      " ORDER BY nr"),
			 walk_row, &walk);
}

int recordings_delete(struct store *store, const struct recording_row *row)
{
	struct statement *s = store_prepare_write(
	    store, "UPDATE recordings SET deleted = ?2, updated = ?2 WHERE id = ?1 AND deleted = 0");
	int err;

	store_bind_text(s, 1, row->id);
	store_bind_int(s, 2, clock_utc_ms());
	err = store_run(store, s);
	if (err)
		return err;
	if (row->conference)
		s = store_prepare_write(
		    store,
		    "UPDATE conferences SET recording = (SELECT id FROM recordings WHERE conference = ?1"
		    " AND status = 'completed' AND deleted = 0 ORDER BY started DESC LIMIT 1) WHERE id = ?1");
	else
		s = store_prepare_write(
		    store,
		    "UPDATE calls SET recording = (SELECT id FROM recordings WHERE call = ?1"
		    " AND status = 'completed' AND deleted = 0 ORDER BY started DESC LIMIT 1) WHERE id = ?1");
	store_bind_text(s, 1, row->conference ? row->conference : row->call);
	return store_run(store, s);
}

int recordings_erase(struct store *store, const char *id)
{
	struct statement *s = store_prepare_write(store, "DELETE FROM recordings WHERE id = ?1");

	store_bind_text(s, 1, id);
	return store_run(store, s);
}

int recordings_erase_deleted(struct store *store, int64_t before)
{
	struct statement *s =
	    store_prepare_write(store, "DELETE FROM recordings WHERE deleted > 0 AND deleted < ?1");

	store_bind_int(s, 1, before);
	return store_run(store, s);
}
