#include "media/engine.h"
#include "media/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { RECEIVE_BUFFER = 131072, TRIES_MAX = 512 };

static bool parse(union address *out, const char *text)
{
	if (inet_pton(AF_INET, text, &out->in.sin_addr) == 1)
		out->any.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &out->in6.sin6_addr) == 1)
		out->any.sa_family = AF_INET6;
	else
		return false;
	return true;
}

int ports_init(struct ports *p, const char *address, const char *other, unsigned port_min, unsigned port_max)
{
	memset(p, 0, sizeof *p);
	if (!parse(&p->addresses[0], address) || (other && !parse(&p->addresses[1], other)) ||
	    p->addresses[0].any.sa_family == p->addresses[1].any.sa_family)
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

static int bind_one(const union address *address, unsigned port, int *out)
{
	union address a = *address;
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

static int bind_pair(const union address *address, unsigned port, struct stream_sockets *out)
{
	struct stream_sockets pair = { .family = address->any.sa_family };
	int err = bind_one(address, port, &pair.rtp_fd);
	if (err)
		return err;
	err = bind_one(address, port + 1, &pair.rtcp_fd);
	if (err)
		close(pair.rtp_fd);
	else
		*out = pair;
	return err;
}

void ports_close(const struct stream_sockets *sockets)
{
	if (sockets->family == AF_UNSPEC)
		return;
	close(sockets->rtp_fd);
	close(sockets->rtcp_fd);
}

static int bind_families(const struct ports *p, int family, unsigned port, struct stream_sockets *out,
			 struct stream_sockets *out_spare)
{
	struct stream_sockets got[2] = { 0 };
	unsigned n = 0;
	for (unsigned i = 0; i < 2; i++) {
		const int its = p->addresses[i].any.sa_family;
		if (its == AF_UNSPEC || (family != AF_UNSPEC && family != its))
			continue;
		int err = bind_pair(&p->addresses[i], port, &got[n]);
		if (err) {
			ports_close(&got[0]);
			return err;
		}
		n++;
	}
	*out = got[0];
	*out_spare = got[1];
	return n > 0 ? 0 : EAFNOSUPPORT;
}

int ports_bind(struct ports *p, int family, unsigned wanted, unsigned *out_index, uint16_t *out_port,
	       struct stream_sockets *out, struct stream_sockets *out_spare)
{
	unsigned tries = 0;
	for (unsigned i = 0; i < p->count && tries < TRIES_MAX; i++) {
		unsigned index = (p->next + i) % p->count, port = p->first + 2 * index;
		if (p->used[index] || (wanted && port != wanted))
			continue;
		tries++; /* ports that other programs have */
		int err = bind_families(p, family, port, out, out_spare);
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
