/* Tests of the store: transactions by turns of the loop, call records, events, the queue of webhooks. */
#include "daemon/api/hook/queue.h"
#include "daemon/api/store/entries.h"
#include "daemon/api/store/events.h"
#include "daemon/api/store/migrate.h"
#include "daemon/api/store/quality.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct event_base *base;
static struct store *store;

static void set_up(void)
{
	char error[200];

	base = event_base_new();
	cr_assert_eq(store_alloc(&store, base, ":memory:", error, sizeof error), 0, "%s", error);
}

static void tear_down(void)
{
	store_free(store);
	event_base_free(base);
}

static void count_commit(int err, void *arg)
{
	int *out = arg;

	*out = err ? -1 : *out + 1;
}

static json_t *snapshot(const char *id, const char *status, json_int_t answered, json_int_t ended)
{
	json_t *call =
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "id", id, "account", "a", "direction",
		      "outbound", "status", status, "from", "+1", "to", "+2", "created", (json_int_t)1000);

	if (answered)
		json_object_set_new(call, "answered", json_integer(answered));
	if (ended) {
		json_object_set_new(call, "ended", json_integer(ended));
		json_object_set_new(call, "duration_ms", json_integer(answered ? ended - answered : 0));
	}
	return call;
}

static void apply(const char *id, const char *status, json_int_t answered, json_int_t ended,
		  struct call_row *row)
{
	json_t *call = snapshot(id, status, answered, ended);

	cr_assert_eq(calls_apply(store, call, CALLS_EVENT, NULL, row), 0);
	json_decref(call);
}

TestSuite(store, .init = set_up, .fini = tear_down);

Test(store, a_turn_is_one_transaction)
{
	struct call_row row;
	int commits = 0;

	apply("c1", "queued", 0, 0, &row);
	call_row_clear(&row);
	cr_assert_eq(store_after_commit(store, count_commit, &commits), 0);
	cr_expect_eq(sqlite3_get_autocommit(store_handle(store)), 0);
	cr_expect_eq(commits, 0);
	event_base_loop(base, EVLOOP_ONCE);
	cr_expect_eq(commits, 1);
	cr_expect_neq(sqlite3_get_autocommit(store_handle(store)), 0);
	/* Without a write the handler is called all the same. */
	cr_assert_eq(store_after_commit(store, count_commit, &commits), 0);
	event_base_loop(base, EVLOOP_ONCE);
	cr_expect_eq(commits, 2);
}

Test(store, a_failure_rolls_the_turn_back)
{
	struct call_row row;
	int commits = 0;

	apply("c1", "queued", 0, 0, &row);
	call_row_clear(&row);
	cr_assert_eq(store_after_commit(store, count_commit, &commits), 0);
	cr_expect_eq(store_run(store, store_prepare_write(store, "INSERT INTO calls (nr) VALUES (NULL)")),
		     EIO);
	event_base_loop(base, EVLOOP_ONCE);
	cr_expect_eq(commits, -1);
	cr_expect_eq(calls_get(store, "c1", &row), ENOENT);
	commits = 0;
	apply("c2", "queued", 0, 0, &row);
	call_row_clear(&row);
	cr_assert_eq(store_after_commit(store, count_commit, &commits), 0);
	event_base_loop(base, EVLOOP_ONCE);
	cr_expect_eq(commits, 1);
}

Test(store, a_call_keeps_its_legal_status)
{
	struct call_row row;

	apply("c1", "queued", 0, 0, &row);
	call_row_clear(&row);
	apply("c1", "in-progress", 2000, 0, &row);
	cr_expect_eq(row.answered, 2000);
	call_row_clear(&row);
	apply("c1", "completed", 2000, 9500, &row);
	cr_expect_str_eq(row.status, "completed");
	cr_expect_eq(row.duration_ms, 7500);
	call_row_clear(&row);
	apply("c1", "ringing", 0, 0, &row);
	cr_expect_str_eq(row.status, "completed");
	call_row_clear(&row);
}

