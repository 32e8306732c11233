#include "daemon/api/store/events.h"

#include "lib/clock.h"
#include "lib/json_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void log_entry_clear(struct log_entry *entry)
{
	free(entry->type);
	free(entry->account);
	json_decref(entry->data);
	memset(entry, 0, sizeof *entry);
}

int events_add(struct store *store, const struct call_row *row, int64_t time, const char *type,
	       const json_t *data, int64_t *nr)
{
	sqlite3_stmt *s = store_prepare_write(
	    store, "INSERT INTO events (call, n, time, type, account, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
	char *text = json_dumps(data, JSON_TEXT_FLAGS);
	int err;

	store_bind_int(s, 1, row->nr);
	store_bind_int(s, 2, row->last_event);
	store_bind_int(s, 3, time);
	store_bind_text(s, 4, type);
	store_bind_text(s, 5, row->account);
	store_bind_text(s, 6, text);
	err = store_run(store, s);
	free(text);
	if (!err)
		*nr = store_last_id(store);
	return err;
}

static int walk(sqlite3_stmt *s, log_entry_h *each, void *arg)
{
	struct log_entry entry;
	bool more = true;
	int rc = SQLITE_ROW;

	while (more && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		const char *call = (const char *)sqlite3_column_text(s, 3),
			   *data = (const char *)sqlite3_column_text(s, 6);

		memset(&entry, 0, sizeof entry);
		entry.nr = sqlite3_column_int64(s, 0);
		entry.n = sqlite3_column_int64(s, 1);
		entry.time = sqlite3_column_int64(s, 2);
		snprintf(entry.call_id, sizeof entry.call_id, "%s", call ? call : "");
		entry.type = store_column_dup(s, 4);
		entry.account = store_column_dup(s, 5);
		entry.data = json_loads(data ? data : "{}", 0, NULL);
		more = each(&entry, arg);
		log_entry_clear(&entry);
	}
	store_reset(s);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : EIO;
}

int events_of_call(struct store *store, int64_t call_nr, int64_t after, int64_t limit, log_entry_h *each,
		   void *arg)
{
	sqlite3_stmt *s = store_prepare(store, "SELECT e.nr, e.n, e.time, c.id, e.type, e.account, e.data "
					       "FROM events e JOIN calls c ON c.nr = e.call"
					       " WHERE e.call = ?1 AND e.n > ?2 ORDER BY e.n LIMIT ?3");

	if (!s)
		return EIO;
	store_bind_int(s, 1, call_nr);
	store_bind_int(s, 2, after);
	store_bind_int(s, 3, limit);
	return walk(s, each, arg);
}

int events_after(struct store *store, const char *account, int64_t nr, int64_t upto, int64_t limit,
		 log_entry_h *each, void *arg)
{
	sqlite3_stmt *s =
	    store_prepare(store, "SELECT e.nr, e.n, e.time, c.id, e.type, e.account, e.data "
				 "FROM events e JOIN calls c ON c.nr = e.call"
				 " WHERE e.nr > ?1 AND e.account = ?2 AND e.nr <= ?4 ORDER BY e.nr LIMIT ?3");

	if (!s)
		return EIO;
	store_bind_int(s, 1, nr);
	store_bind_text(s, 2, account);
	store_bind_int(s, 3, limit);
	store_bind_int(s, 4, upto);
	return walk(s, each, arg);
}

int events_newest(struct store *store, int64_t *nr)
{
	/* Not max(nr): what was deleted keeps its number. */
	sqlite3_stmt *s = store_prepare(store, "SELECT seq FROM sqlite_sequence WHERE name = 'events'");
	int rc = s ? sqlite3_step(s) : SQLITE_ERROR;

	*nr = rc == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	store_reset(s);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : EIO;
}

int64_t switch_seq(struct store *store, const char *id)
{
	sqlite3_stmt *s = store_prepare(store, "SELECT seq FROM switches WHERE id = ?1");
	int64_t seq = 0;

	if (!s)
		return 0;
	store_bind_text(s, 1, id);
	if (sqlite3_step(s) == SQLITE_ROW)
		seq = sqlite3_column_int64(s, 0);
	store_reset(s);
	return seq;
}

int switch_set_seq(struct store *store, const char *id, int64_t seq)
{
	sqlite3_stmt *s =
	    store_prepare_write(store, "INSERT INTO switches (id, seq, seen) VALUES (?1, ?2, ?3)"
				       " ON CONFLICT (id) DO UPDATE SET seq = ?2, seen = ?3");

	store_bind_text(s, 1, id);
	store_bind_int(s, 2, seq);
	store_bind_int(s, 3, clock_utc_ms());
	return store_run(store, s);
}

int switch_newest(struct store *store, char id[40], int64_t *seq)
{
	sqlite3_stmt *s = store_prepare(store, "SELECT id, seq FROM switches ORDER BY seen DESC LIMIT 1");
	int rc;

	if (!s)
		return EIO;
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW) {
		snprintf(id, 40, "%s", (const char *)sqlite3_column_text(s, 0));
		*seq = sqlite3_column_int64(s, 1);
	}
	store_reset(s);
	return rc == SQLITE_ROW ? 0 : rc == SQLITE_DONE ? ENOENT : EIO;
}
