/* What sofia-sip's parser gets to see of a description (sdp.h): it can be made to build lists without an end
 * by an m= line of a few bytes, so only lines that we have looked at go there, and none that we do not need.
 */
#include "daemon/offhookd/ua/sdp_clean.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LINES_MAX = 512, LINE_MAX_BYTES = 1024, MEDIA_MAX = 32, FORMATS_MAX = 64 };

static bool is_token(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || strchr("-_.+", c);
}

/* Skips at least one and at most `max` characters that are tokens' or in `more`. NULL when there are others.
 */
static const char *skip_word(const char *at, const char *end, size_t max, const char *more)
{
	const char *begin = at;

	while (at < end && *at && (is_token(*at) || strchr(more, *at)))
		at++;
	return at == begin || (size_t)(at - begin) > max ? NULL : at;
}

static const char *skip_digits(const char *at, const char *end, size_t max)
{
	const char *begin = at;

	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at == begin || (size_t)(at - begin) > max ? NULL : at;
}

static const char *skip_space(const char *at, const char *end)
{
	return at && at < end && *at == ' ' ? at + 1 : NULL;
}

/* "audio 49170/2 RTP/AVP 0 8 101" */
static bool is_media(const char *at, const char *end)
{
	size_t formats = 0;

	at = skip_space(skip_word(at, end, 15, ""), end);
	at = at ? skip_digits(at, end, 5) : NULL;
	if (at && at < end && *at == '/')
		at = skip_digits(at + 1, end, 3);
	at = skip_space(at, end);
	at = at ? skip_word(at, end, 23, "/") : NULL;
	while (at && at < end) {
		at = skip_space(at, end);
		if (at == end)
			break;				      /* a space at the end */
		at = at ? skip_word(at, end, 60, "*") : NULL; /* what is no token has no end there */
		if (++formats > FORMATS_MAX)
			return false;
	}
	return at && formats > 0;
}

struct clean {
	char *out;
	size_t size, used;
	size_t lines, media, times;
	struct ua_sdp_protos *protos;
	bool full;
};

static void put(struct clean *c, char type, const char *text, const char *end)
{
	size_t n = (size_t)(end - text);

	if (c->used + n + 5 > c->size) {
		c->full = true;
		return;
	}
	c->out[c->used++] = type;
	c->out[c->used++] = '=';
	for (; text < end; text++) /* names and titles may hold anything; they are of no use to us */
		c->out[c->used++] = *text >= 0x20 && *text < 0x7f ? *text : '_';
	c->out[c->used++] = '\r';
	c->out[c->used++] = '\n';
}

/* The words up to the protocol of an m= line that is_media() has let through, and its end. */
static const char *find_proto(const char *at, const char *end, const char **proto_end)
{
	const char *proto;

	for (int i = 0; i < 2; i++) {
		at = memchr(at, ' ', (size_t)(end - at));
		at++;
	}
	proto = at;
	while (at < end && *at != ' ')
		at++;
	*proto_end = at;
	return proto;
}

static bool is_rtp(const char *proto, size_t length)
{
	static const char *const names[] = { "RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strlen(names[i]) == length && strncasecmp(names[i], proto, length) == 0)
			return true;
	return false;
}

/* sofia knows only some of the profiles of RTP: it gets to see one, and the caller the true name. */
static void put_media(struct clean *c, const char *text, const char *end)
{
	const char *proto_end, *proto = find_proto(text, end, &proto_end);
	size_t length = (size_t)(proto_end - proto);
	char line[LINE_MAX_BYTES + 8];

	if (c->protos->count < UA_SDP_PROTOS_MAX)
		snprintf(c->protos->names[c->protos->count++], UA_SDP_PROTO_SIZE, "%.*s", (int)length, proto);
	if (!is_rtp(proto, length)) {
		put(c, 'm', text, end);
		return;
	}
	snprintf(line, sizeof line, "%.*sRTP/AVP%.*s", (int)(proto - text), text, (int)(end - proto_end),
		 proto_end);
	put(c, 'm', line, line + strlen(line));
}

/* "rtpmap:31 LPC": no rate. sofia would refuse all of the description for it. */
static bool is_broken_rtpmap(const char *text, const char *end)
{
	static const char name[] = "rtpmap:";
	size_t n = sizeof name - 1;

	return (size_t)(end - text) > n && strncasecmp(text, name, n) == 0 &&
	       !memchr(text, '/', (size_t)(end - text));
}

/* One line. Returns false when the description is not to be read at all. */
static bool take(struct clean *c, const char *line, const char *end)
{
	static const char none[] = "-", any_time[] = "0 0";

	if (end - line < 2 || line[1] != '=')
		return line == end; /* an empty one */
	if (++c->lines > LINES_MAX || end - line > LINE_MAX_BYTES)
		return false;
	switch (line[0]) {
	case 'm':
		if (++c->media > MEDIA_MAX || !is_media(line + 2, end))
			return false;
		put_media(c, line + 2, end);
		break;
	case 's':
		put(c, 's', none, none + 1);
		break;
	case 't':
		if (c->times++ == 0)
			put(c, 't', any_time, any_time + 3);
		break;
	case 'a':
		if (is_broken_rtpmap(line + 2, end))
			break;
		put(c, 'a', line + 2, end);
		break;
	case 'v':
	case 'o':
	case 'c':
		put(c, line[0], line + 2, end);
		break;
	default: /* i u e p b z k r: nothing that we go by */
		break;
	}
	return !c->full;
}

size_t ua_sdp_clean(char *out, size_t size, const char *text, size_t length, struct ua_sdp_protos *protos)
{
	struct clean c = { .out = out, .size = size, .protos = protos };
	const char *end = text + length;

	protos->count = 0;
	while (text < end) {
		const char *line_end = text;

		while (line_end < end && *line_end != '\n' && *line_end != '\r' && *line_end != '\0')
			line_end++;
		if (!take(&c, text, line_end))
			return 0;
		if (line_end < end && *line_end == '\0')
			break;
		text = line_end + 1;
	}
	out[c.used] = '\0';
	return c.used;
}
