#define _GNU_SOURCE
#include "tests/bench/rtpengine.h"

#include "tests/bench/farends.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MESSAGE_MAX = 2048, TRIES = 50, WAIT_MS = 100 };

bool rtpengine_installed(void)
{
	return system("command -v rtpengine >/dev/null 2>&1") == 0;
}

/* ---- the process ---- */

static void become(unsigned ng_port, unsigned port_min, unsigned port_max)
{
	char ng[32], min[32], max[32];
	snprintf(ng, sizeof ng, "--listen-ng=127.0.0.1:%u", ng_port);
	snprintf(min, sizeof min, "--port-min=%u", port_min);
	snprintf(max, sizeof max, "--port-max=%u", port_max);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int null = open("/dev/null", O_WRONLY);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execlp("rtpengine", "rtpengine", "--config-file=none", "--foreground", "--log-stderr",
	       "--log-level=1", "--table=-1", "--num-threads=1", "--media-num-threads=1",
	       "--interface=127.0.0.1", ng, min, max, (char *)NULL);
	_exit(127);
}

static uint16_t free_port(void)
{
	uint16_t port;
	close(bound(&port));
	return port;
}

/* A command as the body of a bencoded dictionary, sent until it is answered: the answer goes to `reply`. */
static bool ask(struct rtpengine *r, const char *body, char reply[MESSAGE_MAX])
{
	char message[MESSAGE_MAX];
	unsigned cookie = ++r->cookie;
	int size = snprintf(message, sizeof message, "%u d%se", cookie, body);
	for (int i = 0; i < TRIES; i++) {
		struct pollfd p = { .fd = r->fd, .events = POLLIN };
		ssize_t n = -1;
		if (send(r->fd, message, (size_t)size, 0) >= 0 && poll(&p, 1, WAIT_MS) > 0)
			n = recv(r->fd, reply, MESSAGE_MAX - 1, 0);
		if (n < 0)
			usleep(WAIT_MS * 1000); /* it is only just starting */
		reply[n > 0 ? n : 0] = 0;
		if ((unsigned)atoi(reply) == cookie)
			return true;
	}
	return false;
}

bool rtpengine_start(struct rtpengine *r, unsigned port_min, unsigned port_max)
{
	char reply[MESSAGE_MAX];
	uint16_t ng_port = free_port(), own_port;
	*r = (struct rtpengine){ .fd = bound(&own_port), .pid = fork() };
	if (r->pid == 0)
		become(ng_port, port_min, port_max);
	to(r->fd, ng_port);
	if (r->pid > 0 && ask(r, "7:command4:ping", reply) && strstr(reply, "4:pong"))
		return true;
	rtpengine_stop(r);
	return false;
}

void rtpengine_stop(struct rtpengine *r)
{
	if (r->pid > 0) {
		kill(r->pid, SIGTERM);
		waitpid(r->pid, NULL, 0);
	}
	close(r->fd);
}

double rtpengine_cpu_us(const struct rtpengine *r)
{
	char path[64], text[1024];
	unsigned long user = 0, system_time = 0;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)r->pid);
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
	if (f)
		fclose(f);
	text[n] = 0;
	const char *after_name = strrchr(text, ')');
	if (!after_name || sscanf(after_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
				  &user, &system_time) != 2)
		return 0;
	return (double)(user + system_time) * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

/* ---- calls ---- */

/* Offer or answer of a far end at `port`; its port for the other one comes back, 0 when it refuses. */
static uint16_t tell(struct rtpengine *r, const char *command, const char *call, uint16_t port)
{
	char sdp[256], body[1024], reply[MESSAGE_MAX];
	int size = snprintf(sdp, sizeof sdp,
			    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			    "m=audio %u RTP/AVP 0\r\n",
			    (unsigned)port);
	snprintf(body, sizeof body, "3:ICE6:remove7:call-id%zu:%s7:command%zu:%s8:from-tag1:a3:sdp%d:%s%s",
		 strlen(call), call, strlen(command), command, size, sdp,
		 strcmp(command, "answer") == 0 ? "6:to-tag1:b" : "");
	if (!ask(r, body, reply))
		return 0;
	const char *m = strstr(reply, "m=audio ");
	return m ? (uint16_t)atoi(m + strlen("m=audio ")) : 0;
}

bool rtpengine_bridge(struct rtpengine *r, const uint16_t far[2], uint16_t ours[2])
{
	char call[32];
	snprintf(call, sizeof call, "bench-%u", r->cookie);
	ours[1] = tell(r, "offer", call, far[0]);
	ours[0] = tell(r, "answer", call, far[1]);
	return ours[0] && ours[1];
}
