/* See unix_socket.h. */
#include "lib/unix_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Makes way for a new socket: removes one that nobody listens at. */
static int remove_stale(const struct sockaddr_un *address)
{
	struct stat st;
	int fd, err;

	if (lstat(address->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : errno;
	if (!S_ISSOCK(st.st_mode))
		return EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	err = connect(fd, (const struct sockaddr *)address, sizeof *address) < 0 ? errno : 0;
	close(fd);
	/* EAGAIN: its queue is full, so it is alive. */
	if (err == 0 || err == EAGAIN)
		return EADDRINUSE;
	if (err != ECONNREFUSED)
		return err;
	return unlink(address->sun_path) < 0 && errno != ENOENT ? errno : 0;
}

int unix_socket_listen(const char *path, mode_t mode, int backlog, int *fd, ino_t *inode)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;
	int bound, err;

	if (strlen(path) >= sizeof address.sun_path)
		return ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	err = remove_stale(&address);
	if (err)
		return err;
	bound = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bound < 0)
		return errno;
	/* The mode before bind() is that of the new file, so that it is never open to all; umask may take
	 * from it. */
	if (fchmod(bound, mode) < 0 || bind(bound, (const struct sockaddr *)&address, sizeof address) < 0) {
		err = errno;
		close(bound);
		return err;
	}
	if (chmod(path, mode) < 0 || lstat(path, &st) < 0 || listen(bound, backlog) < 0) {
		err = errno;
		unlink(path);
		close(bound);
		return err;
	}
	*fd = bound;
	if (inode)
		*inode = st.st_ino;
	return 0;
}
