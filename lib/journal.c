/* See journal.h. */
#define _GNU_SOURCE /* program_invocation_short_name */
#include "lib/journal.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIELDS_SIZE = 512 };

static const char *socket_path = "/run/systemd/journal/socket";

void journal_test_socket(const char *path)
{
	socket_path = path;
}

/* The socket of this process, opened once; −1: it cannot be. */
static int descriptor(void)
{
	static _Atomic int kept = -1;
	int fd = atomic_load(&kept), none = -1;

	if (fd >= 0)
		return fd;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !atomic_compare_exchange_strong(&kept, &none, fd)) {
		close(fd);
		return none; /* another thread's */
	}
	return fd;
}

/* All fields but the message. Returns their length, or 0 when they do not fit. */
static size_t write_fields(int priority, const char *event, const char *call_id, char out[FIELDS_SIZE])
{
	int n = snprintf(out, FIELDS_SIZE, "\nPRIORITY=%d\nSYSLOG_IDENTIFIER=%s\nOFFHOOK_EVENT=%s\n%s%s%s",
			 priority, program_invocation_short_name, event, call_id ? "OFFHOOK_CALL=" : "",
			 call_id ? call_id : "", call_id ? "\n" : "");

	return n < 0 || n >= FIELDS_SIZE ? 0 : (size_t)n;
}

bool journal_send(int priority, const char *event, const char *call_id, const char *text, size_t length)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	char fields[FIELDS_SIZE], name[] = "MESSAGE=";
	size_t size = write_fields(priority, event, call_id, fields);
	struct iovec parts[] = { { name, sizeof name - 1 },
				 { (void *)(uintptr_t)text, length },
				 { fields, size } };
	struct msghdr message = { .msg_name = &to,
				  .msg_namelen = sizeof to,
				  .msg_iov = parts,
				  .msg_iovlen = sizeof parts / sizeof parts[0] };
	int fd;

	if (!size || strlen(socket_path) >= sizeof to.sun_path || memchr(text, '\n', length) ||
	    (call_id && strchr(call_id, '\n')))
		return false;
	strcpy(to.sun_path, socket_path);
	fd = descriptor();
	return fd >= 0 && sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}
