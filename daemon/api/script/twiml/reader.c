#include "daemon/api/script/twiml/reader.h"

#include "daemon/api/script/twiml/grammar.h"
#include "daemon/api/script/twiml/twiml.h"
#include "daemon/api/script/steps/words.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { POSSIBLE_SIZE = 400 };

const char *reader_name(const xmlNode *node)
{
	return (const char *)node->name;
}

/* ---- what is said of it ---- */

void reader_warn(struct reader *r, const xmlNode *node, const char *attribute, const char *format, ...)
{
	struct problem_place place = { .element = reader_name(node), .attribute = attribute };
	struct source_at at;
	va_list args;

	if (problems_full(r->problems))
		return;
	at = source_find(r->source, node, attribute);
	place.line = at.line;
	place.column = at.column;
	va_start(args, format);
	problems_vadd(r->problems, false, &place, format, args);
	va_end(args);
}

static void check_attribute(struct reader *r, const xmlNode *node, const struct twiml_element *element,
			    const xmlAttr *attribute)
{
	const char *name = (const char *)attribute->name;
	char possible[POSSIBLE_SIZE], right[64] = "";

	/* Those of other namespaces (xsi:…, xml:lang) are nobody's business. */
	if (attribute->ns)
		return;
	switch (words_find(element->attributes, name)) {
	case WORD_BUILT:
		return;
	case WORD_NOT_BUILT:
		reader_warn(r, node, name, "%.60s is not built, and passed over.", name);
		return;
	case WORD_UNKNOWN:
		break;
	}
	if (words_like(element->attributes, name, right, sizeof right) != WORD_UNKNOWN) {
		reader_warn(r, node, name, "%.60s is not known, and passed over: it is written %s.", name,
			    right);
		return;
	}
	words_possible(element->attributes, possible, sizeof possible);
	reader_warn(r, node, name, "%.60s is not known, and passed over; possible: %s.", name, possible);
}

static bool pass_over(struct reader *r, const xmlNode *node, const struct twiml_element *parent)
{
	const struct twiml_element *element = grammar_element(NULL, reader_name(node));
	char possible[POSSIBLE_SIZE], right[64] = "";
	const char *list = parent ? parent->children : "";

	words_possible(list, possible, sizeof possible);
	if (words_find(list, reader_name(node)) == WORD_NOT_BUILT)
		reader_warn(r, node, NULL, "It is known (%s), but not built, and passed over; possible: %s.",
			    element && element->vendors ? element->vendors : "Twilio, SignalWire", possible);
	else if (words_like(list, reader_name(node), right, sizeof right) != WORD_UNKNOWN)
		reader_warn(r, node, NULL, "It is not known, and passed over: it is written <%s>.", right);
	else if (element)
		reader_warn(r, node, NULL,
			    "It has no meaning inside of <%.40s>, and is passed over; possible: %s.",
			    parent ? parent->name : "", possible);
	else
		reader_warn(r, node, NULL, "It is not known, and passed over; possible: %s.", possible);
	return false;
}

/* In which element it is; one that is not known does not count. */
static const struct twiml_element *known_parent(const xmlNode *node)
{
	const struct twiml_element *parent = NULL;

	while (!parent && (node = node->parent) && node->type == XML_ELEMENT_NODE)
		parent = grammar_element(NULL, reader_name(node));
	return parent;
}

bool reader_admits(struct reader *r, const xmlNode *node)
{
	const struct twiml_element *parent = known_parent(node);
	const struct twiml_element *element = grammar_element(NULL, reader_name(node));

	if (!parent || !element || words_find(parent->children, reader_name(node)) != WORD_BUILT)
		return pass_over(r, node, parent);
	for (const xmlAttr *a = node->properties; a; a = a->next)
		check_attribute(r, node, element, a);
	return true;
}

const xmlNode *reader_element(struct reader *r, const xmlNode *node)
{
	for (; node && node->type != XML_ELEMENT_NODE; node = node->next) {
		const bool text = node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE;

		if (text && !xmlIsBlankNode(node))
			reader_warn(r, node->parent, NULL, "The text between its elements is passed over.");
	}
	return node;
}

/* ---- attributes ---- */

static xmlChar *raw_attribute(const xmlNode *node, const char *name)
{
	return xmlHasProp((xmlNode *)node, (const xmlChar *)name)
		   ? xmlGetProp((xmlNode *)node, (const xmlChar *)name)
		   : NULL;
}

static char *keep(struct reader *r, const char *text, size_t length)
{
	char *copy = script_text(r->script, text, length);

	if (!copy)
		r->no_memory = true;
	return copy;
}

const char *reader_attribute(struct reader *r, const xmlNode *node, const char *name)
{
	xmlChar *raw = raw_attribute(node, name);
	const char *text = (const char *)raw, *kept = NULL;
	size_t length;

	if (!text)
		return NULL;
	text += strspn(text, " \t\r\n");
	length = strlen(text);
	while (length && strchr(" \t\r\n", text[length - 1]))
		length--;
	if (length <= TWIML_TEXT_MAX)
		kept = keep(r, text, length);
	else
		reader_warn(r, node, name, "It is longer than %d bytes, and passed over.", TWIML_TEXT_MAX);
	xmlFree(raw);
	return kept;
}

