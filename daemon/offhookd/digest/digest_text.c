/* Reading and writing the headers of digest authentication. See digest.h. */
#include "daemon/offhookd/digest/digest.h"

#include "lib/random.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const names[DIGEST_ALGORITHMS] = { "SHA-256", "MD5", "SHA-512-256" };

/* One name=value of a header. */
struct param {
	char name[32], value[DIGEST_NONCE_MAX];
	bool valueless;
};

/* Takes the value behind "=". Returns 0 or −1. */
static int take_value(const char **at, struct param *p, bool raw)
{
	const char *s = *at + strspn(*at, " \t");
	bool quoted = *s == '"';
	size_t used = 0;

	for (s += quoted; *s && (quoted ? *s != '"' : !strchr(", \t\r\n", *s)); s++) {
		bool escape = quoted && *s == '\\' && s[1];

		/* a token has neither (RFC 7230 section 3.2.6), and in our answer, quoted, they would mean
		 * something else */
		if (used + 2 >= sizeof p->value || (raw && !quoted && strchr("\"\\", *s)))
			return -1;
		if (escape && raw)
			p->value[used++] = '\\';
		s += escape;
		p->value[used++] = *s;
	}
	if (quoted && *s++ != '"')
		return -1;
	p->value[used] = '\0';
	*at = s;
	return 0;
}

/* Takes the next parameter, in which `raw` keeps the escapes of a quoted text. Returns 1, 0 at the end, −1
 * when it is broken or too long. One without a value has only a name. */
static int next_param(const char **at, struct param *p, bool raw)
{
	const char *s = *at + strspn(*at, " \t\r\n,");
	size_t n = strcspn(s, "=, \t\r\n");

	if (!*s)
		return 0;
	if (n == 0 || n >= sizeof p->name)
		return -1;
	memcpy(p->name, s, n);
	p->name[n] = p->value[0] = '\0';
	*at = s + n;
	s += n + strspn(s + n, " \t");
	p->valueless = *s != '=';
	if (p->valueless)
		return 1;
	*at = s + 1;
	return take_value(at, p, raw) ? -1 : 1;
}

/* Skips "Digest " and says whether it was there. */
static bool skip_scheme(const char **value)
{
	*value += strspn(*value, " \t");
	if (strncasecmp(*value, "Digest", 6) != 0 || !strchr(" \t", (*value)[6]) || !(*value)[6])
		return false;
	*value += 7;
	return true;
}

/* "MD5-sess" and the like set *session. */
static int read_algorithm(enum digest_algorithm *out, bool *session, const char *name)
{
	static const char sess[] = "-sess";

	for (int i = 0; i < DIGEST_ALGORITHMS; i++) {
		size_t n = strlen(names[i]);

		if (strncasecmp(name, names[i], n) != 0 || (name[n] && strcasecmp(name + n, sess) != 0))
			continue;
		*out = (enum digest_algorithm)i;
		*session = name[n] != '\0';
		return 0;
	}
	return EPROTONOSUPPORT;
}

/* Of what we have asked for. */
static int read_own_algorithm(enum digest_algorithm *out, const char *name)
{
	bool session = false;
	int err = read_algorithm(out, &session, name);

	return err || session || *out == DIGEST_SHA512_256 ? EPROTONOSUPPORT : 0;
}

static int keep(char *out, size_t size, const char *value)
{
	size_t n = strlen(value);

	/* one that comes twice could mean either */
	if (n >= size || out[0])
		return EBADMSG;
	memcpy(out, value, n + 1);
	return 0;
}

static int take(struct digest_credentials *c, const struct param *p)
{
	if (strcasecmp(p->name, "username") == 0)
		return keep(c->username, sizeof c->username, p->value);
	if (strcasecmp(p->name, "realm") == 0)
		return keep(c->realm, sizeof c->realm, p->value);
	if (strcasecmp(p->name, "nonce") == 0)
		return keep(c->nonce, sizeof c->nonce, p->value);
	if (strcasecmp(p->name, "uri") == 0)
		return keep(c->uri, sizeof c->uri, p->value);
	if (strcasecmp(p->name, "response") == 0)
		return keep(c->response, sizeof c->response, p->value);
	if (strcasecmp(p->name, "cnonce") == 0)
		return keep(c->cnonce, sizeof c->cnonce, p->value);
	if (strcasecmp(p->name, "nc") == 0)
		return keep(c->nc, sizeof c->nc, p->value);
	if (strcasecmp(p->name, "algorithm") == 0)
		return read_own_algorithm(&c->algorithm, p->value);
	if (strcasecmp(p->name, "qop") == 0) {
		if (strcasecmp(p->value, "auth") != 0)
			return EPROTONOSUPPORT;
		c->qop_auth = true;
	}
	return 0;
}

