#include "daemon/api/hook/queue.h"

#include "daemon/api/store/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void delivery_clear(struct delivery *delivery)
{
	free(delivery->id);
	free(delivery->call);
	free(delivery->account);
	free(delivery->url);
	free(delivery->body);
	free(delivery->state);
	free(delivery->dialect);
	free(delivery->type);
	memset(delivery, 0, sizeof *delivery);
}

#define COLUMNS                                                                                            \
	"nr, id, call, account, n, url, body, state, created, next, attempts, conference, dialect, type, " \
	"get"

int queue_add(struct store *store, const struct delivery *delivery)
{
	struct statement *s = store_prepare_write(
	    store,
	    "INSERT INTO deliveries (id, call, account, n, url, body, created, next, conference, dialect, "
	    "type, get, state)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?12, ?8, ?9, ?10, ?11, CASE WHEN EXISTS (SELECT 1 FROM "
	    "deliveries "
	    "WHERE call = ?2"
	    " AND state IN ('ready', 'waiting', 'sending')) THEN 'waiting' ELSE 'ready' END)");

	store_bind_text(s, 1, delivery->id);
	store_bind_text(s, 2, delivery->call);
	store_bind_text(s, 3, delivery->account);
	store_bind_int(s, 4, delivery->n);
	store_bind_text(s, 5, delivery->url);
	store_bind_text(s, 6, delivery->body);
	store_bind_int(s, 7, delivery->created);
	store_bind_int(s, 8, delivery->conference);
	store_bind_text(s, 9, delivery->dialect);
	store_bind_text(s, 10, delivery->type);
	store_bind_int(s, 11, delivery->get);
	store_bind_int(s, 12, delivery->next ? delivery->next : delivery->created);
	return store_run(store, s);
}

int queue_complete(struct store *store, const char *call, int64_t n, const char *url, const char *body,
		   int64_t now)
{
	struct statement *s = store_prepare_write(
	    store, "UPDATE deliveries SET url = ?3, body = ?4, next = ?5 WHERE call = ?1 AND n = ?2 AND"
		   " attempts = 0 AND type IS NULL AND state IN ('ready', 'waiting')");

	store_bind_text(s, 1, call);
	store_bind_int(s, 2, n);
	store_bind_text(s, 3, url);
	store_bind_text(s, 4, body);
	store_bind_int(s, 5, now);
	return store_run(store, s);
}

int queue_count(struct store *store, const char *call, int64_t *out)
{
	struct statement *s =
	    store_prepare(store, "SELECT count(*) FROM deliveries INDEXED BY deliveries_by_call"
				 " WHERE call = ?1 AND n > 0 AND type IS NULL");

	store_bind_text(s, 1, call);
	return rows_number(s, out);
}

int queue_backlog(struct store *store, int64_t *out)
{
	struct statement *s =
	    store_prepare(store, "SELECT count(*) FROM (SELECT 1 FROM deliveries INDEXED BY deliveries_open"
				 " WHERE state IN ('ready', 'waiting', 'sending') LIMIT ?1) AS some");

	store_bind_int(s, 1, QUEUE_BACKLOG_MAX);
	return rows_number(s, out);
}

static void read_row(struct statement *s, void *row)
{
	struct delivery *out = row;

	out->nr = statement_int(s, 0);
	out->id = store_column_dup(s, 1);
	out->call = store_column_dup(s, 2);
	out->account = store_column_dup(s, 3);
	out->n = statement_int(s, 4);
	out->url = store_column_dup(s, 5);
	out->body = store_column_dup(s, 6);
	out->state = store_column_dup(s, 7);
	out->created = statement_int(s, 8);
	out->next = statement_int(s, 9);
	out->attempts = statement_int(s, 10);
	out->conference = statement_int(s, 11) != 0;
	out->dialect = store_column_dup(s, 12);
	out->type = store_column_dup(s, 13);
	out->get = statement_int(s, 14) != 0;
}

/* Rows that are read before any is worked on: that may write. */
struct taking {
	struct delivery *rows;
	int count;
};

static bool take_row(struct statement *s, void *arg)
{
	struct taking *taking = arg;

	read_row(s, &taking->rows[taking->count++]);
	return true;
}

int queue_due(struct store *store, int64_t upto, int64_t now, int limit, delivery_h *each, void *arg)
{
	struct statement *s =
	    store_prepare(store, "SELECT " COLUMNS " FROM deliveries WHERE state = 'ready' AND next <= ?1"
				 " AND nr <= ?3 ORDER BY next LIMIT ?2");
	struct taking taking = { calloc((size_t)limit, sizeof *taking.rows), 0 };
	int err;

	if (!taking.rows)
		return ENOMEM;
	store_bind_int(s, 1, now);
	store_bind_int(s, 2, limit);
	store_bind_int(s, 3, upto);
	err = rows_each(s, take_row, &taking);
	for (int i = 0; i < taking.count; i++) {
		each(&taking.rows[i], arg);
		delivery_clear(&taking.rows[i]);
	}
	free(taking.rows);
	return err;
}

int64_t queue_next_due(struct store *store, int64_t upto)
{
	struct statement *s = store_prepare(
	    store, "SELECT next FROM deliveries WHERE state = 'ready' AND nr <= ?1 ORDER BY next LIMIT 1");
	int64_t next;

	store_bind_int(s, 1, upto);
	return rows_number(s, &next) ? 0 : next;
}

int64_t queue_newest(struct store *store)
{
	int64_t nr;

	return rows_number(store_prepare(store, "SELECT COALESCE(MAX(nr), 0) FROM deliveries"), &nr) ? 0 : nr;
}

