/* The sockets that sofia-sip reads. See intake.h. */
#undef _FORTIFY_SOURCE /* what it makes of recv() is defined here */
#include "daemon/offhookd/ua/intake_private.h"

#include "lib/control_tls.h"
#include "lib/clock.h"
#include "lib/random.h"

#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	SOCKETS_MAX = 1 << 20,
	DATAGRAMS_MAX = 64,   /* that are dealt with here before one is passed on */
	DATAGRAM_MAX = 65536, /* bytes */
	LATE_MAX_US = 60000000,
	ACK_US = 40000000, /* for as long, an ACK of an answer of ours may come */
};

enum kind { NONE, DATAGRAM, STREAM };

/* A datagram that has been received, and that sofia-sip is about to ask for. */
struct held {
	bool waits;
	size_t size;
	struct sockaddr_storage source;
	socklen_t source_size;
	char bytes[DATAGRAM_MAX];
};

struct socket {
	enum kind kind;
	ino_t inode; /* whether the descriptor is still that socket */
	struct intake_stream *stream;
	struct held *held; /* of a datagram socket; NULL: nothing has come yet */
};

struct intake intake;

static struct {
	bool started, listening;
	struct socket *list; /* by descriptor */
	size_t count;
	int ssl_index; /* of the stream of an SSL */
	enum conf_transport current;
	int64_t late_us; /* how long the last datagram had waited */
	int64_t watch_until_us;
} sockets = { .ssl_index = -1 };

/* Other threads have sockets too. */
static _Thread_local bool is_main;

/* ---- the table ---- */

static ino_t inode_of(int fd)
{
	struct stat s;

	return fstat(fd, &s) == 0 && S_ISSOCK(s.st_mode) ? s.st_ino : 0;
}

static void forget(struct socket *s)
{
	intake_stream_free(s->stream);
	free(s->held);
	*s = (struct socket){ .kind = NONE };
}

/* NULL: it is none that sofia-sip reads. */
static struct socket *find(int fd)
{
	struct socket *s;

	if (!is_main || !sockets.started || fd < 0 || (size_t)fd >= sockets.count)
		return NULL;
	s = &sockets.list[fd];
	if (s->kind != NONE && inode_of(fd) != s->inode) /* closed, and the descriptor is another's now */
		forget(s);
	return s->kind == NONE ? NULL : s;
}

static void add(int fd, enum kind kind)
{
	size_t wanted = (size_t)fd + 64;

	if (!is_main || !sockets.started || fd < 0 || fd >= SOCKETS_MAX)
		return;
	if ((size_t)fd >= sockets.count) {
		struct socket *list = realloc(sockets.list, wanted * sizeof *list);

		if (!list)
			return; /* then nobody cuts it; NTATAG_MAXSIZE still holds */
		memset(list + sockets.count, 0, (wanted - sockets.count) * sizeof *list);
		sockets.list = list;
		sockets.count = wanted;
	}
	forget(&sockets.list[fd]);
	sockets.list[fd] = (struct socket){ .kind = kind, .inode = inode_of(fd) };
}

bool intake_knows(int fd, enum conf_transport *transport)
{
	const struct socket *s = find(fd);

	if (s)
		*transport = s->kind == DATAGRAM ? CONF_UDP : CONF_TCP;
	return s != NULL;
}

static bool is_inet(int fd, int wanted)
{
	int type = 0, domain = 0;
	socklen_t size = sizeof type;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == wanted &&
	       getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
	       (domain == AF_INET || domain == AF_INET6);
}

void ua_intake_accepted(int fd)
{
	add(fd, STREAM);
}

int connect(int fd, const struct sockaddr *to, socklen_t size)
{
	int result;

	if (is_main && sockets.started && is_inet(fd, SOCK_STREAM))
		add(fd, STREAM);
	result = (int)syscall(SYS_connect, fd, to, size);
	return result;
}

int bind(int fd, const struct sockaddr *to, socklen_t size)
{
	int on = 1, result = (int)syscall(SYS_bind, fd, to, size);

	if (result == 0 && is_main && sockets.listening && is_inet(fd, SOCK_DGRAM)) {
		add(fd, DATAGRAM);
		if (intake.handlers.busy) /* without it nobody knows how long they have waited */
			setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
	}
	return result;
}

/* ---- datagrams ---- */

static int64_t late_us(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct timespec came, now;
		int64_t late;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&came, CMSG_DATA(c), sizeof came);
		clock_gettime(CLOCK_REALTIME, &now); /* the kernel's stamps are of this clock, whatever tests
							have set */
		late = (int64_t)(now.tv_sec - came.tv_sec) * 1000000 + (now.tv_nsec - came.tv_nsec) / 1000;
		return late < 0 || late > LATE_MAX_US ? 0 : late + 1; /* 0: not known */
	}
	return 0;
}

