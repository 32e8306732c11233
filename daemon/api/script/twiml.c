#define _GNU_SOURCE /* memmem */
#include "daemon/api/script/twiml.h"

#include "daemon/api/script/language.h"
#include "daemon/api/script/twiml_node.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOP_MAX = 1000, CONFERENCE_NAME_MAX = 200 };

static int read_language(struct twiml_reader *r, const xmlNode *node, struct step *step)
{
	step->language = twiml_attribute(node, "language");
	if (step->language && !language_find(step->language))
		return twiml_fail(r, node, "language=\"%.40s\" is not supported.", step->language);
	return 0;
}

static int read_say(struct twiml_reader *r, const xmlNode *node, struct step *step)
{
	static const char *const known[] = { "voice", "language", "loop", NULL };
	int err = twiml_only(r, node, known);

	step->loop = 1;
	if (!err)
		err = read_language(r, node, step);
	if (!err)
		err = twiml_number(r, node, "loop", 0, LOOP_MAX, &step->loop);
	step->voice = twiml_attribute(node, "voice");
	return err ? err : twiml_content(r, node, true, &step->text);
}

static int read_play(struct twiml_reader *r, const xmlNode *node, struct step *step)
{
	static const char *const known[] = { "loop", "digits", NULL };
	char *digits = twiml_attribute(node, "digits");
	int err = twiml_only(r, node, known);

	step->loop = 1;
	if (digits && !err) {
		step->kind = STEP_DIGITS;
		step->text = digits;
		if (!*digits || digits[strspn(digits, TWIML_DIGITS "ABCDabcdwW")])
			return twiml_fail(r, node,
					  "digits may have the characters " TWIML_DIGITS
					  ", A to D, w and W only.");
		return 0;
	}
	free(digits);
	if (!err)
		err = twiml_number(r, node, "loop", 0, LOOP_MAX, &step->loop);
	return err ? err : twiml_content(r, node, true, &step->text);
}

static int read_pause(struct twiml_reader *r, const xmlNode *node, struct step *step)
{
	static const char *const known[] = { "length", NULL };
	unsigned seconds = 1;
	char *text = NULL;
	int err = twiml_only(r, node, known);

	if (!err)
		err = twiml_number(r, node, "length", 0, 3600, &seconds);
	step->ms = seconds * 1000;
	if (!err)
		err = twiml_content(r, node, false, &text);
	free(text);
	return err;
}

static int read_children(struct twiml_reader *r, const xmlNode *node, bool nested, struct step **out,
			 size_t *count);

static int read_gather(struct twiml_reader *r, const xmlNode *node, struct step *step)
{
	static const char *const known[] = {
		"action", "method", "timeout", "numDigits", "finishOnKey", "input", "actionOnEmptyResult",
		NULL
	};
	static const char *const inputs[] = { "dtmf", NULL };
	int err = twiml_only(r, node, known);

	step->timeout_s = 5;
	if (!err)
		err = twiml_one_of(r, node, "input", inputs);
	if (!err)
		err = twiml_action(r, node, step);
	if (!err)
		err = twiml_number(r, node, "timeout", 1, 300, &step->timeout_s);
	if (!err)
		err = twiml_number(r, node, "numDigits", 1, 64, &step->max_digits);
	if (!err)
		err = twiml_boolean(r, node, "actionOnEmptyResult", &step->action_when_empty);
	if (!err)
		err = twiml_finish_key(r, node, "#", step);
	return err ? err : read_children(r, node, true, &step->nested, &step->nested_count);
}

