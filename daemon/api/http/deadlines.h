/* deadlines: a request must be complete a while after its first byte, however slowly its bytes drip.
 *
 * evhttp of libevent 2.1 has a limit of silence alone. One that is too slow is answered 408 and shut down,
 * which evhttp then notices.
 *
 * Threads: the event base's thread. */
#ifndef OFFHOOK_API_DEADLINES_H
#define OFFHOOK_API_DEADLINES_H

#include <stdbool.h>
#include <stdint.h>

struct conn;

void deadlines_start(unsigned limit_s);
int64_t deadlines_limit_us(void);

/* Bytes have come. */
void deadlines_touch(struct conn *conn);
/* The connection's request is here and worked on as `request`; and: it was answered. */
void deadlines_begin(struct conn *conn, const void *request);
void deadlines_end(int fd, const void *request);
/* Since when nothing has been worked on for the socket `fd`, monotonic microseconds: no request, or not all
 * of one, has come since, and all that was sent is with the far end. 0: it is not idle. */
int64_t deadlines_idle_since(int fd);
/* Ends those that are over their time. */
void deadlines_sweep(void);

#endif
