#include "daemon/api/script/states.h"

#include "daemon/api/store/rows.h"

#include <errno.h>

int states_put(struct store *store, const char *call, const char *state)
{
	struct statement *s = store_prepare_write(store, "INSERT INTO scripts (call, state) VALUES (?1, ?2)"
							 " ON CONFLICT (call) DO UPDATE SET state = ?2");

	store_bind_text(s, 1, call);
	store_bind_text(s, 2, state);
	return store_run(store, s);
}

int states_delete(struct store *store, const char *call)
{
	struct statement *s = store_prepare_write(store, "DELETE FROM scripts WHERE call = ?1");

	store_bind_text(s, 1, call);
	return store_run(store, s);
}

/* In the row of no call. */
int states_put_seen(struct store *store, int64_t nr)
{
	struct statement *s =
	    store_prepare_write(store, "INSERT INTO scripts (call, state) VALUES ('', ?1)"
				       " ON CONFLICT (call) DO UPDATE SET state = excluded.state");

	store_bind_int(s, 1, nr);
	return store_run(store, s);
}

static void read_seen(struct statement *s, void *row)
{
	*(int64_t *)row = statement_int(s, 0);
}

int states_seen(struct store *store, int64_t *nr)
{
	struct statement *s =
	    store_prepare(store, "SELECT CAST(state AS INTEGER) FROM scripts WHERE call = ''");
	int err;

	*nr = -1;
	err = rows_one(s, read_seen, nr);
	return err == ENOENT ? 0 : err;
}

/* Read whole before any is worked on: that may write. */
static bool add_state(struct statement *s, void *arg)
{
	return !json_object_set_new(arg, statement_text(s, 0), store_column_json(s, 1));
}

int states_each(struct store *store, states_h *each, void *arg)
{
	json_t *all = json_object(), *state;
	const char *call;
	void *next;
	int err = ENOMEM;

	if (all)
		err = rows_each(store_prepare(store, "SELECT call, state FROM scripts WHERE call <> ''"),
				add_state, all);
	json_object_foreach_safe(all, next, call, state) each(call, state, arg);
	json_decref(all);
	return err;
}
