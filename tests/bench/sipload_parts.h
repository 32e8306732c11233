/* What sipload has of clocks, numbers, SIP's header fields and sockets, and knows nothing of calls. */
#ifndef OFFHOOK_BENCH_SIPLOAD_PARTS_H
#define OFFHOOK_BENCH_SIPLOAD_PARTS_H

#include <stddef.h>
#include <stdint.h>

/* Of a clock that only goes forward [us]. */
uint64_t now_us(void);

/* Adds x to a list that grows. */
void push(double **list, size_t *count, size_t *room, double x);
/* What a share p (0 to 1) of the list is not above; sorts it. 0: it is empty. */
double pct(double *list, size_t count, double p);

/* Points *value at that of the first header field of a name (or its short form, NULL: none); returns its length, 0
 * where there is none. */
size_t header(const char *message, const char *name, const char *brief, const char **value);
/* All header fields of a name, as whole lines, as far as there is room. */
void all_headers(const char *message, const char *name, const char *brief, char *out, size_t room);

/* CPU time of a process, all its threads [s], and its memory. */
double cpu_of(int pid, long *rss_kb);
/* A socket of 127.0.0.1 that does not block; ends the program when the port is taken. */
int udp(int port);

#endif
