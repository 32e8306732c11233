#include "daemon/api/script/twiml/twiml.h"

#include "daemon/api/script/twiml/verbs.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdlib.h>
#include <string.h>

/* ---- the verbs ---- */

static void verb_leave(struct reader *r, const xmlNode *node)
{
	reader_step(r, node, STEP_LEAVE);
}

static void verb_hangup(struct reader *r, const xmlNode *node)
{
	reader_content(r, node, false);
	reader_step(r, node, STEP_HANGUP);
}

static void verb_echo(struct reader *r, const xmlNode *node)
{
	reader_step(r, node, STEP_ECHO);
}

static void verb_redirect(struct reader *r, const xmlNode *node)
{
	struct step *step = reader_step(r, node, STEP_REDIRECT);

	if (!step)
		return;
	step->post = !reader_is_get(r, node, "method");
	step->text = reader_content(r, node, false);
}

static void verb_reject(struct reader *r, const xmlNode *node)
{
	static const char *const reasons[] = { "rejected", "busy", NULL };
	struct step *step = reader_step(r, node, STEP_REJECT);

	reader_content(r, node, false);
	if (step)
		step->code = reader_choice(r, node, "reason", reasons, 0) == 1 ? 486 : 603;
}

static void verb_refer(struct reader *r, const xmlNode *node)
{
	const xmlNode *sip = NULL;
	struct step *step;

	for (const xmlNode *n = node->children; (n = reader_element(r, n)); n = n->next)
		if (reader_admits(r, n) && !sip)
			sip = n;
	if (!sip || !(step = reader_step(r, node, STEP_REFER))) {
		if (!sip)
			reader_warn(r, node, NULL, "It has no <Sip> in it, and is passed over.");
		return;
	}
	verb_action(r, node, step);
	step->text = reader_content(r, sip, false);
}

static const struct {
	const char *name;
	void (*read)(struct reader *r, const xmlNode *node);
} verbs[] = {
	{ "Say", verb_say },	     { "Play", verb_play },	{ "Pause", verb_pause },
	{ "Gather", verb_gather },   { "Record", verb_record }, { "Dial", verb_dial },
	{ "Enqueue", verb_enqueue }, { "Leave", verb_leave },	{ "Redirect", verb_redirect },
	{ "Reject", verb_reject },   { "Hangup", verb_hangup }, { "Refer", verb_refer },
	{ "Echo", verb_echo },	     { "Start", verb_start },	{ "Stop", verb_stop },
	{ "Connect", verb_connect },
};

static void read_verb(struct reader *r, const xmlNode *node)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (!strcmp(reader_name(node), verbs[i].name))
			verbs[i].read(r, node);
}

/* Whether nothing behind a step is ever reached. */
static bool is_last(const struct step_list *steps)
{
	const enum step_kind kind = steps->count ? steps->list[steps->count - 1].kind : STEP_SAY;

	return kind == STEP_HANGUP || kind == STEP_REJECT || kind == STEP_REDIRECT;
}

void verbs_read_children(struct reader *r, const xmlNode *parent)
{
	bool said = false;

	for (const xmlNode *n = parent->children; (n = reader_element(r, n)) && !r->full; n = n->next) {
		if (is_last(r->steps) && !said) {
			said = true;
			reader_warn(r, n, NULL, "It is never reached: the script does not go on behind <%s>.",
				    step_name(r->steps->list[r->steps->count - 1].kind));
		}
		if (reader_admits(r, n))
			read_verb(r, n);
	}
}

/* ---- the document ---- */

static void fail(struct problems *problems, const char *message)
{
	problems_add(problems, true, &(struct problem_place){ .line = 1, .column = 1 }, "%s", message);
}

static int fail_xml(struct problems *problems, const xmlError *e)
{
	const char *message = e && e->message ? e->message : "it cannot be read";
	const int length = (int)strcspn(message, "\n");

	problems_add(problems, true,
		     &(struct problem_place){ .line = e && e->line > 0 ? e->line : 1,
					      .column = e && e->int2 > 0 ? e->int2 : 1 },
		     "The XML is broken: %.*s.", length, message);
	return EINVAL;
}

