/* See stateless.h. */
#define _GNU_SOURCE /* memrchr */
#include "daemon/offhookd/ua/stateless.h"

#include "daemon/offhookd/ua/field.h"
#include "lib/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- reading ---- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

const char *ua_stateless_find(const char *text, size_t size, const char *name, char compact, size_t *length)
{
	const char *at = ua_field_first(text, size);
	struct ua_field f;

	while (ua_field_next(&f, &at, text + size)) {
		if (!ua_field_is_called(&f, name, compact))
			continue;
		*length = f.length;
		return f.value;
	}
	return NULL;
}

void ua_stateless_user(char *out, size_t room, const char *value, size_t length)
{
	static const char *const schemes[] = { "sip:", "sips:", "tel:" };
	const char *end = value + length, *at = NULL, *stop;
	bool is_tel = false;

	out[0] = '\0';
	for (const char *p = value; p < end && !at; p++)
		for (size_t i = 0; i < 3 && !at && (p == value || strchr("<\" \t", p[-1])); i++)
			if ((size_t)(end - p) > strlen(schemes[i]) &&
			    strncasecmp(p, schemes[i], strlen(schemes[i])) == 0) {
				at = p + strlen(schemes[i]);
				is_tel = i == 2;
			}
	if (!at)
		return;
	for (stop = at; stop < end && !strchr(is_tel ? "; >\t\r\n" : "@:> \t\r\n", *stop); stop++)
		;
	if (!is_tel &&
	    !(stop < end && (*stop == '@' || *stop == ':') && memchr(stop, '@', (size_t)(end - stop))))
		return;
	if ((size_t)(stop - at) >= room)
		return;
	memcpy(out, at, (size_t)(stop - at));
	out[stop - at] = '\0';
}

unsigned ua_stateless_count(const char *text, size_t size, const char *name, char compact)
{
	const char *at = ua_field_first(text, size);
	unsigned n = 0;
	struct ua_field f;

	while (ua_field_next(&f, &at, text + size))
		n += ua_field_is_called(&f, name, compact);
	return n;
}

static bool is_answerable(const char *text, size_t size)
{
	const char *space = memchr(text, ' ', size), *nl = memchr(text, '\n', size);

	return space && nl && space < nl && space > text && strncasecmp(text, "SIP/", 4) != 0 &&
	       !(space - text == 3 && strncmp(text, "ACK", 3) == 0);
}

/* The length of the first of the values that commas part. */
static size_t first_value(const char *value, size_t length)
{
	bool quoted = false;

	for (size_t i = 0; i < length; i++) {
		if (quoted && value[i] == '\\')
			i++;
		else if (value[i] == '"')
			quoted = !quoted;
		else if (value[i] == ',' && !quoted)
			return i;
	}
	return length;
}

/* A parameter's name within a value, where a ';' stands before it. */
static const char *find_param(const char *value, size_t length, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i + 1 < length; i++) {
		size_t k = i + 1;

		if (value[i] != ';')
			continue;
		while (k < length && is_space(value[k]))
			k++;
		if (k + n <= length && strncasecmp(value + k, name, n) == 0 &&
		    (k + n == length || !strchr("abcdefghijklmnopqrstuvwxyz-", value[k + n] | 0x20)))
			return value + k;
	}
	return NULL;
}

/* Of To: behind the address, if that is in angle brackets. */
static bool has_tag(const char *value, size_t length)
{
	const char *close = memrchr(value, '>', length);

	if (close) {
		length -= (size_t)(close - value);
		value = close;
	}
	return find_param(value, length, "tag") != NULL;
}

/* ---- writing ---- */

struct writer {
	char *out;
	size_t used;
	bool full;
};

static void put(struct writer *w, const char *text, size_t n)
{
	if (w->full || n >= UA_STATELESS_MAX - w->used) {
		w->full = true;
		return;
	}
	for (size_t i = 0; i < n; i++) /* a folded value becomes one line */
		w->out[w->used++] = text[i] == '\r' || text[i] == '\n' || text[i] == '\0' ? ' ' : text[i];
}

static void put_line(struct writer *w, const char *text)
{
	size_t n = strlen(text);

	if (w->full || n >= UA_STATELESS_MAX - w->used) {
		w->full = true;
		return;
	}
	memcpy(w->out + w->used, text, n);
	w->used += n;
}

