/* See connections.h. */
#include "daemon/offhookd/ua/connections.h"

#include "daemon/offhookd/ua/intake.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uthash.h>

enum {
	STATE_CLOSE_WAIT = 8, /* TCP_CLOSE_WAIT, which <netinet/tcp.h> has and <linux/tcp.h> has not */
	SWEEP_MIN_MS = 50,
	SWEEP_MAX_MS = 2000,
	/* What keep-alives may take, of TLS too: so much at once, and so much a second since the last
	   message. */
	PING_BYTES = 256,
	PING_BYTES_A_SECOND = 20,
};

/* An address and port, or the address alone of a source. No padding: it is a key. */
struct endpoint {
	uint8_t address[16]; /* IPv4 as ::ffff:… */
	uint16_t port, zero;
};

struct source {
	UT_hash_handle hh;
	struct endpoint key;
	size_t count;
};

struct connection {
	UT_hash_handle hh;
	struct endpoint key; /* its far end */
	struct source *source;
	int fd;
	ino_t inode;	  /* of the socket: whether `fd` is still it */
	bool heard;	  /* a whole message has come, ever */
	bool heard_again; /* since the last sweep */
	bool gone;	  /* its far end had nothing more to say, at the last sweep */
	int64_t since_us; /* its beginning, or when the last whole message was noticed */
	int64_t late_us;  /* since when there is more than keep-alives need; 0: there is not */
	uint64_t bytes;	  /* received up to the last whole message */
};

struct ua_connections {
	struct connection *table;
	struct source *sources;
	struct ua_connection_limits limits;
	struct ua_connection_stats stats;
	ua_connected_h *handler;
	ua_disconnected_h *disconnected; /* or NULL */
	bool ended;			 /* some have, and that was not told yet */
	void *arg;
	struct event *sweep;
	int64_t warned_us;
	int reserve; /* a descriptor to give up when there is no other */
};

/* accept() has no argument of ours. */
static struct ua_connections *connections_of;

/* ---- the table ---- */

static bool make_key(struct endpoint *out, const struct sockaddr_storage *from)
{
	memset(out, 0, sizeof *out);
	if (from->ss_family == AF_INET) {
		const struct sockaddr_in *v4 = (const void *)from;

		out->address[10] = out->address[11] = 0xff;
		memcpy(out->address + 12, &v4->sin_addr, 4);
		out->port = v4->sin_port;
	} else if (from->ss_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const void *)from;

		memcpy(out->address, &v6->sin6_addr, 16);
		out->port = v6->sin6_port;
	} else {
		return false;
	}
	return true;
}

/* IPv4 address, or IPv6 /64. */
static struct endpoint source_key(struct endpoint key)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	key.port = 0;
	if (memcmp(key.address, mapped, sizeof mapped) != 0)
		memset(key.address + 8, 0, 8);
	return key;
}

static struct source *source_of(struct ua_connections *c, const struct endpoint *key)
{
	struct endpoint wanted = source_key(*key);
	struct source *s;

	HASH_FIND(hh, c->sources, &wanted, sizeof wanted, s);
	return s;
}

static void forget(struct ua_connections *c, struct connection *one)
{
	HASH_DEL(c->table, one);
	c->ended = true;
	c->stats.count--;
	if (--one->source->count == 0) {
		HASH_DEL(c->sources, one->source);
		free(one->source);
	}
	free(one);
}

/* Returns false without memory: then it is not looked after. */
static bool add(struct ua_connections *c, const struct endpoint *key, int fd, ino_t inode)
{
	struct connection *one = calloc(1, sizeof *one), *old;
	struct source *source = source_of(c, key);

	if (!source && (source = calloc(1, sizeof *source))) {
		source->key = source_key(*key);
		HASH_ADD(hh, c->sources, key, sizeof source->key, source);
	}
	if (!one || !source) {
		if (source && source->count == 0) {
			HASH_DEL(c->sources, source);
			free(source);
		}
		free(one);
		return false;
	}
	one->key = *key;
	one->fd = fd;
	one->inode = inode;
	one->since_us = clock_mono_us();
	one->source = source;
	source->count++;
	HASH_FIND(hh, c->table, key, sizeof *key, old);
	if (old) /* that one has ended, or reached another port of ours */
		forget(c, old);
	HASH_ADD(hh, c->table, key, sizeof one->key, one);
	c->stats.count++;
	return true;
}

