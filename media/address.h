/* address: socket addresses of 28 bytes instead of 128, compared fast. */
#ifndef OFFHOOK_MEDIA_ADDRESS_H
#define OFFHOOK_MEDIA_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static inline socklen_t address_size(const union address *a)
{
	return a->any.sa_family == AF_INET6 ? sizeof a->in6 : sizeof a->in;
}

static inline bool address_equal(const union address *a, const union address *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_INET)
		return a->in.sin_port == b->in.sin_port && a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	return a->in6.sin6_port == b->in6.sin6_port &&
	       memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof a->in6.sin6_addr) == 0;
}

/* Any family but IPv4 and IPv6 becomes AF_UNSPEC. */
static inline void address_take(union address *out, const struct sockaddr_storage *from)
{
	memset(out, 0, sizeof *out);
	if (from->ss_family == AF_INET)
		memcpy(&out->in, from, sizeof out->in);
	else if (from->ss_family == AF_INET6)
		memcpy(&out->in6, from, sizeof out->in6);
}

static inline bool address_known(const union address *a)
{
	return a->any.sa_family == AF_INET || a->any.sa_family == AF_INET6;
}

static inline in_port_t *address_port(union address *a)
{
	return a->any.sa_family == AF_INET6 ? &a->in6.sin6_port : &a->in.sin_port;
}

#endif
