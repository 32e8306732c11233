/* service: see service.h. */
#include "lib/service.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == (dev_t)device && st.st_ino == (ino_t)inode;
}

bool service_has_journal(void)
{
	enum { UNKNOWN, NO, YES };
	static _Atomic int known = UNKNOWN;

	if (atomic_load_explicit(&known, memory_order_relaxed) == UNKNOWN)
		atomic_store_explicit(&known, is_journal() ? YES : NO, memory_order_relaxed);
	return atomic_load_explicit(&known, memory_order_relaxed) == YES;
}

void service_ready(void)
{
	static const char state[] = "READY=1";
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t length = path ? strlen(path) : 0;
	int fd;

	if (length < 2 || length >= sizeof to.sun_path)
		return;
	memcpy(to.sun_path, path, length);
	if (path[0] == '@') /* an abstract one */
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, state, sizeof state - 1, MSG_NOSIGNAL, (struct sockaddr *)&to,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	close(fd);
}
