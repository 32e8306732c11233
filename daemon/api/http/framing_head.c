/* What the lines of a request's head may say (RFC 9112, sections 3 and 5). */
#include "daemon/api/http/framing_private.h"

#include <string.h>
#include <strings.h>

static uint8_t class_of(unsigned char c)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";
	bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
	uint8_t class = 0;

	if (alnum || (c && memchr(marks, c, sizeof marks - 1)))
		class |= TOKEN;
	if (c > ' ' && c < 0x7f)
		class |= TARGET;
	if ((c >= ' ' || c == '\t') && c != 0x7f)
		class |= VALUE;
	if (alnum || (c && memchr("-._:[]~", c, 7)))
		class |= HOST;
	return class;
}

static uint8_t classes[256];

void framing_classes_init(void)
{
	if (!classes['A'])
		for (unsigned c = 0; c < 256; c++)
			classes[c] = class_of((unsigned char)c);
}

bool framing_is_all(const char *text, size_t size, uint8_t class)
{
	const unsigned char *at = (const unsigned char *)text;
	uint8_t all = class;

	for (size_t i = 0; i < size; i++)
		all &= classes[at[i]];
	return all;
}

static bool is(const char *text, size_t size, const char *word)
{
	return strlen(word) == size && !strncasecmp(text, word, size);
}

/* The request line (RFC 9112, section 3). Each returns 0, or the status of the refusal with *why. */

static int read_version(struct framing *framing, const char *text, size_t size, const char **why)
{
	bool looks_right = size == 8 && !memcmp(text, "HTTP/", 5) && text[5] >= '0' && text[5] <= '9' &&
			   text[6] == '.' && text[7] >= '0' && text[7] <= '9';

	*why = "The request line must be a method, a target without spaces, and HTTP/1.1 or HTTP/1.0.";
	if (!looks_right)
		return 400;
	*why = "Only HTTP/1.1 and HTTP/1.0 are spoken here.";
	if (text[5] != '1')
		return 505;
	framing->one_one = text[7] != '0';
	return 0;
}

static int read_method(struct framing *framing, const char *text, size_t size, const char **why)
{
	static const char *const known[] = { "GET",    "POST",	"HEAD",	   "PUT",
					     "DELETE", "PATCH", "OPTIONS", "TRACE" };

	*why = "The request line must begin with a method.";
	if (!size || !framing_is_all(text, size, TOKEN))
		return 400;
	framing->refused_head = size == 4 && !memcmp(text, "HEAD", 4);
	framing->bodyless = framing->refused_head || (size == 5 && !memcmp(text, "TRACE", 5));
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i]) == size && !memcmp(text, known[i], size))
			return 0;
	*why = "There is no such method.";
	return 501;
}

static int read_target(const char *text, size_t size, const char **why)
{
	const char *host = NULL;
	size_t host_size = 0;

	*why = "The request line must have one target, in printable ASCII: other characters are "
	       "percent-encoded.";
	if (!size || !framing_is_all(text, size, TARGET))
		return 400;
	if ((*text == '/' && (size == 1 || text[1] != '/')) || (size == 1 && *text == '*'))
		return 0;
	if (size > 7 && !strncasecmp(text, "http://", 7))
		host = text + 7;
	else if (size > 8 && !strncasecmp(text, "https://", 8))
		host = text + 8;
	while (host && host + host_size < text + size && !strchr("/?#", host[host_size]))
		host_size++;
	*why = "The target must begin with one slash, or be an http or https URL.";
	return host_size && framing_is_all(host, host_size, HOST) ? 0 : 400;
}

int framing_read_request_line(struct framing *framing, const char *line, size_t size, const char **why)
{
	const char *end = line + size, *target, *version;
	int status;

	framing->chunked = framing->has_length = framing->has_host = framing->has_expect = false;
	framing->upgrade = framing->refused_head = false;
	framing->fields = 0;
	framing->left = framing->body = 0;
	target = memchr(line, ' ', size);
	version = target ? memchr(target + 1, ' ', (size_t)(end - target - 1)) : NULL;
	*why = "A request begins with a line of method, target and version.";
	if (!version)
		return 400;
	target++;
	status = read_version(framing, version + 1, (size_t)(end - version - 1), why);
	if (!status)
		status = read_method(framing, line, (size_t)(target - 1 - line), why);
	return status ? status : read_target(target, (size_t)(version - target), why);
}