static int read_record(struct twiml_reader *r, const xmlNode *node, struct step *step)
{
	static const char *const known[] = { "action",	 "method", "maxLength", "finishOnKey",
					     "playBeep", "trim",   "timeout",	NULL };
	static const char *const trims[] = { "trim-silence", "do-not-trim", NULL };
	size_t trim = 0;
	char *text = NULL;
	int err = twiml_only(r, node, known);

	step->max_length_s = 3600;
	step->timeout_s = 5;
	step->beep = true;
	if (!err)
		err = twiml_choice(r, node, "trim", trims, &trim);
	step->trim = trim == 0;
	if (!err)
		err = twiml_number(r, node, "timeout", 0, 3600, &step->timeout_s);
	if (!err)
		err = twiml_action(r, node, step);
	if (!err)
		err = twiml_number(r, node, "maxLength", 1, 14400, &step->max_length_s);
	if (!err)
		err = twiml_boolean(r, node, "playBeep", &step->beep);
	if (!err)
		err = twiml_finish_key(r, node, TWIML_DIGITS, step);
	if (!err)
		err = twiml_content(r, node, false, &text);
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

static int read_conference(struct twiml_reader *r, const xmlNode *node, struct step *step)
{
	static const char *const known[] = { "muted",
					     "startConferenceOnEnter",
					     "endConferenceOnExit",
					     "beep",
					     "maxParticipants",
					     "record",
					     "coach",
					     "waitUrl",
					     NULL };
	static const char *const beeps[] = { "true", "false", "onEnter", "onExit", NULL };
	static const char *const beep_names[] = { "both", "none", "enter", "exit" };
	static const char *const records[] = { "do-not-record", "record-from-start", NULL };
	size_t beep = 0, record = 0;
	int err = twiml_only(r, node, known);

	step->kind = STEP_CONFERENCE;
	step->starts = true;
	if (!err)
		err = twiml_boolean(r, node, "muted", &step->muted);
	if (!err)
		err = twiml_boolean(r, node, "startConferenceOnEnter", &step->starts);
	if (!err)
		err = twiml_boolean(r, node, "endConferenceOnExit", &step->ends);
	if (!err)
		err = twiml_choice(r, node, "beep", beeps, &beep);
	if (!err)
		err = twiml_number(r, node, "maxParticipants", 1, 10000, &step->max_participants);
	if (!err)
		err = twiml_choice(r, node, "record", records, &record);
	step->music = twiml_attribute(node, "waitUrl");
	step->beeps = beep_names[beep];
	step->record = record == 1;
	step->coach = twiml_attribute(node, "coach");
	if (!err)
		err = twiml_content(r, node, true, &step->text);
	if (!err && strlen(step->text) > CONFERENCE_NAME_MAX)
		err = twiml_fail(r, node, "the name is longer than %d bytes.", CONFERENCE_NAME_MAX);
	return err;
}

static int read_dial(struct twiml_reader *r, const xmlNode *node, struct step *step)
{
	static const char *const known[] = {
		"action", "method", "timeout", "callerId", "answerOnBridge", NULL
	};
	static const char *const none[] = { NULL };
	const xmlNode *inner = only_child(node);
	int err = twiml_only(r, node, known);

	step->timeout_s = 30;
	if (!err)
		err = twiml_action(r, node, step);
	if (!err)
		err = twiml_number(r, node, "timeout", 1, 600, &step->timeout_s);
	if (!err)
		err = twiml_boolean(r, node, "answerOnBridge", &step->answer_on_bridge);
	step->caller_id = twiml_attribute(node, "callerId");
	if (!err && inner && !strcmp(twiml_name(inner), "Conference"))
		return read_conference(r, inner, step);
	if (!err && inner && !strcmp(twiml_name(inner), "Number")) {
		err = twiml_only(r, inner, none);
		node = inner;
	}
	return err ? err : twiml_content(r, node, true, &step->text);
}

static int read_redirect(struct twiml_reader *r, const xmlNode *node, struct step *step)
{
	static const char *const known[] = { "method", NULL };
	int err = twiml_only(r, node, known);

	if (!err)
		err = twiml_action(r, node, step);
	return err ? err : twiml_content(r, node, true, &step->text);
}

static int read_reject(struct twiml_reader *r, const xmlNode *node, struct step *step)
{
	static const char *const known[] = { "reason", NULL };
	static const char *const reasons[] = { "rejected", "busy", NULL };
	char *reason = twiml_attribute(node, "reason");
	int err = twiml_only(r, node, known);

	step->code = reason && !strcmp(reason, "busy") ? 486 : 603;
	free(reason);
	return err ? err : twiml_one_of(r, node, "reason", reasons);
}

static int read_hangup(struct twiml_reader *r, const xmlNode *node, struct step *step)
{
	static const char *const none[] = { NULL };

	(void)step;
	return twiml_only(r, node, none);
}

static const struct {
	const char *name;
	enum step_kind kind;
	bool prompt; /* may stand in a Gather */
	int (*read)(struct twiml_reader *r, const xmlNode *node, struct step *step);
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

static int read_element(struct twiml_reader *r, const xmlNode *node, bool nested, struct step *step)
{
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
		if (strcmp(twiml_name(node), elements[i].name))
			continue;
		if (nested && !elements[i].prompt)
			return twiml_fail(r, node,
					  "is not supported inside <Gather>; possible: Say, Play, Pause.");
		step->kind = elements[i].kind;
		step->line = (int)xmlGetLineNo((xmlNode *)node);
		return elements[i].read(r, node, step);
	}
	return twiml_fail(
	    r, node,
	    "is not supported; possible: Say, Play, Pause, Gather, Record, Dial, Redirect, Reject, Hangup.");
}

static int read_children(struct twiml_reader *r, const xmlNode *node, bool nested, struct step **out,
			 size_t *count)
{
	size_t size = 0;
	int err = 0;

	for (const xmlNode *n = node->children; n && !err; n = n->next) {
		if (n->type == XML_COMMENT_NODE || n->type == XML_PI_NODE || xmlIsBlankNode(n))
			continue;
		if (n->type != XML_ELEMENT_NODE)
			return twiml_fail(r, node, "text between the elements is not supported.");
		if (++r->steps > TWIML_STEPS_MAX)
			return twiml_fail(r, n, "the document has more than %d elements.", TWIML_STEPS_MAX);
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
			err = twiml_fail(r, n, "digits are not supported inside <Gather>.");
		if (!err && nested && (*out)[*count - 1].loop == 0 && (*out)[*count - 1].kind != STEP_PAUSE)
			err = twiml_fail(r, n, "loop=\"0\" is not supported inside <Gather>.");
	}
	return err;
}

static int read_document(struct twiml_reader *r, const xmlDoc *doc, struct script *script)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	static const char *const none[] = { NULL };
	int err;

	if (doc->intSubset || doc->extSubset) {
		snprintf(r->error, r->error_size, "A document type declaration is not allowed.");
		return EINVAL;
	}
	if (!root || strcmp(twiml_name(root), "Response")) {
		snprintf(r->error, r->error_size, "The root element must be <Response>.");
		return EINVAL;
	}
	err = twiml_only(r, root, none);
	return err ? err : read_children(r, root, false, &script->steps, &script->count);
}

static void copy_xml_error(xmlParserCtxt *context, struct twiml_reader *r)
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
	struct twiml_reader r = { error, error_size, 0 };
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
