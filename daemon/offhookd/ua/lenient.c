/* Headers in shapes that RFC 3261 does not allow and phones send all the same, put right before sofia-sip's
 * parser sees them: display names that are no tokens and have no quotes (Müller, "Doe, John", A/B), entries
 * of Contact that nobody can read among others that are good, methods that begin as a known one does.
 *
 * A message class finds the header that it parses by name, and the one that it adds to a message by its
 * class. So ours stand before the true ones, have their names, and make headers of the true classes. See
 * private.h.
 */
#include "daemon/offhookd/ua/private.h"

#include <sofia-sip/bnf.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/msg_mclass.h>
#include <sofia-sip/sip_parser.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NOTE_MAX = 160 };

/* What was left out of the message that is being parsed. */
static char left_out[NOTE_MAX];

/* ---- display names ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Whether an address begins here, and no name: one of the usual schemes, or another one without brackets
 * behind it. */
static bool is_address(const char *s)
{
	static const char *const schemes[] = {
		"sip:", "sips:", "tel:", "urn:", "http:", "https:", "mailto:"
	};
	size_t n;

	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
		if (strncasecmp(s, schemes[i], strlen(schemes[i])) == 0)
			return true;
	n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
	return n && s[n] == ':' && !strchr(s, '<');
}

/* The end of a quoted string that begins at `s`, or NULL. */
static const char *skip_quoted(const char *s)
{
	for (s++; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (*s == '"')
			return s + 1;
	}
	return NULL;
}

/* Where this entry of a list ends: at its comma, or at the end. */
static const char *skip_entry(const char *s, bool list)
{
	bool bracket = false;

	for (; *s; s++) {
		if (*s == '"' && !bracket && skip_quoted(s))
			s = skip_quoted(s) - 1;
		else if (*s == '<')
			bracket = true;
		else if (*s == '>')
			bracket = false;
		else if (*s == ',' && list && !bracket)
			break;
	}
	return s;
}

/* Whether sofia-sip can read the name, if there is one. */
static bool is_well_named(const char *s)
{
	const char *end;

	if (*s == '<' || *s == '*' || is_address(s))
		return true;
	if (*s != '"')
		return s[span_token_lws(s)] == '<';
	end = skip_quoted(s);
	while (end && is_blank(*end))
		end++;
	return end && *end == '<';
}

/* An address without brackets behind a name, or NULL. */
static const char *find_bare(const char *s)
{
	for (const char *at = s + 1; *at && *at != ','; at++)
		if ((is_blank(at[-1]) || at[-1] == '"') &&
		    (strncasecmp(at, "sip:", 4) == 0 || strncasecmp(at, "sips:", 5) == 0 ||
		     strncasecmp(at, "tel:", 4) == 0))
			return at;
	return NULL;
}

static char *put(char *out, const char *from, const char *to)
{
	memcpy(out, from, (size_t)(to - from));
	return out + (to - from);
}

/* The name in quotes, without those that it has. */
static char *put_name(char *out, const char *from, const char *to)
{
	char *begin = out;

	while (from < to && is_blank(*from))
		from++;
	while (to > from && is_blank(to[-1]))
		to--;
	*out++ = '"';
	for (; from < to; from++) {
		if (*from == '\\' && from + 1 < to)
			from++;
		else if (*from == '"')
			continue;
		if ((unsigned char)*from < 0x20 || *from == 0x7f)
			continue;
		if (*from == '"' || *from == '\\')
			*out++ = '\\';
		*out++ = *from;
	}
	if (out == begin + 1)
		return begin;
	*out++ = '"';
	*out++ = ' ';
	return out;
}

/* Whether the "=" at `at` is that of a parameter without a value, which begins at `begin`. */
static bool is_vain(const char *begin, const char *at)
{
	const char *value = at + 1;

	if (*at != '=' || memchr(begin, '=', (size_t)(at - begin)))
		return false;
	while (is_blank(*value))
		value++;
	return !*value || *value == ';' || *value == ',';
}

/* Parameters; of those without a value the name alone. */
static char *put_params(char *out, const char *from, const char *to)
{
	const char *begin = from;

	for (; from < to; from++) {
		if (*from == ';')
			begin = from;
		if (!is_vain(begin, from))
			*out++ = *from;
	}
	return out;
}

static bool has_vain_params(const char *s)
{
	const char *begin = s;

	for (; *s; s++) {
		if (*s == ';')
			begin = s;
		if (is_vain(begin, s))
			return true;
	}
	return false;
}

/* One address with its name put right. Moves *s behind it. Headers in a URI without brackets are left as they
 * stand, for sofia-sip to refuse (RFC 3261, 20.10): whose they are is anyone's guess. */
static char *put_entry(char *out, const char **s, bool list)
{
	const char *open = strchr(*s, '<'), *bare, *end;

	if (!is_well_named(*s)) {
		if (open) {
			out = put_name(out, *s, open);
			*s = open;
		} else if ((bare = find_bare(*s))) {
			out = put_name(out, *s, bare);
			end = bare + strcspn(bare, " \t\r\n,;?");
			if (*end == '?') {
				end = skip_entry(*s, list);
				out = put(out, *s, end);
				*s = end;
				return out;
			}
			*out++ = '<';
			out = put(out, bare, end);
			*out++ = '>';
			*s = end;
		}
	}
	end = skip_entry(*s, list);
	out = put_params(out, *s, end);
	*s = end;
	return out;
}

/* Whether sofia-sip can read this one entry of Contact. */
static bool is_readable(su_home_t *home, const char *from, const char *to)
{
	char *text = su_strndup(home, from, (isize_t)(to - from));
	sip_contact_t *m = text ? sip_contact_make(home, text) : NULL;

	su_free(home, m);
	su_free(home, text);
	return m;
}

