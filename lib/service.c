/* service: see service.h. */
#include "lib/service.h"

#include <event2/event.h>
#include <limits.h>
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

/* Sends a line to whoever has started us, if anybody wants to know. */
static void notify(const char *state)
{
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
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&to,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	close(fd);
}

void service_ready(void)
{
	notify("READY=1");
}

static void tell(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	notify("WATCHDOG=1");
}

/* How often it wants to hear, in microseconds; 0: never. WATCHDOG_PID is whom it means
 * (sd_watchdog_enabled(3)). */
static unsigned long long watched_us(void)
{
	const char *us = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	unsigned long long value = us ? strtoull(us, NULL, 10) : 0;

	if (pid && strtoll(pid, NULL, 10) != getpid())
		return 0;
	return value < 2 || value == ULLONG_MAX ? 0 : value;
}

struct event *service_watch(struct event_base *base)
{
	unsigned long long half = watched_us() / 2;
	struct timeval every = { .tv_sec = (time_t)(half / 1000000),
				 .tv_usec = (suseconds_t)(half % 1000000) };
	struct event *timer = half ? event_new(base, -1, EV_PERSIST, tell, NULL) : NULL;

	if (timer)
		event_add(timer, &every);
	return timer;
}