static bool is_hex(const char *text, size_t n)
{
	if (strlen(text) != n)
		return false;
	for (; *text; text++)
		if (!isxdigit((unsigned char)*text))
			return false;
	return true;
}

static bool is_whole(const struct digest_credentials *c)
{
	size_t digits;

	if (!c->username[0] || !c->realm[0] || !c->nonce[0] || !c->uri[0])
		return false;
	if (!is_hex(c->response, c->algorithm == DIGEST_MD5 ? 32 : 64))
		return false;
	digits = strlen(c->nc); /* eight by the grammar; some phones leave the zeros out */
	return !c->qop_auth ||
	       (c->cnonce[0] && digits > 0 && digits <= DIGEST_COUNT_DIGITS && is_hex(c->nc, digits));
}

int digest_parse(struct digest_credentials *out, const char *value)
{
	struct digest_credentials c = { .algorithm = DIGEST_MD5 };
	struct param p;
	int more, err = 0;

	if (!skip_scheme(&value))
		return EPROTONOSUPPORT;
	while (!err && (more = next_param(&value, &p, false)) != 0)
		err = more < 0 || p.valueless ? EBADMSG : take(&c, &p);
	if (!err && !is_whole(&c))
		err = EBADMSG;
	if (!err)
		*out = c;
	return err;
}

/* ---- answering a challenge ---- */

static bool lists(const char *qops, const char *name)
{
	for (const char *s = qops; *s;) {
		size_t n;

		s += strspn(s, ", \t");
		n = strcspn(s, ", \t");
		if (n == strlen(name) && strncasecmp(s, name, n) == 0)
			return true;
		s += n;
	}
	return false;
}

/* One challenge, as far as it has been read. */
struct reading {
	struct digest_asked asked;
	bool has_realm, has_nonce, offers_qop, foreign;
};

/* The first of two of a name counts. */
static int keep_first(char *out, size_t size, const char *value, bool *has)
{
	if (*has)
		return 0;
	*has = true;
	return keep(out, size, value);
}

static void take_qop(struct reading *r, const char *qops)
{
	r->offers_qop = true;
	r->asked.qop_auth = lists(qops, "auth");
	r->asked.qop_int = !r->asked.qop_auth && lists(qops, "auth-int");
}

static int take_asked(struct reading *r, const struct param *p)
{
	struct digest_asked *asked = &r->asked;
	bool has_opaque = asked->opaque[0];

	if (strcasecmp(p->name, "realm") == 0)
		return keep_first(asked->realm, sizeof asked->realm, p->value, &r->has_realm);
	if (strcasecmp(p->name, "nonce") == 0)
		return keep_first(asked->nonce, sizeof asked->nonce, p->value, &r->has_nonce);
	if (strcasecmp(p->name, "opaque") == 0)
		return keep_first(asked->opaque, sizeof asked->opaque, p->value, &has_opaque);
	if (strcasecmp(p->name, "algorithm") == 0)
		r->foreign |= read_algorithm(&asked->algorithm, &asked->session, p->value) != 0;
	else if (strcasecmp(p->name, "stale") == 0)
		asked->stale = strcasecmp(p->value, "true") == 0;
	else if (strcasecmp(p->name, "qop") == 0 && p->value[strspn(p->value, ", \t")])
		take_qop(r, p->value);
	return 0;
}

static int verdict(const struct reading *r)
{
	if (!r->has_realm || !r->has_nonce)
		return EBADMSG;
	return r->foreign || (r->offers_qop && !r->asked.qop_auth && !r->asked.qop_int) ? EPROTONOSUPPORT : 0;
}

int digest_read_challenge(struct digest_asked *out, const char *value)
{
	struct reading r = { .asked = { .algorithm = DIGEST_MD5 } };
	struct param p;
	int more, err = 0;

	if (!skip_scheme(&value))
		return EPROTONOSUPPORT;
	while (!err && (more = next_param(&value, &p, true)) != 0) {
		if (more < 0) {
			err = EBADMSG;
		} else if (p.valueless && strcasecmp(p.name, "Digest") == 0) { /* one more */
			if (verdict(&r) == 0)
				break;
			r = (struct reading){ .asked = { .algorithm = DIGEST_MD5 } };
		} else if (!p.valueless) {
			err = take_asked(&r, &p);
		}
	}
	if (!err)
		err = verdict(&r);
	if (!err)
		*out = r.asked;
	return err;
}

/* A quoted string must not end early. `raw`: it has its own escapes. */
static bool is_quotable(const char *text, bool raw)
{
	for (; *text; text++) {
		if (raw && *text == '\\' && text[1] && text[1] != '\r' && text[1] != '\n')
			text++;
		else if (strchr("\"\\\r\n", *text))
			return false;
	}
	return true;
}

