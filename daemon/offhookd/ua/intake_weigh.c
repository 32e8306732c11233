/* Which requests are more than we can take, and what they are told. See intake.h. */
#define _GNU_SOURCE /* memmem */
#include "daemon/offhookd/ua/intake_private.h"

#include "daemon/offhookd/ua/stateless.h"
#include "lib/clock.h"
#include "lib/socket_address.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
	TAKEN_MAX = 65536, /* a power of two */
	TAKEN_S = 40,	   /* for which a request may be sent again (64 times T1), and more */
	DRAIN_MAX = 1 << 20,
};

/* ---- requests that have been taken ---- */

/* By the hash of a request's branch; a newer one takes the place of another with the same index. */
static struct {
	uint32_t hash, second;
} taken[TAKEN_MAX];

static uint32_t now_s(void)
{
	return (uint32_t)(clock_mono_us() / 1000000) + 1;
}

static uint32_t hash_of(const char *text, size_t size)
{
	size_t length = 0;
	const char *via = ua_stateless_find(text, size, "Via", 'v', &length);
	uint32_t h = 2166136261u;

	for (size_t i = 0; via && i < length; i++)
		h = (h ^ (uint8_t)via[i]) * 16777619u;
	return h;
}

static bool was_taken(uint32_t hash)
{
	return taken[hash % TAKEN_MAX].hash == hash && taken[hash % TAKEN_MAX].second + TAKEN_S >= now_s() &&
	       taken[hash % TAKEN_MAX].second;
}

static bool begins(const char *text, size_t size, const char *with)
{
	size_t n = strlen(with);

	return size > n && memcmp(text, with, n) == 0;
}

/* Only of INVITE does anything come of an answer that contradicts the first one. */
void intake_taken(const char *text, size_t size)
{
	uint32_t hash;

	if (!intake.handlers.busy || !begins(text, size, "INVITE "))
		return;
	hash = hash_of(text, size);
	taken[hash % TAKEN_MAX].hash = hash;
	taken[hash % TAKEN_MAX].second = now_s();
}

/* ---- answers ---- */

