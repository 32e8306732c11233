#include "daemon/offhookd/stream/media_text.h"

#include <string.h>

struct part {
	const char *text;
	size_t size;
};

struct scan {
	const char *at, *end;
};

static bool is(struct part part, const char *word)
{
	return part.size == strlen(word) && !memcmp(part.text, word, part.size);
}

/* Past white space; the next character, 0: none. */
static char next(struct scan *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
		s->at++;
	return s->at < s->end ? *s->at : '\0';
}

static bool skip(struct scan *s, char wanted)
{
	if (next(s) != wanted)
		return false;
	s->at++;
	return true;
}

/* A text of printable ASCII without escapes. */
static bool take_text(struct scan *s, struct part *out)
{
	if (!skip(s, '"'))
		return false;
	out->text = s->at;
	while (s->at < s->end && *s->at != '"') {
		const unsigned char c = (unsigned char)*s->at;

		if (c < ' ' || c >= 0x7f || c == '\\')
			return false;
		s->at++;
	}
	out->size = (size_t)(s->at - out->text);
	return skip(s, '"');
}

static bool take_name(struct scan *s, struct part *out)
{
	return take_text(s, out) && skip(s, ':');
}

/* Behind a member: another one, or the end of the object. */
static bool goes_on(struct scan *s, bool *more)
{
	*more = skip(s, ',');
	return *more || skip(s, '}');
}

/* An object of texts. */
static bool take_media(struct scan *s, struct part *payload)
{
	struct part name, value;
	bool more = true;

	*payload = (struct part){ NULL, 0 };
	if (!skip(s, '{'))
		return false;
	while (more) {
		if (!take_name(s, &name) || !take_text(s, &value) || !goes_on(s, &more))
			return false;
		if (is(name, "payload"))
			*payload = value;
	}
	return true;
}

bool media_text_payload(const char *text, size_t size, const char **payload, size_t *payload_size)
{
	struct scan s = { text, text + size };
	struct part name, value, event = { "", 0 }, found = { NULL, 0 };
	bool more = true;

	if (!skip(&s, '{'))
		return false;
	while (more) {
		if (!take_name(&s, &name))
			return false;
		if (is(name, "media") ? !take_media(&s, &found) : !take_text(&s, &value))
			return false;
		if (is(name, "event"))
			event = value;
		if (!goes_on(&s, &more))
			return false;
	}
	if (next(&s) || s.at != s.end || !is(event, "media") || !found.text)
		return false;
	*payload = found.text;
	*payload_size = found.size;
	return true;
}
