/* See sipline.h. */
#include "daemon/offhookd/trace/sipline.h"

#include <string.h>
#include <strings.h>

bool sip_slice_is(const struct sip_slice *slice, const char *text)
{
	return slice->at && strlen(text) == slice->size && memcmp(slice->at, text, slice->size) == 0;
}

bool sipline_next(const char *text, size_t size, size_t *at, struct sip_slice *line)
{
	size_t begin = *at, end = begin;

	while (end < size) {
		const char *nl = memchr(text + end, '\n', size - end);

		end = nl ? (size_t)(nl - text) + 1 : size;
		if (end >= size || (text[end] != ' ' && text[end] != '\t') || end - begin <= 2)
			break;
	}
	*at = end;
	while (end > begin && (text[end - 1] == '\n' || text[end - 1] == '\r'))
		end--;
	*line = (struct sip_slice){ text + begin, end - begin };
	return end > begin;
}

bool sipline_value(const struct sip_slice *line, const char *name, char compact, struct sip_slice *value)
{
	size_t length = strlen(name), at;

	if (line->size > length && (line->at[length - 1] | 0x20) == (name[length - 1] | 0x20) &&
	    strncasecmp(line->at, name, length) == 0)
		at = length;
	else if (compact && line->size > 1 && (line->at[0] | 0x20) == compact)
		at = 1;
	else
		return false;
	while (at < line->size && (line->at[at] == ' ' || line->at[at] == '\t'))
		at++;
	if (at == line->size || line->at[at] != ':')
		return false;
	at++;
	while (at < line->size && strchr(" \t\r\n", line->at[at]))
		at++;
	*value = (struct sip_slice){ line->at + at, line->size - at };
	return true;
}

/* This is asked of each character. */
static bool ends_user(char c)
{
	switch (c) {
	case '@':
	case ':':
	case ';':
	case '>':
	case '?':
	case ',':
	case ' ':
	case '\t':
	case '\r':
	case '\n':
	case '\0':
		return true;
	default:
		return false;
	}
}

/* The user of the first URI there. */
static struct sip_slice user_of(const struct sip_slice *value)
{
	const char *end = value->at + value->size, *at = memchr(value->at, '<', value->size);
	const char *begin;

	at = at ? at + 1 : value->at;
	at = memchr(at, ':', (size_t)(end - at));
	if (!at)
		return (struct sip_slice){ NULL, 0 };
	begin = ++at;
	while (at < end && !ends_user(*at))
		at++;
	if (at == end || (*at != '@' && *at != ':')) { /* tel:, or a host alone */
		bool tel = begin - value->at >= 4 && strncasecmp(begin - 4, "tel:", 4) == 0;

		return tel ? (struct sip_slice){ begin, (size_t)(at - begin) }
			   : (struct sip_slice){ NULL, 0 };
	}
	return (struct sip_slice){ begin, (size_t)(at - begin) };
}

static bool read_status(struct sipline *out, const struct sip_slice *line)
{
	const char *p = line->at + 8;

	if (line->size < 11)
		return false;
	for (int i = 0; i < 3; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		out->code = out->code * 10 + p[i] - '0';
	}
	if (line->size > 12)
		out->phrase = (struct sip_slice){ p + 4, line->size - 12 };
	return out->code >= 100 && out->code < 700;
}

static bool read_first(struct sipline *out, const struct sip_slice *line)
{
	static const char version[] = " SIP/2.0";
	const char *space;
	struct sip_slice uri;

	if (line->size > 8 && memcmp(line->at, "SIP/2.0 ", 8) == 0)
		return read_status(out, line);
	space = memchr(line->at, ' ', line->size < 32 ? line->size : 32);
	if (!space || space == line->at || line->size < sizeof version ||
	    memcmp(line->at + line->size - 8, version, 8) != 0)
		return false;
	out->method = (struct sip_slice){ line->at, (size_t)(space - line->at) };
	uri = (struct sip_slice){ space + 1, line->size - out->method.size - 1 };
	out->request_user = user_of(&uri);
	return true;
}

static void read_cseq(struct sipline *out, const struct sip_slice *value)
{
	size_t at = 0;

	while (at < value->size && (value->at[at] == ' ' || (value->at[at] >= '0' && value->at[at] <= '9')))
		at++;
	if (out->code && at < value->size)
		out->method = (struct sip_slice){ value->at + at, value->size - at };
}

/* Most lines are none of these, which their first letter tells. */
static void read_header(struct sipline *out, const struct sip_slice *line)
{
	struct sip_slice value;

	switch (line->at[0] | 0x20) {
	case 'a':
	case 'p':
		out->credentials |= line->size > 8 && (strncasecmp(line->at, "Auth", 4) == 0 ||
						       strncasecmp(line->at, "Proxy-Au", 8) == 0);
		break;
	case 'c':
	case 'i':
		if (!out->call_id.at && sipline_value(line, "Call-ID", 'i', &value))
			out->call_id = value;
		else if (sipline_value(line, "CSeq", '\0', &value))
			read_cseq(out, &value);
		break;
	case 'f':
		if (!out->from_user.at && sipline_value(line, "From", 'f', &value))
			out->from_user = user_of(&value);
		break;
	case 't':
		if (!out->to_user.at && sipline_value(line, "To", 't', &value))
			out->to_user = user_of(&value);
		break;
	}
}

bool sipline_read(struct sipline *out, const char *text, size_t size)
{
	struct sip_slice line;
	size_t at = 0;

	*out = (struct sipline){ .code = 0 };
	if (!sipline_next(text, size, &at, &line) || !read_first(out, &line))
		return false;
	while (sipline_next(text, size, &at, &line))
		read_header(out, &line);
	out->head = at;
	while (out->call_id.size && strchr(" \t", out->call_id.at[out->call_id.size - 1]))
		out->call_id.size--;
	return out->call_id.size > 0 && out->method.size > 0;
}