static int read_root(struct reader *r, const xmlDoc *doc)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	struct step_list steps = { 0 };

	if (!root || strcmp(reader_name(root), "Response")) {
		const struct source_at at =
		    root ? source_find(r->source, root, NULL) : (struct source_at){ 1, 1 };

		problems_add(
		    r->problems, true,
		    &(struct problem_place){ at.line, at.column, root ? reader_name(root) : NULL, NULL },
		    "The root element must be <Response>.");
		return EINVAL;
	}
	for (const xmlAttr *a = root->properties; a; a = a->next)
		if (!a->ns)
			reader_warn(r, root, (const char *)a->name, "%.60s is not known, and passed over.",
				    (const char *)a->name);
	r->steps = &steps;
	verbs_read_children(r, root);
	if (r->full)
		fail(r->problems, "The document has more than 500 steps.");
	r->script->count = steps.count;
	r->script->steps = reader_keep_steps(r, &steps);
	if (!r->script->steps)
		r->script->count = 0;
	return r->no_memory ? ENOMEM : r->full ? EINVAL : 0;
}

/* Nothing from outside of a document becomes part of it. */
static xmlParserInput *no_entity(const char *url, const char *id, xmlParserCtxt *context)
{
	(void)url, (void)id;
	return xmlNewStringInputStream(context, (const xmlChar *)"");
}

static int parse(struct script **out, struct source *source, struct problems *problems)
{
	const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOENT |
			    XML_PARSE_IGNORE_ENC | XML_PARSE_BIG_LINES;
	struct reader r = { .script = script_alloc(), .problems = problems, .source = source };
	xmlParserCtxt *context = xmlNewParserCtxt();
	xmlDoc *doc = NULL;
	int err = ENOMEM;

	if (!r.script || !context)
		goto out;
	xmlSetExternalEntityLoader(no_entity);
	doc = xmlCtxtReadMemory(context, source->text, (int)source->size, NULL, "UTF-8", options);
	if (!doc)
		err = fail_xml(problems, xmlCtxtGetLastError(context));
	else if (!source_number(source, doc))
		err = read_root(&r, doc);
	if (!err)
		*out = r.script;
out:
	xmlFreeDoc(doc);
	xmlFreeParserCtxt(context);
	if (err)
		script_free(r.script);
	return err;
}

int twiml_compile(struct script **out, const char *bytes, size_t size, const char *charset,
		  struct problems *problems)
{
	return twiml_compile_kept(out, NULL, bytes, size, charset, problems);
}

/* Compiles it, and keeps its text. */
static int read_source(struct script **out, char **text, struct source *source, struct problems *problems)
{
	struct script *script = NULL;
	int err = parse(&script, source, problems);

	if (!err && text && !(*text = strndup(source->text, source->size)))
		err = ENOMEM;
	if (err)
		script_free(script);
	else
		*out = script;
	return err;
}

int twiml_compile_kept(struct script **out, char **text, const char *bytes, size_t size, const char *charset,
		       struct problems *problems)
{
	struct source source;
	struct source_at bad = { 1, 1 };
	int err;

	if (size > TWIML_SIZE_MAX) {
		fail(problems, "The document is larger than 262144 bytes.");
		return EINVAL;
	}
	err = source_take(&source, bytes, size, charset, &bad);
	if (err == ENOMEM)
		return err;
	if (err) {
		problems_add(problems, true,
			     &(struct problem_place){ .line = bad.line, .column = bad.column }, "%s",
			     err == ENOTSUP ? "Its encoding is not known."
					    : "There are bytes in it that are none of its encoding.");
		return EINVAL;
	}
	if (memchr(source.text, '\0', source.size)) {
		fail(problems, "There is a NUL in it.");
		err = EINVAL;
	} else {
		err = read_source(out, text, &source, problems);
	}
	source_clear(&source);
	return err;
}
