/* ivrload: callers of a menu: each hears the first prompt, presses a key, hears the second, presses another
 * and waits to be hung up on.
 *
 *   ivrload -t 127.0.0.1:5060 -i 127.0.0.2 -u +15550009000 -n 1000 -r 50 -w 4000
 *
 * -i is the address that calls come from, at port 5060; -n calls, -r a second; -w is how long a prompt is
 * listened to [ms]. Nothing but keys (RFC 4733) is sent. First audio is the time from the 200, or the key, to
 * the first packet that is loud; behind a key what comes within GAP_MS is still of the prompt that it cuts.
 * Prints one JSON object. Loopback only. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	MESSAGE_MAX = 4096,
	LEVELS = 2,
	GAP_MS = 100,
	LOUD = 0x20,
	GIVE_UP_MS = 20000,
	MEDIA_PORT = 20000,
	SIP_TAG = -1
};
enum state { IDLE, CALLING, SILENT, HEARS, LAST, OVER, FAILED };

struct caller {
	enum state state;
	int index, fd, level;
	struct sockaddr_in media; /* where keys go */
	uint64_t since, invited,
	    act; /* [ms]: what is waited for, the INVITE, what is to be done next (0: nothing) */
	unsigned tries;
	uint16_t seq;
	char to[200], contact[200];
};

static struct sockaddr_in switch_at, us;
static const char *number = "+15550009000";
static unsigned count = 100, rate = 50, listen_ms = 4000, run_id;
static struct caller *callers;
static int sip, epoll;
static double *heard[LEVELS];
static unsigned heard_count[LEVELS], ended, failed, peak;

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static uint64_t now_ms(void)
{
	return now_us() / 1000;
}

static void say(const char *text)
{
	sendto(sip, text, strlen(text), 0, (const void *)&switch_at, sizeof switch_at);
}

static const char *host(void)
{
	return inet_ntoa(us.sin_addr);
}

static void end_of(struct caller *c, enum state how)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->act = 0;
	c->state = how;
	ended++;
	failed += how == FAILED;
}

/* A request of the dialog, or the one that makes it. */
static void request(struct caller *c, const char *method, unsigned cseq, const char *body)
{
	char text[MESSAGE_MAX], uri[240];

	snprintf(uri, sizeof uri, "sip:%s@%s:%u", number, inet_ntoa(switch_at.sin_addr),
		 ntohs(switch_at.sin_port));
	snprintf(
	    text, sizeof text,
	    "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bK%x-%d-%u%s;rport\r\nMax-Forwards: 70\r\n"
	    "From: <sip:ivr@%s>;tag=%x-%d\r\nTo: %s%s%s%s\r\nCall-ID: %d@%x\r\nCSeq: %u %s\r\nContact: "
	    "<sip:ivr@%s:5060>\r\n"
	    "%sContent-Length: %zu\r\n\r\n%s",
	    method, *c->contact ? c->contact : uri, host(), run_id, c->index, cseq,
	    strcmp(method, "ACK") ? "" : "a", host(), run_id, c->index, *c->to ? c->to : "<",
	    *c->to ? "" : uri, *c->to ? "" : ">", "", c->index, run_id, cseq, method, host(),
	    *body ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
	say(text);
}

static void invite(struct caller *c)
{
	char sdp[400];

	snprintf(sdp, sizeof sdp,
		 "v=0\r\no=- %u 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 0 101\r\n"
		 "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n",
		 run_id, host(), host(), MEDIA_PORT + 2 * c->index);
	request(c, "INVITE", 1, sdp);
	c->act = now_ms() + (500u << c->tries++);
}

static void begin(struct caller *c)
{
	struct sockaddr_in at = us;
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = (uint32_t)c->index };

	c->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	at.sin_port = htons((uint16_t)(MEDIA_PORT + 2 * c->index));
	if (c->fd < 0 || bind(c->fd, (void *)&at, sizeof at) ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event)) {
		perror("media socket");
		exit(1);
	}
	c->state = CALLING;
	c->invited = now_ms();
	invite(c);
}

/* The value of a header, up to the end of its line. */
static bool value_of(const char *message, const char *name, char *out, size_t size)
{
	const char *at = strcasestr(message, name);

	if (!at)
		return false;
	at += strlen(name);
	at += strspn(at, " ");
	snprintf(out, size, "%.*s", (int)strcspn(at, "\r"), at);
	return true;
}

