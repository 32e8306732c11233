#include "daemon/api/http/deadlines.h"

#include "daemon/api/http/conn.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int64_t limit_us;

void deadlines_start(unsigned limit_s)
{
	limit_us = (int64_t)limit_s * 1000000;
}

int64_t deadlines_limit_us(void)
{
	return limit_us;
}

void deadlines_touch(struct conn *conn)
{
	if (!conn->request && !conn->since_us)
		conn->since_us = clock_mono_us();
}

void deadlines_begin(struct conn *conn, const void *request)
{
	conn->request = request;
	conn->since_us = 0;
}

void deadlines_end(int fd, const void *request)
{
	struct conn *conn = conn_last(fd);

	if (!conn || conn->request != request)
		return;
	conn->request = NULL;
	conn->idle_us = clock_mono_us();
	/* The beginning of the next one is here. */
	if (conn->held)
		conn->since_us = conn->idle_us;
}

int64_t deadlines_idle_since(int fd)
{
	const struct conn *conn = conn_of(fd);
	int unsent = 0;

	if (!conn || conn->request || ioctl(fd, SIOCOUTQ, &unsent) || unsent)
		return 0;
	return conn->idle_us;
}

static void end_connection(int fd, bool plain)
{
	static const char text[] =
	    "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

	log_info("http.too_slow", NULL, "fd=%d", fd);
	if (plain && send(fd, text, sizeof text - 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_debug("http.too_slow", NULL, "fd=%d reason=unwritable", fd);
	shutdown(fd, SHUT_RDWR);
}

static void check(int fd, struct conn *conn)
{
	if (!conn->since_us || clock_mono_us() - conn->since_us < limit_us)
		return;
	conn->since_us = 0;
	end_connection(fd, conn->plain);
}

void deadlines_sweep(void)
{
	conns_sweep(check);
}
