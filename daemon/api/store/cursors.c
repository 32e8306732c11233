#include "daemon/api/store/cursors.h"

#include "daemon/api/store/rows.h"

static void read_number(struct statement *s, void *nr)
{
	*(int64_t *)nr = statement_int(s, 0);
}

int cursor_get(struct store *store, const char *name, int64_t *nr)
{
	struct statement *s = store_prepare(store, "SELECT nr FROM cursors WHERE name = ?1");

	store_bind_text(s, 1, name);
	return rows_one(s, read_number, nr);
}

int cursor_set(struct store *store, const char *name, int64_t nr)
{
	struct statement *s = store_prepare_write(store, "INSERT INTO cursors (name, nr) VALUES (?1, ?2)"
							 " ON CONFLICT (name) DO UPDATE SET nr = ?2");

	store_bind_text(s, 1, name);
	store_bind_int(s, 2, nr);
	return store_run(store, s);
}
