#include "daemon/api/store/conferences.h"

#include "daemon/api/store/rows.h"
#include "lib/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of the call whose leaving ended it. */
#define KICKED                                                                \
	"(SELECT CASE WHEN json_extract(c.snapshot, '$.ended_by') = 'api' OR" \
	" json_extract(c.options, '$." CONFERENCES_REMOVED_FROM               \
	"') = conferences.id THEN 1 ELSE 0 END FROM calls c"                  \
	" WHERE c.id = conferences.ended_by)"
#define COLUMNS                                                                                       \
	"nr, id, account, name, status, created, ended, max_participants, participants, last_event, " \
	"pending, options, recording, updated, why, ended_by, " KICKED ", switch"

void conference_row_clear(struct conference_row *row)
{
	free(row->id);
	free(row->account);
	free(row->name);
	free(row->status);
	free(row->recording);
	free(row->why);
	free(row->ended_by);
	free(row->on);
	json_decref(row->options);
	memset(row, 0, sizeof *row);
}

static void read_row(struct statement *s, void *row)
{
	struct conference_row *out = row;

	out->nr = statement_int(s, 0);
	out->id = store_column_dup(s, 1);
	out->account = store_column_dup(s, 2);
	out->name = store_column_dup(s, 3);
	out->status = store_column_dup(s, 4);
	out->created = statement_int(s, 5);
	out->ended = statement_int(s, 6);
	out->max_participants = statement_int(s, 7);
	out->participants = statement_int(s, 8);
	out->last_event = statement_int(s, 9);
	out->pending = statement_int(s, 10) != 0;
	out->options = store_column_json(s, 11);
	out->recording = store_column_dup(s, 12);
	out->updated = statement_int(s, 13);
	out->why = store_column_dup(s, 14);
	out->ended_by = store_column_dup(s, 15);
	out->kicked = statement_int(s, 16) != 0;
	out->on = store_column_dup(s, 17);
}

int conferences_get(struct store *store, const char *id, struct conference_row *out)
{
	struct statement *s = store_prepare(store, "SELECT " COLUMNS " FROM conferences WHERE id = ?1");

	memset(out, 0, sizeof *out);
	store_bind_text(s, 1, id);
	return rows_one(s, read_row, out);
}

int conferences_insert_pending(struct store *store, const struct conference_row *row)
{
	struct statement *s = store_prepare_write(
	    store, "INSERT INTO conferences (id, account, name, status, created, max_participants,"
		   " pending, options, updated, switch) VALUES (?1, ?2, ?3, 'init', ?4, ?5, 1, ?6, ?4, ?7)");

	store_bind_text(s, 1, row->id);
	store_bind_text(s, 2, row->account);
	store_bind_text(s, 3, row->name);
	store_bind_int(s, 4, clock_utc_ms());
	store_bind_int(s, 5, row->max_participants);
	store_bind_json(s, 6, row->options);
	store_bind_text(s, 7, row->on);
	return store_run(store, s);
}

int conferences_set_switch(struct store *store, const char *id, const char *name)
{
	struct statement *s = store_prepare_write(store, "UPDATE conferences SET switch = ?2 WHERE id = ?1");

	store_bind_text(s, 1, id);
	store_bind_text(s, 2, name);
	return store_run(store, s);
}

int conferences_switch_of(struct store *store, const char *id, char name[SWITCH_NAME_SIZE])
{
	struct statement *s =
	    store_prepare(store, "SELECT coalesce(switch, '') FROM conferences WHERE id = ?1");

	store_bind_text(s, 1, id);
	return rows_one(s, rows_read_switch, name);
}

int conferences_delete(struct store *store, const char *id)
{
	struct statement *s = store_prepare_write(store, "DELETE FROM conferences WHERE id = ?1");

	store_bind_text(s, 1, id);
	return store_run(store, s);
}

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static int64_t int_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

int conferences_apply(struct store *store, const json_t *snapshot, enum conferences_told told,
		      struct conference_row *out)
{
	const char *id = text_of(snapshot, "id"), *status = text_of(snapshot, "status");
	const char *account = text_of(snapshot, "account"), *name = text_of(snapshot, "name");
	struct statement *s;
	int err;

	if (!id || !status || !account || !name)
		return EINVAL;
	/* What is over stays over. */
	s = store_prepare_write(
	    store, "INSERT INTO conferences (id, account, name, status, created, ended, max_participants,"
		   " participants, last_event, updated, why, ended_by)"
		   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
		   " ON CONFLICT (id) DO UPDATE SET last_event = conferences.last_event + ?9, pending = 0,"
		   " created = ?5, status = CASE WHEN conferences.ended IS NULL THEN ?4 ELSE"
		   " conferences.status END, participants = CASE WHEN conferences.ended IS NULL THEN ?8 ELSE"
		   " 0 END, ended = coalesce(conferences.ended, ?6), updated = ?10,"
		   " why = coalesce(conferences.why, ?11),"
		   " ended_by = coalesce(conferences.ended_by, ?12)"
		   " WHERE conferences.ended IS NULL OR ?13 = 0");
	store_bind_text(s, 1, id);
	store_bind_text(s, 2, account);
	store_bind_text(s, 3, name);
	store_bind_text(s, 4, status);
	store_bind_int(s, 5, int_of(snapshot, "created"));
	if (int_of(snapshot, "ended"))
		store_bind_int(s, 6, int_of(snapshot, "ended"));
	store_bind_int(s, 7, int_of(snapshot, "max_participants"));
	store_bind_int(s, 8, int_of(snapshot, "participant_count"));
	store_bind_int(s, 9, told != CONFERENCES_ANSWER);
	store_bind_int(s, 10, clock_utc_ms());
	store_bind_text(s, 11, text_of(snapshot, "end"));
	store_bind_text(s, 12, text_of(snapshot, "ended_by"));
	store_bind_int(s, 13, told == CONFERENCES_STATE);
	err = store_run(store, s);
	if (!err && !store_changes(store))
		err = EALREADY;
	return err ? err : conferences_get(store, id, out);
}

