/* farends: the far ends of mediabench: a child process that sends one PCMU packet per 20 ms on each of
 * `streams` sockets, spread over the 20 ms, and takes what comes back. */
#ifndef OFFHOOK_BENCH_FARENDS_H
#define OFFHOOK_BENCH_FARENDS_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/types.h>

enum { STREAMS_MAX = 4000, DELAYS = 100000 };

/* Shared with the child. */
struct shared {
	uint16_t far_port[STREAMS_MAX]; /* the child's */
	uint16_t our_port[STREAMS_MAX];
	volatile int ready, done;
	volatile uint64_t sent, received, measured;
	volatile int measuring;
	uint32_t delays_us[DELAYS];
};

extern struct shared *shared;
extern unsigned streams;
extern unsigned speakers; /* the first so many say something; 0: all */

/* Makes `shared`. */
void farends_open(void);
uint64_t now_us(void);
/* To one CPU, where there are two. */
void pin(int cpu);
struct sockaddr_in loopback(uint16_t port);
/* A socket on a free port of 127.0.0.1, and connected to one. */
int bound(uint16_t *port);
void to(int fd, uint16_t port);

/* Starts the child, which sends to `shared->our_port` from the sockets `fd`; they are closed here. */
pid_t farends_start(int *fd);
/* Ends it and forgets what it shared. */
void farends_stop(pid_t child);

#endif
