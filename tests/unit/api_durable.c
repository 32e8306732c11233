/* Tests of the store's files: the write-ahead log is copied under load, and emptied when nothing is written.
 */
#include "daemon/api/store/events.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE_MS = 120 * 1000, STEP_MS = 20, MEBIBYTE = 1 << 20 };

static char folder[64];
static struct event_base *base;
static struct store *store;

static const char *path(const char *name)
{
	static char out[128];

	snprintf(out, sizeof out, "%s/offhook.db%s", folder, name);
	return out;
}

static long size_of(const char *name)
{
	struct stat st;

	return stat(path(name), &st) ? -1 : (long)st.st_size;
}

static void set_up(void)
{
	char error[200];

	strcpy(folder, "/tmp/offhook-store-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	base = event_base_new();
	cr_assert_eq(store_alloc(&store, base, path(""), error, sizeof error), 0, "%s", error);
}

static void tear_down(void)
{
	store_free(store);
	event_base_free(base);
	unlink(path(""));
	unlink(path("-wal"));
	unlink(path("-shm"));
	rmdir(folder);
}

/* One transaction of about `size` bytes. */
static void write_bytes(size_t size)
{
	static int64_t n;
	char *text = malloc(size + 1);
	struct log_new event = { .about = 1, .n = ++n, .time = 1, .account = "a", .type = "call.state" };
	json_t *data;
	int64_t nr;

	cr_assert_not_null(text);
	memset(text, 'x', size);
	text[size] = '\0';
	data = json_pack("{s:s}", "text", text);
	event.data = data;
	cr_assert_eq(events_add(store, &event, &nr), 0);
	json_decref(data);
	free(text);
	store_flush(store);
}

TestSuite(durable, .init = set_up, .fini = tear_down);

Test(durable, the_log_is_copied_while_others_write)
{
	int waited = 0;

	for (int i = 0; i < 96; i++)
		write_bytes(MEBIBYTE / 4);
	/* Never idle: what is copied is copied beside the writes. */
	while (size_of("") < 8 * MEBIBYTE && waited < PATIENCE_MS) {
		write_bytes(10);
		usleep(STEP_MS * 1000);
		waited += STEP_MS;
	}
	cr_expect_geq(size_of(""), 8 * MEBIBYTE);
}

Test(durable, the_log_is_emptied_when_nothing_is_written)
{
	int waited = 0;

	write_bytes(MEBIBYTE);
	cr_expect_gt(size_of("-wal"), MEBIBYTE);
	while (size_of("-wal") != 0 && waited < PATIENCE_MS) {
		usleep(STEP_MS * 1000);
		waited += STEP_MS;
	}
	cr_expect_eq(size_of("-wal"), 0);
	cr_expect_gt(size_of(""), MEBIBYTE);
	/* And it goes on. */
	write_bytes(10);
	cr_expect_gt(size_of("-wal"), 0);
}

static void note(void *arg)
{
	struct log_new event = { .about = 2,
				 .n = ++*(int64_t *)arg,
				 .time = 1,
				 .account = "a",
				 .type = "call.state",
				 .text = "{}" };
	int64_t nr;

	cr_assert_eq(events_add(store, &event, &nr), 0);
}

Test(durable, what_belongs_to_a_turn_is_written_before_its_commit_once)
{
	int64_t first = 0, second = 100, newest;

	cr_assert_eq(store_before_commit(store, note, &first), 0);
	cr_assert_eq(store_before_commit(store, note, &second), 0);
	/* Nobody has written anything else. */
	for (int i = 0; i < 3; i++)
		cr_assert_eq(store_begin(store), 0);
	store_flush(store);
	cr_expect_eq(first, 1);
	cr_expect_eq(second, 101);
	cr_expect_eq(events_last_n(store, 2, "call.state", &newest), 0);
	cr_expect_eq(newest, 101);
	store_not_before_commit(store, &second);
	write_bytes(10);
	cr_expect_eq(first, 2);
	cr_expect_eq(second, 101);
	store_not_before_commit(store, &first);
	write_bytes(10);
	cr_expect_eq(first, 2);
}

/* Opens the database again and returns what is said of it. */
static const char *open_again(int expected)
{
	static char error[1000];

	store = NULL;
	*error = '\0';
	cr_assert_eq(store_alloc(&store, base, path(""), error, sizeof error), expected, "%s", error);
	return error;
}

Test(durable, a_table_or_an_index_that_is_gone_is_named_with_the_way_back)
{
	static const char *const drops[] = { "DROP INDEX calls_by_creation",
					     "ALTER TABLE events DROP COLUMN type", "DROP TABLE events" };
	static const char *const names[] = { "index calls_by_creation", "table events", "table events" };

	for (size_t i = 0; i < sizeof drops / sizeof *drops; i++) {
		const char *said;

		cr_assert_eq(sqlite3_exec(store_handle(store), drops[i], NULL, NULL, NULL), SQLITE_OK);
		store_free(store);
		said = open_again(EIO);
		cr_expect_not_null(strstr(said, names[i]), "%s", said);
		cr_expect_not_null(strstr(said, "--backup"), "%s", said);
		unlink(path(""));
		open_again(0);
	}
}

Test(durable, damaged_pages_are_found_at_the_start)
{
	FILE *file;
	const char *said;

	write_bytes(MEBIBYTE);
	store_free(store);
	file = fopen(path(""), "r+b");
	cr_assert_not_null(file);
	for (long at = 1024; at < 64 * 1024; at += 1024) {
		fseek(file, at, SEEK_SET);
		for (int i = 0; i < 512; i++)
			fputc(i * 7 % 256, file);
	}
	fclose(file);
	said = open_again(EIO);
	cr_expect_not_null(strstr(said, "is damaged"), "%s", said);
	cr_expect_not_null(strstr(said, "--backup"), "%s", said);
}

Test(durable, an_older_page_size_stays)
{
	char error[400];
	sqlite3 *db;

	store_free(store);
	unlink(path(""));
	cr_assert_eq(sqlite3_open(path(""), &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db,
				  "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; CREATE TABLE x (y);"
				  "DROP TABLE x",
				  NULL, NULL, NULL),
		     SQLITE_OK);
	sqlite3_close(db);
	cr_assert_eq(store_alloc(&store, base, path(""), error, sizeof error), 0, "%s", error);
	write_bytes(MEBIBYTE);
	cr_expect_gt(size_of("-wal"), MEBIBYTE);
}