static ino_t inode_of(int fd)
{
	struct stat s;

	return fstat(fd, &s) == 0 && S_ISSOCK(s.st_mode) ? s.st_ino : 0;
}

/* ---- looking after them ---- */

/* `*gone`: the far end sends nothing more. */
static uint64_t bytes_received(int fd, bool *gone)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof info;

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size))
		return 0;
	*gone = info.tcpi_state == STATE_CLOSE_WAIT;
	return info.tcpi_bytes_received;
}

static const char *why_give_up(const struct ua_connections *c, struct connection *one, int64_t now)
{
	int64_t waited = now - one->since_us, patience = (int64_t)c->limits.message_ms * 1000;
	bool had_gone = one->gone;
	uint64_t bytes;

	one->gone = false;
	bytes = bytes_received(one->fd, &one->gone);
	/* sofia-sip reads no more from a connection that a broken message came by, and would keep it for
	 * ever */
	if (had_gone && one->gone && !one->heard_again)
		return "its far end has gone";
	if (!one->heard)
		return waited > patience ? "no message" : NULL;
	if (one->heard_again) {
		one->heard_again = false;
		one->since_us = now;
		one->late_us = 0;
		one->bytes = bytes;
		return NULL;
	}
	if (waited > (int64_t)c->limits.idle_s * 1000000)
		return "idle";
	if (bytes - one->bytes <= PING_BYTES + PING_BYTES_A_SECOND * (uint64_t)(waited / 1000000)) {
		one->late_us = 0;
		return NULL;
	}
	if (one->late_us == 0)
		one->late_us = now;
	return now - one->late_us > patience ? "half a message" : NULL;
}

static void describe(const struct endpoint *key, char out[INET6_ADDRSTRLEN])
{
	if (!inet_ntop(AF_INET6, key->address, out, INET6_ADDRSTRLEN))
		out[0] = '\0';
}

static void give_up(struct ua_connections *c, struct connection *one, const char *why)
{
	char address[INET6_ADDRSTRLEN];

	describe(&one->key, address);
	log_info("sip.connection_given_up", NULL, "address=%s port=%u why=%s", address, ntohs(one->key.port),
		 log_quote(why));
	c->stats.given_up++;
	shutdown(one->fd, SHUT_RDWR);
	forget(c, one);
}

static void sweep(struct ua_connections *c)
{
	int64_t now = clock_mono_us();
	struct connection *one, *next;

	HASH_ITER(hh, c->table, one, next)
	{
		const char *why;

		if (inode_of(one->fd) != one->inode) {
			forget(c, one);
			continue;
		}
		why = why_give_up(c, one, now);
		if (why)
			give_up(c, one, why);
	}
}

static void set_timer(struct ua_connections *c)
{
	unsigned ms = c->limits.message_ms / 8;

	ms = ms < SWEEP_MIN_MS ? SWEEP_MIN_MS : ms > SWEEP_MAX_MS ? SWEEP_MAX_MS : ms;
	event_add(c->sweep, &(struct timeval){ ms / 1000, ms % 1000 * 1000 });
}

static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct ua_connections *c = arg;

	(void)fd, (void)what;
	sweep(c);
	if (c->ended && c->disconnected)
		c->disconnected(c->arg);
	c->ended = false;
	if (c->stats.count)
		set_timer(c);
}

/* ---- letting them in ---- */

/* One line a second: who floods us with connections need not flood the log. */
static void refuse(struct ua_connections *c, const struct endpoint *key, const char *why)
{
	char address[INET6_ADDRSTRLEN];
	int64_t now = clock_mono_us();

	c->stats.refused++;
	if (c->warned_us && now - c->warned_us < 1000000)
		return;
	c->warned_us = now;
	describe(key, address);
	log_warn("sip.connection_refused", NULL, "address=%s why=%s count=%zu refused=%llu", address,
		 log_quote(why), c->stats.count, (unsigned long long)c->stats.refused);
}

static bool is_let_in(struct ua_connections *c, const struct sockaddr_storage *from,
		      const struct endpoint *key)
{
	const struct source *source = source_of(c, key);
	bool crowded = source && source->count >= c->limits.max_of_source;

	if (crowded || c->stats.count >= c->limits.max) {
		sweep(c); /* some may have ended since the last one */
		source = source_of(c, key);
		crowded = source && source->count >= c->limits.max_of_source;
	}
	if (c->stats.count >= c->limits.max)
		refuse(c, key, "max-connections is reached");
	else if (c->handler ? !c->handler(from, crowded, c->arg) : crowded)
		refuse(c, key,
		       crowded ? "max-connections-of-source is reached" : "it is banned, or too fast");
	else
		return true;
	return false;
}

