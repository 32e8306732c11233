#define _GNU_SOURCE /* memmem */
#include "daemon/api/script/twiml.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 4096, LOOP_MAX = 1000 };

#define DIGITS "0123456789*#"

struct reader {
	char *error;
	size_t error_size;
	size_t steps;
};

static const char *name_of(const xmlNode *node)
{
	return (const char *)node->name;
}

/* Records an error about `node`. Returns EINVAL. */
__attribute__((format(printf, 3, 4))) static int fail(struct reader *r, const xmlNode *node, const char *fmt,
						      ...)
{
	va_list args;
	int used = snprintf(r->error, r->error_size, "Line %ld, <%.40s>: ", xmlGetLineNo((xmlNode *)node),
			    name_of(node));

	if (used >= 0 && (size_t)used < r->error_size) {
		va_start(args, fmt);
		vsnprintf(r->error + used, r->error_size - (size_t)used, fmt, args);
		va_end(args);
	}
	return EINVAL;
}

/* New string of an attribute, or NULL. */
static char *attribute(const xmlNode *node, const char *name)
{
	xmlChar *value = xmlGetNoNsProp((xmlNode *)node, (const xmlChar *)name);
	char *copy = value ? strdup((const char *)value) : NULL;

	xmlFree(value);
	return copy;
}

/* Refuses attributes that are not in `names`. */
static int only_attributes(struct reader *r, const xmlNode *node, const char *const names[])
{
	for (const xmlAttr *a = node->properties; a; a = a->next) {
		bool known = false;

		for (size_t i = 0; names[i] && !known; i++)
			known = !strcmp((const char *)a->name, names[i]);
		if (!known)
			return fail(r, node, "the attribute %.40s is not supported.", (const char *)a->name);
	}
	return 0;
}

static int number(struct reader *r, const xmlNode *node, const char *name, unsigned min, unsigned max,
		  unsigned *out)
{
	char *text = attribute(node, name), *end;
	unsigned long value;
	int err = 0;

	if (!text)
		return 0;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || *end || value < min || value > max)
		err = fail(r, node, "%s must be a whole number from %u to %u.", name, min, max);
	else
		*out = (unsigned)value;
	free(text);
	return err;
}

static int boolean(struct reader *r, const xmlNode *node, const char *name, bool *out)
{
	char *text = attribute(node, name);
	int err = 0;

	if (text && strcmp(text, "true") && strcmp(text, "false"))
		err = fail(r, node, "%s must be true or false.", name);
	else if (text)
		*out = !strcmp(text, "true");
	free(text);
	return err;
}

/* Refuses an attribute with another value than those (ends with NULL), of which all mean the same to us. */
static int one_of(struct reader *r, const xmlNode *node, const char *name, const char *const values[])
{
	char *text = attribute(node, name);
	bool known = !text;
	int err = 0;

	for (size_t i = 0; values[i] && !known; i++)
		known = !strcmp(text, values[i]);
	if (!known)
		err = fail(r, node, "%s=\"%.40s\" is not supported; possible: %s.", name, text, values[0]);
	free(text);
	return err;
}

/* method and action. */
static int action(struct reader *r, const xmlNode *node, struct step *step)
{
	char *method = attribute(node, "method");
	int err = 0;

	step->post = !method || strcmp(method, "GET");
	if (method && strcmp(method, "GET") && strcmp(method, "POST"))
		err = fail(r, node, "method must be GET or POST.");
	free(method);
	step->action = attribute(node, "action");
	return err;
}

static int finish_key(struct reader *r, const xmlNode *node, const char *fallback, struct step *step)
{
	step->finish_on = attribute(node, "finishOnKey");
	if (!step->finish_on)
		step->finish_on = strdup(fallback);
	if (!step->finish_on)
		return ENOMEM;
	if (step->finish_on[strspn(step->finish_on, DIGITS)])
		return fail(r, node, "finishOnKey may have the characters " DIGITS " only.");
	return 0;
}

