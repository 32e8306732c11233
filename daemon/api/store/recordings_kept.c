/* See recordings_kept.h. */
#include "daemon/api/store/recordings_kept.h"

#include "lib/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How long until the time that a statement finds, NULL being never. */
static int wait_of(struct statement *s, int64_t now, int64_t *out)
{
	int64_t due = 0;
	int err = rows_number(s, &due);

	if (!err)
		*out = due < 0 ? -1 : due > now ? due - now : 0;
	return err;
}

static void read_id(struct statement *s, void *out)
{
	*(char **)out = store_column_dup(s, 0);
}

int recordings_kept_next(struct store *store, int64_t now, struct recording_row *out, int64_t *wait_ms)
{
	struct statement *s =
	    store_prepare(store, "SELECT id FROM recordings INDEXED BY recordings_keeping WHERE "
				 "keeping > 0 AND due <= ?1 AND deleted = 0 ORDER BY keeping, due LIMIT 1");
	char *id = NULL;
	int err;

	store_bind_int(s, 1, now);
	err = rows_one(s, read_id, &id);
	if (!err) {
		err = id ? recordings_get(store, id, out) : EIO;
		free(id);
		return err;
	}
	if (err == ENOENT &&
	    wait_of(store_prepare(store, "SELECT coalesce(min(due), -1) FROM recordings INDEXED BY "
					 "recordings_keeping WHERE keeping > 0 AND deleted = 0"),
		    now, wait_ms))
		return EIO;
	return err;
}

static int leave_file(struct store *store, const char *file)
{
	struct statement *s = store_prepare_write(store, "INSERT INTO left_over (file) VALUES (?1)");

	store_bind_text(s, 1, file);
	return store_run(store, s);
}

int recordings_kept_made(struct store *store, const struct recording_row *row, const char *from)
{
	struct recording_row now;
	int err = recordings_get(store, row->id, &now);
	struct statement *s;

	recording_row_clear(&now);
	if (err)
		return err == ENOENT ? leave_file(store, row->file) : err;
	s = store_prepare_write(
	    store, "UPDATE recordings SET file = ?2, format = ?3, sealed = ?4, object = ?5, bytes "
		   "= ?6, keeping = ?7, tried = 0, due = 0, updated = ?8 WHERE id = ?1");
	store_bind_text(s, 1, row->id);
	store_bind_text(s, 2, row->file);
	store_bind_text(s, 3, row->format);
	store_bind_text(s, 4, row->sealed);
	store_bind_text(s, 5, row->object);
	store_bind_int(s, 6, row->bytes);
	store_bind_int(s, 7, row->keeping);
	store_bind_int(s, 8, clock_utc_ms());
	err = store_run(store, s);
	return err || !strcmp(row->file, from) ? err : leave_file(store, from);
}

int recordings_kept_uploaded(struct store *store, const struct recording_row *row, bool drop)
{
	struct recording_row now;
	int err = recordings_get(store, row->id, &now);
	struct statement *s;

	recording_row_clear(&now);
	if (err) /* its object is left over already, as all of those that are deleted */
		return err == ENOENT ? 0 : err;
	s = store_prepare_write(store,
				"UPDATE recordings SET keeping = 0, tried = 0, due = 0, updated = ?2, file = "
				"CASE WHEN ?3 <> 0 THEN '' ELSE file END WHERE id = ?1");
	store_bind_text(s, 1, row->id);
	store_bind_int(s, 2, clock_utc_ms());
	store_bind_int(s, 3, drop);
	err = store_run(store, s);
	return err || !drop ? err : leave_file(store, row->file);
}

int recordings_kept_failed(struct store *store, const struct recording_row *row, int64_t due,
			   enum recording_keeping keeping)
{
	struct statement *s = store_prepare_write(
	    store, "UPDATE recordings SET tried = tried + 1, due = ?2, keeping = ?3 WHERE id = ?1");

	store_bind_text(s, 1, row->id);
	store_bind_int(s, 2, due);
	store_bind_int(s, 3, keeping);
	return store_run(store, s);
}

int recordings_kept_tried(struct store *store, const char *id, int64_t *out)
{
	struct statement *s = store_prepare(store, "SELECT tried FROM recordings WHERE id = ?1");

	store_bind_text(s, 1, id);
	return rows_number(s, out);
}