Test(store, a_pending_call_is_seen_when_the_switch_tells_of_it)
{
	struct calls_filter filter = { .account = "a", .page = 1, .page_size = 10 };
	json_t *options = json_pack("{s:s}", "url", "http://x/");
	struct call_row row;
	int64_t total;

	row = (struct call_row){ .id = "c1",
				 .account = "a",
				 .from = "+1",
				 .to = "+2",
				 .dialect = "telefonie",
				 .options = options };
	cr_assert_eq(calls_insert_pending(store, &row), 0);
	json_decref(options);
	cr_assert_eq(calls_list(store, &filter, NULL, NULL, &total), 0);
	cr_expect_eq(total, 0);
	apply("c1", "queued", 0, 0, &row);
	cr_expect_not(row.pending);
	cr_expect_str_eq(json_string_value(json_object_get(row.options, "url")), "http://x/");
	call_row_clear(&row);
}

Test(store, events_are_numbered_by_call)
{
	static const char *const order[] = { "a", "b", "a" };
	static const int64_t numbers[] = { 1, 1, 2 };
	json_t *data = json_object();
	struct call_row row;
	int64_t nr = 0;

	for (int i = 0; i < 3; i++) {
		apply(order[i], "queued", 0, 0, &row);
		cr_expect_eq(row.last_event, numbers[i]);
		const struct log_new event = { .about = row.nr,
					       .n = row.last_event,
					       .time = 1,
					       .account = row.account,
					       .type = "x",
					       .data = data };

		cr_assert_eq(events_add(store, &event, &nr), 0);
		cr_expect_eq(nr, i + 1);
		call_row_clear(&row);
	}
	cr_assert_eq(calls_get(store, "a", &row), 0);
	cr_expect_eq(row.last_event, 2);
	call_row_clear(&row);
	json_decref(data);
}

static void note(const struct delivery *delivery, void *arg)
{
	strcat(strcat(arg, delivery->id), " ");
}

static void due(const char *expected)
{
	char ids[100] = "";

	cr_assert_eq(queue_due(store, INT64_MAX, 1000, 10, note, ids), 0);
	cr_expect_str_eq(ids, expected);
}

Test(store, only_the_oldest_webhook_of_a_call_is_due)
{
	const char *const ids[] = { "a1", "a2", "b1" };
	struct delivery d = { .nr = 1,
			      .call = (char *)"a",
			      .account = (char *)"x",
			      .url = (char *)"u",
			      .body = (char *)"{}",
			      .dialect = (char *)"telefonie" };

	for (int i = 0; i < 3; i++) {
		d.id = (char *)ids[i];
		d.call = (char *)(i == 2 ? "b" : "a");
		d.created = 10 + i;
		cr_assert_eq(queue_add(store, &d), 0);
	}
	due("a1 b1 ");
	d.call = (char *)"a";
	cr_assert_eq(queue_defer(store, 1, 5000), 0);
	due("b1 ");
	cr_expect_eq(queue_next_due(store, INT64_MAX), 12);
	cr_expect_eq(queue_next_due(store, 2), 5000, "the third may not be on disk yet");
	cr_expect_eq(queue_newest(store), 3);
	cr_assert_eq(queue_finish(store, &d, "delivered", 900), 0);
	due("b1 a2 ");
}

static void is_committed(int err, void *arg)
{
	int *told = arg;

	cr_assert_eq(err, 0);
	cr_expect(sqlite3_get_autocommit(store_handle(store)), "no transaction is open");
	++*told;
}

static void writes_more(int err, void *arg)
{
	struct delivery d = { .id = (char *)"late",
			      .call = (char *)"c",
			      .account = (char *)"x",
			      .url = (char *)"u",
			      .body = (char *)"{}",
			      .dialect = (char *)"telefonie" };

	cr_assert_eq(err, 0);
	cr_assert_eq(queue_add(store, &d), 0);
	cr_assert_eq(store_after_commit(store, is_committed, arg), 0);
}

