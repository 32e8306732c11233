#include "daemon/api/http/conn.h"

#include "lib/clock.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static struct {
	struct conn *of; /* by descriptor */
	int count;
	uint64_t body_max;
} conns;

static void clear(struct conn *conn)
{
	if (conn->held)
		evbuffer_free(conn->held);
	memset(conn, 0, sizeof *conn);
}

void conns_start(uint64_t body_max)
{
	conns.body_max = body_max;
}

void conns_stop(void)
{
	for (int fd = 0; fd < conns.count; fd++)
		clear(&conns.of[fd]);
	free(conns.of);
	memset(&conns, 0, sizeof conns);
}

/* 0 for what is no socket. */
static uint64_t cookie_of(int fd)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof cookie;

	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) ? 0 : cookie;
}

struct conn *conn_of(int fd)
{
	uint64_t cookie = fd < 0 ? 0 : cookie_of(fd);
	struct conn *conn;

	if (!cookie)
		return NULL;
	if (fd >= conns.count) {
		int count = fd + 64;
		struct conn *more = realloc(conns.of, (size_t)count * sizeof *more);

		if (!more)
			return NULL;
		memset(more + conns.count, 0, (size_t)(count - conns.count) * sizeof *more);
		conns.of = more;
		conns.count = count;
	}
	conn = &conns.of[fd];
	if (conn->cookie != cookie) {
		clear(conn);
		conn->cookie = cookie;
		conn->idle_us = clock_mono_us();
		framing_init(&conn->framing, conns.body_max);
	}
	return conn;
}

struct conn *conn_last(int fd)
{
	return fd >= 0 && fd < conns.count ? &conns.of[fd] : NULL;
}

void conns_sweep(void (*each)(int fd, struct conn *conn))
{
	for (int fd = 0; fd < conns.count; fd++) {
		struct conn *conn = &conns.of[fd];

		if (!conn->since_us && !conn->held)
			continue;
		if (cookie_of(fd) == conn->cookie)
			each(fd, conn);
		else
			clear(conn);
	}
}