/* The text in `node`, without the blanks around it; elements in it are refused. */
static int content(struct reader *r, const xmlNode *node, bool required, char **out)
{
	xmlChar *all;
	size_t length;
	const char *from;

	for (const xmlNode *n = node->children; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE)
			return fail(r, n, "is not supported inside <%s>.", name_of(node));
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
		return fail(r, node, "the text is longer than %d bytes.", TEXT_MAX);
	if (!*out)
		return ENOMEM;
	if (required && !length)
		return fail(r, node, "is empty.");
	return 0;
}

static int read_say(struct reader *r, const xmlNode *node, struct step *step)
{
	static const char *const known[] = { "voice", "language", "loop", NULL };
	static const char *const languages[] = { "en-US", "en",	   "en-GB", "en-AU", "en-CA",
						 "en-IN", "en-us", "en-gb", NULL };
	int err = only_attributes(r, node, known);

	step->loop = 1;
	if (!err)
		err = one_of(r, node, "language", languages);
	if (!err)
		err = number(r, node, "loop", 0, LOOP_MAX, &step->loop);
	step->voice = attribute(node, "voice");
	return err ? err : content(r, node, true, &step->text);
}

static int read_play(struct reader *r, const xmlNode *node, struct step *step)
{
	static const char *const known[] = { "loop", "digits", NULL };
	char *digits = attribute(node, "digits");
	int err = only_attributes(r, node, known);

	step->loop = 1;
	if (digits && !err) {
		step->kind = STEP_DIGITS;
		step->text = digits;
		if (!*digits || digits[strspn(digits, DIGITS "ABCDabcdwW")])
			return fail(r, node,
				    "digits may have the characters " DIGITS ", A to D, w and W only.");
		return 0;
	}
	free(digits);
	if (!err)
		err = number(r, node, "loop", 0, LOOP_MAX, &step->loop);
	return err ? err : content(r, node, true, &step->text);
}

static int read_pause(struct reader *r, const xmlNode *node, struct step *step)
{
	static const char *const known[] = { "length", NULL };
	unsigned seconds = 1;
	char *text = NULL;
	int err = only_attributes(r, node, known);

	if (!err)
		err = number(r, node, "length", 0, 3600, &seconds);
	step->ms = seconds * 1000;
	if (!err)
		err = content(r, node, false, &text);
	free(text);
	return err;
}

static int read_children(struct reader *r, const xmlNode *node, bool nested, struct step **out,
			 size_t *count);

static int read_gather(struct reader *r, const xmlNode *node, struct step *step)
{
	static const char *const known[] = {
		"action", "method", "timeout", "numDigits", "finishOnKey", "input", "actionOnEmptyResult",
		NULL
	};
	static const char *const inputs[] = { "dtmf", NULL };
	int err = only_attributes(r, node, known);

	step->timeout_s = 5;
	if (!err)
		err = one_of(r, node, "input", inputs);
	if (!err)
		err = action(r, node, step);
	if (!err)
		err = number(r, node, "timeout", 1, 300, &step->timeout_s);
	if (!err)
		err = number(r, node, "numDigits", 1, 64, &step->max_digits);
	if (!err)
		err = boolean(r, node, "actionOnEmptyResult", &step->action_when_empty);
	if (!err)
		err = finish_key(r, node, "#", step);
	return err ? err : read_children(r, node, true, &step->nested, &step->nested_count);
}

