#include "daemon/api/dialect/telefonie/scripts.h"

#include "daemon/api/dialect/dialect.h"
#include "daemon/api/dialect/telefonie/requests.h"
#include "daemon/api/script/document.h"
#include "daemon/api/simulate/runner.h"
#include "daemon/api/simulate/story.h"

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

static void on_simulated(const json_t *report, const char *error, void *arg)
{
	struct web_request *request = arg;

	if (report)
		web_reply_json(request, 200, json_incref((json_t *)report));
	else
		web_reply_problem(request, 503, NULL, "%s", error);
}

/* Whether it can be run; else the answer has been given. */
static bool is_story(struct web_request *request, const json_t *json)
{
	struct story_fault fault;
	struct story *story = NULL;
	const int err = story_read(&story, json, &fault);

	if (err == EINVAL)
		web_reply_problem(request, 400, *fault.field ? fault.field : NULL, "%s", fault.text);
	else if (err)
		web_reply_problem(request, 503, NULL, "Out of memory.");
	story_free(story);
	return !err;
}

void scripts_simulate(struct web_request *request, const struct route_match *match, void *arg)
{
	const struct dialect_parts *parts = arg;
	json_t *json = request_body(request);
	int err;

	if (!json)
		return;
	if (is_story(request, json)) {
		err = simulator_run(parts->simulator, match->account->name, json, on_simulated, request);
		if (err == EAGAIN)
			web_reply_problem(request, 429, NULL, "Too many simulations run at once.");
		else if (err)
			web_reply_problem(request, 503, NULL, "The simulation could not be started.");
	}
	json_decref(json);
}