/* recvmsg() that learns how long the datagram has waited. */
static ssize_t receive(int fd, struct msghdr *m, int flags)
{
	char control[CMSG_SPACE(sizeof(struct timespec)) + 64];
	ssize_t n;

	m->msg_control = control;
	m->msg_controllen = sizeof control;
	n = syscall(SYS_recvmsg, fd, m, flags);
	if (n >= 0)
		sockets.late_us = late_us(m);
	m->msg_control = NULL;
	m->msg_controllen = 0;
	return n;
}

static bool is_watched(void)
{
	return intake.handlers.busy && (intake_is_busy(sockets.late_us) ||
					(sockets.watch_until_us && clock_mono_us() < sockets.watch_until_us));
}

/* What becomes of a datagram that has been received. */
static enum ua_weight weigh(int fd, const struct held *held)
{
	struct intake_wire wire = { .fd = fd, .transport = CONF_UDP };
	enum ua_weight weight;

	if (held->size == 0)
		return UA_DROP;
	if (!is_watched())
		return UA_TAKE;
	weight = intake_weigh(&wire, &held->source, held->bytes, held->size, sockets.late_us);
	if (weight != UA_TAKE)
		sockets.watch_until_us = clock_mono_us() + ACK_US;
	return weight;
}

/* The size of the next datagram that sofia-sip is to have, which is received here, with one system call for
 * each. Those before it are answered and forgotten, or dropped. */
static int next_datagram(int fd, struct socket *s, int *size)
{
	struct held *held = s->held ? s->held : calloc(1, sizeof *held);

	s->held = held;
	if (!held) {
		errno = ENOMEM;
		return -1;
	}
	for (int i = 0; !held->waits && i < DATAGRAMS_MAX; i++) {
		struct iovec iov = { held->bytes, sizeof held->bytes };
		struct msghdr m = { .msg_name = &held->source,
				    .msg_namelen = sizeof held->source,
				    .msg_iov = &iov,
				    .msg_iovlen = 1 };
		ssize_t n = receive(fd, &m, MSG_DONTWAIT);

		if (n < 0)
			return -1;
		held->size = (size_t)n;
		held->source_size = m.msg_namelen;
		held->waits = weigh(fd, held) == UA_TAKE;
	}
	*size = (int)held->size;
	if (held->waits)
		return 0;
	errno = EAGAIN;
	return -1;
}

/* ---- connections ---- */

static ssize_t peek_socket(const struct intake_wire *wire, char *out, size_t max)
{
	return syscall(SYS_recvfrom, wire->fd, out, max, MSG_PEEK | MSG_DONTWAIT, NULL, NULL);
}

/* Out of the kernel, where the peek has left them. */
static void skip_socket(const struct intake_wire *wire, size_t taken)
{
	char waste[16384];

	while (taken) {
		ssize_t n = syscall(SYS_recvfrom, wire->fd, waste,
				    taken < sizeof waste ? taken : sizeof waste, MSG_DONTWAIT, NULL, NULL);

		if (n <= 0)
			return;
		taken -= (size_t)n;
	}
}

static struct intake_stream *stream_of(struct socket *s)
{
	if (!s->stream)
		s->stream = calloc(1, sizeof *s->stream);
	return s->stream;
}

static int available(int fd, struct socket *s, int *size)
{
	struct intake_wire wire = { .fd = fd, .transport = CONF_TCP };
	ssize_t n;

	if (!stream_of(s)) {
		errno = ENOMEM;
		return -1;
	}
	n = intake_stream_fill(s->stream, &wire, peek_socket, skip_socket);
	if (n < 0)
		return -1;
	*size = (int)n;
	return 0;
}

/* ---- what sofia-sip calls ---- */

int ioctl(int fd, unsigned long request, ...)
{
	struct socket *s;
	void *argument;
	va_list list;

	va_start(list, request);
	argument = va_arg(list, void *);
	va_end(list);
	s = request == FIONREAD ? find(fd) : NULL;
	if (s && s->kind == STREAM)
		return available(fd, s, argument);
	if (s)
		return next_datagram(fd, s, argument);
	return (int)syscall(SYS_ioctl, fd, request, argument);
}

ssize_t recv(int fd, void *out, size_t size, int flags)
{
	struct socket *s = find(fd);

	if (!s || s->kind != STREAM || !s->stream)
		return syscall(SYS_recvfrom, fd, out, size, flags, NULL, NULL);
	sockets.current = CONF_TCP;
	return (ssize_t)intake_stream_take(s->stream, out, size, flags & MSG_PEEK);
}

