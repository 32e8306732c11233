#define _GNU_SOURCE
#include "tests/bench/farends.h"

#include "media/codec.h"
#include "media/rtp.h"

#include <arpa/inet.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PACKET = 172, SLOTS = 20 };

struct shared *shared;
unsigned streams = 400, speakers;

void farends_open(void)
{
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	codec_g711_init();
}

uint64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000;
}

void pin(int cpu)
{
	cpu_set_t set;
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof set, &set);
}

struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

int bound(uint16_t *port)
{
	struct sockaddr_in a = loopback(0);
	socklen_t size = sizeof a;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) ||
	    getsockname(fd, (struct sockaddr *)&a, &size)) {
		perror("socket");
		exit(2);
	}
	*port = ntohs(a.sin_port);
	return fd;
}

void to(int fd, uint16_t port)
{
	struct sockaddr_in a = loopback(port);
	if (connect(fd, (struct sockaddr *)&a, sizeof a)) {
		perror("connect");
		exit(2);
	}
}

static void take(int fd)
{
	uint8_t b[2048];
	ssize_t n;
	while ((n = recv(fd, b, sizeof b, 0)) > 0) {
		shared->received++;
		uint64_t at;
		memcpy(&at, b + RTP_HEADER, sizeof at);
		uint64_t now = now_us();
		if (shared->measuring && at < now && now - at < 1000000 && shared->measured < DELAYS)
			shared->delays_us[shared->measured++] = (uint32_t)(now - at);
	}
}

static void make_payloads(uint8_t payload[50][PACKET - RTP_HEADER])
{
	const struct codec_ops *ops = codec_ops(media_codec_find("PCMU", 0));
	for (unsigned f = 0; f < 50; f++) {
		int16_t s[PACKET - RTP_HEADER];
		for (unsigned i = 0; i < sizeof s / sizeof *s; i++)
			s[i] = (int16_t)(6000 * sin(2 * M_PI * 440 * (f * 160 + i) / 8000));
		ops->encode(NULL, payload[f], PACKET - RTP_HEADER, s, sizeof s / sizeof *s);
	}
}

static void send_one(int fd, unsigned stream, unsigned round, uint8_t payload[50][PACKET - RTP_HEADER])
{
	uint8_t p[PACKET];
	uint64_t now = now_us();
	rtp_write_header(p, 0, round == 0, (uint16_t)round, round * 160, stream + 1);
	memcpy(p + RTP_HEADER, payload[round % 50], sizeof payload[0]);
	memcpy(p + RTP_HEADER, &now, sizeof now);
	if (send(fd, p, sizeof p, 0) > 0)
		shared->sent++;
}

static void generate(const int *fd)
{
	static uint8_t payload[50][PACKET - RTP_HEADER];
	struct epoll_event events[256];
	int ep = epoll_create1(0);
	unsigned talking = speakers ? speakers : streams;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(0);
	make_payloads(payload);
	for (unsigned i = 0; i < streams; i++) {
		struct epoll_event e = { .events = EPOLLIN, .data.fd = fd[i] };
		epoll_ctl(ep, EPOLL_CTL_ADD, fd[i], &e);
		to(fd[i], shared->our_port[i]);
	}
	uint64_t next = now_us();
	for (unsigned slot = 0; !shared->done; slot++) {
		for (unsigned i = slot % SLOTS; i < talking; i += SLOTS)
			send_one(fd[i], i, slot / SLOTS, payload);
		next += 20000 / SLOTS;
		do {
			int64_t left = (int64_t)(next - now_us());
			struct timespec wait = { 0, left > 0 ? left * 1000 : 0 };
			int n = epoll_pwait2(ep, events, 256, &wait, NULL);
			for (int k = 0; k < n; k++)
				take(events[k].data.fd);
		} while (now_us() < next);
	}
	_exit(0);
}

pid_t farends_start(int *fd)
{
	pid_t child = fork();
	if (child == 0)
		generate(fd);
	for (unsigned i = 0; i < streams; i++)
		close(fd[i]);
	return child;
}

void farends_stop(pid_t child)
{
	shared->done = 1;
	waitpid(child, NULL, 0);
	memset(shared, 0, sizeof *shared);
}
