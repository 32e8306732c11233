#include "daemon/api/store/entries.h"

#include <stdlib.h>
#include <string.h>

#define SELECT "SELECT nr, id, account, name, created, updated, application, settings FROM entries"

void entry_row_clear(struct entry_row *row)
{
	free(row->id);
	free(row->account);
	free(row->name);
	free(row->application);
	json_decref(row->settings);
	memset(row, 0, sizeof *row);
}

static void read_row(struct statement *s, void *row)
{
	struct entry_row *out = row;

	out->nr = statement_int(s, 0);
	out->id = store_column_dup(s, 1);
	out->account = store_column_dup(s, 2);
	out->name = store_column_dup(s, 3);
	out->created = statement_int(s, 4);
	out->updated = statement_int(s, 5);
	out->application = store_column_dup(s, 6);
	out->settings = store_column_json(s, 7);
}

int entries_get(struct store *store, enum entry_kind kind, const char *account, const char *id,
		struct entry_row *out)
{
	struct statement *s = store_prepare(store, SELECT " WHERE kind = ?1 AND id = ?2 AND account = ?3");

	memset(out, 0, sizeof *out);
	store_bind_int(s, 1, kind);
	store_bind_text(s, 2, id);
	store_bind_text(s, 3, account);
	return rows_one(s, read_row, out);
}

int entries_number(struct store *store, const char *number, struct entry_row *out)
{
	struct statement *s = store_prepare(store, SELECT " WHERE kind = 0 AND name = ?1");

	memset(out, 0, sizeof *out);
	store_bind_text(s, 1, number);
	return rows_one(s, read_row, out);
}

int entries_put(struct store *store, enum entry_kind kind, const struct entry_row *row)
{
	struct statement *s =
	    row->nr ? store_prepare_write(
			  store, "UPDATE entries SET name = ?4, updated = ?6, application = ?7, settings = ?8"
				 " WHERE nr = ?9")
		    : store_prepare_write(store, "INSERT INTO entries (kind, id, account, name, created,"
						 " updated, application, settings)"
						 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");

	if (row->nr) {
		store_bind_int(s, 9, row->nr);
	} else {
		store_bind_int(s, 1, kind);
		store_bind_text(s, 2, row->id);
		store_bind_text(s, 3, row->account);
		store_bind_int(s, 5, row->created);
	}
	store_bind_text(s, 4, row->name);
	store_bind_int(s, 6, row->updated);
	store_bind_text(s, 7, row->application);
	store_bind_json(s, 8, row->settings);
	return store_run(store, s);
}

int entries_delete(struct store *store, int64_t nr)
{
	struct statement *s = store_prepare_write(store, "DELETE FROM entries WHERE nr = ?1");

	store_bind_int(s, 1, nr);
	return store_run(store, s);
}

int entries_count(struct store *store, enum entry_kind kind, const char *account, int64_t *out)
{
	struct statement *s =
	    store_prepare(store, "SELECT count(*) FROM entries WHERE account = ?1 AND kind = ?2");

	store_bind_text(s, 1, account);
	store_bind_int(s, 2, kind);
	return rows_number(s, out);
}

int entries_forget_application(struct store *store, const char *id)
{
	struct statement *s =
	    store_prepare_write(store, "UPDATE entries SET application = NULL WHERE application = ?1");

	store_bind_text(s, 1, id);
	return store_run(store, s);
}

struct walk {
	entry_h *each;
	void *arg;
};

static bool tell(struct statement *s, void *arg)
{
	const struct walk *walk = arg;
	struct entry_row row = { 0 };
	bool more;

	read_row(s, &row);
	more = walk->each(&row, walk->arg);
	entry_row_clear(&row);
	return more;
}

int entries_page(struct store *store, enum entry_kind kind, const char *account, const char *name,
		 const struct rows_page *page, entry_h *each, void *arg)
{
#define PAGE(order)                                                                                        \
	SELECT " WHERE account = ?1 AND kind = ?2 AND (?3 IS NULL OR name = ?3) AND nr >= ?4 AND nr <= ?5" \
	       " ORDER BY nr " order " LIMIT ?6 OFFSET ?7"
	struct statement *s =
	    page->after ? store_prepare(store, PAGE("ASC")) : store_prepare(store, PAGE("DESC"));
#undef PAGE

	store_bind_text(s, 1, account);
	store_bind_int(s, 2, kind);
	store_bind_text(s, 3, name);
	rows_bind_page(s, page, 4);
	return rows_each(s, tell, &(struct walk){ each, arg });
}

int entries_numbers(struct store *store, const char *application, entry_h *each, void *arg)
{
	struct statement *s =
	    application ? store_prepare(store, SELECT " WHERE application = ?1 AND kind = 0 ORDER BY nr")
			: store_prepare(store, SELECT " WHERE kind = 0 ORDER BY nr");

	if (application)
		store_bind_text(s, 1, application);
	return rows_each(s, tell, &(struct walk){ each, arg });
}
