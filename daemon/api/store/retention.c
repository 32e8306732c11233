#include "daemon/api/store/retention.h"

#include "daemon/api/store/events.h"
#include "daemon/api/store/recordings.h"
#include "daemon/api/store/rows.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY_MS INT64_C(86400000)

/* Of a recording that somebody deleted the record stays for a while, as vendors promise. */
enum { BATCH = 100, PERIOD_S = 600, KEY_DAYS = 1, DELETED_DAYS = 40 };

struct retention {
	struct store *store;
	const struct conf *conf;
	struct event *timer;
};

static void delete_file(const char *file)
{
	if (file && unlink(file) && errno != ENOENT)
		log_warn("retention.delete_failed", NULL, "file=%s error=%s", log_quote(file),
			 log_quote(strerror(errno)));
}

static bool delete_file_row(struct statement *s, void *arg)
{
	(void)arg;
	delete_file(statement_text(s, 0));
	return true;
}

/* Deletes the files that a statement lists for `id`. */
static int delete_files(struct statement *s, const char *id)
{
	store_bind_text(s, 1, id);
	return rows_each(s, delete_file_row, NULL);
}

static int run_text(struct store *store, const char *sql, const char *text)
{
	struct statement *s = store_prepare_write(store, sql);

	store_bind_text(s, 1, text);
	return store_run(store, s);
}

static int run_int(struct store *store, const char *sql, int64_t value)
{
	struct statement *s = store_prepare_write(store, sql);

	store_bind_int(s, 1, value);
	return store_run(store, s);
}

/* What the log and the webhooks have about a call or a conference. */
static int delete_told(struct store *store, int64_t about, const char *id)
{
	int err = run_int(store, "DELETE FROM events WHERE call = ?1", about);

	if (!err)
		err = run_text(store,
			       "DELETE FROM attempts WHERE delivery IN (SELECT nr FROM deliveries INDEXED BY "
			       "deliveries_by_call"
			       " WHERE call = ?1)",
			       id);
	return err ? err : run_text(store, "DELETE FROM deliveries WHERE call = ?1", id);
}

/* One call and everything of it. */
static int delete_call(struct store *store, int64_t nr, const char *id)
{
	struct statement *s = store_prepare(store, "SELECT file FROM recordings WHERE call = ?1");
	int err = delete_files(s, id);

	if (!err)
		err = delete_told(store, nr, id);
	if (!err)
		err = run_int(store, "DELETE FROM quality WHERE call = ?1", nr);
	if (!err)
		err = run_text(store, "DELETE FROM recordings WHERE call = ?1", id);
	if (!err)
		err = run_text(store, "DELETE FROM idempotency WHERE call = ?1", id);
	if (!err)
		err = run_text(store, "DELETE FROM voice_calls WHERE uid = ?1", id);
	return err ? err : run_text(store, "DELETE FROM calls WHERE id = ?1", id);
}

static int delete_conference(struct store *store, int64_t nr, const char *id)
{
	struct statement *s = store_prepare(store, "SELECT file FROM recordings WHERE conference = ?1");
	int err = delete_files(s, id);

	if (!err)
		err = delete_told(store, log_of_conference(nr), id);
	if (!err)
		err = run_text(store, "DELETE FROM recordings WHERE conference = ?1", id);
	return err ? err : run_text(store, "DELETE FROM conferences WHERE id = ?1", id);
}

/* Those that are to go, read before any does. */
struct old {
	int64_t nrs[BATCH];
	char *ids[BATCH];
	int count;
};

static bool add_old(struct statement *s, void *arg)
{
	struct old *old = arg;

	old->nrs[old->count] = statement_int(s, 0);
	old->ids[old->count++] = store_column_dup(s, 1);
	return old->count < BATCH;
}

/* Deletes what `s` finds (nr and id) of an account that is older than `limit`, up to BATCH. Returns how many,
 * or -1. */
static int delete_old(struct store *store, struct statement *s, const char *account, int64_t limit,
		      int (*delete_one)(struct store *store, int64_t nr, const char *id))
{
	struct old old = { .count = 0 };
	int err;

	store_bind_text(s, 1, account);
	store_bind_int(s, 2, limit);
	err = rows_each(s, add_old, &old);
	for (int i = 0; i < old.count; i++) {
		if (!err && old.ids[i])
			err = delete_one(store, old.nrs[i], old.ids[i]);
		free(old.ids[i]);
	}
	if (err)
		log_error("retention.failed", NULL, "account=%s", log_quote(account));
	return err ? -1 : old.count;
}

static int delete_calls(struct store *store, const char *account, int64_t limit)
{
	struct statement *s = store_prepare(
	    store, "SELECT nr, id FROM calls INDEXED BY calls_by_creation WHERE account = ?1 AND created < ?2"
		   " AND ended < ?2 ORDER BY created");

	return delete_old(store, s, account, limit, delete_call);
}

static int delete_conferences(struct store *store, const char *account, int64_t limit)
{
	struct statement *s = store_prepare(
	    store,
	    "SELECT nr, id FROM conferences INDEXED BY conferences_by_end WHERE account = ?1 AND ended < ?2");

	return delete_old(store, s, account, limit, delete_conference);
}

static int delete_recording(struct store *store, int64_t nr, const char *id)
{
	struct recording_row row;
	int err = recordings_get_any(store, id, &row);

	(void)nr;
	if (err)
		return err;
	delete_file(row.file);
	err = recordings_delete(store, &row);
	if (!err)
		err = recordings_erase(store, id);
	recording_row_clear(&row);
	return err;
}

static int delete_recordings(struct store *store, const char *account, int64_t limit)
{
	struct statement *s =
	    store_prepare(store, "SELECT 0, id FROM recordings WHERE account = ?1 AND started < ?2"
				 " AND status IN ('completed', 'failed') ORDER BY started");

	return delete_old(store, s, account, limit, delete_recording);
}

/* Returns whether there is more to do right away. */
static bool clean(struct retention *retention)
{
	const struct conf *conf = retention->conf;
	struct store *store = retention->store;
	int64_t now = clock_utc_ms();
	bool more = false;
	struct statement *s;

	for (size_t i = 0; i < conf->account_count; i++) {
		const char *account = conf->accounts[i].name;

		if (conf->api.keep_records_days) {
			int64_t limit = now - conf->api.keep_records_days * DAY_MS;

			more |= delete_calls(store, account, limit) == BATCH;
			more |= delete_conferences(store, account, limit) == BATCH;
		}
		if (conf->api.keep_recordings_days)
			more |= delete_recordings(store, account,
						  now - conf->api.keep_recordings_days * DAY_MS) == BATCH;
	}
	if (recordings_erase_deleted(store, now - DELETED_DAYS * DAY_MS))
		log_error("retention.failed", NULL, "%s", "what=deleted");
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

int retention_alloc(struct retention **out, struct event_base *base, struct store *store,
		    const struct conf *conf)
{
	const struct timeval first = { .tv_usec = 100000 };
	struct retention *retention = calloc(1, sizeof *retention);

	if (!retention)
		return ENOMEM;
	retention->store = store;
	retention->conf = conf;
	retention->timer = evtimer_new(base, on_timer, retention);
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
