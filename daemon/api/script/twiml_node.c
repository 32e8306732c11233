#include "daemon/api/script/twiml_node.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 4096 };

const char *twiml_name(const xmlNode *node)
{
	return (const char *)node->name;
}

int twiml_fail(struct twiml_reader *r, const xmlNode *node, const char *fmt, ...)
{
	va_list args;
	int used = snprintf(r->error, r->error_size, "Line %ld, <%.40s>: ", xmlGetLineNo((xmlNode *)node),
			    twiml_name(node));

	if (used >= 0 && (size_t)used < r->error_size) {
		va_start(args, fmt);
		vsnprintf(r->error + used, r->error_size - (size_t)used, fmt, args);
		va_end(args);
	}
	return EINVAL;
}

char *twiml_attribute(const xmlNode *node, const char *name)
{
	xmlChar *value = xmlGetNoNsProp((xmlNode *)node, (const xmlChar *)name);
	char *copy = value ? strdup((const char *)value) : NULL;

	xmlFree(value);
	return copy;
}

int twiml_only(struct twiml_reader *r, const xmlNode *node, const char *const names[])
{
	for (const xmlAttr *a = node->properties; a; a = a->next) {
		bool known = false;

		for (size_t i = 0; names[i] && !known; i++)
			known = !strcmp((const char *)a->name, names[i]);
		if (!known)
			return twiml_fail(r, node, "the attribute %.40s is not supported.",
					  (const char *)a->name);
	}
	return 0;
}

int twiml_number(struct twiml_reader *r, const xmlNode *node, const char *name, unsigned min, unsigned max,
		 unsigned *out)
{
	char *text = twiml_attribute(node, name), *end;
	unsigned long value;
	int err = 0;

	if (!text)
		return 0;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || *end || value < min || value > max)
		err = twiml_fail(r, node, "%s must be a whole number from %u to %u.", name, min, max);
	else
		*out = (unsigned)value;
	free(text);
	return err;
}

int twiml_boolean(struct twiml_reader *r, const xmlNode *node, const char *name, bool *out)
{
	char *text = twiml_attribute(node, name);
	int err = 0;

	if (text && strcmp(text, "true") && strcmp(text, "false"))
		err = twiml_fail(r, node, "%s must be true or false.", name);
	else if (text)
		*out = !strcmp(text, "true");
	free(text);
	return err;
}

int twiml_choice(struct twiml_reader *r, const xmlNode *node, const char *name, const char *const values[],
		 size_t *index)
{
	char *text = twiml_attribute(node, name), all[160];
	size_t i = 0, used = 0;
	int err = 0;

	while (text && values[i] && strcmp(text, values[i]))
		i++;
	if (text && values[i]) {
		*index = i;
	} else if (text) {
		*all = '\0';
		for (i = 0; values[i] && used < sizeof all; i++)
			used +=
			    (size_t)snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", values[i]);
		err = twiml_fail(r, node, "%s=\"%.40s\" is not supported; possible: %s.", name, text, all);
	}
	free(text);
	return err;
}

int twiml_one_of(struct twiml_reader *r, const xmlNode *node, const char *name, const char *const values[])
{
	size_t index;

	return twiml_choice(r, node, name, values, &index);
}

int twiml_action(struct twiml_reader *r, const xmlNode *node, struct step *step)
{
	char *method = twiml_attribute(node, "method");
	int err = 0;

	step->post = !method || strcmp(method, "GET");
	if (method && strcmp(method, "GET") && strcmp(method, "POST"))
		err = twiml_fail(r, node, "method must be GET or POST.");
	free(method);
	step->action = twiml_attribute(node, "action");
	return err;
}

int twiml_finish_key(struct twiml_reader *r, const xmlNode *node, const char *fallback, struct step *step)
{
	step->finish_on = twiml_attribute(node, "finishOnKey");
	if (!step->finish_on)
		step->finish_on = strdup(fallback);
	if (!step->finish_on)
		return ENOMEM;
	if (step->finish_on[strspn(step->finish_on, TWIML_DIGITS)])
		return twiml_fail(r, node, "finishOnKey may have the characters " TWIML_DIGITS " only.");
	return 0;
}

int twiml_content(struct twiml_reader *r, const xmlNode *node, bool required, char **out)
{
	xmlChar *all;
	size_t length;
	const char *from;

	for (const xmlNode *n = node->children; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE)
			return twiml_fail(r, n, "is not supported inside <%s>.", twiml_name(node));
	all = xmlNodeGetContent((xmlNode *)node);
	if (!all)
		return ENOMEM;
	from = (const char *)all + strspn((const char *)all, " \t\r\n");
	length = strlen(from);
	while (length && strchr(" \t\r\n", from[length - 1]))
		length--;
	*out = length <= TEXT_MAX ? strndup(from, length) : NULL;
	xmlFree(all);
	if (length > TEXT_MAX)
		return twiml_fail(r, node, "the text is longer than %d bytes.", TEXT_MAX);
	if (!*out)
		return ENOMEM;
	if (required && !length)
		return twiml_fail(r, node, "is empty.");
	return 0;
}