char *ua_lenient_address(su_home_t *home, const char *value, bool list)
{
	size_t size = 2 * strlen(value) + 8;
	const char *whole = value;
	char *text, *out;

	for (const char *at = value; *at; at++)
		size += *at == ',' ? 8 : 0;
	text = out = su_alloc(home, (isize_t)size);
	while (text && *value) {
		char *entry;

		while (is_blank(*value) || (list && *value == ','))
			value++;
		if (!*value)
			break;
		if (out > text)
			*out++ = ',';
		entry = out;
		out = put_entry(out, &value, list);
		if (list && *entry != '*' && !is_readable(home, entry, out)) {
			snprintf(left_out, sizeof left_out, "%.*s", (int)(out - entry), entry);
			out = entry > text ? entry - 1 : text;
		}
	}
	if (text && out == text && left_out[0]) /* nothing of it can be read: it is as bad as it was */
		return strcpy(text, whole);
	if (text)
		*out = '\0';
	return text;
}

const char *ua_lenient_left_out(void)
{
	static char text[NOTE_MAX];

	memcpy(text, left_out, sizeof text);
	left_out[0] = '\0';
	return text;
}

/* ---- the classes ---- */

typedef issize_t parse_h(su_home_t *home, msg_header_t *h, char *s, isize_t length);

static issize_t parse_address(su_home_t *home, msg_header_t *h, char *s, msg_hclass_t *class, bool list)
{
	bool good = is_well_named(s) && !(list && strchr(s, ',')) && !has_vain_params(s);
	char *text = good ? s : ua_lenient_address(home, s, list);

	((msg_common_t *)h)->h_class = class;
	return text ? class->hc_parse(home, h, text, (isize_t)strlen(text)) : -1;
}

static issize_t parse_from(su_home_t *home, msg_header_t *h, char *s, isize_t length)
{
	(void)length;
	return parse_address(home, h, s, sip_from_class, false);
}

static issize_t parse_to(su_home_t *home, msg_header_t *h, char *s, isize_t length)
{
	(void)length;
	return parse_address(home, h, s, sip_to_class, false);
}

static issize_t parse_contact(su_home_t *home, msg_header_t *h, char *s, isize_t length)
{
	(void)length;
	return parse_address(home, h, s, sip_contact_class, true);
}

/* sofia-sip takes a method for none at all that begins with the letter of a known one and is shorter: PING,
 * SERVICE, NOTE. */
static issize_t parse_request(su_home_t *home, msg_header_t *h, char *s, isize_t length)
{
	sip_request_t *request = (sip_request_t *)h;
	size_t n = span_token(s);
	char method[32], *text;

	((msg_common_t *)h)->h_class = sip_request_class;
	if (n == 0 || n >= sizeof method)
		return sip_request_class->hc_parse(home, h, s, length);
	memcpy(method, s, n);
	method[n] = '\0';
	if (sip_method_code(method) != sip_method_invalid)
		return sip_request_class->hc_parse(home, h, s, length);
	text = su_sprintf(home, "X%s", s); /* no method begins with that */
	if (!text || sip_request_class->hc_parse(home, h, text, length + 1) < 0)
		return -1;
	request->rq_method_name++;
	return 0;
}

static issize_t parse_cseq(su_home_t *home, msg_header_t *h, char *s, isize_t length)
{
	sip_cseq_t *cseq = (sip_cseq_t *)h;
	char *at = s;

	(void)home;
	((msg_common_t *)h)->h_class = sip_cseq_class;
	if (msg_uint32_d(&at, &cseq->cs_seq) < 0)
		return -1;
	if (!*at || at[span_token(at)] || sip_method_code(at) != sip_method_invalid)
		return sip_cseq_class->hc_parse(home, h, s, length);
	cseq->cs_method = sip_method_unknown;
	cseq->cs_method_name = at;
	return 0;
}

/* Puts a class of ours where `class` stands, and that behind it. */
static void stand_before(msg_mclass_t *mc, msg_hclass_t *class, struct msg_hclass_s *ours, parse_h *parse)
{
	unsigned size = (unsigned)mc->mc_hash_size, at = 0, free_at;
	msg_href_t *shorts = (msg_href_t *)mc->mc_short; /* the class's own copy */
	msg_href_t its;

	while (at < size && mc->mc_hash[at].hr_class != class)
		at++;
	if (at == size || (unsigned)mc->mc_hash_used + 1 >= size)
		return;
	*ours = *class;
	ours->hc_parse = parse;
	for (free_at = at; mc->mc_hash[free_at].hr_class; free_at = (free_at + 1) % size)
		;
	its = mc->mc_hash[at];
	mc->mc_hash[free_at] = its;
	mc->mc_hash[at].hr_class = ours;
	mc->mc_hash_used++;
	for (int i = 0; shorts && i < MC_SHORT_SIZE; i++)
		if (shorts[i].hr_class == class)
			shorts[i].hr_class = ours;
}

void ua_lenient_install(msg_mclass_t *mc)
{
	static struct msg_hclass_s from, to, contact, cseq, request;

	request = *sip_request_class;
	request.hc_parse = parse_request;
	mc->mc_request[0].hr_class = &request;
	stand_before(mc, sip_from_class, &from, parse_from);
	stand_before(mc, sip_to_class, &to, parse_to);
	stand_before(mc, sip_contact_class, &contact, parse_contact);
	stand_before(mc, sip_cseq_class, &cseq, parse_cseq);
}