int queue_defer(struct store *store, int64_t nr, int64_t next)
{
	struct statement *s =
	    store_prepare_write(store, "UPDATE deliveries SET next = ?2, state = 'ready' WHERE nr = ?1");

	store_bind_int(s, 1, nr);
	store_bind_int(s, 2, next);
	return store_run(store, s);
}

int queue_attempt(struct store *store, int64_t nr, int64_t n, int64_t time, int64_t duration_ms, int status,
		  const char *error)
{
	struct statement *s = store_prepare_write(
	    store, "INSERT INTO attempts (delivery, n, time, duration_ms, status, error)"
		   " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (delivery, n) DO UPDATE SET"
		   " time = ?3, duration_ms = ?4, status = ?5, error = ?6");
	int err;

	store_bind_int(s, 1, nr);
	store_bind_int(s, 2, n);
	store_bind_int(s, 3, time);
	store_bind_int(s, 4, duration_ms);
	if (status)
		store_bind_int(s, 5, status);
	store_bind_text(s, 6, error);
	err = store_run(store, s);
	if (err)
		return err;
	s = store_prepare_write(store, "UPDATE deliveries SET attempts = ?2 WHERE nr = ?1");
	store_bind_int(s, 1, nr);
	store_bind_int(s, 2, n);
	return store_run(store, s);
}

int queue_finish(struct store *store, const struct delivery *delivery, const char *state, int64_t now)
{
	struct statement *s = store_prepare_write(store, "UPDATE deliveries SET state = ?2 WHERE nr = ?1");
	int err;

	store_bind_int(s, 1, delivery->nr);
	store_bind_text(s, 2, state);
	err = store_run(store, s);
	if (err)
		return err;
	s = store_prepare_write(
	    store, "UPDATE deliveries SET state = 'ready', next = ?2 WHERE nr = (SELECT nr FROM deliveries"
		   " WHERE call = ?1 AND state IN ('ready', 'waiting', 'sending') ORDER BY nr LIMIT 1) AND "
		   "state = 'waiting'");
	store_bind_text(s, 1, delivery->call);
	store_bind_int(s, 2, now);
	return store_run(store, s);
}

int queue_recover(struct store *store)
{
	struct statement *s =
	    store_prepare_write(store, "UPDATE deliveries SET state = 'ready' WHERE state = 'sending'");

	return store_run(store, s);
}

int queue_sending(struct store *store, int64_t nr)
{
	struct statement *s =
	    store_prepare_write(store, "UPDATE deliveries SET state = 'sending' WHERE nr = ?1");

	store_bind_int(s, 1, nr);
	return store_run(store, s);
}

int queue_get(struct store *store, const char *id, struct delivery *out)
{
	struct statement *s = store_prepare(store, "SELECT " COLUMNS " FROM deliveries WHERE id = ?1");

	memset(out, 0, sizeof *out);
	store_bind_text(s, 1, id);
	return rows_one(s, read_row, out);
}

int queue_again(struct store *store, int64_t nr, int64_t now)
{
	struct statement *s = store_prepare_write(
	    store, "UPDATE deliveries SET state = 'ready', next = ?2, created = ?2 WHERE nr = ?1");

	store_bind_int(s, 1, nr);
	store_bind_int(s, 2, now);
	return store_run(store, s);
}

static void bind_filter(struct statement *s, const struct queue_filter *filter)
{
	store_bind_text(s, 1, filter->account);
	store_bind_text(s, 2, filter->call);
	store_bind_text(s, 3, filter->state);
}

struct walk {
	delivery_h *each;
	void *arg;
};

static bool walk_row(struct statement *s, void *arg)
{
	const struct walk *walk = arg;
	struct delivery row;

	read_row(s, &row);
	walk->each(&row, walk->arg);
	delivery_clear(&row);
	return true;
}

#define FILTER \
	" FROM deliveries WHERE account = ?1 AND (?2 IS NULL OR call = ?2) AND (?3 IS NULL OR state = ?3)"

int queue_list(struct store *store, const struct queue_filter *filter, delivery_h *each, void *arg,
	       int64_t *total)
{
	struct statement *s = store_prepare(store, "SELECT count(*)" FILTER);
	struct walk walk = { each, arg };
	int err;

	bind_filter(s, filter);
	err = rows_number(s, total);
	if (err)
		return err;
	s = store_prepare(store, "SELECT " COLUMNS FILTER " ORDER BY nr DESC LIMIT ?4 OFFSET ?5");
	bind_filter(s, filter);
	store_bind_int(s, 4, filter->limit);
	store_bind_int(s, 5, filter->offset);
	return rows_each(s, walk_row, &walk);
}

struct attempts {
	attempt_h *each;
	void *arg;
};

static bool attempt_row(struct statement *s, void *arg)
{
	const struct attempts *attempts = arg;
	const struct attempt attempt = { statement_int(s, 0), statement_int(s, 1), statement_int(s, 2),
					 (int)statement_int(s, 3), statement_text(s, 4) };

	attempts->each(&attempt, attempts->arg);
	return true;
}

int queue_attempts(struct store *store, int64_t nr, attempt_h *each, void *arg)
{
	struct statement *s = store_prepare(
	    store, "SELECT n, time, duration_ms, status, error FROM attempts WHERE delivery = ?1 ORDER BY n");
	struct attempts attempts = { each, arg };

	store_bind_int(s, 1, nr);
	return rows_each(s, attempt_row, &attempts);
}
