#include "daemon/api/script/twiml/source.h"

#include "lib/xml_encoding.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct source_spot {
	size_t at; /* of its "<" */
	struct source_at where;
};

struct scan {
	const char *text, *at, *end;
	struct source_at where;
};

static void step_to(struct scan *s, const char *to)
{
	for (; s->at < to; s->at++) {
		if (*s->at == '\n') {
			s->where.line++;
			s->where.column = 1;
		} else if ((*s->at & 0xc0) != 0x80) { /* not within a character */
			s->where.column++;
		}
	}
}

/* Where the text of `source` ends. */
static struct source_at end_of(const struct source *source)
{
	struct scan s = { source->text, source->text, source->text + source->size, { 1, 1 } };

	step_to(&s, s.end);
	return s.where;
}

int source_take(struct source *out, const char *bytes, size_t size, const char *charset,
		struct source_at *bad)
{
	int err;

	*out = (struct source){ 0 };
	err = xml_encoding_to_utf8(&out->text, &out->size, bytes, size, charset);
	if (err == EILSEQ)
		*bad = end_of(out);
	if (err)
		source_clear(out);
	return err;
}

/* ---- where elements stand ---- */

static bool begins(const struct scan *s, const char *what)
{
	size_t length = strlen(what);

	return (size_t)(s->end - s->at) >= length && !memcmp(s->at, what, length);
}

/* To behind the next `what`, or to the end. */
static void skip_past(struct scan *s, const char *what)
{
	size_t length = strlen(what);
	const char *at = s->at;

	while ((size_t)(s->end - at) >= length && memcmp(at, what, length))
		at++;
	step_to(s, (size_t)(s->end - at) >= length ? at + length : s->end);
}

/* To behind the ">" that ends a tag, or a document type with what is in its brackets. */
static void skip_tag(struct scan *s)
{
	const char *at = s->at;
	unsigned depth = 0;
	char quote = 0;

	for (; at < s->end; at++) {
		if (quote)
			quote = *at == quote ? 0 : quote;
		else if (*at == '"' || *at == '\'')
			quote = *at;
		else if (*at == '[')
			depth++;
		else if (*at == ']' && depth)
			depth--;
		else if (*at == '>' && !depth)
			break;
	}
	step_to(s, at < s->end ? at + 1 : s->end);
}

static int add_spot(struct source *source, const struct scan *s, size_t *room)
{
	if (source->count == *room) {
		size_t more = *room ? 2 * *room : 32;
		struct source_spot *grown = realloc(source->spots, more * sizeof *grown);

		if (!grown)
			return ENOMEM;
		source->spots = grown;
		*room = more;
	}
	source->spots[source->count++] = (struct source_spot){ (size_t)(s->at - s->text), s->where };
	return 0;
}

static int find_tags(struct source *source)
{
	struct scan s = { source->text, source->text, source->text + source->size, { 1, 1 } };
	size_t room = 0;

	while (s.at < s.end) {
		const char *next = memchr(s.at, '<', (size_t)(s.end - s.at));

		step_to(&s, next ? next : s.end);
		if (begins(&s, "<!--")) {
			skip_past(&s, "-->");
		} else if (begins(&s, "<![CDATA[")) {
			skip_past(&s, "]]>");
		} else if (begins(&s, "<?")) {
			skip_past(&s, "?>");
		} else {
			if (next && !begins(&s, "</") && !begins(&s, "<!") && add_spot(source, &s, &room))
				return ENOMEM;
			skip_tag(&s);
		}
	}
	return 0;
}

static bool is_of(const struct source *source, const struct source_spot *spot, const xmlNode *node)
{
	const char *name = source->text + spot->at + 1;
	size_t left = source->size - spot->at - 1, length = 0;
	const char *local = name;

	while (length < left && !strchr(" \t\r\n/>", name[length])) {
		if (name[length] == ':')
			local = name + length + 1;
		length++;
	}
	length -= (size_t)(local - name);
	return strlen((const char *)node->name) == length && !memcmp(local, node->name, length);
}

static xmlNode *next_element(xmlNode *node)
{
	xmlNode *n = node->children;

	while (!n && node) {
		n = node->next;
		if (!n)
			node = node->parent;
		if (node && node->type == XML_DOCUMENT_NODE)
			return NULL;
	}
	return n;
}

int source_number(struct source *source, const xmlDoc *doc)
{
	size_t next = 0;

	if (find_tags(source))
		return ENOMEM;
	/* One that an entity has brought has no tag of its own. */
	for (xmlNode *n = xmlDocGetRootElement(doc); n; n = next_element(n)) {
		if (n->type != XML_ELEMENT_NODE)
			continue;
		if (next < source->count && is_of(source, &source->spots[next], n))
			n->_private = (void *)(uintptr_t)++next;
	}
	return 0;
}

/* The place of an attribute in the tag at `s`; that of the tag when it is not found. */
static struct source_at attribute_at(struct scan *s, const char *name)
{
	const struct source_at tag = s->where;
	const size_t length = strlen(name);
	char quote = 0;

	for (; s->at < s->end && (quote || *s->at != '>'); step_to(s, s->at + 1)) {
		if (quote) {
			quote = *s->at == quote ? 0 : quote;
			continue;
		}
		if (*s->at == '"' || *s->at == '\'')
			quote = *s->at;
		else if (s->at > s->text && strchr(" \t\r\n:", s->at[-1]) && begins(s, name) &&
			 s->at + length < s->end && strchr(" \t\r\n=", s->at[length]))
			return s->where;
	}
	return tag;
}

struct source_at source_find(const struct source *source, const xmlNode *node, const char *attribute)
{
	uintptr_t number = (uintptr_t)node->_private;
	const struct source_spot *spot;
	struct scan s;

	if (!number)
		return (struct source_at){ (int)xmlGetLineNo((xmlNode *)node), 1 };
	spot = &source->spots[number - 1];
	s = (struct scan){ source->text, source->text + spot->at, source->text + source->size, spot->where };
	return attribute ? attribute_at(&s, attribute) : spot->where;
}

void source_clear(struct source *source)
{
	free(source->text);
	free(source->spots);
	*source = (struct source){ 0 };
}
