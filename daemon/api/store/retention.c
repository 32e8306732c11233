#include "daemon/api/store/retention.h"

#include "daemon/api/store/store.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY_MS INT64_C(86400000)

enum { BATCH = 100, PERIOD_S = 600, KEY_DAYS = 1 };

struct retention {
	struct api *api;
	struct event *timer;
};

/* Deletes the files that a statement lists. */
static void delete_files(sqlite3_stmt *s)
{
	if (!s)
		return;
	while (sqlite3_step(s) == SQLITE_ROW) {
		const char *file = (const char *)sqlite3_column_text(s, 0);

		if (file && unlink(file) && errno != ENOENT)
			log_warn("retention.delete_failed", NULL, "file=%s error=%s", log_quote(file),
				 log_quote(strerror(errno)));
	}
	store_reset(s);
}

static int run_text(struct store *store, const char *sql, const char *text)
{
	sqlite3_stmt *s = store_prepare_write(store, sql);

	store_bind_text(s, 1, text);
	return store_run(store, s);
}

/* One call and everything of it. */
static int delete_call(struct store *store, int64_t nr, const char *id)
{
	sqlite3_stmt *s = store_prepare(store, "SELECT file FROM recordings WHERE call = ?1");
	int err;

	store_bind_text(s, 1, id);
	delete_files(s);
	s = store_prepare_write(store, "DELETE FROM events WHERE call = ?1");
	store_bind_int(s, 1, nr);
	err = store_run(store, s);
	if (!err) {
		s = store_prepare_write(store, "DELETE FROM quality WHERE call = ?1");
		store_bind_int(s, 1, nr);
		err = store_run(store, s);
	}
	if (!err)
		err = run_text(store, "DELETE FROM recordings WHERE call = ?1", id);
	if (!err)
		err = run_text(store,
			       "DELETE FROM attempts WHERE delivery IN (SELECT nr FROM deliveries INDEXED BY "
			       "deliveries_by_call"
			       " WHERE call = ?1)",
			       id);
	if (!err)
		err = run_text(store, "DELETE FROM deliveries WHERE call = ?1", id);
	if (!err)
		err = run_text(store, "DELETE FROM idempotency WHERE call = ?1", id);
	return err ? err : run_text(store, "DELETE FROM calls WHERE id = ?1", id);
}

/* Deletes up to BATCH calls of an account that ended before `limit`. Returns how many, or -1. */
static int delete_calls(struct store *store, const char *account, int64_t limit)
{
	sqlite3_stmt *s = store_prepare(
	    store, "SELECT nr, id FROM calls INDEXED BY calls_by_creation WHERE account = ?1 AND created < ?2"
		   " AND ended < ?2 ORDER BY created LIMIT ?3");
	int64_t nrs[BATCH];
	char *ids[BATCH];
	int count = 0, err = 0;

	if (!s)
		return -1;
	store_bind_text(s, 1, account);
	store_bind_int(s, 2, limit);
	store_bind_int(s, 3, BATCH);
	while (count < BATCH && sqlite3_step(s) == SQLITE_ROW) {
		nrs[count] = sqlite3_column_int64(s, 0);
		ids[count++] = store_column_dup(s, 1);
	}
	store_reset(s);
	for (int i = 0; i < count; i++) {
		if (!err && ids[i])
			err = delete_call(store, nrs[i], ids[i]);
		free(ids[i]);
	}
	return err ? -1 : count;
}

static int delete_recordings(struct store *store, const char *account, int64_t limit)
{
	sqlite3_stmt *s =
	    store_prepare(store, "SELECT file FROM recordings WHERE account = ?1 AND started < ?2");
	int err;

	store_bind_text(s, 1, account);
	store_bind_int(s, 2, limit);
	delete_files(s);
	s = store_prepare_write(
	    store,
	    "UPDATE calls SET recording = NULL WHERE recording IN (SELECT id FROM recordings WHERE account = "
	    "?1"
	    " AND started < ?2) AND id IN (SELECT call FROM recordings WHERE account = ?1 AND started < ?2)");
	store_bind_text(s, 1, account);
	store_bind_int(s, 2, limit);
	err = store_run(store, s);
	s = store_prepare_write(store, "DELETE FROM recordings WHERE account = ?1 AND started < ?2");
	store_bind_text(s, 1, account);
	store_bind_int(s, 2, limit);
	return err ? err : store_run(store, s);
}

/* Returns whether there is more to do right away. */
static bool clean(struct retention *retention)
{
	const struct conf *conf = retention->api->conf;
	struct store *store = retention->api->store;
	int64_t now = clock_utc_ms();
	bool more = false;
	sqlite3_stmt *s;

	for (size_t i = 0; i < conf->account_count; i++) {
		const char *account = conf->accounts[i].name;

		if (conf->api.keep_records_days)
			more |=
			    delete_calls(store, account, now - conf->api.keep_records_days * DAY_MS) == BATCH;
		if (conf->api.keep_recordings_days &&
		    delete_recordings(store, account, now - conf->api.keep_recordings_days * DAY_MS))
			log_error("retention.failed", NULL, "%s", "what=recordings");
	}
	s = store_prepare_write(store, "DELETE FROM idempotency WHERE created < ?1");
	store_bind_int(s, 1, now - KEY_DAYS * DAY_MS);
	if (store_run(store, s))
		log_error("retention.failed", NULL, "%s", "what=keys");
	return more;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval soon = { .tv_usec = 20000 }, later = { .tv_sec = PERIOD_S };
	struct retention *retention = arg;

	(void)fd, (void)what;
	event_add(retention->timer, clean(retention) ? &soon : &later);
}

int retention_alloc(struct retention **out, struct api *api)
{
	const struct timeval first = { .tv_usec = 100000 };
	struct retention *retention = calloc(1, sizeof *retention);

	if (!retention)
		return ENOMEM;
	retention->api = api;
	retention->timer = evtimer_new(api->base, on_timer, retention);
	if (!retention->timer || event_add(retention->timer, &first)) {
		retention_free(retention);
		return ENOMEM;
	}
	*out = retention;
	return 0;
}

void retention_free(struct retention *retention)
{
	if (!retention)
		return;
	if (retention->timer)
		event_free(retention->timer);
	free(retention);
}
