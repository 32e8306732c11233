#include "daemon/api/script/states.h"

#include <errno.h>
#include <stdlib.h>

int states_put(struct store *store, const char *call, const json_t *state)
{
	sqlite3_stmt *s =
	    store_prepare_write(store, "INSERT OR REPLACE INTO scripts (call, state) VALUES (?1, ?2)");
	char *text = json_dumps(state, JSON_COMPACT);
	int err;

	store_bind_text(s, 1, call);
	store_bind_text(s, 2, text);
	err = store_run(store, s);
	free(text);
	return err;
}

int states_delete(struct store *store, const char *call)
{
	sqlite3_stmt *s = store_prepare_write(store, "DELETE FROM scripts WHERE call = ?1");

	store_bind_text(s, 1, call);
	return store_run(store, s);
}

/* In the row of no call. */
int states_put_seen(struct store *store, int64_t nr)
{
	sqlite3_stmt *s =
	    store_prepare_write(store, "INSERT OR REPLACE INTO scripts (call, state) VALUES ('', ?1)");

	store_bind_int(s, 1, nr);
	return store_run(store, s);
}

int states_seen(struct store *store, int64_t *nr)
{
	sqlite3_stmt *s = store_prepare(store, "SELECT CAST(state AS INTEGER) FROM scripts WHERE call = ''");
	int rc = s ? sqlite3_step(s) : SQLITE_ERROR;

	*nr = rc == SQLITE_ROW ? sqlite3_column_int64(s, 0) : -1;
	store_reset(s);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : EIO;
}

int states_each(struct store *store, states_h *each, void *arg)
{
	sqlite3_stmt *s = store_prepare(store, "SELECT call, state FROM scripts WHERE call <> ''");
	json_t *all = json_object(), *state;
	const char *call;
	void *next;
	int rc = SQLITE_ERROR;

	while (s && all && (rc = sqlite3_step(s)) == SQLITE_ROW)
		json_object_set_new(all, (const char *)sqlite3_column_text(s, 0),
				    json_loads((const char *)sqlite3_column_text(s, 1), 0, NULL));
	store_reset(s);
	json_object_foreach_safe(all, next, call, state) each(call, state, arg);
	json_decref(all);
	return rc == SQLITE_DONE ? 0 : EIO;
}
