/* See call_header.h. */
#include "lib/call_header.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

bool call_header_may_be_given(const char *name)
{
	static const char *const others[] = { "Alert-Info",   "Call-Info", "Answer-Mode", "Priv-Answer-Mode",
					      "User-to-User", "Subject",   "Priority" };

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcasecmp(name, others[i]) == 0)
			return true;
	return strncasecmp(name, "X-", 2) == 0;
}

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* Bytes of a token at the front. */
static size_t token_length(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || (s[n] && strchr("-.!%*_+`'~", s[n])))
		n++;
	return n;
}

/* Behind "<scheme:…>"; NULL: it is none. */
static const char *skip_uri(const char *s)
{
	const char *scheme = s + 1, *end;

	if (*s != '<' || !isalpha((unsigned char)*scheme))
		return NULL;
	end = scheme;
	while (isalnum((unsigned char)*end) || (*end && strchr("+-.", *end)))
		end++;
	if (*end != ':')
		return NULL;
	scheme = end + 1;
	end = scheme + strcspn(scheme, "<>\" \t");
	return end > scheme && *end == '>' ? end + 1 : NULL;
}

static const char *skip_quoted(const char *s)
{
	for (s++; *s && *s != '"'; s++)
		if (*s == '\\' && !*++s)
			return NULL;
	return *s ? s + 1 : NULL;
}

/* Behind "NAME" or "NAME=value"; NULL: it is none. */
static const char *skip_param(const char *s)
{
	size_t n = token_length(s);

	if (!n)
		return NULL;
	s += n;
	if (*skip_blanks(s) != '=')
		return s;
	s = skip_blanks(skip_blanks(s) + 1);
	if (*s == '"')
		return skip_quoted(s);
	n = strcspn(s, " \t;,<>\""); /* an IPv6 address too */
	return n ? s + n : NULL;
}

/* "<URI>;name=value…, …" */
static bool is_call_info(const char *s)
{
	do {
		s = skip_uri(skip_blanks(s));
		while (s && *skip_blanks(s) == ';')
			s = skip_param(skip_blanks(skip_blanks(s) + 1));
		if (!s)
			return false;
		s = skip_blanks(s);
	} while (*s++ == ',');
	return s[-1] == '\0';
}

const char *call_header_trouble(const char *name, const char *value)
{
	size_t n = token_length(value);

	if (strcasecmp(name, "Call-Info") == 0 && !is_call_info(value))
		return "Call-Info must be a URI in angle brackets with its parameters behind it, as "
		       "<sip:x>;answer-after=0, or several of them with commas between.";
	if (strcasecmp(name, "Priority") == 0 && (n == 0 || value[n]))
		return "Priority must be one word, as urgent.";
	return NULL;
}