static void answered(struct caller *c, const char *message)
{
	const char *media = strstr(message, "m=audio "), *address = strstr(message, "c=IN IP4 ");
	char contact[200];

	if (c->state == CALLING && media && address) {
		value_of(message, "\r\nTo:", c->to, sizeof c->to);
		if (value_of(message, "\r\nContact:", contact, sizeof contact) && strchr(contact, '<')) {
			snprintf(c->contact, sizeof c->contact, "%s", strchr(contact, '<') + 1);
			c->contact[strcspn(c->contact, ">")] = '\0';
		}
		c->media = (struct sockaddr_in){ .sin_family = AF_INET,
						 .sin_port = htons((uint16_t)atoi(media + 8)) };
		snprintf(contact, sizeof contact, "%.*s", (int)strcspn(address + 9, "\r"), address + 9);
		inet_aton(contact, &c->media.sin_addr);
		c->state = SILENT;
		c->since = now_us();
		c->act = now_ms() + GIVE_UP_MS;
	}
	request(c, "ACK", 1, "");
	if (c->state == FAILED) /* it had been given up */
		request(c, "BYE", 2, "");
}

static void press(struct caller *c, int key)
{
	for (int i = 1; i <= 6; i++) {
		const int duration = (i > 4 ? 4 : i) * 160;
		uint8_t packet[16] = { 0x80,
				       (uint8_t)(101 | (i == 1 ? 0x80 : 0)),
				       (uint8_t)(c->seq >> 8),
				       (uint8_t)c->seq,
				       0,
				       0,
				       (uint8_t)c->level,
				       0,
				       0,
				       0,
				       (uint8_t)(c->index >> 8),
				       (uint8_t)c->index,
				       (uint8_t)key,
				       (uint8_t)((i > 3 ? 0x80 : 0) | 10),
				       (uint8_t)(duration >> 8),
				       (uint8_t)duration };

		c->seq++;
		sendto(c->fd, packet, sizeof packet, 0, (void *)&c->media, sizeof c->media);
	}
}

static void on_message(char *message)
{
	const char *id = strcasestr(message, "\r\nCall-ID:");
	const int index = id ? atoi(id + 10) : -1;
	struct caller *c = index >= 0 && index < (int)count ? &callers[index] : NULL;
	char text[MESSAGE_MAX], via[600], from[300], to[300], call_id[200], cseq[60];
	int code;

	if (!c)
		return;
	if (sscanf(message, "SIP/2.0 %d", &code) == 1) {
		if (code == 200 && strstr(message, " INVITE"))
			answered(c, message);
		else if (code >= 300 && c->state == CALLING) {
			value_of(message, "\r\nTo:", c->to, sizeof c->to);
			request(c, "ACK", 1, "");
			end_of(c, FAILED);
		} else if (code >= 100 && c->state == CALLING)
			c->act = now_ms() + GIVE_UP_MS;
		return;
	}
	if (strncmp(message, "BYE ", 4) || !value_of(message, "\r\nVia:", via, sizeof via))
		return;
	value_of(message, "\r\nFrom:", from, sizeof from);
	value_of(message, "\r\nTo:", to, sizeof to);
	value_of(message, "\r\nCall-ID:", call_id, sizeof call_id);
	value_of(message, "\r\nCSeq:", cseq, sizeof cseq);
	snprintf(text, sizeof text,
		 "SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: "
		 "%s\r\nContent-Length: 0\r\n\r\n",
		 via, from, to, call_id, cseq);
	say(text);
	if (c->state != OVER && c->state != FAILED)
		end_of(c, c->state == LAST ? OVER : FAILED);
}

static void on_sip(void)
{
	char message[MESSAGE_MAX + 1];
	ssize_t size;

	while ((size = recv(sip, message, MESSAGE_MAX, 0)) > 0) {
		message[size] = '\0';
		on_message(message);
	}
}

/* PCMU's magnitude grows as its bits below the sign fall from all ones. */
static bool is_loud(const uint8_t *payload, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((~payload[i] & 0x7f) > LOUD)
			return true;
	return false;
}

