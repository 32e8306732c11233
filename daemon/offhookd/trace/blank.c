/* See blank.h. */
#define _GNU_SOURCE /* memmem */
#include "daemon/offhookd/trace/blank.h"

#include <string.h>
#include <strings.h>

static void wipe(char *from, const char *to)
{
	for (; from < to; from++)
		if (*from != '\r' && *from != '\n') /* a folded value stays one */
			*from = '*';
}

/* ---- header lines ---- */

/* The value of a parameter, quotes left where they are; `name` in lower case. */
static void wipe_parameter(char *begin, char *end, const char *name)
{
	size_t length = strlen(name);

	for (char *at = begin; at + length < end; at++) {
		char *value = at + length;

		if ((*at | 0x20) != name[0] || strncasecmp(at, name, length) != 0 ||
		    (at > begin && !strchr(" \t,\r\n", at[-1])))
			continue;
		while (value < end && strchr(" \t", *value))
			value++;
		if (value == end || *value++ != '=')
			continue;
		while (value < end && strchr(" \t", *value))
			value++;
		at = value;
		if (at < end && *at == '"')
			for (value = ++at; at < end && *at != '"'; at++)
				at += *at == '\\' && at + 1 < end;
		else
			while (at < end && !strchr(", \t\r\n", *at))
				at++;
		wipe(value, at < end ? at : end);
	}
}

static void wipe_credentials(char *begin, char *end)
{
	static const char digest[] = "Digest";

	if ((size_t)(end - begin) > sizeof digest && strncasecmp(begin, digest, sizeof digest - 1) == 0) {
		wipe_parameter(begin, end, "response");
		return;
	}
	while (begin < end && *begin != ' ')
		begin++;
	wipe(begin, end);
}

/* What ends the part of a URI in which a password may be; this is asked of each character. */
static bool ends_userinfo(char c)
{
	switch (c) {
	case '@':
	case '>':
	case '"':
	case '<':
	case ',':
	case ' ':
	case '\t':
	case '\r':
	case '\n':
		return true;
	default:
		return false;
	}
}

static bool is_scheme(const char *begin, const char *colon)
{
	char last = colon > begin ? (char)(colon[-1] | 0x20) : '\0';

	return (last == 'p' && colon - begin >= 3 && strncasecmp(colon - 3, "sip", 3) == 0) ||
	       (last == 's' && colon - begin >= 4 && strncasecmp(colon - 4, "sips", 4) == 0);
}

/* sip:user:password@host, wherever it is: there are fewer "@" than colons, so these are looked for. */
static void wipe_uri_passwords(char *begin, const char *end)
{
	for (char *at = begin; (at = memchr(at, '@', (size_t)(end - at))) != NULL; at++) {
		char *from = at, *password = NULL;
		bool sip = false;

		while (from > begin && !ends_userinfo(from[-1]))
			from--;
		for (char *c = from; c < at && !password; c++) {
			if (*c != ':')
				continue;
			if (sip)
				password = c + 1;
			sip = sip || is_scheme(from, c);
		}
		if (password)
			wipe(password, at);
	}
}

static void blank_credentials(char *text, size_t size)
{
	static const char *const credentials[] = { "Authorization", "Proxy-Authorization" };
	static const char *const infos[] = { "Authentication-Info", "Proxy-Authentication-Info" };
	struct sip_slice line, value;
	size_t at = 0;

	while (sipline_next(text, size, &at, &line)) {
		char first = (char)(line.at[0] | 0x20);

		if (first != 'a' && first != 'p')
			continue;
		for (int i = 0; i < 2; i++) {
			if (sipline_value(&line, credentials[i], '\0', &value))
				wipe_credentials(text + (value.at - text),
						 text + (value.at - text) + value.size);
			if (sipline_value(&line, infos[i], '\0', &value))
				wipe_parameter(text + (value.at - text),
					       text + (value.at - text) + value.size, "rspauth");
		}
	}
}

/* ---- lines of a body ---- */

static bool begins(const char *line, size_t size, const char *with)
{
	return size >= strlen(with) && strncasecmp(line, with, strlen(with)) == 0;
}

static void wipe_inline(char *begin, char *end)
{
	static const char word[] = "inline:";
	char *at = begin;

	while ((at = memmem(at, (size_t)(end - at), word, sizeof word - 1)) != NULL) {
		char *key = at += sizeof word - 1;

		while (at < end && !strchr("|; \t", *at))
			at++;
		wipe(key, at);
	}
}

/* Most lines are none of those with secrets, which their beginning tells. */
static bool may_be_secret(const char *line, size_t size)
{
	switch (size > 2 ? line[0] | 0x20 : 0) {
	case 'a':
		return (line[2] | 0x20) == 'c' || (line[2] | 0x20) == 'k' || (line[2] | 0x20) == 'i';
	case 'k':
		return line[1] == '=';
	case 's':
		return (line[1] | 0x20) == 'i';
	default:
		return false;
	}
}

static void blank_line(char *line, size_t size)
{
	static const char *const whole[] = { "a=key-mgmt:", "a=ice-pwd:", "k=", "Signal=" };

	if (!may_be_secret(line, size))
		return;
	if (begins(line, size, "a=crypto:"))
		wipe_inline(line, line + size);
	for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
		if (begins(line, size, whole[i]))
			wipe(line + strlen(whole[i]), line + size);
}

static void blank_body(char *text, size_t size, bool info)
{
	size_t lines = 0;

	for (size_t at = 0; at < size; lines++) {
		const char *nl = memchr(text + at, '\n', size - at);
		size_t end = nl ? (size_t)(nl - text) : size, length = end - at;

		while (length && text[at + length - 1] == '\r')
			length--;
		blank_line(text + at, length);
		if (info && lines == 0 && length <= 2) /* application/dtmf: the digit alone, "11" for # */
			wipe(text + at, text + at + length);
		at = end + 1;
	}
}

void blank_secrets(char *text, size_t size, const struct sipline *sip)
{
	wipe_uri_passwords(text, text + sip->head);
	if (sip->credentials)
		blank_credentials(text, sip->head);
	blank_body(text + sip->head, size - sip->head, sip_slice_is(&sip->method, "INFO"));
}