Test(store, who_writes_when_told_of_a_commit_waits_for_the_next)
{
	const uint64_t turn = store_turn(store);
	int told = 0;

	cr_assert_eq(store_begin(store), 0);
	cr_assert_eq(store_after_write(store, writes_more, &told), 0);
	store_flush(store);
	cr_expect_eq(told, 1);
	cr_expect_eq(store_turn(store), turn + 2);
}

static bool no_entry(const struct entry_row *row, void *arg)
{
	(void)row, (void)arg;
	return true;
}

/* A statement is planned once, whatever is bound to it, also where an index is partial. */
Test(store, statements_are_not_planned_again)
{
	const struct rows_page page = { .limit = 10 };
	int again = 0;

	for (int i = 0; i < 3; i++) {
		cr_assert_eq(entries_page(store, ENTRY_NUMBER, "a", NULL, &page, no_entry, NULL), 0);
		cr_assert_eq(entries_page(store, ENTRY_APPLICATION, "b", "n", &page, no_entry, NULL), 0);
	}
	for (sqlite3_stmt *s = NULL; (s = sqlite3_next_stmt(store_handle(store), s)) != NULL;)
		again += sqlite3_stmt_status(s, SQLITE_STMTSTATUS_REPREPARE, 0);
	cr_expect_eq(again, 0);
}

Test(store, a_newer_schema_is_refused)
{
	char error[200];
	sqlite3 *db;

	cr_assert_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	cr_expect_eq(migrate_run(db, error, sizeof error), 0);
	cr_expect_eq(migrate_run(db, error, sizeof error), 0);
	sqlite3_exec(db, "PRAGMA user_version = 1000", NULL, NULL, NULL);
	cr_expect_eq(migrate_run(db, error, sizeof error), EPROTO);
	cr_expect_not_null(strstr(error, "1000"));
	sqlite3_close(db);
}

static json_t *seconds(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);

	cr_assert_not_null(json);
	return json;
}

Test(store, the_seconds_of_a_call_come_back_as_they_were)
{
	json_t *told = seconds("[[50,1,2,3,300,400,500,600,7,8,9],[65536,-1,\"x\",null,1,1,1,1,256,250,0]]");
	struct quality quality;

	cr_assert_eq(quality_put(store, 5, 9000, 1, told), 0);
	cr_assert_eq(quality_get(store, 5, &quality), 0);
	cr_expect_eq(quality.ended, 9000);
	cr_expect_eq(quality.length_s, 1);
	cr_assert_eq(quality.count, 2);
	cr_expect_eq(quality.seconds[0].packets_in, 50);
	cr_expect_eq(quality.seconds[0].jitter_in, 300);
	cr_expect_eq(quality.seconds[0].jitter_out, 400);
	cr_expect_eq(quality.seconds[0].buffer_ms, 600);
	cr_expect_eq(quality.seconds[0].loss_out_percent, 7);
	cr_expect_eq(quality.seconds[0].mos_in, 8);
	cr_expect_eq(quality.seconds[0].mos_out, 9);
	cr_expect_eq(quality.seconds[1].packets_in, 65535);
	cr_expect_eq(quality.seconds[1].lost_in, 0);
	cr_expect_eq(quality.seconds[1].loss_out_percent, 255);
	quality_clear(&quality);
	cr_expect_eq(quality_get(store, 6, &quality), ENOENT);
	json_decref(told);
}

Test(store, seconds_that_are_none_are_refused)
{
	static const char *const bad[] = { "{}", "[[1,2]]", "[5]" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		json_t *told = seconds(bad[i]);

		cr_expect_eq(quality_put(store, 5, 9000, 1, told), EINVAL, "%s", bad[i]);
		json_decref(told);
	}
}
