#define _GNU_SOURCE /* SO_RCVBUFFORCE */
/* A room of 1,000 with five speakers. No speed is asked for: what matters is that everybody hears all others.
 */
#include "tests/unit/media_support.h"

#include "media/codec.h"
#include "media/rtp.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

TestSuite(media_crowd, .timeout = 180, .fini = scratch_sweep);

enum {
	MEMBERS = 1000,
	SPEAKERS = 5,
	LISTENERS = MEMBERS - SPEAKERS,
	PORT_MIN = 26000,
	PORT_MAX = 30999,
	PACKETS = 40, /* that each listener must have heard at last */
	KEPT = 20,    /* packets of its last 400 ms */
	WINDOW = KEPT * 160,
};

static const unsigned tones[SPEAKERS] = { 350, 500, 650, 800, 950 };
static const double EACH = -23.14; /* −20 dBm0 */

struct listener {
	uint16_t port; /* of its session */
	unsigned packets;
	int16_t heard[WINDOW];
};

struct crowd {
	struct world *w;
	struct media_room *room;
	struct far *speakers[SPEAKERS];
	struct listener *listeners;
	int16_t by_port[65536]; /* index of the listener, or −1 */
	int fd;			/* where all listeners are */
	struct event *event;
	unsigned fewest; /* packets of the listener that has had least */
};

static void hear(struct listener *l, const uint8_t *bytes, size_t size)
{
	static const struct media_codec *pcmu;
	if (!pcmu)
		pcmu = media_codec_find("PCMU", 0);
	cr_assert_eq(size, (size_t)(RTP_HEADER + 160));
	codec_ops(pcmu)->decode(NULL, l->heard + l->packets % KEPT * 160, 160, bytes + RTP_HEADER, 160);
	l->packets++;
}

static void on_read(evutil_socket_t fd, short what, void *arg)
{
	struct crowd *c = arg;
	uint8_t bytes[RTP_PACKET_MAX];
	struct sockaddr_in from;
	socklen_t from_size = sizeof from;
	ssize_t n;
	(void)what;
	for (int i = 0; i < 256; i++) {
		n = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &from_size);
		if (n < 0)
			return;
		int who = c->by_port[ntohs(from.sin_port)];
		if (who >= 0)
			hear(&c->listeners[who], bytes, (size_t)n);
	}
}

static int shared_socket(struct sockaddr_in *address)
{
	socklen_t size = sizeof *address;
	int buffer = 16 << 20, fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	*address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
	cr_assert_eq(bind(fd, (struct sockaddr *)address, sizeof *address), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)address, &size), 0);
	return fd;
}

static const struct media_member plain = { .starts = true };

static void add_listeners(struct crowd *c)
{
	struct sockaddr_in address;
	c->fd = shared_socket(&address);
	c->event = event_new(c->w->base, c->fd, EV_READ | EV_PERSIST, on_read, c);
	event_add(c->event, NULL);
	memset(c->by_port, 0xff, sizeof c->by_port);
	struct media_remote remote = { .codec = media_codec_find("PCMU", 0),
				       .dtmf_pt = 101,
				       .ptime_ms = 20,
				       .send = true,
				       .receive = true };
	memcpy(&remote.rtp, &address, sizeof address);
	memcpy(&remote.rtcp, &address, sizeof address);
	for (int16_t i = 0; i < LISTENERS; i++) {
		struct media_session *s = world_session(c->w, "listener", 0);
		c->listeners[i].port = media_session_port(s);
		c->by_port[c->listeners[i].port] = i;
		cr_assert_eq(media_session_set_remote(s, &remote), 0);
		cr_assert_eq(media_room_add(c->room, s, &plain), 0);
	}
}

static void add_speakers(struct crowd *c)
{
	for (int i = 0; i < SPEAKERS; i++) {
		struct media_session *s = world_session(c->w, "speaker", 0);
		c->speakers[i] = world_far(c->w, "PCMU");
		far_meets(c->speakers[i], s);
		far_tone(c->speakers[i], tones[i], -20);
		cr_assert_eq(media_room_add(c->room, s, &plain), 0);
	}
}

/* The event base of the test process is slow where 50,000 packets a second come: the fewest are looked for
 * now and then only. */
static bool all_have_heard(struct world *w, void *arg)
{
	struct crowd *c = arg;
	static unsigned turn;
	(void)w;
	if (++turn % 64)
		return false;
	c->fewest = UINT32_MAX;
	for (int i = 0; i < LISTENERS; i++)
		if (c->listeners[i].packets < c->fewest)
			c->fewest = c->listeners[i].packets;
	return c->fewest >= PACKETS;
}

/* Its oldest sample first. */
static double level_for(const struct listener *l, unsigned hz)
{
	static int16_t in_order[WINDOW];
	size_t at = l->packets % KEPT * 160;
	memcpy(in_order, l->heard + at, (WINDOW - at) * sizeof *in_order);
	memcpy(in_order + WINDOW - at, l->heard, at * sizeof *in_order);
	return level_of_most(in_order, WINDOW, hz, 8000);
}

static bool enough_descriptors(void)
{
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < 2 * MEMBERS + 200 && limit.rlim_max >= 2 * MEMBERS + 200) {
		limit.rlim_cur = 2 * MEMBERS + 200;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur >= 2 * MEMBERS + 200;
}

Test(media_crowd, a_thousand_hear_five)
{
	static struct crowd c;
	if (!enough_descriptors()) {
		cr_log_info("so few descriptors are allowed that a room of %d is not tried", MEMBERS);
		return;
	}
	c.w = world_new_params(
	    &(struct media_engine_params){ .workers = 1, .port_min = PORT_MIN, .port_max = PORT_MAX });
	c.w->crowd = true;
	c.listeners = calloc(LISTENERS, sizeof *c.listeners);
	cr_assert_eq(media_room_alloc(&c.room, c.w->engine,
				      &(struct media_room_params){ .id = "crowd", .max_members = MEMBERS }),
		     0);
	add_speakers(&c);
	add_listeners(&c);
	cr_expect_eq(media_room_members(c.room), (size_t)MEMBERS);
	struct media_session *late = world_session(c.w, "late", 0);
	cr_expect_neq(media_room_add(c.room, late, &plain), 0, "it is full");
	media_session_close(late);
	cr_assert(world_wait(c.w, all_have_heard, &c), "one has had %u packets", c.fewest);
	for (int k = 0; k < SPEAKERS; k++)
		for (int i = 0; i < SPEAKERS; i++)
			if (i != k)
				cr_expect(far_hears_about(c.speakers[k], tones[i], EACH, 3), "%d hears %d", k,
					  i);
	for (int k = 0; k < SPEAKERS; k++)
		cr_expect_lt(far_level(c.speakers[k], tones[k], 200), -40, "%d hears itself", k);
	cr_assert(world_wait(c.w, all_have_heard, &c));
	unsigned deaf = 0;
	for (int i = 0; i < LISTENERS; i++)
		for (int k = 0; k < SPEAKERS; k++)
			deaf += level_for(&c.listeners[i], tones[k]) < EACH - 4;
	cr_expect_leq(deaf, LISTENERS * SPEAKERS / 100, "%u of %u are not heard", deaf,
		      (unsigned)(LISTENERS * SPEAKERS));
	media_room_close(c.room);
	event_free(c.event);
	close(c.fd);
	free(c.listeners);
	world_free(c.w);
}
