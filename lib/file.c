#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int file_open_regular(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW);
	struct stat info;

	if (fd >= 0 && (fstat(fd, &info) || !S_ISREG(info.st_mode))) {
		close(fd);
		errno = ENOENT;
		return -1;
	}
	return fd;
}

int file_write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : EIO;
		bytes += n;
		length -= (size_t)n;
	}
	return 0;
}

/* `how`: O_TRUNC or O_EXCL. */
static int replace(const char *path, const char *bytes, size_t length, int how, mode_t mode)
{
	char temporary[FILE_PATH_SIZE];
	int n = snprintf(temporary, sizeof(temporary), "%s.new", path), fd, err;

	if (n < 0 || (size_t)n >= sizeof(temporary))
		return ENAMETOOLONG;
	if (how == O_EXCL)
		unlink(temporary);
	fd = open(temporary, O_WRONLY | O_CREAT | how | O_CLOEXEC, mode);
	if (fd < 0)
		return errno;
	err = file_write_all(fd, bytes, length);
	if (err == 0 && fdatasync(fd) < 0)
		err = errno;
	if (close(fd) < 0 && err == 0)
		err = errno;
	if (err == 0 && rename(temporary, path) < 0)
		err = errno;
	if (err != 0)
		unlink(temporary);
	return err;
}

int file_replace(const char *path, const char *bytes, size_t length)
{
	return replace(path, bytes, length, O_TRUNC, 0640);
}

int file_replace_mode(const char *path, const char *bytes, size_t length, mode_t mode)
{
	return replace(path, bytes, length, O_EXCL, mode);
}

int file_sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno;
	if (fsync(fd) < 0)
		err = errno;
	close(fd);
	return err;
}