/* Header lines (RFC 9112, section 5) */

/* Plain digits; larger than may be is as good as too large. */
static int read_length(struct framing *framing, const char *text, size_t size, const char **why)
{
	*why = "Content-Length is given twice.";
	if (framing->has_length)
		return 400;
	*why = "Content-Length must be a number.";
	framing->has_length = true;
	if (!size)
		return 400;
	for (size_t i = 0; i < size; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 400;
		if (framing->left < UINT64_MAX / 16)
			framing->left = framing->left * 10 + (uint64_t)(text[i] - '0');
	}
	return 0;
}

static int read_coding(struct framing *framing, const char *text, size_t size, const char **why)
{
	*why = "Transfer-Encoding is given twice.";
	if (framing->chunked)
		return 400;
	*why = "The only Transfer-Encoding that is understood is chunked.";
	framing->chunked = true;
	return is(text, size, "chunked") ? 0 : 501;
}

static int read_host(struct framing *framing, const char *text, size_t size, const char **why)
{
	*why = "Host is given twice.";
	if (framing->has_host)
		return 400;
	framing->has_host = true;
	*why = "Host must be a host, with a port or without.";
	return framing_is_all(text, size, HOST) ? 0 : 400;
}

static int read_expectation(struct framing *framing, const char *text, size_t size, const char **why)
{
	*why = "The only Expect that is understood is 100-continue.";
	if (framing->has_expect || !is(text, size, "100-continue"))
		return 417;
	framing->has_expect = true;
	return 0;
}

/* Splits a line; for trailers, too. */
int framing_read_field(const char *line, size_t size, const char **colon, const char **why)
{
	*colon = memchr(line, ':', size);
	*why = "A header line may not begin with a space: values over several lines are not taken.";
	if (*line == ' ' || *line == '\t')
		return 400;
	*why = "A header line must have a colon.";
	if (!*colon)
		return 400;
	*why = "The name of a header has characters that it may not have (a space before the colon?).";
	if (*colon == line || !framing_is_all(line, (size_t)(*colon - line), TOKEN))
		return 400;
	*why = "The value of a header has control characters.";
	return framing_is_all(*colon + 1, size - (size_t)(*colon + 1 - line), VALUE) ? 0 : 400;
}

int framing_read_header(struct framing *framing, const char *line, size_t size, const char **why)
{
	const char *value, *end = line + size;
	int status = framing_read_field(line, size, &value, why);
	size_t name = status ? 0 : (size_t)(value - line);

	if (status)
		return status;
	/* A tab before the value is none of those that everybody strips; behind it, both are. */
	for (value++; value < end && *value == ' ';)
		value++;
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*why = "There are too many headers.";
	if (++framing->fields > FRAMING_FIELDS_MAX)
		return 431;
	size = (size_t)(end - value);
	if (is(line, name, "Content-Length"))
		return read_length(framing, value, size, why);
	if (is(line, name, "Transfer-Encoding"))
		return read_coding(framing, value, size, why);
	if (is(line, name, "Host"))
		return read_host(framing, value, size, why);
	if (is(line, name, "Expect"))
		return read_expectation(framing, value, size, why);
	if (is(line, name, "Upgrade"))
		framing->upgrade = true;
	return 0;
}

/* The head is whole: what its lines are together (RFC 9112, sections 3.2 and 6). */
int framing_check_head(const struct framing *framing, const char **why)
{
	*why = "Content-Length and Transfer-Encoding exclude each other.";
	if (framing->chunked && framing->has_length)
		return 400;
	*why = "HTTP/1.0 has no Transfer-Encoding.";
	if (framing->chunked && !framing->one_one)
		return 400;
	*why = "A request of this method has no chunks.";
	if (framing->chunked && framing->bodyless)
		return 400;
	*why = "HTTP/1.1 needs a Host header.";
	if (!framing->has_host && framing->one_one)
		return 400;
	*why = "The request body is too large.";
	return framing->left > framing->body_max ? 413 : 0;
}