static int read_record(struct reader *r, const xmlNode *node, struct step *step)
{
	static const char *const known[] = { "action",	 "method", "maxLength", "finishOnKey",
					     "playBeep", "trim",   NULL };
	static const char *const trims[] = { "do-not-trim", NULL };
	char *text = NULL, *silence = attribute(node, "timeout");
	int err = 0;

	if (silence)
		err = fail(r, node,
			   "timeout (ending at silence) is not supported; use maxLength and finishOnKey.");
	free(silence);
	step->max_length_s = 3600;
	step->beep = true;
	if (!err)
		err = only_attributes(r, node, known);
	if (!err)
		err = one_of(r, node, "trim", trims);
	if (!err)
		err = action(r, node, step);
	if (!err)
		err = number(r, node, "maxLength", 1, 14400, &step->max_length_s);
	if (!err)
		err = boolean(r, node, "playBeep", &step->beep);
	if (!err)
		err = finish_key(r, node, DIGITS, step);
	if (!err)
		err = content(r, node, false, &text);
	free(text);
	return err;
}

/* The only element inside `node`, when there is one and no text. */
static const xmlNode *only_child(const xmlNode *node)
{
	const xmlNode *found = NULL;

	for (const xmlNode *n = node->children; n; n = n->next) {
		if (n->type == XML_ELEMENT_NODE && found)
			return NULL;
		if (n->type == XML_ELEMENT_NODE)
			found = n;
		else if (n->type != XML_COMMENT_NODE && !xmlIsBlankNode(n))
			return NULL;
	}
	return found;
}

static int read_dial(struct reader *r, const xmlNode *node, struct step *step)
{
	static const char *const known[] = {
		"action", "method", "timeout", "callerId", "answerOnBridge", NULL
	};
	static const char *const none[] = { NULL };
	const xmlNode *inner = only_child(node);
	int err = only_attributes(r, node, known);

	step->timeout_s = 30;
	if (!err)
		err = action(r, node, step);
	if (!err)
		err = number(r, node, "timeout", 1, 600, &step->timeout_s);
	if (!err)
		err = boolean(r, node, "answerOnBridge", &step->answer_on_bridge);
	step->caller_id = attribute(node, "callerId");
	if (!err && inner && !strcmp(name_of(inner), "Number")) {
		err = only_attributes(r, inner, none);
		node = inner;
	}
	return err ? err : content(r, node, true, &step->text);
}

static int read_redirect(struct reader *r, const xmlNode *node, struct step *step)
{
	static const char *const known[] = { "method", NULL };
	int err = only_attributes(r, node, known);

	if (!err)
		err = action(r, node, step);
	return err ? err : content(r, node, true, &step->text);
}

static int read_reject(struct reader *r, const xmlNode *node, struct step *step)
{
	static const char *const known[] = { "reason", NULL };
	static const char *const reasons[] = { "rejected", "busy", NULL };
	char *reason = attribute(node, "reason");
	int err = only_attributes(r, node, known);

	step->code = reason && !strcmp(reason, "busy") ? 486 : 603;
	free(reason);
	return err ? err : one_of(r, node, "reason", reasons);
}

static int read_hangup(struct reader *r, const xmlNode *node, struct step *step)
{
	static const char *const none[] = { NULL };

	(void)step;
	return only_attributes(r, node, none);
}

static const struct {
	const char *name;
	enum step_kind kind;
	bool prompt; /* may stand in a Gather */
	int (*read)(struct reader *r, const xmlNode *node, struct step *step);
} elements[] = {
	{ "Say", STEP_SAY, true, read_say },
	{ "Play", STEP_PLAY, true, read_play },
	{ "Pause", STEP_PAUSE, true, read_pause },
	{ "Gather", STEP_GATHER, false, read_gather },
	{ "Record", STEP_RECORD, false, read_record },
	{ "Dial", STEP_DIAL, false, read_dial },
	{ "Redirect", STEP_REDIRECT, false, read_redirect },
	{ "Reject", STEP_REJECT, false, read_reject },
	{ "Hangup", STEP_HANGUP, false, read_hangup },
};

static int read_element(struct reader *r, const xmlNode *node, bool nested, struct step *step)
{
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
		if (strcmp(name_of(node), elements[i].name))
			continue;
		if (nested && !elements[i].prompt)
			return fail(r, node, "is not supported inside <Gather>; possible: Say, Play, Pause.");
		step->kind = elements[i].kind;
		step->line = (int)xmlGetLineNo((xmlNode *)node);
		return elements[i].read(r, node, step);
	}
	return fail(
	    r, node,
	    "is not supported; possible: Say, Play, Pause, Gather, Record, Dial, Redirect, Reject, Hangup.");
}

