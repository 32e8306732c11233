/* See testtrunk.h. */
#include "daemon/offhookd/testtrunk/testtrunk.h"

#include "daemon/offhookd/testtrunk/leg.h"
#include "daemon/offhookd/testtrunk/offer.h"
#include "lib/clock.h"
#include "lib/socket_address.h"
#include "media/codec.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	TICK_US = 5000,
	LEGS_MAX = 2000,
	READS_MAX = 64, /* datagrams before the clock is looked at again */
};

struct testtrunk {
	struct test_line line;
	struct test_legs legs;
	struct event_base *base;
	struct event *readable, *clock, *end;
	int ended; /* written to by the main thread */
	pthread_t id;
	bool running;
};

/* ---- what comes ---- */

/* Nobody but this machine: its loopback addresses, and the one that we are on. */
static bool is_near(const struct testtrunk *t, const struct sockaddr_storage *from)
{
	char host[64];

	test_host(host, from);
	return socket_address_is_same(from, &t->line.address, false) || strncmp(host, "127.", 4) == 0 ||
	       strcmp(host, "::1") == 0;
}

static void take_new(struct testtrunk *t, const struct test_received *in)
{
	const char *method = in->message.method;

	if (in->message.status || strcmp(method, "ACK") == 0)
		return;
	if (strcmp(method, "OPTIONS") == 0) {
		test_line_reply(&t->line, in, 200);
	} else if (strcmp(method, "INVITE") != 0 || in->message.in_dialog) {
		test_line_reply(&t->line, in, 481);
	} else if (test_leg_count(&t->legs) >= LEGS_MAX ||
		   test_leg_add(&t->legs, &t->line, in, clock_mono_us())) {
		test_line_reply(&t->line, in, 503);
	} else if (!evtimer_pending(t->clock, NULL)) {
		evtimer_add(t->clock, &(struct timeval){ .tv_usec = TICK_US });
	}
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct testtrunk *t = arg;
	char bytes[TEST_MESSAGE_MAX];

	(void)what;
	for (int i = 0; i < READS_MAX; i++) {
		struct test_received in = { .bytes = bytes };
		socklen_t size = sizeof in.from;
		ssize_t n = recvfrom(fd, bytes, sizeof bytes, MSG_TRUNC, (struct sockaddr *)&in.from, &size);
		struct test_leg *leg;

		if (n < 0)
			return;
		in.size = (size_t)n;
		if (in.size > sizeof bytes || !is_near(t, &in.from) ||
		    test_message_read(&in.message, bytes, in.size))
			continue;
		leg = test_leg_find(&t->legs, in.message.call_id);
		if (leg)
			test_leg_take(leg, &in, clock_mono_us());
		else
			take_new(t, &in);
	}
}

/* The clock rests while there are no calls. */
static void on_clock(evutil_socket_t fd, short what, void *arg)
{
	struct testtrunk *t = arg;

	(void)fd, (void)what;
	test_legs_tick(&t->legs, clock_mono_us());
	if (test_leg_count(&t->legs))
		evtimer_add(t->clock, &(struct timeval){ .tv_usec = TICK_US });
}

static void on_end(evutil_socket_t fd, short what, void *arg)
{
	struct testtrunk *t = arg;

	(void)fd, (void)what;
	event_base_loopbreak(t->base);
}

static void *run(void *arg)
{
	struct testtrunk *t = arg;

	event_base_dispatch(t->base);
	return NULL;
}

/* ---- starting, ending ---- */

static int set_address(struct sockaddr_storage *out, const char *host)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof *out);
	if (strcmp(host, "0.0.0.0") == 0)
		host = "127.0.0.1";
	else if (strcmp(host, "::") == 0)
		host = "::1";
	out->ss_family = strchr(host, ':') ? AF_INET6 : AF_INET;
	return inet_pton(out->ss_family, host,
			 out->ss_family == AF_INET6 ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr) == 1
		   ? 0
		   : EINVAL;
}

static int open_line(struct test_line *line, const char *host)
{
	socklen_t size = sizeof line->address;
	char text[64];
	bool v6;

	if (set_address(&line->address, host))
		return EINVAL;
	v6 = line->address.ss_family == AF_INET6;
	line->fd = socket(line->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (line->fd < 0 ||
	    bind(line->fd, (struct sockaddr *)&line->address,
		 v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in)) ||
	    getsockname(line->fd, (struct sockaddr *)&line->address, &size))
		return errno;
	test_host(text, &line->address);
	snprintf(line->contact, sizeof line->contact, v6 ? "[%s]:%u" : "%s:%u", text,
		 socket_address_port(&line->address));
	return 0;
}

static int open_events(struct testtrunk *t)
{
	t->ended = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (t->ended < 0)
		return errno;
	t->base = event_base_new();
	if (!t->base)
		return ENOMEM;
	t->readable = event_new(t->base, t->line.fd, EV_READ | EV_PERSIST, on_readable, t);
	t->clock = evtimer_new(t->base, on_clock, t);
	t->end = event_new(t->base, t->ended, EV_READ, on_end, t);
	if (!t->readable || !t->clock || !t->end || event_add(t->readable, NULL) || event_add(t->end, NULL))
		return ENOMEM;
	return 0;
}

/* Signals are the main thread's. */
static int start_thread(struct testtrunk *t)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&t->id, NULL, run, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	t->running = !err;
	return err;
}

int testtrunk_start(struct testtrunk **out, const char *host)
{
	struct testtrunk *t = calloc(1, sizeof *t);
	int err;

	if (!t)
		return ENOMEM;
	t->line.fd = t->ended = -1;
	codec_g711_init();
	err = open_line(&t->line, host);
	if (!err)
		err = open_events(t);
	if (!err)
		err = start_thread(t);
	if (err) {
		testtrunk_stop(t);
		return err;
	}
	*out = t;
	return 0;
}

const struct sockaddr_storage *testtrunk_address(const struct testtrunk *t)
{
	return &t->line.address;
}

void testtrunk_stop(struct testtrunk *t)
{
	if (!t)
		return;
	if (t->running) {
		eventfd_write(t->ended, 1);
		pthread_join(t->id, NULL);
	}
	test_legs_free(&t->legs);
	if (t->readable)
		event_free(t->readable);
	if (t->clock)
		event_free(t->clock);
	if (t->end)
		event_free(t->end);
	if (t->base)
		event_base_free(t->base);
	if (t->ended >= 0)
		close(t->ended);
	if (t->line.fd >= 0)
		close(t->line.fd);
	free(t);
}
