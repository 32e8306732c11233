/* See pid_lock.h. */
#include "lib/pid_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { PATH_SIZE = 1024 };

/* Whose it is, as the file says; 0: that is not known. */
static long holder_of(int fd)
{
	char text[24];
	ssize_t n = pread(fd, text, sizeof text - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return strtol(text, NULL, 10);
}

static int refuse(int err, int fd, const char *dir, const char *name, const char *path, char *error,
		  size_t size)
{
	long pid;

	if (err != EWOULDBLOCK) {
		snprintf(error, size, "cannot lock %s: %s (it must be a plain file that this user may write)",
			 path, strerror(err));
		return err;
	}
	pid = holder_of(fd);
	if (pid > 0)
		snprintf(error, size,
			 "another %s, process %ld, works in %s (it holds %s): stop that one first, or give "
			 "this one "
			 "a folder of its own",
			 name, pid, dir, path);
	else
		snprintf(
		    error, size,
		    "another %s works in %s (it holds %s): stop that one first, or give this one a folder of "
		    "its own",
		    name, dir, path);
	return EBUSY;
}

int pid_lock_take(int *out, const char *dir, const char *name, char *error, size_t size)
{
	char path[PATH_SIZE], text[24];
	int fd, err, n;

	if (snprintf(path, sizeof path, "%s/%s.lock", dir, name) >= (int)sizeof path) {
		snprintf(error, size, "%.100s…: the name is too long", dir);
		return ENAMETOOLONG;
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
	if (fd < 0)
		return refuse(errno, -1, dir, name, path, error, size);
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		err = refuse(errno, fd, dir, name, path, error, size);
		close(fd);
		return err;
	}
	/* It is held whatever becomes of the text, which only helps people. */
	n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) < 0)
		errno = 0;
	*out = fd;
	return 0;
}

void pid_lock_drop(int fd)
{
	if (fd < 0)
		return;
	if (ftruncate(fd, 0))
		errno = 0;
	close(fd);
}
