/* rtpengine: an rtpengine of the system under mediabench's load, where one is installed: user-space
 * forwarding
 * (--table=-1), one thread, told of each call over its ng protocol (bencode over UDP). */
#ifndef OFFHOOK_BENCH_RTPENGINE_H
#define OFFHOOK_BENCH_RTPENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct rtpengine {
	pid_t pid;
	int fd; /* to its ng port */
	unsigned cookie;
};

/* Whether there is one in the PATH. */
bool rtpengine_installed(void);
/* Starts it, on the CPU of this process, with RTP on ports `port_min` to `port_max`. False: it does not
 * answer. */
bool rtpengine_start(struct rtpengine *out, unsigned port_min, unsigned port_max);
/* Bridges two far ends, which send to `ours` then. */
bool rtpengine_bridge(struct rtpengine *r, const uint16_t far[2], uint16_t ours[2]);
/* CPU time that it has taken [µs]. */
double rtpengine_cpu_us(const struct rtpengine *r);
void rtpengine_stop(struct rtpengine *r);

#endif