static void send_back(const struct intake_wire *wire, const struct sockaddr_storage *to, const char *text,
		      size_t size)
{
	size_t written;

	intake_tell_text(wire, wire->transport == CONF_UDP ? to : NULL, true, text, size);
	if (wire->ssl)
		(void)!SSL_write_ex(wire->ssl, text, size, &written);
	else if (wire->transport == CONF_UDP)
		sendto(wire->fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)to,
		       to->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
	else
		send(wire->fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void intake_answer(const struct intake_wire *wire, const struct sockaddr_storage *source, const char *text,
		   size_t size, int code, const char *phrase, const char *headers)
{
	bool udp = wire->transport == CONF_UDP;
	struct ua_stateless answer = { .code = code,
				       .phrase = phrase,
				       .headers = headers,
				       .tag = intake.tag,
				       .source = udp ? source : NULL };
	char out[UA_STATELESS_MAX];
	struct sockaddr_storage to;
	size_t n = ua_stateless_write(out, text, size, &answer);

	if (n && (!udp || ua_stateless_target(&to, text, size, source)))
		send_back(wire, &to, out, n);
}

/* Else what has come and was not read would take the answer away with it (RFC 1122 section 4.2.2.13). */
static void drain(int fd)
{
	char waste[4096];
	size_t all = 0;
	ssize_t n;

	while (all < DRAIN_MAX && (n = recvfrom(fd, waste, sizeof waste, MSG_DONTWAIT, NULL, NULL)) > 0)
		all += (size_t)n;
}

void intake_give_up(const struct intake_wire *wire, const char *text, size_t size,
		    const struct ua_frame *frame)
{
	intake.stats.bad++;
	intake_tell_text(wire, NULL, false, text, size);
	if (frame->code)
		intake_answer(wire, NULL, text, size, frame->code, frame->why, NULL);
	drain(wire->fd);
	intake.handlers.give_up(wire->fd, frame->why, intake.handlers.arg);
}

static struct {
	struct intake_wire wire;
	struct sockaddr_storage source;
	size_t size;
	char text[UA_STATELESS_MAX];
	bool torn;
} current;

void intake_keep(const struct intake_wire *wire, const struct sockaddr_storage *source, const char *text,
		 size_t size)
{
	current.wire = *wire;
	if (source)
		current.source = *source;
	current.size = size < sizeof current.text ? size : sizeof current.text;
	memcpy(current.text, text, current.size);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void intake_mend(char *text, size_t size)
{
	static const char version[] = "SIP/2.0";
	char *end = memchr(text, '\n', size), *uri = memchr(text, ' ', size);

	current.torn = false;
	if (!end || !uri || uri >= end)
		return;
	end -= end > text && end[-1] == '\r';
	if (end - uri < (ptrdiff_t)sizeof version ||
	    strncasecmp(end - sizeof version + 1, version, sizeof version - 1) != 0)
		return;
	for (end -= sizeof version - 1; end > uri && is_blank(end[-1]);)
		end--;
	while (uri < end && is_blank(*uri))
		uri++;
	for (; uri < end; uri++)
		if (is_blank(*uri)) {
			*uri = '_';
			current.torn = true;
		}
}

bool ua_intake_is_torn(void)
{
	return current.torn;
}

void ua_intake_answer(int code, const char *phrase, const char *headers)
{
	intake_answer(&current.wire, &current.source, current.text, current.size, code, phrase,
		      headers && headers[0] ? headers : NULL);
}

uint16_t ua_intake_port(void)
{
	struct sockaddr_storage own = { 0 };
	socklen_t size = sizeof own;

	if (getsockname(current.wire.fd, (struct sockaddr *)&own, &size))
		return 0;
	return (uint16_t)socket_address_port(&own);
}

unsigned ua_intake_count(const char *name, char compact)
{
	return ua_stateless_count(current.text, current.size, name, compact);
}

/* ---- weighing ---- */

bool intake_is_busy(int64_t late_us)
{
	return intake.handlers.busy && intake.handlers.busy(late_us, intake.handlers.arg);
}

static bool value_holds(const char *text, size_t size, const char *name, char compact, const char *what)
{
	size_t length;
	const char *value = ua_stateless_find(text, size, name, compact, &length);

	return value && memmem(value, length, what, strlen(what));
}

static size_t line_length(const char *at, const char *end)
{
	const char *nl = memchr(at, '\n', (size_t)(end - at));

	return (size_t)((nl ? nl : end) - at);
}

static void nonce_of(char *out, size_t room, const char *value, size_t length)
{
	static const char name[] = "nonce=\"";
	const char *at = value, *end = value + length, *close;

	/* not that of cnonce */
	while ((at = memmem(at, (size_t)(end - at), name, sizeof name - 1)) && at > value &&
	       !strchr(" \t,", at[-1]))
		at++;
	if (!at)
		return;
	at += sizeof name - 1;
	close = memchr(at, '"', (size_t)(end - at));
	if (close && (size_t)(close - at) < room)
		memcpy(out, at, (size_t)(close - at)); /* the rest is zero */
}

/* Fills *out for a request that begins something new. */
static bool is_fresh(struct ua_fresh *out, const char *text, size_t size)
{
	const char *space = memchr(text, ' ', size < sizeof out->method ? size : sizeof out->method), *value;
	size_t length;

	if (!space || space == text || strncasecmp(text, "SIP/", 4) == 0)
		return false;
	memcpy(out->method, text, (size_t)(space - text));
	out->method[space - text] = '\0';
	if (strcmp(out->method, "ACK") == 0 || strcmp(out->method, "CANCEL") == 0 ||
	    value_holds(text, size, "To", 't', ";tag=") || was_taken(hash_of(text, size)))
		return false;
	ua_stateless_user(out->request_user, sizeof out->request_user, space + 1,
			  line_length(space + 1, text + size));
	value = ua_stateless_find(text, size, "From", 'f', &length);
	if (value)
		ua_stateless_user(out->from_user, sizeof out->from_user, value, length);
	value = ua_stateless_find(text, size, "Proxy-Authorization", 0, &length);
	if (!value)
		value = ua_stateless_find(text, size, "Authorization", 0, &length);
	if (value)
		nonce_of(out->nonce, sizeof out->nonce, value, length);
	return true;
}

enum ua_weight intake_weigh(const struct intake_wire *wire, const struct sockaddr_storage *source,
			    const char *text, size_t size, int64_t late_us)
{
	struct ua_fresh fresh = { .source = *source, .transport = wire->transport, .late_us = late_us };
	char headers[48];
	enum ua_weight weight;
	unsigned retry_after_s = 0;

	if (begins(text, size, "ACK ") && value_holds(text, size, "To", 't', intake.tag))
		return UA_DROP; /* of an answer that was made here */
	if (!is_fresh(&fresh, text, size))
		return UA_TAKE;
	weight = intake.handlers.weigh(&fresh, &retry_after_s, intake.handlers.arg);
	if (weight != UA_REFUSE)
		return weight;
	intake.stats.refused++;
	intake_tell_text(wire, source, false, text, size);
	snprintf(headers, sizeof headers, "Retry-After: %u\r\n", retry_after_s);
	intake_answer(wire, source, text, size, 503, "Service Unavailable", headers);
	return UA_REFUSE;
}
