#include "daemon/api/dialect/telefonie/scripts.h"

#include "daemon/api/script/document.h"

#include <errno.h>
#include <jansson.h>
#include <strings.h>

static json_t *problem_json(const struct problem *p)
{
	json_t *out = json_pack("{s:i, s:i, s:s, s:s}", "line", p->line, "column", p->column, "severity",
				p->error ? "error" : "warning", "message", p->message);

	if (out && p->element)
		json_object_set_new(out, "element", json_string(p->element));
	if (out && p->attribute)
		json_object_set_new(out, "attribute", json_string(p->attribute));
	return out;
}

static json_t *problems_json(const struct problems *problems)
{
	json_t *list = json_array();

	for (size_t i = 0; i < problems->count; i++)
		json_array_append_new(list, problem_json(&problems->list[i]));
	return list;
}

void scripts_check(struct web_request *request, const struct route_match *match, void *arg)
{
	const char *type = web_header(request, "Content-Type");
	struct problems problems = { 0 };
	struct script *script = NULL;
	int err;

	(void)match, (void)arg;
	if (type && !strncasecmp(type, "audio/", 6)) {
		web_reply_problem(request, 415, NULL,
				  "The body must be a document: text/xml or application/json.");
		return;
	}
	err = document_compile(&script, request->body, request->body_size, type, NULL, &problems);
	if (err == ENOMEM)
		web_reply_problem(request, 503, NULL, "Out of memory.");
	else
		web_reply_json(request, 200,
			       json_pack("{s:o, s:I, s:I}", "problems", problems_json(&problems),
					 "more_problems", (json_int_t)problems.more, "steps",
					 (json_int_t)(script ? script->count : 0)));
	script_free(script);
	problems_clear(&problems);
}