static int read_children(struct reader *r, const xmlNode *node, bool nested, struct step **out, size_t *count)
{
	size_t size = 0;
	int err = 0;

	for (const xmlNode *n = node->children; n && !err; n = n->next) {
		if (n->type == XML_COMMENT_NODE || n->type == XML_PI_NODE || xmlIsBlankNode(n))
			continue;
		if (n->type != XML_ELEMENT_NODE)
			return fail(r, node, "text between the elements is not supported.");
		if (++r->steps > TWIML_STEPS_MAX)
			return fail(r, n, "the document has more than %d elements.", TWIML_STEPS_MAX);
		if (*count == size) {
			struct step *more = realloc(*out, (size ? size * 2 : 8) * sizeof *more);

			if (!more)
				return ENOMEM;
			*out = more;
			size = size ? size * 2 : 8;
		}
		memset(&(*out)[*count], 0, sizeof **out);
		err = read_element(r, n, nested, &(*out)[(*count)++]);
		if (!err && nested && (*out)[*count - 1].kind == STEP_DIGITS)
			err = fail(r, n, "digits are not supported inside <Gather>.");
		if (!err && nested && (*out)[*count - 1].loop == 0 && (*out)[*count - 1].kind != STEP_PAUSE)
			err = fail(r, n, "loop=\"0\" is not supported inside <Gather>.");
	}
	return err;
}

static int read_document(struct reader *r, const xmlDoc *doc, struct script *script)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	static const char *const none[] = { NULL };
	int err;

	if (doc->intSubset || doc->extSubset) {
		snprintf(r->error, r->error_size, "A document type declaration is not allowed.");
		return EINVAL;
	}
	if (!root || strcmp(name_of(root), "Response")) {
		snprintf(r->error, r->error_size, "The root element must be <Response>.");
		return EINVAL;
	}
	err = only_attributes(r, root, none);
	return err ? err : read_children(r, root, false, &script->steps, &script->count);
}

static void copy_xml_error(xmlParserCtxt *context, struct reader *r)
{
	const xmlError *e = xmlCtxtGetLastError(context);
	size_t length;

	snprintf(r->error, r->error_size, "Line %d: the XML is broken: %s", e ? e->line : 1,
		 e && e->message ? e->message : "unreadable");
	length = strlen(r->error);
	while (length && r->error[length - 1] == '\n')
		r->error[--length] = '\0';
}

int twiml_parse(struct script **out, const char *text, size_t size, char *error, size_t error_size)
{
	const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA;
	struct reader r = { error, error_size, 0 };
	struct script *script = calloc(1, sizeof *script);
	xmlParserCtxt *context = xmlNewParserCtxt();
	xmlDoc *doc = NULL;
	int err = ENOMEM;

	snprintf(error, error_size, "Out of memory.");
	if (!script || !context)
		goto out;
	err = EINVAL;
	if (size > TWIML_SIZE_MAX) {
		snprintf(error, error_size, "The document is larger than %d bytes.", TWIML_SIZE_MAX);
		goto out;
	}
	if (memchr(text, '\0', size) || memmem(text, size, "<!DOCTYPE", 9)) {
		snprintf(error, error_size, "A document type declaration or a NUL byte is not allowed.");
		goto out;
	}
	doc = xmlCtxtReadMemory(context, text, (int)size, NULL, NULL, options);
	if (doc)
		err = read_document(&r, doc, script);
	else
		copy_xml_error(context, &r);
	if (!err)
		*out = script;
out:
	xmlFreeDoc(doc);
	xmlFreeParserCtxt(context);
	if (err)
		script_free(script);
	return err;
}
