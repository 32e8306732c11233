/* control/explain: why the socket cannot be had, for those who start the switch; see server.h. */
#define _GNU_SOURCE /* struct ucred */
#include "daemon/offhookd/control/server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Who listens at the socket; 0: that is not known. */
static long listener_of(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct ucred who = { 0 };
	socklen_t size = sizeof(who);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0)
		return 0;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
		who.pid = 0;
	close(fd);
	return who.pid;
}

static const char *kind_of(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return "something else";
	if (S_ISDIR(st.st_mode))
		return "a folder";
	if (S_ISLNK(st.st_mode))
		return "a symbolic link";
	return S_ISREG(st.st_mode) ? "a plain file" : "no socket";
}

void control_server_explain(const char *path, int err, char *out, size_t size)
{
	long pid = err == EADDRINUSE ? listener_of(path) : 0;

	if (pid > 0)
		snprintf(out, size,
			 "cannot listen at %s: process %ld does (another offhookd?): stop it first, or give "
			 "this one "
			 "a run-dir of its own",
			 path, pid);
	else if (err == EADDRINUSE)
		snprintf(out, size,
			 "cannot listen at %s: another process does (another offhookd?): stop it first, or "
			 "give this "
			 "one a run-dir of its own",
			 path);
	else if (err == EEXIST)
		snprintf(out, size,
			 "cannot listen at %s: it is there already, and is %s: move it away, or name another "
			 "run-dir",
			 path, kind_of(path));
	else if (err == ENAMETOOLONG)
		snprintf(out, size,
			 "cannot listen at %s: the name of a socket may have %zu characters: name a shorter "
			 "run-dir",
			 path, sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
	else if (err == EACCES || err == EPERM || err == EROFS)
		snprintf(
		    out, size,
		    "cannot listen at %s: %s: user %ld must be allowed to write into that folder (run-dir)",
		    path, strerror(err), (long)geteuid());
	else
		snprintf(out, size, "cannot listen at %s: %s", path, strerror(err));
}
