/* See trunk_call.h. RFC 3323, RFC 3325; Remote-Party-ID as of draft-ietf-sip-privacy-04, which many carriers
 * still read. */
#include "daemon/offhookd/trunks/trunk_call.h"

#include "daemon/offhookd/trunks/number_format.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add_header(struct trunk_call *out, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void add_header(struct trunk_call *out, const char *name, const char *fmt, ...)
{
	char *text = out->texts[out->header_count];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, TRUNK_CALL_TEXT, fmt, ap);
	va_end(ap);
	if (n < 0 || n >= TRUNK_CALL_TEXT)
		return;
	out->headers[out->header_count].name = name;
	out->headers[out->header_count++].value = text;
}

/* What may not stand in the user part of a URI as it is. */
static void escape(char *out, size_t size, const char *user)
{
	size_t n = 0;

	for (; *user && n + 4 < size; user++) {
		unsigned char c = (unsigned char)*user;

		if (c > 0x20 && c < 0x7f && !strchr("#%\"<>[]\\^`{|}@:/?;", c))
			out[n++] = (char)c;
		else
			n += (size_t)snprintf(out + n, size - n, "%%%02X", c);
	}
	out[n] = '\0';
}

/* The host of "host:port" and "[v6]:port", with its brackets. */
static void host_of(char *out, size_t size, const char *address)
{
	size_t n = address[0] == '[' ? strcspn(address, "]") + 1 : strcspn(address, ":");

	snprintf(out, size, "%.*s", (int)n, address);
}

/* The contact with another user: "sip:9@host:port;x=y". */
static void use_contact(char *out, size_t size, const char *contact, const char *user)
{
	const char *scheme_end = strchr(contact, ':'), *at = strchr(contact, '@');
	const char *rest = at ? at + 1 : scheme_end ? scheme_end + 1 : contact;
	int scheme = scheme_end ? (int)(scheme_end - contact) : 0;

	snprintf(out, size, "%.*s:%s@%s", scheme ? scheme : 3, scheme ? contact : "sip", user, rest);
}

static void address(struct trunk_call *out, const struct conf_trunk *trunk,
		    const struct trunk_call_wish *wish)
{
	char number[NUMBER_TEXT_MAX], user[NUMBER_TEXT_MAX], host[256];
	const char *where = trunk->domain ? trunk->domain : trunk->address ? trunk->address : wish->domain;

	number_format_out(number, &trunk->numbering, wish->to);
	escape(user, sizeof user, number);
	if (wish->contact)
		use_contact(out->uri, sizeof out->uri, wish->contact, user);
	else
		snprintf(out->uri, sizeof out->uri, "sip:%s@%s", user, where);
	host_of(host, sizeof host, where);
	snprintf(out->to, sizeof out->to, "sip:%.250s@%.250s", user, host);
}

static void quote(char *out, size_t size, const char *name)
{
	size_t n = 0;

	out[0] = '\0';
	if (!name || !name[0])
		return;
	out[n++] = '"';
	for (; *name && n + 5 < size; name++) {
		if (*name == '"' || *name == '\\')
			out[n++] = '\\';
		out[n++] = *name;
	}
	strcpy(out + n, "\" ");
}

static void name_caller(struct trunk_call *out, const struct conf_trunk *trunk,
			const struct trunk_call_wish *wish)
{
	bool known = strcmp(wish->from, "anonymous") != 0,
	     hidden = wish->hidden || trunk->hide_caller || !known;
	const char *host = trunk->domain ? trunk->domain : wish->domain;
	char number[NUMBER_TEXT_MAX], user[NUMBER_TEXT_MAX], display[128];

	number_format_caller(number, &trunk->numbering, wish->from);
	escape(user, sizeof user, number);
	quote(display, sizeof display, wish->from_name);
	snprintf(out->from_host, sizeof out->from_host, "%s", hidden ? "anonymous.invalid" : host);
	out->from_display = hidden ? "Anonymous" : wish->from_name;
	if (!(trunk->caller_id & CONF_CALLER_FROM) && trunk->username) {
		/* From is the account then, hidden or not */
		snprintf(out->from_user, sizeof out->from_user, "%s", trunk->username);
		snprintf(out->from_host, sizeof out->from_host, "%s", host);
	} else {
		snprintf(out->from_user, sizeof out->from_user, "%s", hidden ? "anonymous" : number);
	}
	if (known && trunk->caller_id & CONF_CALLER_PAI)
		add_header(out, "P-Asserted-Identity", "%s<sip:%s@%s>", display, user, host);
	if (known && trunk->caller_id & CONF_CALLER_RPID)
		add_header(out, "Remote-Party-ID", "%s<sip:%s@%s>;party=calling;privacy=%s;screen=yes",
			   display, user, host, hidden ? "full" : "off");
	if (hidden)
		add_header(out, "Privacy", "id");
}

void trunk_call_dress(struct trunk_call *out, const struct conf_trunk *trunk,
		      const struct trunk_call_wish *wish)
{
	out->header_count = 0;
	address(out, trunk, wish);
	name_caller(out, trunk, wish);
}
