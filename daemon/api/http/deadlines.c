#include "daemon/api/http/deadlines.h"

#include "lib/clock.h"
#include "lib/log.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* One descriptor. */
struct slot {
	uint64_t cookie;     /* of the socket that this is about */
	bool plain;	     /* no TLS */
	int64_t since_us;    /* first byte of a request that is not complete; 0: none */
	const void *request; /* that is being worked on, or NULL */
};

static struct {
	struct slot *slots; /* by descriptor */
	int count;
	int64_t limit_us;
} deadlines;

void deadlines_start(unsigned limit_s)
{
	deadlines.limit_us = (int64_t)limit_s * 1000000;
}

void deadlines_stop(void)
{
	free(deadlines.slots);
	memset(&deadlines, 0, sizeof deadlines);
}

int64_t deadlines_limit_us(void)
{
	return deadlines.limit_us;
}

/* 0 for what is no socket. */
static uint64_t cookie_of(int fd)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof cookie;

	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) ? 0 : cookie;
}

/* The slot of the socket that `fd` is now, or NULL. */
static struct slot *slot_of(int fd)
{
	uint64_t cookie = fd < 0 ? 0 : cookie_of(fd);
	struct slot *slot;

	if (!cookie)
		return NULL;
	if (fd >= deadlines.count) {
		int count = fd + 64;
		struct slot *slots = realloc(deadlines.slots, (size_t)count * sizeof *slots);

		if (!slots)
			return NULL;
		memset(slots + deadlines.count, 0, (size_t)(count - deadlines.count) * sizeof *slots);
		deadlines.slots = slots;
		deadlines.count = count;
	}
	slot = &deadlines.slots[fd];
	if (slot->cookie != cookie)
		*slot = (struct slot){ .cookie = cookie };
	return slot;
}

static void on_input(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	struct slot *slot;

	(void)buffer;
	if (!info->n_added)
		return;
	slot = slot_of(bufferevent_getfd(arg));
	if (!slot || slot->request || slot->since_us)
		return;
	slot->since_us = clock_mono_us();
	slot->plain = !bufferevent_openssl_get_ssl(arg);
}

void deadlines_watch(struct bufferevent *bev)
{
	evbuffer_add_cb(bufferevent_get_input(bev), on_input, bev);
}

void deadlines_begin(int fd, const void *request)
{
	struct slot *slot = slot_of(fd);

	if (!slot)
		return;
	slot->request = request;
	slot->since_us = 0;
}

void deadlines_end(int fd, const void *request)
{
	if (fd >= 0 && fd < deadlines.count && deadlines.slots[fd].request == request)
		deadlines.slots[fd].request = NULL;
}

bool deadlines_is_idle(int fd)
{
	const struct slot *slot = slot_of(fd);

	return slot && !slot->request;
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

void deadlines_sweep(void)
{
	int64_t now = clock_mono_us();

	for (int fd = 0; fd < deadlines.count; fd++) {
		struct slot *slot = &deadlines.slots[fd];

		if (!slot->since_us || now - slot->since_us < deadlines.limit_us)
			continue;
		slot->since_us = 0;
		if (cookie_of(fd) == slot->cookie)
			end_connection(fd, slot->plain);
	}
}
