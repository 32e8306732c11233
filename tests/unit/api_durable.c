/* Tests of the store's files: the write-ahead log is copied under load, and emptied when nothing is written.
 */
#include "daemon/api/store/events.h"

#include <criterion/criterion.h>
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
