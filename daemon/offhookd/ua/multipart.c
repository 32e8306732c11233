/* The description in a multipart body (RFC 2046 section 5.1, RFC 5621). sofia-sip's reader ends the process
 * at some bodies; and one part is all that we need. See private.h. */
#include "daemon/offhookd/ua/private.h"

#include <string.h>
#include <strings.h>

struct text {
	const char *at, *end;
};

static size_t left(const struct text *t)
{
	return (size_t)(t->end - t->at);
}

static bool begins(const struct text *t, const char *with, size_t n)
{
	return left(t) >= n && memcmp(t->at, with, n) == 0;
}

/* Takes a line, without its end. False: there is none. */
static bool next_line(struct text *t, struct text *line)
{
	const char *end;

	if (t->at == t->end)
		return false;
	end = memchr(t->at, '\n', left(t));
	*line = (struct text){ t->at, end ? end : t->end };
	t->at = end ? end + 1 : t->end;
	if (line->end > line->at && line->end[-1] == '\r')
		line->end--;
	return true;
}

/* Whether a line is "--boundary"; without one to go by, whether it looks like it. */
static bool is_delimiter(const struct text *line, const char *boundary, size_t n)
{
	struct text rest = { line->at + 2, line->end };

	return begins(line, "--", 2) && (n ? begins(&rest, boundary, n) : left(line) > 2);
}

static bool names_sdp(const struct text *line)
{
	static const char *const names[] = { "content-type", "c" };
	static const char type[] = "application/sdp";
	struct text rest = *line;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		size_t n = strlen(names[i]);

		if (left(line) <= n || strncasecmp(line->at, names[i], n) != 0)
			continue;
		rest.at = line->at + n;
		while (rest.at < rest.end && strchr(" \t:", *rest.at))
			rest.at++;
		return left(&rest) >= sizeof type - 1 && strncasecmp(rest.at, type, sizeof type - 1) == 0;
	}
	return false;
}

/* The boundary without its quotes. */
static size_t trim_boundary(const char **boundary)
{
	size_t n;

	if (!*boundary)
		return 0;
	if (**boundary == '"')
		++*boundary;
	n = strcspn(*boundary, "\"");
	while (n && (*boundary)[n - 1] == ' ')
		n--;
	return n;
}

const char *ua_multipart_sdp(const char *body, size_t length, const char *boundary, size_t *sdp_length)
{
	struct text rest = { body, body + length }, line;
	const char *begin = NULL, *end = NULL;
	size_t n = trim_boundary(&boundary);
	bool in_head = false, is_sdp = false;

	while (next_line(&rest, &line)) {
		bool delimiter = is_delimiter(&line, boundary, n);

		if (delimiter && begin)
			break;
		if (delimiter) {
			in_head = true;
			is_sdp = false;
		} else if (in_head && line.at == line.end) {
			in_head = false;
			begin = is_sdp ? rest.at : NULL;
		} else if (in_head) {
			is_sdp |= names_sdp(&line);
		}
		if (begin)
			end = rest.at;
	}
	if (!begin)
		return NULL;
	*sdp_length = (size_t)(end - begin);
	return begin;
}