static int copy_texts(struct digest_credentials *c, const struct digest_asked *asked, const char *username,
		      const char *uri)
{
	const char *texts[] = { asked->realm, asked->nonce, asked->opaque, username, uri };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (!is_quotable(texts[i], i < 3))
			return EBADMSG;
	if (keep(c->username, sizeof c->username, username) || keep(c->uri, sizeof c->uri, uri) ||
	    keep(c->realm, sizeof c->realm, asked->realm) || keep(c->nonce, sizeof c->nonce, asked->nonce))
		return EBADMSG;
	return 0;
}

int digest_answer_asked(char *out, size_t size, const struct digest_asked *asked,
			const struct digest_use *use)
{
	struct digest_credentials c = { .algorithm = asked->algorithm,
					.session = asked->session,
					.qop_auth = asked->qop_auth || asked->qop_int,
					.qop_int = asked->qop_int,
					.body = use->body,
					.body_length = use->body_length };
	int err = copy_texts(&c, asked, use->username, use->uri), n;

	if (err)
		return err;
	if (c.qop_auth || c.session)
		random_hex(c.cnonce, 8);
	if (c.qop_auth)
		snprintf(c.nc, sizeof c.nc, "%08x", (unsigned)use->count);
	digest_response(&c, use->method, use->password, c.response);
	n = snprintf(
	    out, size,
	    "Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", response=\"%s\", algorithm=%s%s",
	    c.username, c.realm, c.nonce, c.uri, c.response, names[c.algorithm], c.session ? "-sess" : "");
	if (n > 0 && (size_t)n < size && c.qop_auth)
		n += snprintf(out + n, size - (size_t)n, ", qop=%s, nc=%s, cnonce=\"%s\"",
			      c.qop_int ? "auth-int" : "auth", c.nc, c.cnonce);
	else if (n > 0 && (size_t)n < size && c.session)
		n += snprintf(out + n, size - (size_t)n, ", cnonce=\"%s\"", c.cnonce);
	if (n > 0 && (size_t)n < size && asked->opaque[0])
		n += snprintf(out + n, size - (size_t)n, ", opaque=\"%s\"", asked->opaque);
	return n > 0 && (size_t)n < size ? 0 : EMSGSIZE;
}

int digest_answer(char *out, size_t size, const char *challenge, const char *username, const char *password,
		  const char *method, const char *uri)
{
	struct digest_use use = {
		.username = username, .password = password, .method = method, .uri = uri, .count = 1
	};
	struct digest_asked asked;
	int err = digest_read_challenge(&asked, challenge);

	return err ? err : digest_answer_asked(out, size, &asked, &use);
}

/* ---- the uri ---- */

static int hex_of(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Whether text[0…size), its escapes undone, is `plain`. */
static bool same_user(const char *text, size_t size, const char *plain)
{
	size_t i = 0;

	for (; i < size && *plain; i++, plain++) {
		char c = text[i];

		if (c == '%' && i + 2 < size && hex_of(text[i + 1]) >= 0 && hex_of(text[i + 2]) >= 0) {
			c = (char)(hex_of(text[i + 1]) << 4 | hex_of(text[i + 2]));
			i += 2;
		}
		if (c != *plain)
			return false;
	}
	return i == size && !*plain;
}

static bool same_host(const char *text, size_t size, const char *host)
{
	return host && strlen(host) == size && strncasecmp(text, host, size) == 0;
}

bool digest_uri_means(const char *uri, const char *method, const char *user, const char *host,
		      const char *domain)
{
	const char *at, *rest;
	bool tel = strncasecmp(uri, "tel:", 4) == 0;
	size_t n, scheme = tel				       ? 4
			   : strncasecmp(uri, "sips:", 5) == 0 ? 5
			   : strncasecmp(uri, "sip:", 4) == 0  ? 4
							       : 0;

	uri += scheme;
	n = strcspn(uri, "?>");
	at = memchr(uri, '@', n);
	rest = at ? at + 1 : uri;
	if (!user)
		user = "";
	if (strcmp(method, "REGISTER") != 0) {
		size_t length = at ? strcspn(uri, at ? ":;@" : "") : tel ? strcspn(uri, ";") : 0;

		/* a ';' within the user belongs to it, and may be left out */
		if (!same_user(uri, length, user) && !(at && same_user(uri, (size_t)(at - uri), user)))
			return false;
	}
	if (tel && !at)
		return true;
	n = rest[0] == '[' ? strcspn(rest, "]") + (strchr(rest, ']') != NULL) : strcspn(rest, ":;?>");
	return same_host(rest, n, host) || same_host(rest, n, domain);
}
