/* packets: recvfrom() and sendto() as the kernel has them.
 *
 * The C library makes them points at which a thread may be cancelled, at some forty instructions and two
 * atomic ones a call, which is a good part of what a relayed packet costs. No thread of ours is ever
 * cancelled. */
#ifndef OFFHOOK_MEDIA_PACKETS_H
#define OFFHOOK_MEDIA_PACKETS_H

#include "media/address.h"

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#if defined(SYS_recvfrom) && defined(SYS_sendto)
static inline ssize_t packet_receive(int fd, void *bytes, size_t size, union address *from)
{
	socklen_t from_size = sizeof *from;
	return syscall(SYS_recvfrom, fd, bytes, size, MSG_TRUNC, from, &from_size);
}

static inline ssize_t packet_send(int fd, const void *bytes, size_t size, const union address *to)
{
	return syscall(SYS_sendto, fd, bytes, size, MSG_NOSIGNAL, to, address_size(to));
}
#else
static inline ssize_t packet_receive(int fd, void *bytes, size_t size, union address *from)
{
	socklen_t from_size = sizeof *from;
	return recvfrom(fd, bytes, size, MSG_TRUNC, &from->any, &from_size);
}

static inline ssize_t packet_send(int fd, const void *bytes, size_t size, const union address *to)
{
	return sendto(fd, bytes, size, MSG_NOSIGNAL, &to->any, address_size(to));
}
#endif

#endif
