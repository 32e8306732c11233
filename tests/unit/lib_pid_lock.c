/* Tests of pid_lock. */
#include "lib/pid_lock.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64], file[96];

static void set_up(void)
{
	strcpy(folder, "/tmp/offhook-lock-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	snprintf(file, sizeof file, "%s/some.lock", folder);
}

static void tear_down(void)
{
	unlink(file);
	rmdir(file);
	rmdir(folder);
}

TestSuite(pid_lock, .init = set_up, .fini = tear_down);

/* A process that takes the lock and then stands still. */
static pid_t hold(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	cr_assert_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		char error[400];
		int fd, err = pid_lock_take(&fd, folder, "some", error, sizeof error);

		if (err || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	cr_assert_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

Test(pid_lock, the_second_is_told_who_the_first_is)
{
	pid_t pid = hold();
	char error[400], number[128];
	int fd = -1;

	snprintf(number, sizeof number, "process %ld,", (long)pid);
	cr_expect_eq(pid_lock_take(&fd, folder, "some", error, sizeof error), EBUSY);
	cr_expect_not_null(strstr(error, number), "%s", error);
	cr_expect_not_null(strstr(error, file), "%s", error);
	/* Another name is another lock. */
	cr_expect_eq(pid_lock_take(&fd, folder, "other", error, sizeof error), 0, "%s", error);
	pid_lock_drop(fd);
	snprintf(number, sizeof number, "%s/other.lock", folder);
	unlink(number);
	/* What a killed process leaves is no hindrance. */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	cr_expect_eq(access(file, F_OK), 0);
	cr_expect_eq(pid_lock_take(&fd, folder, "some", error, sizeof error), 0, "%s", error);
	pid_lock_drop(fd);
	cr_expect_eq(pid_lock_take(&fd, folder, "some", error, sizeof error), 0, "%s", error);
	pid_lock_drop(fd);
}

Test(pid_lock, what_is_no_file_is_named)
{
	char error[400];
	int fd = -1;

	cr_assert_eq(mkdir(file, 0700), 0);
	cr_expect_neq(pid_lock_take(&fd, folder, "some", error, sizeof error), 0);
	cr_expect_not_null(strstr(error, file), "%s", error);
	cr_expect_eq(fd, -1);
}
