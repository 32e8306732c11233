#include "media/engine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { RECEIVE_BUFFER = 131072, TRIES_MAX = 512 };

int ports_init(struct ports *p, const char *address, unsigned port_min, unsigned port_max)
{
	memset(p, 0, sizeof *p);
	if (inet_pton(AF_INET, address, &p->address.in.sin_addr) == 1)
		p->address.any.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, address, &p->address.in6.sin6_addr) == 1)
		p->address.any.sa_family = AF_INET6;
	else
		return EINVAL;
	p->first = (port_min + 1) / 2 * 2;
	if (port_min == 0 || port_max > 65535 || p->first + 1 > port_max)
		return EINVAL;
	p->count = (port_max + 1 - p->first) / 2;
	p->used = calloc(p->count, 1);
	return p->used ? 0 : ENOMEM;
}

void ports_free(struct ports *p)
{
	free(p->used);
	p->used = NULL;
}

static int bind_one(const struct ports *p, unsigned port, int *out)
{
	union address a = p->address;
	*address_port(&a) = htons((uint16_t)port);
	int fd = socket(a.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	if (bind(fd, &a.any, address_size(&a))) {
		int err = errno;
		close(fd);
		return err;
	}
	const int size = RECEIVE_BUFFER, tos = 0xb8; /* expedited forwarding, RFC 3246 */
	const int whole = IP_PMTUDISC_DO;	     /* no packet of ours is so long that it must be cut up */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (a.any.sa_family == AF_INET) {
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof whole);
		setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
	} else {
		setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof tos);
	}
	*out = fd;
	return 0;
}

static int bind_pair(const struct ports *p, unsigned port, int *rtp_fd, int *rtcp_fd)
{
	int fd, err = bind_one(p, port, &fd);
	if (err)
		return err;
	err = bind_one(p, port + 1, rtcp_fd);
	if (err)
		close(fd);
	else
		*rtp_fd = fd;
	return err;
}

int ports_bind(struct ports *p, unsigned *out_index, uint16_t *out_port, int *out_rtp_fd, int *out_rtcp_fd)
{
	unsigned tries = 0;
	for (unsigned i = 0; i < p->count && tries < TRIES_MAX; i++) {
		unsigned index = (p->next + i) % p->count, port = p->first + 2 * index;
		if (p->used[index])
			continue;
		tries++; /* ports that other programs have */
		int err = bind_pair(p, port, out_rtp_fd, out_rtcp_fd);
		if (err == EADDRINUSE || err == EACCES)
			continue;
		if (err)
			return err;
		p->used[index] = 1;
		p->next = index + 1;
		*out_index = index;
		*out_port = (uint16_t)port;
		return 0;
	}
	return EADDRINUSE;
}

void ports_release(struct ports *p, unsigned index)
{
	p->used[index] = 0;
}
