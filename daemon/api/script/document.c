#define _GNU_SOURCE /* strcasestr */
#include "daemon/api/script/document.h"

#include "daemon/api/script/ncco/ncco.h"
#include "daemon/api/script/twiml/source.h"
#include "daemon/api/script/twiml/twiml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CHARSET_SIZE = 40, SAID_MAX = TWIML_TEXT_MAX };

enum form { FORM_XML, FORM_JSON, FORM_SOUND, FORM_TEXT, FORM_NONE };

static bool begins(const char *text, const char *with)
{
	return !strncasecmp(text, with, strlen(with));
}

/* The subtype's end, before parameters. */
static bool ends(const char *type, const char *with)
{
	const size_t length = strcspn(type, "; \t"), wanted = strlen(with);

	return length >= wanted && !strncasecmp(type + length - wanted, with, wanted);
}

static enum form form_by_type(const char *type)
{
	if (begins(type, "audio/"))
		return FORM_SOUND;
	if (ends(type, "/xml") || ends(type, "+xml"))
		return FORM_XML;
	if (ends(type, "/json") || ends(type, "+json"))
		return FORM_JSON;
	return begins(type, "text/plain") ? FORM_TEXT : FORM_NONE;
}

/* What its beginning looks like, in any encoding that has ASCII in it. `text`: it is said to be one, and such
 * may begin with a brace. */
static enum form form_by_look(const char *bytes, size_t size, bool text)
{
	static const unsigned char mark[] = { 0xef, 0xbb, 0xbf };
	size_t at = size >= sizeof mark && !memcmp(bytes, mark, sizeof mark) ? sizeof mark : 0;

	while (at < size && strchr(" \t\r\n", bytes[at]) && bytes[at])
		at++;
	if (size - at >= 5 &&
	    (begins(bytes + at, "<?xml") || begins(bytes + at, "<Resp") || begins(bytes + at, "<!--")))
		return FORM_XML;
	return at < size && (bytes[at] == '[' || (bytes[at] == '{' && !text)) ? FORM_JSON : FORM_NONE;
}

static enum form form_of(const char *bytes, size_t size, const char *type)
{
	const enum form told = form_by_type(type ? type : ""),
			seen = form_by_look(bytes, size, told == FORM_TEXT);

	if (told == FORM_SOUND || told == FORM_XML || told == FORM_JSON || seen == FORM_NONE)
		return told;
	return seen;
}

/* The charset parameter, or "". */
static const char *charset_of(const char *type, char out[CHARSET_SIZE])
{
	const char *at = type ? strcasestr(type, "charset=") : NULL;

	*out = '\0';
	if (at) {
		at += strlen("charset=");
		at += *at == '"';
		snprintf(out, CHARSET_SIZE, "%.*s", (int)strcspn(at, "\"; \t"), at);
	}
	return out;
}

static int fail(struct problems *problems, const char *message)
{
	problems_add(problems, true, &(struct problem_place){ .line = 1, .column = 1 }, "%s", message);
	return EINVAL;
}

/* A script of one step with that text. */
static int one_step(struct script **out, enum step_kind kind, const char *text, size_t size)
{
	struct script *script = script_alloc();
	struct step *step = script ? script_memory(script, sizeof *step) : NULL;

	if (step) {
		*step = (struct step){ .kind = kind, .line = 1, .column = 1, .loop = 1 };
		step->text = script_text(script, text, size);
		script->steps = step;
		script->count = 1;
	}
	if (!step || !step->text) {
		script_free(script);
		return ENOMEM;
	}
	*out = script;
	return 0;
}

static int compile_text(struct script **out, const char *bytes, size_t size, struct problems *problems)
{
	bytes += strspn(bytes, " \t\r\n");
	size = strlen(bytes);
	if (size > SAID_MAX)
		return fail(problems, "The text is longer than 4096 bytes.");
	return one_step(out, STEP_SAY, bytes, size);
}

static bool is_blank(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!bytes[i] || !strchr(" \t\r\n", bytes[i]))
			return false;
	return true;
}

/* *kept (`kept` may be NULL) becomes the text of TwiML that is not blank. */
static int compile(enum form form, struct script **out, char **kept, const char *bytes, size_t size,
		   const char *type, const char *url, struct problems *problems)
{
	char charset[CHARSET_SIZE];

	if (form != FORM_SOUND && is_blank(bytes, size)) {
		*out = script_alloc();
		return *out ? 0 : ENOMEM;
	}
	switch (form) {
	case FORM_JSON:
		return ncco_compile(out, bytes, size, problems);
	case FORM_SOUND:
		return url ? one_step(out, STEP_PLAY, url, strlen(url))
			   : fail(problems, "A sound is no script.");
	case FORM_TEXT:
		return compile_text(out, bytes, size, problems);
	case FORM_NONE:
	case FORM_XML:
		break;
	}
	return twiml_compile_kept(out, kept, bytes, size, charset_of(type, charset), problems);
}

int document_compile(struct script **out, const char *bytes, size_t size, const char *content_type,
		     const char *url, struct problems *problems)
{
	return compile(form_of(bytes, size, content_type), out, NULL, bytes, size, content_type, url,
		       problems);
}

/* What compile() has not kept. */
static char *keep(enum form form, const char *bytes, size_t size, const char *type)
{
	char charset[CHARSET_SIZE], *text;
	struct source source;
	struct source_at bad;

	if (form == FORM_SOUND)
		return strdup("");
	if (form != FORM_XML && form != FORM_NONE)
		return strndup(bytes, size);
	if (source_take(&source, bytes, size, charset_of(type, charset), &bad))
		return NULL;
	text = strndup(source.text, source.size);
	source_clear(&source);
	return text;
}

int document_take(struct script **out, char **kept, const char **type, const char *bytes, size_t size,
		  const char *url, struct problems *problems)
{
	const enum form form = form_of(bytes, size, *type);
	struct script *script = NULL;
	char *text = NULL;
	int err = compile(form, &script, &text, bytes, size, *type, url, problems);

	if (!err && !text)
		text = keep(form, bytes, size, *type);
	if (!err && !text)
		err = ENOMEM;
	if (err) {
		script_free(script);
		return err;
	}
	if (form == FORM_XML || form == FORM_NONE)
		*type = "text/xml; charset=UTF-8";
	else if (form == FORM_JSON)
		*type = "application/json";
	*out = script;
	*kept = text;
	return 0;
}
