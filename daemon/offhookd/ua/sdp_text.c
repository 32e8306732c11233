/* See sdp_text.h. */
#include "daemon/offhookd/ua/sdp_text.h"

#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct sdp_span trim(struct sdp_span s)
{
	while (s.at < s.end && is_blank(*s.at))
		s.at++;
	while (s.at < s.end && is_blank(s.end[-1]))
		s.end--;
	return s;
}

/* The next line, whatever is in it. */
static bool next_raw(struct sdp_reader *r, struct sdp_span *out)
{
	const char *at = r->at;

	if (at == r->end || *at == '\0')
		return false;
	while (at < r->end && *at != '\r' && *at != '\n' && *at != '\0')
		at++;
	*out = trim((struct sdp_span){ r->at, at });
	if (at < r->end && *at == '\r')
		at++;
	if (at < r->end && *at == '\n')
		at++;
	r->at = at;
	r->line++;
	return true;
}

bool sdp_next_line(struct sdp_reader *reader, struct sdp_line *out)
{
	struct sdp_span s;

	do {
		if (!next_raw(reader, &s))
			return false;
	} while (s.at == s.end);
	*out = (struct sdp_line){ .type = 0, .value = s };
	if (sdp_length(s) >= 2 && s.at[1] == '=') {
		out->type = s.at[0];
		out->value = trim((struct sdp_span){ s.at + 2, s.end });
	}
	return true;
}

bool sdp_next_word(struct sdp_span *from, struct sdp_span *out)
{
	const char *at = from->at, *begin;

	while (at < from->end && is_blank(*at))
		at++;
	begin = at;
	while (at < from->end && !is_blank(*at))
		at++;
	from->at = at;
	*out = (struct sdp_span){ begin, at };
	return at > begin;
}

size_t sdp_length(struct sdp_span s)
{
	return (size_t)(s.end - s.at);
}

bool sdp_begins(struct sdp_span s, const char *text)
{
	return sdp_length(s) >= strlen(text) && strncasecmp(s.at, text, strlen(text)) == 0;
}

bool sdp_is(struct sdp_span s, const char *text)
{
	return sdp_length(s) == strlen(text) && sdp_begins(s, text);
}

long sdp_number(struct sdp_span s, long max)
{
	long n = 0;

	if (s.at == s.end)
		return -1;
	for (; s.at < s.end; s.at++) {
		if (*s.at < '0' || *s.at > '9')
			return -1;
		n = n * 10 + (*s.at - '0');
		if (n > max)
			return -1;
	}
	return n;
}

void sdp_copy(char *out, size_t size, struct sdp_span s)
{
	size_t n = sdp_length(s) < size ? sdp_length(s) : size - 1;

	if (n > 0) /* an empty one may be nowhere */
		memcpy(out, s.at, n);
	out[n] = '\0';
}

struct sdp_span sdp_cut(struct sdp_span *s, char c)
{
	struct sdp_span head = *s;
	const char *at = memchr(s->at, c, sdp_length(*s));

	if (at)
		head.end = at;
	s->at = at ? at + 1 : s->end;
	return head;
}
