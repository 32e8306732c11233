/* deadlines: a request must be complete a while after its first byte, however slowly its bytes drip.
 *
 * evhttp of libevent 2.1 has a limit of silence alone, and tells nobody when a connection ends. So
 * connections are known by their descriptor and the kernel's cookie of the socket, nothing of libevent is
 * held, and one that is too slow is answered 408 and shut down, which evhttp then notices.
 *
 * There is one set of them in a process: a callback of a buffer has one argument, and that is its connection.
 * Threads: the event base's thread. */
#ifndef OFFHOOK_API_DEADLINES_H
#define OFFHOOK_API_DEADLINES_H

#include <stdbool.h>
#include <stdint.h>

struct bufferevent;

void deadlines_start(unsigned limit_s);
void deadlines_stop(void);
int64_t deadlines_limit_us(void);

/* A new connection, which need not have a descriptor yet. */
void deadlines_watch(struct bufferevent *bev);
/* The connection's request is here and worked on as `request`; and: it was answered. */
void deadlines_begin(int fd, const void *request);
void deadlines_end(int fd, const void *request);
/* Whether nothing is being worked on for the socket `fd`: no request, or not all of one, has come. */
bool deadlines_is_idle(int fd);
/* Ends those that are over their time. */
void deadlines_sweep(void);

#endif