#define OTHER_KEYS "FROM recordings INDEXED BY recordings_sealed WHERE sealed IS NOT NULL AND sealed "

struct id_walk {
	recording_id_h *each;
	void *arg;
};

static bool walk_id(struct statement *s, void *arg)
{
	const struct id_walk *walk = arg;

	return walk->each(statement_text(s, 0), walk->arg);
}

int recordings_kept_other_keys(struct store *store, const char *key, int64_t limit, recording_id_h *each,
			       void *arg)
{
	struct id_walk walk = { each, arg };
	struct statement *s = store_prepare(store, "SELECT id " OTHER_KEYS "< ?1 AND deleted = 0 LIMIT ?2");
	int err;

	store_bind_text(s, 1, key);
	store_bind_int(s, 2, limit);
	err = rows_each(s, walk_id, &walk);
	if (err)
		return err;
	s = store_prepare(store, "SELECT id " OTHER_KEYS "> ?1 AND deleted = 0 LIMIT ?2");
	store_bind_text(s, 1, key);
	store_bind_int(s, 2, limit);
	return rows_each(s, walk_id, &walk);
}

int recordings_kept_other_keys_count(struct store *store, const char *key, int64_t *out)
{
	struct statement *s = store_prepare(store, "SELECT count(*) " OTHER_KEYS "< ?1 AND deleted = 0");
	int64_t more = 0;
	int err;

	store_bind_text(s, 1, key);
	err = rows_number(s, out);
	if (err)
		return err;
	s = store_prepare(store, "SELECT count(*) " OTHER_KEYS "> ?1 AND deleted = 0");
	store_bind_text(s, 1, key);
	err = rows_number(s, &more);
	*out += more;
	return err;
}

int recordings_kept_set_key(struct store *store, const char *id, const char *key)
{
	struct statement *s =
	    store_prepare_write(store, "UPDATE recordings SET sealed = ?2, due = 0, tried = 0, keeping = "
				       "CASE WHEN object IS NULL THEN keeping ELSE 2 END WHERE id = ?1");

	store_bind_text(s, 1, id);
	store_bind_text(s, 2, key);
	return store_run(store, s);
}

void left_over_clear(struct left_over *left)
{
	free(left->file);
	free(left->object);
	memset(left, 0, sizeof *left);
}

static void read_left(struct statement *s, void *out)
{
	*(struct left_over *)out = (struct left_over){ .nr = statement_int(s, 0),
						       .file = store_column_dup(s, 1),
						       .object = store_column_dup(s, 2),
						       .tried = statement_int(s, 3) };
}

int left_over_next(struct store *store, int64_t now, struct left_over *out, int64_t *wait_ms)
{
	struct statement *s = store_prepare(
	    store, "SELECT nr, file, object, tried FROM left_over WHERE due <= ?1 ORDER BY due LIMIT 1");
	int err;

	memset(out, 0, sizeof *out);
	store_bind_int(s, 1, now);
	err = rows_one(s, read_left, out);
	if (err == ENOENT &&
	    wait_of(store_prepare(store, "SELECT coalesce(min(due), -1) FROM left_over"), now, wait_ms))
		return EIO;
	return err;
}

int left_over_done(struct store *store, int64_t nr)
{
	struct statement *s = store_prepare_write(store, "DELETE FROM left_over WHERE nr = ?1");

	store_bind_int(s, 1, nr);
	return store_run(store, s);
}

int left_over_failed(struct store *store, int64_t nr, int64_t due)
{
	struct statement *s =
	    store_prepare_write(store, "UPDATE left_over SET tried = tried + 1, due = ?2 WHERE nr = ?1");

	store_bind_int(s, 1, nr);
	store_bind_int(s, 2, due);
	return store_run(store, s);
}

int recordings_kept_count(struct store *store, struct recordings_kept_count *out)
{
	int err =
	    rows_number(store_prepare(store, "SELECT count(*) FROM recordings INDEXED BY recordings_keeping "
					     "WHERE keeping > 0 AND keeping = 1"),
			&out->make);

	if (!err)
		err =
		    rows_number(store_prepare(store, "SELECT count(*) FROM recordings INDEXED BY "
						     "recordings_keeping WHERE keeping > 0 AND keeping = 2"),
				&out->upload);
	return err ? err : rows_number(store_prepare(store, "SELECT count(*) FROM left_over"), &out->left);
}
