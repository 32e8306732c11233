/* What is wrong with a script is said in the events of its call: each thing once, and not without end. */
#include "daemon/api/script/run_steps.h"

#include "daemon/api/switch/link.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NOTES_MAX = 100, NOTE_SIZE = 600 };

/* False: it was said before, or there is too much of it. */
static bool is_new(struct run *run, const char *key)
{
	if (!run->noted)
		run->noted = json_object();
	if (json_object_get(run->noted, key) || json_object_size(run->noted) >= NOTES_MAX)
		return false;
	json_object_set_new(run->noted, key, json_true());
	return true;
}

static void note(struct run *run, bool error, json_t *data)
{
	char *key = data ? json_dumps(data, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	if (key && is_new(run, key))
		link_note(run->with->link, run->call, error ? "script.error" : "script.warning", data);
	else
		json_decref(data);
	free(key);
}

void run_note_problem(struct run *run, const struct problem *p, const char *url)
{
	note(run, p->error,
	     json_pack("{s:s, s:i, s:i, s:s*, s:s*, s:s*}", "message", p->message, "line", p->line, "column",
		       p->column, "element", p->element, "attribute", p->attribute, "url", url));
}

void run_note_document(struct run *run, int code, const char *url, const char *reason)
{
	note(run, true, json_pack("{s:s, s:i, s:s*}", "message", reason, "code", code, "url", url));
}

void run_note(struct run *run, bool error, const char *format, ...)
{
	const struct step *step = run_step_of(run);
	char message[NOTE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	note(run, error,
	     json_pack("{s:s, s:i, s:i, s:s*, s:s*}", "message", message, "line", step ? step->line : 0,
		       "column", step ? step->column : 0, "element", step ? step_name(step->kind) : NULL,
		       "url", run->base_url));
}
