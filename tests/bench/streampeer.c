/* streampeer: programs at the far end of many media streams: a WebSocket server (RFC 6455) that speaks
 * Twilio's messages as far as a bench needs, and says every frame back at once. sipload's stamp in the audio
 * tells how long it was on its way; the one that goes back is stamped anew.
 *
 *   streampeer PORT
 *
 * Ends when its standard input does, and prints one JSON object. Loopback only. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 65536, STAMPED = 24, STAMPED_TEXT = 32, DELAYS_MAX = 4000000, EVENTS = 256 };

struct end {
	int fd;
	int upgraded;
	size_t size;
	uint8_t bytes[ROOM];
};

static uint32_t *delays_us;
static size_t delay_count;
static uint64_t messages, blocked, ends_count;

static uint64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void put(struct end *e, const void *bytes, size_t size)
{
	const ssize_t sent = send(e->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0 ? errno == EAGAIN : (size_t)sent < size)
		blocked++; /* the switch does not take it: the figures are worth nothing then */
}

/* The request is whole: it is granted, whatever else it says. */
static void upgrade(struct end *e)
{
	static const char field[] = "Sec-WebSocket-Key: ";
	const uint8_t *key = memmem(e->bytes, e->size, field, sizeof field - 1);
	unsigned char text[60], digest[SHA_DIGEST_LENGTH], accept[32];
	char answer[200];
	if (!key || !memmem(e->bytes, e->size, "\r\n\r\n", 4))
		return;
	memcpy(text, key + sizeof field - 1, 24);
	memcpy(text + 24, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36);
	SHA1(text, sizeof text, digest);
	EVP_EncodeBlock(accept, digest, sizeof digest);
	put(e, answer,
	    (size_t)snprintf(
		answer, sizeof answer,
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Accept: %s\r\n\r\n",
		(char *)accept));
	e->upgraded = 1;
	e->size = 0;
}

/* As sipload writes it: "sipload!", then six bits a byte, of which none is changed by G.711. */
static void stamp(uint8_t *at, uint64_t t)
{
	for (int i = 0; i < 8; i++)
		at[8 + i] = 0x80 | (t >> 6 * i & 63);
}

static uint64_t stamp_of(const uint8_t *at)
{
	uint64_t t = 0;
	for (int i = 0; i < 8; i++)
		t |= (uint64_t)(at[8 + i] & 63) << 6 * i;
	return t;
}

static void say_back(struct end *e, const char *payload, size_t size)
{
	char frame[4 + 400];
	int n = snprintf(frame + 4, sizeof frame - 4,
			 "{\"event\":\"media\",\"media\":{\"payload\":\"%.*s\"}}", (int)size, payload);
	frame[0] = (char)0x81;
	frame[1] = 126;
	frame[2] = (char)(n >> 8);
	frame[3] = (char)n;
	put(e, frame, (size_t)n + 4);
}

static void hear(struct end *e, char *text, size_t size)
{
	static const char field[] = "\"payload\":\"";
	char *payload = memmem(text, size, field, sizeof field - 1);
	const char *end =
	    payload ? memchr(payload + sizeof field, '"', size - (size_t)(payload - text) - sizeof field)
		    : NULL;
	uint8_t head[STAMPED];
	const uint64_t now = now_us();
	unsigned char again[STAMPED_TEXT + 1];
	if (!end)
		return;
	payload += sizeof field - 1;
	messages++;
	if (end - payload < STAMPED_TEXT || end - payload > 300 ||
	    EVP_DecodeBlock(head, (unsigned char *)payload, STAMPED_TEXT) != STAMPED)
		return;
	if (!memcmp(head, "sipload!", 8)) {
		if (delay_count < DELAYS_MAX)
			delays_us[delay_count++] = (uint32_t)(now - stamp_of(head));
		stamp(head, now);
		EVP_EncodeBlock(again, head, STAMPED);
		memcpy(payload, again, STAMPED_TEXT);
	}
	say_back(e, payload, (size_t)(end - payload));
}

/* Takes one frame out; 0: there is none that is whole. */
static size_t take_frame(struct end *e, uint8_t *at, size_t left)
{
	size_t size, head = 2;
	if (left < 2)
		return 0;
	size = at[1] & 127;
	if (size == 126 && left >= 4) {
		size = (size_t)at[2] << 8 | at[3];
		head = 4;
	} else if (size > 125) {
		return 0;
	}
	if (left < head + 4 + size)
		return 0;
	for (size_t i = 0; i < size; i++)
		at[head + 4 + i] ^= at[head + (i & 3)];
	if ((at[0] & 15) == 1) {
		hear(e, (char *)at + head + 4, size);
	} else if ((at[0] & 15) == 9 && size < 126) { /* a ping */
		at[head + 2] = 0x8a;
		at[head + 3] = (uint8_t)size;
		put(e, at + head + 2, size + 2);
	}
	return head + 4 + size;
}

static void on_data(struct end *e)
{
	ssize_t got = recv(e->fd, e->bytes + e->size, sizeof e->bytes - e->size, MSG_DONTWAIT);
	size_t at = 0, n;
	if (got <= 0) {
		if (got == 0 || errno != EAGAIN) {
			close(e->fd);
			free(e);
		}
		return;
	}
	e->size += (size_t)got;
	if (!e->upgraded) {
		upgrade(e);
		return;
	}
	while ((n = take_frame(e, e->bytes + at, e->size - at)) > 0)
		at += n;
	memmove(e->bytes, e->bytes + at, e->size -= at);
}

static void on_connection(int listener, int poll)
{
	struct end *e = calloc(1, sizeof *e);
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = e };
	const int on = 1;
	if (!e)
		exit(2);
	e->fd = accept(listener, NULL, NULL);
	setsockopt(e->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	epoll_ctl(poll, EPOLL_CTL_ADD, e->fd, &event);
	ends_count++;
}

static int compare(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static double percentile_ms(double p)
{
	return delay_count ? delays_us[(size_t)(p * (double)(delay_count - 1))] / 1000.0 : 0;
}

static void print_figures(void)
{
	struct rusage used;
	getrusage(RUSAGE_SELF, &used);
	qsort(delays_us, delay_count, sizeof *delays_us, compare);
	printf("{\"streams\":%llu,\"messages\":%llu,\"stamped\":%zu,\"blocked\":%llu,"
	       "\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"cpu_s\":%.2f}\n",
	       (unsigned long long)ends_count, (unsigned long long)messages, delay_count,
	       (unsigned long long)blocked, percentile_ms(0.5), percentile_ms(0.99), percentile_ms(1),
	       (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
		   (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
}

static int listen_on(int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 1000)) {
		perror("streampeer");
		exit(2);
	}
	return fd;
}

int main(int argc, char **argv)
{
	int poll = epoll_create1(0), listener = listen_on(argc > 1 ? atoi(argv[1]) : 0);
	struct epoll_event events[EVENTS] = { { .events = EPOLLIN, .data.ptr = &listener } };
	epoll_ctl(poll, EPOLL_CTL_ADD, listener, &events[0]);
	events[0].data.ptr = NULL;
	epoll_ctl(poll, EPOLL_CTL_ADD, STDIN_FILENO, &events[0]);
	delays_us = calloc(DELAYS_MAX, sizeof *delays_us);
	if (!delays_us)
		return 2;
	for (;;) {
		int n = epoll_wait(poll, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			if (!events[i].data.ptr) {
				print_figures();
				return 0;
			}
			if (events[i].data.ptr == &listener)
				on_connection(listener, poll);
			else
				on_data(events[i].data.ptr);
		}
	}
}
