#include "daemon/api/store/voice_calls.h"

#include "daemon/api/store/rows.h"

#include <stdlib.h>
#include <string.h>

void voice_call_clear(struct voice_call *call)
{
	free(call->uid);
	json_decref(call->notes);
	memset(call, 0, sizeof *call);
}

static void read_row(struct statement *s, void *row)
{
	struct voice_call *out = row;

	out->uid = store_column_dup(s, 0);
	out->logged = statement_int(s, 1) != 0;
	out->created = statement_int(s, 2);
	out->updated = statement_int(s, 3);
	out->deleted = statement_int(s, 4);
	out->notes = store_column_json(s, 5);
}

int voice_calls_get(struct store *store, const char *account, const char *uid, struct voice_call *out)
{
	struct statement *s =
	    store_prepare(store, "SELECT uid, logged, created, updated, deleted, notes FROM "
				 "voice_calls WHERE account = ?1 AND uid = ?2");

	memset(out, 0, sizeof *out);
	store_bind_text(s, 1, account);
	store_bind_text(s, 2, uid);
	return rows_one(s, read_row, out);
}

int voice_calls_put(struct store *store, const char *account, const struct voice_call *call)
{
	struct statement *s = store_prepare_write(
	    store,
	    "INSERT INTO voice_calls (account, uid, logged, created, updated, deleted, notes)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (account, uid) DO UPDATE SET logged = ?3,"
	    " created = ?4, updated = ?5, deleted = ?6, notes = ?7");

	store_bind_text(s, 1, account);
	store_bind_text(s, 2, call->uid);
	store_bind_int(s, 3, call->logged);
	store_bind_int(s, 4, call->created);
	store_bind_int(s, 5, call->updated);
	store_bind_int(s, 6, call->deleted);
	store_bind_json(s, 7, call->notes);
	return store_run(store, s);
}

struct users {
	voice_call_h *each;
	void *arg;
};

static bool walk_user(struct statement *s, void *arg)
{
	const struct users *users = arg;

	return users->each(statement_text(s, 0), users->arg);
}

int voice_calls_users(struct store *store, int64_t call_nr, voice_call_h *each, void *arg)
{
	struct statement *s = store_prepare(store, "SELECT \"user\" FROM call_users WHERE call = ?1");
	struct users users = { each, arg };

	store_bind_int(s, 1, call_nr);
	return rows_each(s, walk_user, &users);
}
