/* See frame.h. */
#include "daemon/offhookd/ua/frame.h"

#include "daemon/offhookd/ua/field.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

static bool read_number(size_t *out, const char *at, const char *end)
{
	size_t n = 0;

	if (at == end)
		return false;
	for (; at < end; at++) {
		if (*at < '0' || *at > '9')
			return false;
		n = n > (SIZE_MAX - 9) / 10 ? SIZE_MAX : n * 10 + (size_t)(*at - '0');
	}
	*out = n;
	return true;
}

int ua_frame_content_length(const char *head, size_t size, size_t *out)
{
	const char *at = ua_field_first(head, size);
	struct ua_field f;
	int found = 0;

	while (ua_field_next(&f, &at, head + size)) {
		if (!ua_field_is_called(&f, "Content-Length", 'l'))
			continue;
		if (found || !read_number(out, f.value, f.value + f.length))
			return -1;
		found = 1;
	}
	return found;
}

static enum ua_frame_state bad(struct ua_frame *frame, int code, const char *why)
{
	frame->code = code;
	frame->why = why;
	return UA_FRAME_BAD;
}

static enum ua_frame_state pause_of(struct ua_frame *frame, const char *text, size_t size)
{
	size_t n = 0;

	while (n < size && n < UA_FRAME_PAUSE_MAX && (text[n] == '\r' || text[n] == '\n'))
		n++;
	frame->length = n;
	return UA_FRAME_PAUSE;
}

/* "SIP/" is in every first line, of whatever version. */
static bool is_sip(const char *line, size_t size)
{
	for (size_t i = 0; i + 4 <= size; i++)
		if (strncasecmp(line + i, "SIP/", 4) == 0)
			return true;
	return false;
}

/* The end of a line, whose line feed is at `nl`. */
static enum ua_frame_state end_line(struct ua_frame *frame, const char *text, size_t nl)
{
	size_t length = nl - frame->line;

	if (length && text[nl - 1] == '\r')
		length--;
	if (frame->lines == 0 && !is_sip(text, length))
		return bad(frame, 0, "this is no SIP");
	if (frame->lines == 1 && length && (text[frame->line] == ' ' || text[frame->line] == '\t'))
		return bad(frame, 400, "Folded First Line");
	if (++frame->lines > UA_FRAME_LINES_MAX)
		return bad(frame, 513, "Too Many Header Lines");
	frame->line = nl + 1;
	if (length == 0)
		frame->head = nl + 1;
	return UA_FRAME_MORE;
}

static enum ua_frame_state scan(struct ua_frame *frame, const char *text, size_t size)
{
	for (size_t i = frame->scanned; i < size && !frame->head; i++) {
		if (text[i] == '\0')
			return bad(frame, 400, "NUL In Header");
		if (text[i] == '\r' && i + 1 < size && text[i + 1] != '\n')
			return bad(frame, 400, "CR Without LF");
		if (text[i] == '\r' && i + 1 == size) {
			frame->scanned = i;
			return UA_FRAME_MORE;
		}
		if (text[i] == '\n' && end_line(frame, text, i) == UA_FRAME_BAD)
			return UA_FRAME_BAD;
		frame->scanned = i + 1;
	}
	return UA_FRAME_MORE;
}

static enum ua_frame_state end_head(struct ua_frame *frame, const char *text, size_t max)
{
	size_t body = 0;

	switch (ua_frame_content_length(text, frame->head, &body)) {
	case 0: /* RFC 3261 section 20.14 */
		return bad(frame, 400, "Missing Content-Length");
	case -1:
		return bad(frame, 400, "Bad Content-Length");
	}
	if (frame->head > max)
		return bad(frame, 513, "Message Too Large");
	if (body > max - frame->head)
		return bad(frame, 413, "Request Entity Too Large");
	frame->length = frame->head + body;
	return UA_FRAME_MORE;
}

enum ua_frame_state ua_frame_look(struct ua_frame *frame, const char *text, size_t size, size_t max)
{
	if (size == 0)
		return UA_FRAME_MORE;
	if (frame->scanned == 0 && (text[0] == '\r' || text[0] == '\n'))
		return pause_of(frame, text, size);
	if (!frame->head) {
		if (scan(frame, text, size) == UA_FRAME_BAD)
			return UA_FRAME_BAD;
		if (!frame->head)
			return size > max ? bad(frame, 513, "Message Too Large") : UA_FRAME_MORE;
		if (end_head(frame, text, max) == UA_FRAME_BAD)
			return UA_FRAME_BAD;
	}
	return size >= frame->length ? UA_FRAME_WHOLE : UA_FRAME_MORE;
}