/* Where it came from (RFC 3261 section 18.2.1, RFC 3581): behind the first value of the topmost Via. */
static void put_top_via(struct writer *w, const char *value, size_t length,
			const struct sockaddr_storage *source)
{
	size_t n = first_value(value, length);
	const char *rport = find_param(value, n, "rport");
	char host[INET6_ADDRSTRLEN] = "", added[80];
	const void *address = source->ss_family == AF_INET6
				  ? (const void *)&((const struct sockaddr_in6 *)source)->sin6_addr
				  : (const void *)&((const struct sockaddr_in *)source)->sin_addr;

	inet_ntop(source->ss_family, address, host, sizeof host);
	if (rport && (size_t)(rport - value) + 5 < n && rport[5] == '=')
		rport = NULL; /* filled in already, by itself */
	if (rport) {
		size_t before = (size_t)(rport - value) + 5;

		put(w, value, before);
		snprintf(added, sizeof added, "=%u", socket_address_port(source));
		put_line(w, added);
		put(w, value + before, n - before);
	} else {
		put(w, value, n);
	}
	snprintf(added, sizeof added, ";received=%s", host);
	put_line(w, added);
	put(w, value + n, length - n);
}

static void put_field(struct writer *w, const struct ua_field *f, const char *name,
		      const struct ua_stateless *answer, bool top_via)
{
	put_line(w, name);
	put_line(w, ": ");
	if (top_via && answer->source)
		put_top_via(w, f->value, f->length, answer->source);
	else
		put(w, f->value, f->length);
	if (strcmp(name, "To") == 0 && answer->tag && !has_tag(f->value, f->length)) {
		put_line(w, ";tag=");
		put_line(w, answer->tag);
	}
	put_line(w, "\r\n");
}

size_t ua_stateless_write(char out[UA_STATELESS_MAX], const char *text, size_t size,
			  const struct ua_stateless *answer)
{
	static const struct {
		const char *name;
		char compact;
	} copied[] = { { "Via", 'v' }, { "From", 'f' }, { "To", 't' }, { "Call-ID", 'i' }, { "CSeq", 0 } };
	enum { COPIED = sizeof copied / sizeof copied[0], VIA = 0 };
	struct writer w = { .out = out };
	const char *at = ua_field_first(text, size);
	unsigned seen[COPIED] = { 0 };
	struct ua_field f;
	char first[128];

	if (!is_answerable(text, size))
		return 0;
	snprintf(first, sizeof first, "SIP/2.0 %d %s\r\n", answer->code, answer->phrase);
	put_line(&w, first);
	while (ua_field_next(&f, &at, text + size))
		for (size_t i = 0; i < COPIED; i++)
			if (ua_field_is_called(&f, copied[i].name, copied[i].compact) &&
			    (i == VIA || !seen[i])) {
				put_field(&w, &f, copied[i].name, answer, i == VIA && !seen[i]);
				seen[i]++;
			}
	for (size_t i = 0; i < COPIED; i++)
		if (!seen[i])
			return 0;
	if (answer->headers)
		put_line(&w, answer->headers);
	put_line(&w, "Content-Length: 0\r\n\r\n");
	return w.full ? 0 : w.used;
}

/* "host:port" of a Via as an IPv4 address, port 5060 if it says none. False: it is a name, or IPv6. */
static bool sent_by(struct sockaddr_in *out, const char *via, size_t length)
{
	const char *space = memchr(via, ' ', length), *colon;
	char text[64] = "", *end;
	unsigned long port = 5060;
	size_t n = 0;

	*out = (struct sockaddr_in){ .sin_family = AF_INET };
	for (const char *at = space; at && at < via + length && n < sizeof text - 1; at++) {
		if (n && strchr(";, \t\r\n", *at))
			break;
		if (!is_space(*at))
			text[n++] = *at;
	}
	colon = strchr(text, ':');
	if (colon) {
		port = strtoul(colon + 1, &end, 10);
		if (*end || port == 0 || port > 65535)
			return false;
		text[colon - text] = '\0';
	}
	out->sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, text, &out->sin_addr) == 1;
}

bool ua_stateless_target(struct sockaddr_storage *out, const char *text, size_t size,
			 const struct sockaddr_storage *source)
{
	const struct sockaddr_in *from = (const void *)source;
	struct sockaddr_in said;
	size_t length;
	const char *via = ua_stateless_find(text, size, "Via", 'v', &length);

	if (!via)
		return false;
	*out = *source;
	length = first_value(via, length);
	/* one that gives another address than its own is behind a NAT: no other way leads there */
	if (source->ss_family == AF_INET && !find_param(via, length, "rport") &&
	    sent_by(&said, via, length) && said.sin_addr.s_addr == from->sin_addr.s_addr)
		((struct sockaddr_in *)out)->sin_port = said.sin_port;
	return true;
}
