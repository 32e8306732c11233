#include "daemon/api/http/framing.h"

#include <ctype.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

/* RFC 9110, section 5.6.2. */
static bool is_token(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("!#$%&'*+-.^_`|~", *text))
			return false;
	return true;
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

/* RFC 9110, section 5.5: no controls but the tab. */
static bool is_value(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
			return false;
	return true;
}

int framing_check(struct evkeyvalq *headers, int major, int minor, const char **why)
{
	unsigned lengths = 0, codings = 0, hosts = 0;
	const struct evkeyval *header;
	int code = 0;

	*why = NULL;
	TAILQ_FOREACH(header, headers, next) {
		if (!is_token(header->key))
			*why = "The name of a header has characters that it may not have (a space before the "
			       "colon?).";
		else if (!is_value(header->value))
			*why = "The value of a header has control characters.";
		lengths += !strcasecmp(header->key, "Content-Length");
		hosts += !strcasecmp(header->key, "Host");
		if (!strcasecmp(header->key, "Content-Length") && !is_number(header->value))
			*why = "Content-Length must be a number.";
		if (strcasecmp(header->key, "Transfer-Encoding"))
			continue;
		codings++;
		if (strcasecmp(header->value, "chunked"))
			code = 501;
	}
	if (*why)
		return 400;
	if (lengths > 1)
		*why = "Content-Length is given twice.";
	else if (codings && lengths)
		*why = "Content-Length and Transfer-Encoding exclude each other.";
	else if (codings > 1)
		*why = "Transfer-Encoding is given twice.";
	else if (codings && major == 1 && minor == 0)
		*why = "HTTP/1.0 has no Transfer-Encoding.";
	else if (hosts > 1)
		*why = "Host is given twice.";
	else if (!hosts && (major > 1 || (major == 1 && minor >= 1)))
		*why = "HTTP/1.1 needs a Host header.";
	if (*why)
		return 400;
	if (code)
		*why = "The only Transfer-Encoding that is understood is chunked.";
	return code;
}