unsigned reader_number(struct reader *r, const xmlNode *node, const char *name, unsigned min, unsigned max,
		       unsigned fallback)
{
	const char *text = reader_attribute(r, node, name);
	char *end;
	unsigned long value;

	if (!text)
		return fallback;
	value = strspn(text, "0123456789") <= 9 ? strtoul(text, &end, 10) : max + 1ul;
	if (*text >= '0' && *text <= '9' && !text[strspn(text, "0123456789")] && value >= min && value <= max)
		return (unsigned)value;
	if (fallback < min)
		reader_warn(r, node, name,
			    "%s=\"%.40s\" is not a whole number from %u to %u; it is passed over.", name,
			    text, min, max);
	else
		reader_warn(r, node, name, "%s=\"%.40s\" is not a whole number from %u to %u; %u is taken.",
			    name, text, min, max, fallback);
	return fallback;
}

bool reader_boolean(struct reader *r, const xmlNode *node, const char *name, bool fallback)
{
	const char *text = reader_attribute(r, node, name);

	if (!text)
		return fallback;
	if (!strcasecmp(text, "true") || !strcasecmp(text, "false"))
		return !strcasecmp(text, "true");
	reader_warn(r, node, name, "%s=\"%.40s\" is neither true nor false; %s is taken.", name, text,
		    fallback ? "true" : "false");
	return fallback;
}

static void say_values(const char *const values[], char *out, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; values[i] && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "", values[i]);
}

/* The index of a word, or that of the NULL at the end. */
static size_t find_value(const char *const values[], const char *word, size_t length)
{
	size_t i = 0;

	while (values[i] && (strlen(values[i]) != length || strncasecmp(values[i], word, length)))
		i++;
	return i;
}

size_t reader_choice(struct reader *r, const xmlNode *node, const char *name, const char *const values[],
		     size_t fallback)
{
	const char *text = reader_attribute(r, node, name);
	char all[POSSIBLE_SIZE];
	size_t i = text ? find_value(values, text, strlen(text)) : fallback;

	if (values[i])
		return i;
	say_values(values, all, sizeof all);
	reader_warn(r, node, name, "%s=\"%.40s\" is not known; possible: %s. %s is taken.", name, text, all,
		    values[fallback]);
	return fallback;
}

bool reader_is_get(struct reader *r, const xmlNode *node, const char *name)
{
	static const char *const methods[] = { "POST", "GET", NULL };

	return reader_choice(r, node, name, methods, 0) == 1;
}

const char *reader_keys(struct reader *r, const xmlNode *node, const char *name, const char *fallback)
{
	const char *text = reader_attribute(r, node, name);

	if (!text)
		return fallback;
	if (!text[strspn(text, READER_KEYS)])
		return text;
	reader_warn(r, node, name, "%s=\"%.40s\" has other characters than " READER_KEYS "; \"%s\" is taken.",
		    name, text, fallback);
	return fallback;
}

unsigned reader_bits(struct reader *r, const xmlNode *node, const char *name, const char *const values[])
{
	const char *text = reader_attribute(r, node, name);
	char all[POSSIBLE_SIZE];
	unsigned bits = 0;

	for (size_t length; text && *(text += strspn(text, " \t\r\n,")); text += length) {
		size_t i;

		length = strcspn(text, " \t\r\n,");
		i = find_value(values, text, length);
		if (values[i]) {
			bits |= 1u << i;
			continue;
		}
		say_values(values, all, sizeof all);
		reader_warn(r, node, name, "\"%.*s\" in %s is not known, and passed over; possible: %s.",
			    length < 40 ? (int)length : 40, text, name, all);
	}
	return bits;
}

struct step_hook reader_hook(struct reader *r, const xmlNode *node, const char *url, const char *method,
			     const char *events, const char *const values[])
{
	struct step_hook hook = { .url = reader_attribute(r, node, url) };

	if (hook.url && !*hook.url)
		hook.url = NULL;
	if (method)
		hook.get = reader_is_get(r, node, method);
	if (events)
		hook.events = reader_bits(r, node, events, values);
	return hook;
}

/* ---- text ---- */

const char *reader_content(struct reader *r, const xmlNode *node, bool deep)
{
	xmlChar *all;
	const char *from, *kept;
	size_t length;

	for (const xmlNode *n = node->children; n && !deep; n = n->next)
		if (n->type == XML_ELEMENT_NODE)
			reader_admits(r, n);
	all = xmlNodeGetContent((xmlNode *)node);
	if (!all) {
		r->no_memory = true;
		return NULL;
	}
	from = (const char *)all + strspn((const char *)all, " \t\r\n");
	length = strlen(from);
	if (length > TWIML_TEXT_MAX) {
		reader_warn(r, node, NULL, "Its text is longer than %d bytes, and cut there.",
			    TWIML_TEXT_MAX);
		for (length = TWIML_TEXT_MAX; length && (from[length] & 0xc0) == 0x80;)
			length--;
	}
	while (length && strchr(" \t\r\n", from[length - 1]))
		length--;
	kept = length ? keep(r, from, length) : NULL;
	xmlFree(all);
	return kept;
}

/* ---- steps ---- */

struct step *reader_step(struct reader *r, const xmlNode *node, enum step_kind kind)
{
	const struct source_at at = source_find(r->source, node, NULL);
	struct step *step;

	if (r->read >= TWIML_STEPS_MAX) {
		r->full = true;
		return NULL;
	}
	step = steps_add(r->steps, kind, at.line, at.column);
	if (step)
		r->read++;
	else
		r->no_memory = true;
	return step;
}

void *reader_memory(struct reader *r, size_t size)
{
	void *memory = script_memory(r->script, size);

	if (!memory)
		r->no_memory = true;
	return memory;
}

const struct step *reader_keep_steps(struct reader *r, struct step_list *steps)
{
	const size_t count = steps->count;
	const struct step *kept = steps_keep(r->script, steps);

	if (count && !kept)
		r->no_memory = true;
	return kept;
}