/* Without a descriptor left nobody can be refused, and who waits would wake us for ever. */
static void refuse_without_descriptor(struct ua_connections *c, int listener)
{
	struct endpoint nobody = { 0 };
	int fd;

	if (c->reserve < 0)
		return;
	close(c->reserve);
	fd = (int)syscall(SYS_accept4, listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	c->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
	refuse(c, &nobody, "no descriptor is left");
}

/* Stands before that of the C library for sofia-sip, the only one in this process that calls it. */
int accept(int listener, struct sockaddr *restrict address, socklen_t *restrict size)
{
	struct ua_connections *c = connections_of;
	struct sockaddr_storage from = { 0 };
	socklen_t from_size = sizeof from;
	struct endpoint key;
	int fd = (int)syscall(SYS_accept4, listener, &from, &from_size, SOCK_CLOEXEC);

	if (fd < 0) {
		int err = errno;

		if (c && (err == EMFILE || err == ENFILE))
			refuse_without_descriptor(c, listener);
		errno = err;
		return -1;
	}
	if (c && make_key(&key, &from)) {
		if (!is_let_in(c, &from, &key)) {
			close(fd);
			errno = ECONNABORTED;
			return -1;
		}
		c->stats.total++;
		ua_intake_accepted(fd);
		if (add(c, &key, fd, inode_of(fd)) && !event_pending(c->sweep, EV_TIMEOUT, NULL))
			set_timer(c);
	}
	if (address && size) {
		memcpy(address, &from, from_size < *size ? from_size : *size);
		*size = from_size;
	}
	return fd;
}

static struct connection *find(struct ua_connections *c, const struct sockaddr_storage *from)
{
	struct connection *one;
	struct endpoint key;

	if (!make_key(&key, from))
		return NULL;
	HASH_FIND(hh, c->table, &key, sizeof key, one);
	return one;
}

bool ua_connections_has(struct ua_connections *c, const struct sockaddr_storage *from)
{
	const struct connection *one = find(c, from);

	return one && !one->gone && inode_of(one->fd) == one->inode;
}

void ua_connections_set_disconnected(struct ua_connections *c, ua_disconnected_h *handler)
{
	c->disconnected = handler;
}

bool ua_connections_give_up(struct ua_connections *c, const struct sockaddr_storage *from, const char *why)
{
	struct connection *one = find(c, from);

	if (!one || inode_of(one->fd) != one->inode)
		return false;
	give_up(c, one, why);
	return true;
}

void ua_connections_heard(struct ua_connections *c, const struct sockaddr_storage *from)
{
	struct connection *one = find(c, from);

	if (one)
		one->heard = one->heard_again = true;
}

void ua_connections_stats(struct ua_connections *c, struct ua_connection_stats *out)
{
	sweep(c);
	*out = c->stats;
}

/* ---- life ---- */

int ua_connections_alloc(struct ua_connections **out, struct event_base *base,
			 const struct ua_connection_limits *limits, ua_connected_h *handler, void *arg)
{
	struct ua_connections *c;

	if (connections_of)
		return EBUSY;
	c = calloc(1, sizeof *c);
	if (!c)
		return ENOMEM;
	c->limits = *limits;
	c->handler = handler;
	c->arg = arg;
	c->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
	c->sweep = evtimer_new(base, on_sweep, c);
	if (!c->sweep) {
		ua_connections_free(c);
		return ENOMEM;
	}
	connections_of = c;
	*out = c;
	return 0;
}

void ua_connections_free(struct ua_connections *c)
{
	struct connection *one, *next;

	if (!c)
		return;
	if (connections_of == c)
		connections_of = NULL;
	HASH_ITER(hh, c->table, one, next)
	forget(c, one);
	if (c->sweep)
		event_free(c->sweep);
	if (c->reserve >= 0)
		close(c->reserve);
	free(c);
}

void ua_connections_set_limits(struct ua_connections *c, const struct ua_connection_limits *limits)
{
	c->limits = *limits;
}