/* What recv() is under _FORTIFY_SOURCE. */
ssize_t __recv_chk(int fd, void *out, size_t size, size_t room, int flags);
ssize_t __recv_chk(int fd, void *out, size_t size, size_t room, int flags)
{
	if (size > room)
		abort();
	return recv(fd, out, size, flags);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Into what sofia-sip has made room for: as recvmsg() would have. */
static ssize_t give(int fd, struct held *held, struct msghdr *m)
{
	struct intake_wire wire = { .fd = fd, .transport = CONF_UDP };
	size_t given = 0;

	intake_taken(held->bytes, held->size);
	intake_keep(&wire, &held->source, held->bytes, held->size);
	intake_tell_text(&wire, &held->source, false, held->bytes, held->size);
	intake_mend(held->bytes, held->size);
	for (size_t i = 0; i < m->msg_iovlen && given < held->size; i++) {
		size_t n = least(held->size - given, m->msg_iov[i].iov_len);

		memcpy(m->msg_iov[i].iov_base, held->bytes + given, n);
		given += n;
	}
	if (m->msg_name) {
		memcpy(m->msg_name, &held->source, least(m->msg_namelen, held->source_size));
		m->msg_namelen = held->source_size;
	}
	m->msg_controllen = 0;
	m->msg_flags = given < held->size ? MSG_TRUNC : 0;
	held->waits = false;
	return (ssize_t)given;
}

ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	struct socket *s = find(fd);
	ssize_t total = 0;

	if (!s)
		return syscall(SYS_recvmsg, fd, m, flags);
	if (s->kind == DATAGRAM) {
		if ((flags & MSG_ERRQUEUE) || !s->held || !s->held->waits)
			return syscall(SYS_recvmsg, fd, m, flags);
		sockets.current = CONF_UDP;
		return give(fd, s->held, m);
	}
	sockets.current = CONF_TCP;
	for (size_t i = 0; s->stream && i < m->msg_iovlen; i++)
		total += (ssize_t)intake_stream_take(s->stream, m->msg_iov[i].iov_base, m->msg_iov[i].iov_len,
						     flags & MSG_PEEK);
	return total;
}

/* ---- TLS ---- */

static void on_ssl_gone(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl, void *argp)
{
	(void)parent, (void)ad, (void)idx, (void)argl, (void)argp;
	intake_stream_free(ptr);
}

static struct intake_stream *stream_of_ssl(SSL *ssl)
{
	struct intake_stream *stream;

	if (!is_main || !sockets.started || sockets.ssl_index < 0 || control_tls_owns(ssl))
		return NULL;
	stream = SSL_get_ex_data(ssl, sockets.ssl_index);
	if (stream)
		return stream;
	stream = calloc(1, sizeof *stream);
	if (stream && SSL_set_ex_data(ssl, sockets.ssl_index, stream) != 1) {
		free(stream);
		stream = NULL;
	}
	return stream;
}

static int read_ssl(SSL *ssl, void *out, size_t max)
{
	size_t n = 0;

	return SSL_read_ex(ssl, out, max, &n) == 1		? (int)n
	       : SSL_get_error(ssl, 0) == SSL_ERROR_ZERO_RETURN ? 0
								: -1;
}

static ssize_t read_wire(const struct intake_wire *wire, char *out, size_t max)
{
	return read_ssl(wire->ssl, out, max);
}

int SSL_read(SSL *ssl, void *out, int size)
{
	struct intake_wire wire = { .fd = SSL_get_fd(ssl), .ssl = ssl, .transport = CONF_TLS };
	struct intake_stream *stream = stream_of_ssl(ssl);
	ssize_t n;

	if (!stream || size < 0)
		return read_ssl(ssl, out, size < 0 ? 0 : (size_t)size);
	sockets.current = CONF_TLS;
	n = intake_stream_fill(stream, &wire, read_wire, NULL);
	if (stream->dead) /* its socket is shut down: OpenSSL says how that is called */
		return read_ssl(ssl, out, (size_t)size);
	return n <= 0 ? (int)n : (int)intake_stream_take(stream, out, (size_t)size, false);
}

int SSL_pending(const SSL *ssl)
{
	struct intake_stream *stream = stream_of_ssl((SSL *)(uintptr_t)ssl);

	return SSL_has_pending(ssl) || (stream && intake_stream_waits(stream));
}

/* ---- life ---- */

void ua_intake_start(const struct ua_intake_handlers *handlers, size_t message_max)
{
	is_main = true;
	sockets.started = true;
	intake.handlers = *handlers;
	intake.message_max = message_max;
	random_hex(intake.tag, (sizeof intake.tag - 1) / 2);
	if (sockets.ssl_index < 0)
		sockets.ssl_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_ssl_gone);
}

void ua_intake_listening(bool on)
{
	sockets.listening = on;
}

void ua_intake_stop(void)
{
	sockets.started = sockets.listening = false;
	for (size_t i = 0; i < sockets.count; i++)
		forget(&sockets.list[i]);
	free(sockets.list);
	sockets.list = NULL;
	sockets.count = 0;
}

void ua_intake_set_max(size_t message_max)
{
	intake.message_max = message_max;
}

enum conf_transport ua_intake_transport(void)
{
	return sockets.current;
}

void ua_intake_stats(struct ua_intake_stats *out)
{
	*out = intake.stats;
}
