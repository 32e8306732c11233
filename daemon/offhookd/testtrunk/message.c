/* See message.h. */
#include "daemon/offhookd/testtrunk/message.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CSEQ_MAX = 0x7fffffff };

bool test_text_is(struct test_text a, struct test_text b)
{
	return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

/* ---- reading ---- */

/* The next line without its end; false: there is none. */
static bool next_line(struct test_text *rest, struct test_text *line)
{
	const char *end = rest->length ? memchr(rest->text, '\n', rest->length) : NULL;
	size_t used;

	if (!end)
		return false;
	used = (size_t)(end - rest->text) + 1;
	*line = (struct test_text){ rest->text, used - 1 };
	if (line->length && line->text[line->length - 1] == '\r')
		line->length--;
	rest->text += used;
	rest->length -= used;
	return true;
}

static struct test_text trimmed(struct test_text t)
{
	while (t.length && isspace((unsigned char)*t.text))
		t.text++, t.length--;
	while (t.length && isspace((unsigned char)t.text[t.length - 1]))
		t.length--;
	return t;
}

/* Copies up to the first of `ends`; false: it does not fit, or there is nothing. */
static bool copy_word(char *out, size_t size, struct test_text t, const char *ends)
{
	size_t n = 0;

	while (n < t.length && !strchr(ends, t.text[n]))
		n++;
	if (n == 0 || n >= size || memchr(t.text, '\0', n))
		return false;
	memcpy(out, t.text, n);
	out[n] = '\0';
	return true;
}

static bool read_number(uint32_t *out, struct test_text *t)
{
	char digits[12], *end;

	if (!copy_word(digits, sizeof digits, *t, " \t") || !isdigit((unsigned char)digits[0]))
		return false;
	*out = (uint32_t)strtoul(digits, &end, 10);
	if (*end || strlen(digits) > 10 || *out > CSEQ_MAX)
		return false;
	t->text += strlen(digits);
	t->length -= strlen(digits);
	*t = trimmed(*t);
	return true;
}

/* "INVITE sip:USER@HOST SIP/2.0" or "SIP/2.0 200 OK" */
static bool read_first_line(struct test_message *m, struct test_text line)
{
	static const char version[] = "SIP/2.0";
	const size_t n = sizeof version - 1;
	const char *at, *colon;
	uint32_t status;

	if (line.length > n + 1 && memcmp(line.text, version, n) == 0) {
		struct test_text rest = trimmed((struct test_text){ line.text + n, line.length - n });

		if (!read_number(&status, &rest) || status < 100 || status > 699)
			return false;
		m->status = (int)status;
		return true;
	}
	if (!copy_word(m->method, sizeof m->method, line, " ") || line.length < n + 1 ||
	    memcmp(line.text + line.length - n, version, n) != 0)
		return false;
	line.text += strlen(m->method);
	line.length -= strlen(m->method);
	at = memchr(line.text, '@', line.length);
	colon = memchr(line.text, ':', line.length);
	if (at && colon && colon < at &&
	    !copy_word(m->user, sizeof m->user, (struct test_text){ colon + 1, (size_t)(at - colon - 1) },
		       "@"))
		m->user[0] = '\0';
	return true;
}

static bool has_tag(struct test_text to)
{
	static const char tag[] = ";tag=";
	const char *end = to.length ? memchr(to.text, '>', to.length) : NULL;
	size_t i = end ? (size_t)(end - to.text) : 0;

	for (; i + sizeof tag - 1 <= to.length; i++)
		if (strncasecmp(to.text + i, tag, sizeof tag - 1) == 0)
			return true;
	return false;
}

/* The URI within <>, or all of it up to the parameters. */
static struct test_text uri_of(struct test_text contact)
{
	const char *open = memchr(contact.text, '<', contact.length);
	const char *close = open ? memchr(open, '>', contact.length - (size_t)(open - contact.text)) : NULL;
	size_t n = 0;

	if (close)
		return (struct test_text){ open + 1, (size_t)(close - open - 1) };
	while (n < contact.length && contact.text[n] != ';')
		n++;
	return (struct test_text){ contact.text, n };
}

static bool read_cseq(struct test_message *m, struct test_text value)
{
	char method[sizeof m->method];

	if (!read_number(&m->cseq, &value) || !copy_word(method, sizeof method, value, " \t"))
		return false;
	if (!m->status)
		return strcmp(method, m->method) == 0;
	memcpy(m->method, method, sizeof method);
	return true;
}

static bool is_named(struct test_text name, const char *full, char brief)
{
	return (name.length == 1 && brief && tolower((unsigned char)name.text[0]) == brief) ||
	       (name.length == strlen(full) && strncasecmp(name.text, full, name.length) == 0);
}

static bool read_header(struct test_message *m, struct test_text line)
{
	const char *colon = memchr(line.text, ':', line.length);
	struct test_text name, value;

	if (!colon || line.text == colon || isspace((unsigned char)line.text[0]) ||
	    memchr(line.text, '\0', line.length))
		return false;
	name = trimmed((struct test_text){ line.text, (size_t)(colon - line.text) });
	value = trimmed((struct test_text){ colon + 1, line.length - (size_t)(colon + 1 - line.text) });
	if (value.length == 0)
		return true;
	if (is_named(name, "Via", 'v')) {
		if (m->via_count == TEST_VIAS_MAX)
			return false;
		m->via[m->via_count++] = value;
	} else if (is_named(name, "From", 'f')) {
		m->from = value;
	} else if (is_named(name, "To", 't')) {
		m->to = value;
	} else if (is_named(name, "Call-ID", 'i')) {
		m->call_id = value;
	} else if (is_named(name, "Contact", 'm')) {
		m->contact = uri_of(value);
	} else if (is_named(name, "CSeq", '\0')) {
		return read_cseq(m, value);
	}
	return true;
}

int test_message_read(struct test_message *out, const char *text, size_t length)
{
	struct test_text rest = { text, length }, line;
	bool ended = false;

	*out = (struct test_message){ 0 };
	if (!next_line(&rest, &line) || !read_first_line(out, line))
		return EBADMSG;
	while (!ended && next_line(&rest, &line)) {
		ended = line.length == 0;
		if (!ended && !read_header(out, line))
			return EBADMSG;
	}
	if (!ended || !out->via_count || !out->from.length || !out->to.length || !out->call_id.length ||
	    !out->cseq)
		return EBADMSG;
	out->in_dialog = has_tag(out->to);
	out->body = rest;
	return 0;
}

/* ---- responding ---- */

static const char *phrase(int code)
{
	static const struct {
		int code;
		const char *phrase;
	} phrases[] = {
		{ 100, "Trying" },
		{ 180, "Ringing" },
		{ 200, "OK" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 480, "Temporarily Unavailable" },
		{ 481, "Call/Transaction Does Not Exist" },
		{ 486, "Busy Here" },
		{ 487, "Request Terminated" },
		{ 488, "Not Acceptable Here" },
		{ 500, "Server Internal Error" },
		{ 503, "Service Unavailable" },
		{ 600, "Busy Everywhere" },
		{ 603, "Decline" },
	};

	for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
		if (phrases[i].code == code)
			return phrases[i].phrase;
	return "Declined By The Test Trunk";
}

struct writing {
	char *out;
	size_t size, used;
	bool full;
};

__attribute__((format(printf, 2, 3))) static void put(struct writing *w, const char *format, ...)
{
	va_list args;
	int n;

	if (w->full)
		return;
	va_start(args, format);
	n = vsnprintf(w->out + w->used, w->size - w->used, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= w->size - w->used)
		w->full = true;
	else
		w->used += (size_t)n;
}

static void put_header(struct writing *w, const char *name, struct test_text value)
{
	put(w, "%s: %.*s\r\n", name, (int)value.length, value.text);
}

size_t test_message_respond(char *out, size_t size, const struct test_message *request,
			    const struct test_response *response)
{
	struct writing w = { out, size, 0, size == 0 };

	put(&w, "SIP/2.0 %d %s\r\n", response->code, phrase(response->code));
	for (size_t i = 0; i < request->via_count; i++)
		put_header(&w, "Via", request->via[i]);
	put_header(&w, "From", request->from);
	put(&w, "To: %.*s", (int)request->to.length, request->to.text);
	if (response->tag && !request->in_dialog)
		put(&w, ";tag=%s", response->tag);
	put(&w, "\r\n");
	put_header(&w, "Call-ID", request->call_id);
	put(&w, "CSeq: %u %s\r\nServer: Offhook test trunk\r\n", request->cseq, request->method);
	put(&w, "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE\r\n");
	if (response->contact)
		put(&w, "Contact: <sip:test@%s>\r\n", response->contact);
	if (response->sdp)
		put(&w, "Content-Type: application/sdp\r\n");
	put(&w, "Content-Length: %zu\r\n\r\n%s", response->sdp ? strlen(response->sdp) : 0,
	    response->sdp ? response->sdp : "");
	return w.full ? 0 : w.used;
}