static bool replace(char **slot, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return false;
	free(*slot);
	*slot = copy;
	return true;
}

int conference_row_overlay(struct conference_row *out, const json_t *snapshot)
{
	const char *id = text_of(snapshot, "id"), *status = text_of(snapshot, "status");
	const char *account = text_of(snapshot, "account"), *name = text_of(snapshot, "name");

	if (!id || !status || !account || !name)
		return EINVAL;
	if (!replace(&out->id, id) || !replace(&out->status, status) || !replace(&out->account, account) ||
	    !replace(&out->name, name))
		return ENOMEM;
	out->created = int_of(snapshot, "created");
	out->ended = int_of(snapshot, "ended");
	out->max_participants = int_of(snapshot, "max_participants");
	out->participants = int_of(snapshot, "participant_count");
	return 0;
}

int conferences_set_recording(struct store *store, const char *id, const char *recording)
{
	struct statement *s =
	    store_prepare_write(store, "UPDATE conferences SET recording = ?2 WHERE id = ?1");

	store_bind_text(s, 1, id);
	store_bind_text(s, 2, recording);
	return store_run(store, s);
}

struct walk {
	conference_row_h *each;
	void *arg;
};

static bool walk_row(struct statement *s, void *arg)
{
	const struct walk *walk = arg;
	struct conference_row row;
	bool more;

	read_row(s, &row);
	more = walk->each(&row, walk->arg);
	conference_row_clear(&row);
	return more;
}

int conferences_list(struct store *store, const char *account, const char *status, int64_t limit,
		     int64_t offset, conference_row_h *each, void *arg, int64_t *total)
{
	struct statement *s =
	    store_prepare(store, "SELECT count(*) FROM conferences WHERE account = ?1 AND pending = 0"
				 " AND (?2 IS NULL OR status = ?2)");
	struct walk walk = { each, arg };
	int err;

	store_bind_text(s, 1, account);
	store_bind_text(s, 2, status);
	err = rows_number(s, total);
	if (err)
		return err;
	s = store_prepare(store, "SELECT " COLUMNS " FROM conferences WHERE account = ?1 AND pending = 0"
				 " AND (?2 IS NULL OR status = ?2) ORDER BY nr DESC LIMIT ?3 OFFSET ?4");
	store_bind_text(s, 1, account);
	store_bind_text(s, 2, status);
	store_bind_int(s, 3, limit);
	store_bind_int(s, 4, offset);
	return rows_each(s, walk_row, &walk);
}

int conferences_get_named(struct store *store, const char *account, const char *name,
			  struct conference_row *out)
{
	struct statement *s = store_prepare(
	    store,
	    "SELECT " COLUMNS " FROM conferences INDEXED BY conferences_by_name WHERE account = ?1 AND name ="
	    " ?2 AND ended IS NULL AND pending = 0 ORDER BY nr DESC LIMIT 1");

	memset(out, 0, sizeof *out);
	store_bind_text(s, 1, account);
	store_bind_text(s, 2, name);
	return rows_one(s, read_row, out);
}

#define PAGE(index, name, order)                                                                           \
	"SELECT " COLUMNS " FROM conferences INDEXED BY " index " WHERE account = ?1 AND " name            \
	" AND pending = 0 AND (?3 IS NULL OR status = ?3) AND created >= ?4 AND created < ?5 AND updated " \
	">= ?6 AND updated < ?7 AND nr >= ?8 AND nr <= ?9 ORDER BY nr " order " LIMIT ?10 OFFSET ?11"
#define NAMED(order) PAGE("conferences_by_name", "name = ?2", order)
#define ANY(order)   PAGE("conferences_in_order", "true", order)

int conferences_page(struct store *store, const struct conferences_page *page, conference_row_h *each,
		     void *arg)
{
	const bool back = page->rows.after != 0;
	struct statement *s =
	    page->name ? (back ? store_prepare(store, NAMED("ASC")) : store_prepare(store, NAMED("DESC")))
		       : (back ? store_prepare(store, ANY("ASC")) : store_prepare(store, ANY("DESC")));
	struct walk walk = { each, arg };

	store_bind_text(s, 1, page->account);
	if (page->name)
		store_bind_text(s, 2, page->name);
	store_bind_text(s, 3, page->status);
	store_bind_int(s, 4, page->created_from);
	store_bind_int(s, 5, page->created_to ? page->created_to : INT64_MAX);
	store_bind_int(s, 6, page->updated_from);
	store_bind_int(s, 7, page->updated_to ? page->updated_to : INT64_MAX);
	rows_bind_page(s, &page->rows, 8);
	return rows_each(s, walk_row, &walk);
}

int conferences_set_options(struct store *store, const char *id, const json_t *options)
{
	struct statement *s = store_prepare_write(store, "UPDATE conferences SET options = ?2 WHERE id = ?1");

	store_bind_text(s, 1, id);
	store_bind_json(s, 2, options);
	return store_run(store, s);
}

int conferences_each_live(struct store *store, conference_row_h *each, void *arg)
{
	struct walk walk = { each, arg };

	return rows_each(
	    store_prepare(store, "SELECT " COLUMNS " FROM conferences WHERE ended IS NULL ORDER BY nr"),
	    walk_row, &walk);
}
