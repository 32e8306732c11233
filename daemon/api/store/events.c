#include "daemon/api/store/events.h"

#include "daemon/api/store/rows.h"
#include "lib/json_pick.h"
#include "lib/json_read.h"
#include "lib/clock.h"
#include "lib/json_write.h"

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

int events_add(struct store *store, const struct log_new *event, int64_t *nr)
{
	struct statement *s = store_prepare_write(
	    store, "INSERT INTO events (call, n, time, type, account, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
	char *dumped = event->text ? NULL : json_write(event->data);
	int err;

	store_bind_int(s, 1, event->about);
	store_bind_int(s, 2, event->n);
	store_bind_int(s, 3, event->time);
	store_bind_text(s, 4, event->type);
	store_bind_text(s, 5, event->account);
	store_bind_text(s, 6, event->text ? event->text : dumped);
	err = store_run(store, s);
	free(dumped);
	if (!err)
		*nr = store_last_id(store);
	return err;
}

struct walk {
	log_entry_h *each;
	void *arg;
};

static bool walk_row(struct statement *s, void *arg)
{
	const char *call = statement_text(s, 3);
	const char *conference = statement_text(s, 4);
	const char *data = statement_text(s, 7);
	const struct walk *walk = arg;
	struct log_entry entry = { .nr = statement_int(s, 0),
				   .n = statement_int(s, 1),
				   .time = statement_int(s, 2) };
	bool more;

	snprintf(entry.call_id, sizeof entry.call_id, "%s", call ? call : "");
	snprintf(entry.conference_id, sizeof entry.conference_id, "%s", conference ? conference : "");
	entry.type = store_column_dup(s, 5);
	entry.account = store_column_dup(s, 6);
	entry.data = data ? json_read(data, strlen(data)) : json_object();
	more = walk->each(&entry, walk->arg);
	log_entry_clear(&entry);
	return more;
}

#define ENTRIES                                                                         \
	"SELECT e.nr, e.n, e.time, c.id, f.id, e.type, e.account, e.data FROM events e" \
	" LEFT JOIN calls c ON c.nr = e.call LEFT JOIN conferences f ON f.nr = -e.call WHERE "

int events_about(struct store *store, int64_t about, int64_t after, int64_t limit, log_entry_h *each,
		 void *arg)
{
	struct statement *s = store_prepare(store, ENTRIES "e.call = ?1 AND e.n > ?2 ORDER BY e.n LIMIT ?3");
	struct walk walk = { each, arg };

	store_bind_int(s, 1, about);
	store_bind_int(s, 2, after);
	store_bind_int(s, 3, limit);
	return rows_each(s, walk_row, &walk);
}

int events_after(struct store *store, const char *account, int64_t nr, int64_t upto, int64_t limit,
		 log_entry_h *each, void *arg)
{
	struct statement *s = store_prepare(
	    store, ENTRIES "e.nr > ?1 AND e.account = ?2 AND e.nr <= ?4 ORDER BY e.nr LIMIT ?3");
	struct walk walk = { each, arg };

	store_bind_int(s, 1, nr);
	store_bind_text(s, 2, account);
	store_bind_int(s, 3, limit);
	store_bind_int(s, 4, upto);
	return rows_each(s, walk_row, &walk);
}

int events_of_all(struct store *store, int64_t nr, int64_t limit, log_entry_h *each, void *arg)
{
	struct statement *s = store_prepare(store, ENTRIES "e.nr > ?1 ORDER BY e.nr LIMIT ?2");
	struct walk walk = { each, arg };

	store_bind_int(s, 1, nr);
	store_bind_int(s, 2, limit);
	return rows_each(s, walk_row, &walk);
}

int events_newest(struct store *store, int64_t *nr)
{
	/* Not max(nr): what was deleted keeps its number. */
	return rows_number(store_prepare(store, "SELECT seq FROM sqlite_sequence WHERE name = 'events'"), nr);
}

int64_t switch_seq(struct store *store, const char *id)
{
	struct statement *s = store_prepare(store, "SELECT seq FROM switches WHERE id = ?1");
	int64_t seq;

	store_bind_text(s, 1, id);
	return rows_number(s, &seq) ? 0 : seq;
}

int switch_set_seq(struct store *store, const char *name, const char *id, int64_t seq)
{
	struct statement *s =
	    store_prepare_write(store, "INSERT INTO switches (id, seq, seen, name) VALUES (?1, ?2, ?3, ?4)"
				       " ON CONFLICT (id) DO UPDATE SET seq = ?2, seen = ?3, name = ?4");

	store_bind_text(s, 1, id);
	store_bind_int(s, 2, seq);
	store_bind_int(s, 3, clock_utc_ms());
	store_bind_text(s, 4, name);
	return store_run(store, s);
}

struct newest {
	char *id;
	int64_t *seq;
};

static void read_newest(struct statement *s, void *row)
{
	struct newest *newest = row;

	snprintf(newest->id, 40, "%s", statement_text(s, 0));
	*newest->seq = statement_int(s, 1);
}

int switch_newest(struct store *store, const char *name, char id[40], int64_t *seq)
{
	struct statement *s =
	    store_prepare(store, "SELECT id, seq FROM switches WHERE name = ?1 ORDER BY seen DESC LIMIT 1");
	struct newest newest = { id, seq };

	store_bind_text(s, 1, name);
	return rows_one(s, read_newest, &newest);
}

struct wanted {
	const char *member, *const *names;
	json_t *found;
};

static void read_member(struct statement *s, void *row)
{
	const char *text = statement_text(s, 0);
	struct wanted *wanted = row;
	size_t length;

	text = text ? json_pick_text(text, wanted->member, &length) : NULL;
	wanted->found = json_pick(text, wanted->names);
}

int events_last_of(struct store *store, int64_t about, const char *type, const char *member,
		   const char *const names[], json_t **out)
{
	struct statement *s = store_prepare(
	    store, "SELECT data FROM events WHERE call = ?1 AND type = ?2 ORDER BY n DESC LIMIT 1");
	struct wanted wanted = { member, names, NULL };
	int err;

	store_bind_int(s, 1, about);
	store_bind_text(s, 2, type);
	err = rows_one(s, read_member, &wanted);
	*out = wanted.found;
	return err;
}

int events_last_n(struct store *store, int64_t about, const char *type, int64_t *n)
{
	struct statement *s = store_prepare(
	    store, "SELECT n FROM events WHERE call = ?1 AND type = ?2 ORDER BY n DESC LIMIT 1");

	store_bind_int(s, 1, about);
	store_bind_text(s, 2, type);
	return rows_number(s, n);
}
