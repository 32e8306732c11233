/* What a <Say> has in it: plain text, or text with SSML (W3C Speech Synthesis Markup Language 1.1), of which
 * the elements and attributes that both vendors have are kept. */
#define _GNU_SOURCE
#include "daemon/api/script/twiml/verbs.h"

#include "daemon/api/script/twiml/grammar.h"
#include "daemon/api/script/twiml/twiml.h"
#include "lib/xml_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct spoken {
	struct reader *r;
	FILE *markup, *plain;
};

static void put_attributes(struct spoken *s, const xmlNode *node)
{
	for (const xmlAttr *a = node->properties; a; a = a->next) {
		xmlChar *value = xmlGetProp((xmlNode *)node, a->name);
		/* libxml2 has xml:lang as lang of a namespace */
		const bool lang = !strcmp((const char *)a->name, "lang");

		if (value) {
			fprintf(s->markup, " %s%s=\"", lang ? "xml:" : "", (const char *)a->name);
			xml_text_write(s->markup, (const char *)value);
			putc('"', s->markup);
		}
		xmlFree(value);
	}
}

static void put_children(struct spoken *s, const xmlNode *node);

static void put_element(struct spoken *s, const xmlNode *node)
{
	const char *name = reader_name(node);
	xmlChar *alias = NULL;

	/* Of what is not known the words are words all the same; <speak> is there already. */
	if (!reader_admits(s->r, node) || !strcmp(name, "speak")) {
		put_children(s, node);
		return;
	}
	fprintf(s->markup, "<%s", name);
	put_attributes(s, node);
	putc('>', s->markup);
	if (!strcmp(name, "sub") && (alias = xmlGetProp((xmlNode *)node, (const xmlChar *)"alias"))) {
		FILE *plain = s->plain;

		fputs((const char *)alias, plain);
		s->plain = fopen("/dev/null", "w");
		put_children(s, node);
		if (s->plain)
			fclose(s->plain);
		s->plain = plain;
	} else {
		put_children(s, node);
	}
	xmlFree(alias);
	fprintf(s->markup, "</%s>", name);
	if (!strcmp(name, "p") || !strcmp(name, "s") || !strcmp(name, "break"))
		fputs(", ", s->plain);
}

static void put_children(struct spoken *s, const xmlNode *node)
{
	for (const xmlNode *n = node->children; n; n = n->next) {
		if (n->type == XML_ELEMENT_NODE) {
			put_element(s, n);
		} else if (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE) {
			xml_text_write(s->markup, (const char *)n->content);
			if (s->plain)
				fputs((const char *)n->content, s->plain);
		}
	}
}

/* The text without the blanks around it, at most so many bytes; NULL: nothing is left. */
static const char *keep_trimmed(struct reader *r, const xmlNode *node, const char *text)
{
	size_t length;
	char *kept;

	text += strspn(text, " \t\r\n,");
	length = strlen(text);
	if (length > TWIML_TEXT_MAX) {
		reader_warn(r, node, NULL, "Its text is longer than %d bytes, and cut there.",
			    TWIML_TEXT_MAX);
		for (length = TWIML_TEXT_MAX; length && (text[length] & 0xc0) == 0x80;)
			length--;
	}
	while (length && strchr(" \t\r\n", text[length - 1]))
		length--;
	if (!length)
		return NULL;
	kept = script_text(r->script, text, length);
	r->no_memory |= !kept;
	return kept;
}

const char *spoken_read(struct reader *r, const xmlNode *node, const char **plain)
{
	char *markup_text = NULL, *plain_text = NULL;
	size_t markup_size, plain_size;
	struct spoken s = { r, NULL, NULL };
	const char *markup = NULL;

	if (xmlChildElementCount((xmlNode *)node) == 0) {
		*plain = reader_content(r, node, false);
		return NULL;
	}
	s.markup = open_memstream(&markup_text, &markup_size);
	s.plain = open_memstream(&plain_text, &plain_size);
	if (s.markup && s.plain) {
		fputs("<speak>", s.markup);
		put_children(&s, node);
		fputs("</speak>", s.markup);
	} else {
		r->no_memory = true;
	}
	if (s.markup)
		fclose(s.markup);
	if (s.plain)
		fclose(s.plain);
	if (markup_text && plain_text) {
		*plain = keep_trimmed(r, node, plain_text);
		if (*plain && markup_size <= 2 * TWIML_TEXT_MAX)
			markup = script_text(r->script, markup_text, markup_size);
	}
	free(markup_text);
	free(plain_text);
	return markup;
}