static void on_media(struct caller *c)
{
	uint8_t packet[1500];
	ssize_t size;

	while (c->fd >= 0 && (size = recv(c->fd, packet, sizeof packet, 0)) > 0) {
		const uint64_t now = now_us();

		if (c->state != SILENT || size <= 12 || (c->level && now - c->since < GAP_MS * 1000) ||
		    !is_loud(packet + 12, (size_t)size - 12))
			continue;
		heard[c->level][heard_count[c->level]++] = (double)(now - c->since) / 1000;
		c->state = HEARS;
		c->act = now / 1000 + listen_ms;
	}
}

/* What a caller does when its time has come. */
static void act(struct caller *c)
{
	switch (c->state) {
	case CALLING:
		if (c->tries < 6 && now_ms() - c->invited < GIVE_UP_MS)
			invite(c);
		else
			end_of(c, FAILED);
		break;
	case HEARS:
		press(c, c->level + 1);
		c->level++;
		c->state = c->level < LEVELS ? SILENT : LAST;
		c->since = now_us();
		c->act = now_ms() + GIVE_UP_MS;
		break;
	case SILENT:
	case LAST:
		request(c, "BYE", 2, "");
		end_of(c, FAILED);
		break;
	default:
		c->act = 0;
	}
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void print_level(const char *name, unsigned level)
{
	const unsigned n = heard_count[level];

	qsort(heard[level], n, sizeof *heard[level], compare);
	printf("\"%s\":{\"count\":%u,\"p50\":%.1f,\"p99\":%.1f,\"max\":%.1f},", name, n,
	       n ? heard[level][n / 2] : 0, n ? heard[level][(size_t)(0.99 * (n - 1))] : 0,
	       n ? heard[level][n - 1] : 0);
}

static void run(void)
{
	const uint64_t start = now_ms();
	struct epoll_event events[256];
	unsigned begun = 0;

	while (ended < count) {
		const uint64_t now = now_ms();
		const int ready = epoll_wait(epoll, events, 256, 5);

		for (; begun < count && begun <= (now - start) * rate / 1000; begun++)
			begin(&callers[begun]);
		for (int i = 0; i < ready; i++) {
			if (events[i].data.u32 == (uint32_t)SIP_TAG)
				on_sip();
			else
				on_media(&callers[events[i].data.u32]);
		}
		if (begun - ended > peak)
			peak = begun - ended;
		for (unsigned i = 0; i < begun; i++)
			if (callers[i].act && callers[i].act <= now)
				act(&callers[i]);
	}
}

static void read_options(int argc, char **argv)
{
	char *colon;
	int option;

	us = switch_at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(5060) };
	while ((option = getopt(argc, argv, "t:i:u:n:r:w:")) > 0) {
		switch (option) {
		case 't':
			colon = strchr(optarg, ':');
			if (colon) {
				*colon = '\0';
				switch_at.sin_port = htons((uint16_t)atoi(colon + 1));
			}
			inet_aton(optarg, &switch_at.sin_addr);
			break;
		case 'i':
			inet_aton(optarg, &us.sin_addr);
			break;
		case 'u':
			number = optarg;
			break;
		case 'n':
			count = (unsigned)atoi(optarg);
			break;
		case 'r':
			rate = (unsigned)atoi(optarg);
			break;
		case 'w':
			listen_ms = (unsigned)atoi(optarg);
			break;
		default:
			exit(2);
		}
	}
	if (!count || count > 20000 || !rate) {
		fprintf(stderr, "from 1 to 20000 calls\n");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = (uint32_t)SIP_TAG };

	read_options(argc, argv);
	run_id = (unsigned)now_us();
	callers = calloc(count, sizeof *callers);
	for (int i = 0; i < LEVELS; i++)
		heard[i] = calloc(count, sizeof *heard[i]);
	for (unsigned i = 0; callers && i < count; i++)
		callers[i] = (struct caller){ .index = (int)i, .fd = -1 };
	sip = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	epoll = epoll_create1(0);
	if (!callers || !heard[0] || !heard[1] || bind(sip, (void *)&us, sizeof us) ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, sip, &event)) {
		perror("ivrload");
		return 1;
	}
	run();
	printf("{");
	print_level("first", 0);
	print_level("second", 1);
	printf("\"calls\":%u,\"failed\":%u,\"at_once\":%u}\n", count, failed, peak);
	return 0;
}
