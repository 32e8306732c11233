/* See offer.h. */
#include "daemon/offhookd/testtrunk/offer.h"

#include "lib/socket_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PCMU = 0, PCMA = 8, EVENTS = 101, LINE_MAX_SIZE = 256, NO_EVENTS = -1 };

void test_host(char out[64], const struct sockaddr_storage *a)
{
	const void *bytes = a->ss_family == AF_INET6
				? (const void *)&((const struct sockaddr_in6 *)a)->sin6_addr
				: (const void *)&((const struct sockaddr_in *)a)->sin_addr;

	if (!inet_ntop(a->ss_family, bytes, out, 64))
		out[0] = '\0';
}

/* "IN IP4 127.0.0.1" */
static bool read_address(struct sockaddr_storage *out, const char *text)
{
	bool v6 = strncmp(text, "IN IP6 ", 7) == 0;
	char host[64];
	void *bytes = v6 ? (void *)&((struct sockaddr_in6 *)out)->sin6_addr
			 : (void *)&((struct sockaddr_in *)out)->sin_addr;

	if (!v6 && strncmp(text, "IN IP4 ", 7) != 0)
		return false;
	snprintf(host, sizeof host, "%.*s", (int)strcspn(text + 7, "/ "), text + 7);
	memset(out, 0, sizeof *out);
	out->ss_family = v6 ? AF_INET6 : AF_INET;
	return inet_pton(out->ss_family, host, bytes) == 1;
}

static bool is_unspecified(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET && ((const struct sockaddr_in *)a)->sin_addr.s_addr == 0;
}

struct reading {
	struct test_offer *out;
	unsigned long port;
	bool has_audio, in_audio;
};

/* "audio 30000 RTP/AVP 0 8 101" */
static bool read_media(struct reading *r, const char *text)
{
	char *rest;

	r->in_audio = !r->has_audio && strncmp(text, "audio ", 6) == 0;
	if (!r->in_audio)
		return true;
	r->has_audio = true;
	r->port = strtoul(text + 6, &rest, 10);
	if (r->port > UINT16_MAX || strncmp(rest, " RTP/AVP ", 9) != 0)
		return false;
	rest += 9;
	while (*rest) {
		char *end;
		unsigned long type = strtoul(rest, &end, 10);

		if (end == rest)
			return false;
		if (r->out->codec < 0 && (type == PCMU || type == PCMA))
			r->out->codec = (int)type;
		rest = end + strspn(end, " ");
	}
	return true;
}

static void read_attribute(struct reading *r, const char *text)
{
	unsigned long type;
	char *rest;

	if (strcmp(text, "sendonly") == 0)
		r->out->takes = false;
	else if (strcmp(text, "recvonly") == 0)
		r->out->sends = false;
	else if (strcmp(text, "inactive") == 0)
		r->out->sends = r->out->takes = false;
	if (!r->in_audio || strncmp(text, "rtpmap:", 7) != 0)
		return;
	type = strtoul(text + 7, &rest, 10);
	if (type >= 96 && type < 128 && strcasecmp(rest, " telephone-event/8000") == 0)
		r->out->events = (int)type;
}

static bool read_line(struct reading *r, const char *line)
{
	if (line[0] == '\0' || line[1] != '=')
		return line[0] == '\0';
	if (line[0] == 'm')
		return read_media(r, line + 2);
	if (line[0] == 'c' && (!r->has_audio || r->in_audio))
		return read_address(&r->out->rtp, line + 2);
	if (line[0] == 'a' && (!r->has_audio || r->in_audio))
		read_attribute(r, line + 2);
	return true;
}

int test_offer_read(struct test_offer *out, struct test_text sdp)
{
	struct reading r = { .out = out };

	*out = (struct test_offer){ .codec = -1, .events = NO_EVENTS, .sends = true, .takes = true };
	while (sdp.length) {
		const char *end = memchr(sdp.text, '\n', sdp.length);
		size_t n = end ? (size_t)(end - sdp.text) : sdp.length, used = end ? n + 1 : n;
		char line[LINE_MAX_SIZE];

		if (n && sdp.text[n - 1] == '\r')
			n--;
		if (n < sizeof line) { /* none of those that we look at is so long */
			memcpy(line, sdp.text, n);
			line[n] = '\0';
			if (strlen(line) != n || !read_line(&r, line))
				return EBADMSG;
		}
		sdp.text += used;
		sdp.length -= used;
	}
	if (out->codec < 0 || out->rtp.ss_family == AF_UNSPEC)
		return EBADMSG;
	if (r.port == 0 || is_unspecified(&out->rtp))
		out->takes = false;
	socket_address_set_port(&out->rtp, (unsigned)r.port);
	return 0;
}

void test_offer_write(char out[TEST_SDP_MAX], const struct test_offer *offer,
		      const struct sockaddr_storage *local, unsigned version)
{
	const char *family = local->ss_family == AF_INET6 ? "IP6" : "IP4", *codecs = "0 8", *direction;
	int events = offer ? offer->events : EVENTS;
	char host[64], type[8] = "", map[96] = "";

	test_host(host, local);
	if (offer)
		codecs = offer->codec == PCMU ? "0" : "8";
	direction = !offer || (offer->sends && offer->takes) ? "sendrecv"
		    : offer->sends			     ? "recvonly"
		    : offer->takes			     ? "sendonly"
							     : "inactive";
	if (events != NO_EVENTS) {
		snprintf(type, sizeof type, " %d", events);
		snprintf(map, sizeof map, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", events,
			 events);
	}
	snprintf(out, TEST_SDP_MAX,
		 "v=0\r\no=test 1 %u IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\nm=audio %u RTP/AVP %s%s\r\n%s"
		 "a=ptime:20\r\na=%s\r\n",
		 version, family, host, family, host, socket_address_port(local), codecs, type, map,
		 direction);
}
