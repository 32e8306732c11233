/* Files that are replaced whole. */
#include "lib/file.h"
#include "lib/file_writer.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/offhook-file-XXXXXX", path[64], temporary[64];

static void begin(void)
{
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/it", folder);
	snprintf(temporary, sizeof(temporary), "%s/it.new", folder);
}

static void end(void)
{
	unlink(path);
	unlink(temporary);
	rmdir(temporary);
	rmdir(folder);
}

TestSuite(file, .init = begin, .fini = end, .timeout = 30);

static void has(const char *text)
{
	char bytes[64] = "";
	FILE *f = fopen(path, "r");

	cr_assert_not_null(f);
	bytes[fread(bytes, 1, sizeof(bytes) - 1, f)] = '\0';
	fclose(f);
	cr_expect_str_eq(bytes, text);
}

Test(file, one_takes_the_place_of_another)
{
	cr_assert_eq(file_replace(path, "one", 3), 0);
	has("one");
	cr_assert_eq(file_replace(path, "2", 1), 0);
	has("2");
	cr_assert_eq(file_sync_folder(folder), 0);
	cr_expect_eq(access(temporary, F_OK), -1, "nothing is left beside it");
}

Test(file, the_old_one_stands_when_the_new_one_cannot_be)
{
	char long_path[FILE_PATH_SIZE + 8];

	cr_assert_eq(file_replace(path, "one", 3), 0);
	cr_assert_eq(mkdir(temporary, 0700), 0);
	cr_expect_eq(file_replace(path, "2", 1), EISDIR);
	has("one");
	memset(long_path, 'x', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	cr_expect_eq(file_replace(long_path, "2", 1), ENAMETOOLONG);
	cr_expect_eq(file_replace("/nowhere/it", "2", 1), ENOENT);
	cr_expect_eq(file_sync_folder("/nowhere"), ENOENT);
}

Test(file, only_a_file_is_opened_as_one)
{
	int fd;

	cr_assert_eq(file_replace(path, "one", 3), 0);
	fd = file_open_regular(path, O_RDONLY);
	cr_expect_geq(fd, 0);
	close(fd);
	cr_expect_eq(file_open_regular(temporary, O_RDONLY), -1);
	cr_expect_eq(errno, ENOENT, "there is none");
	cr_expect_eq(file_open_regular(folder, O_RDONLY), -1);
	cr_expect_eq(errno, ENOENT, "a folder");
	cr_assert_eq(symlink(path, temporary), 0);
	cr_expect_eq(file_open_regular(temporary, O_RDONLY), -1);
	cr_expect_eq(errno, ELOOP, "a link");
}

Test(file, a_full_disk_is_told)
{
	int fd = open("/dev/full", O_WRONLY);

	if (fd < 0)
		cr_skip_test("no /dev/full");
	cr_expect_eq(file_write_all(fd, "x", 1), ENOSPC);
	close(fd);
}

/* Of what comes while it is busy only the newest need be written; the last is, at the latest when it is
 * freed. */
Test(file, a_writer_writes_the_newest)
{
	struct file_writer *writer;

	cr_assert_eq(file_writer_alloc(&writer, path), 0);
	for (char c = 'a'; c <= 'z'; c++) {
		char text[] = { c, c, '\0' };

		file_writer_put(writer, strdup(text), 2);
	}
	file_writer_free(writer);
	has("zz");
}
