/* What sofia-sip sends, by its sockets and by TLS: ours stand before sendmsg() and SSL_write(), and tell of
 * what was taken. See intake.h. */
#include "daemon/offhookd/ua/intake_private.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool started;

void ua_outlet_start(void)
{
	started = true;
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	struct intake_wire wire = { .fd = fd };
	struct sockaddr_storage *to = m->msg_name;
	bool ours = started && intake_knows(fd, &wire.transport);
	ssize_t n;

	if (ours &&
	    intake_is_barred(&wire, wire.transport == CONF_UDP ? to : NULL, m->msg_iov, m->msg_iovlen)) {
		errno = ECONNREFUSED;
		return -1;
	}
	n = syscall(SYS_sendmsg, fd, m, flags);
	/* Of a stream, what follows the part that was taken comes again by itself, and is no message. */
	if (n > 0 && ours && intake.handlers.message)
		intake_tell(&wire, wire.transport == CONF_UDP ? to : NULL, true, m->msg_iov, m->msg_iovlen);
	return n;
}

int SSL_write(SSL *ssl, const void *bytes, int size)
{
	struct intake_wire wire = { .fd = SSL_get_fd(ssl), .ssl = ssl };
	struct iovec part = { (void *)(uintptr_t)bytes, size > 0 ? (size_t)size : 0 };
	size_t written = 0;

	if (started && intake_knows(wire.fd, &wire.transport) && intake_is_barred(&wire, NULL, &part, 1)) {
		errno = ECONNREFUSED;
		return -1;
	}
	if (size < 0 || SSL_write_ex(ssl, bytes, (size_t)size, &written) != 1)
		return -1;
	if (started && intake.handlers.message && intake_knows(wire.fd, &wire.transport)) {
		wire.transport = CONF_TLS;
		intake_tell_text(&wire, NULL, true, bytes, written);
	}
	return (int)written;
}
