/* socket_address: small things to know of a socket address, and to change in it. */
#ifndef OFFHOOK_LIB_SOCKET_ADDRESS_H
#define OFFHOOK_LIB_SOCKET_ADDRESS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Of AF_INET or AF_INET6. */
static inline unsigned socket_address_port(const struct sockaddr_storage *a)
{
	return ntohs(a->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)a)->sin6_port
					      : ((const struct sockaddr_in *)a)->sin_port);
}

/* Of any other family nothing is changed. */
static inline void socket_address_set_port(struct sockaddr_storage *a, unsigned port)
{
	if (a->ss_family == AF_INET6)
		((struct sockaddr_in6 *)a)->sin6_port = htons((uint16_t)port);
	else if (a->ss_family == AF_INET)
		((struct sockaddr_in *)a)->sin_port = htons((uint16_t)port);
}

/* Whether both are the same host, and with `ports` the same port there; of any other family they are not. */
static inline bool socket_address_is_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b,
					  bool ports)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET) {
		const struct sockaddr_in *x = (const void *)a, *y = (const void *)b;

		return x->sin_addr.s_addr == y->sin_addr.s_addr && (!ports || x->sin_port == y->sin_port);
	}
	if (a->ss_family == AF_INET6) {
		const struct sockaddr_in6 *x = (const void *)a, *y = (const void *)b;

		return IN6_ARE_ADDR_EQUAL(&x->sin6_addr, &y->sin6_addr) &&
		       (!ports || x->sin6_port == y->sin6_port);
	}
	return false;
}

#endif
