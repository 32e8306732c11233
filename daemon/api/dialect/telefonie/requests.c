#include "daemon/api/dialect/telefonie/requests.h"

#include "daemon/api/dialect/telefonie/op.h"
#include "daemon/api/dialect/dialect.h"
#include "daemon/api/http/auth.h"
#include "daemon/api/http/sessions.h"

#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* An op and the request that it answers. */
struct web_op {
	struct op op; /* first: the reply casts back */
	struct web_request *request;
	json_t *params;
};

/* `text` is stolen. */
static void reply_text(struct web_request *request, int code, const char *type, json_t *text)
{
	struct evbuffer *content = evbuffer_new();

	web_reply_header(request, "Vary", "Accept");
	if (!content || evbuffer_add(content, json_string_value(text), json_string_length(text)))
		web_reply_problem(request, 503, NULL, "Out of memory.");
	else
		web_reply_buffer(request, code, type, content);
	if (content)
		evbuffer_free(content);
	json_decref(text);
}

static void reply(struct op *op, int code, json_t *body)
{
	struct web_op *web_op = (struct web_op *)op;
	char seconds[16];

	if (*op->location)
		web_reply_header(web_op->request, "Location", op->location);
	if (op->again)
		web_reply_header(web_op->request, "Idempotent-Replayed", "true");
	if (op->retry_after) {
		snprintf(seconds, sizeof seconds, "%d", op->retry_after);
		web_reply_header(web_op->request, "Retry-After", seconds);
	}
	if (body && op->type && code < 400)
		reply_text(web_op->request, code, op->type, body);
	else if (body)
		web_reply_json(web_op->request, code, body);
	else
		web_reply_empty(web_op->request, code);
	json_decref(web_op->params);
	free(web_op);
}

static json_t *query_params(struct web_request *request)
{
	json_t *params = json_object();

	for (size_t i = 0; params && i < request->query.count; i++) {
		const char *name = request->query.items[i].name;

		if (json_object_get(params, name)) {
			web_reply_problem(request, 400, name, "The parameter is given twice.");
			json_decref(params);
			return NULL;
		}
		json_object_set_new(params, name, json_string(request->query.items[i].value));
	}
	return params;
}

json_t *request_body(struct web_request *request)
{
	const char *type = web_header(request, "Content-Type");
	json_error_t error;
	json_t *params;

	if (!request->body_size)
		return json_object();
	if (type && strncasecmp(type, "application/json", 16)) {
		web_reply_problem(request, 415, NULL, "The body must be application/json.");
		return NULL;
	}
	params = json_loadb(request->body, request->body_size, JSON_REJECT_DUPLICATES, &error);
	if (!params) {
		web_reply_problem(request, 400, NULL, "The body is not valid JSON: line %d, column %d: %s.",
				  error.line, error.column, error.text);
		return NULL;
	}
	if (json_is_object(params))
		return params;
	json_decref(params);
	web_reply_problem(request, 400, NULL, "The body must be a JSON object.");
	return NULL;
}

/* What a POST may have behind the question mark. Returns false when the answer has been given. */
static bool read_switches(struct web_request *request, bool knows_dry_run, bool *dry_run)
{
	for (size_t i = 0; i < request->query.count; i++) {
		const struct query_item *item = &request->query.items[i];

		if (!knows_dry_run || strcmp(item->name, "dry_run")) {
			web_reply_problem(request, 400, item->name,
					  "This request takes no such query parameter.");
			return false;
		}
		*dry_run = !strcmp(item->value, "1") || !strcmp(item->value, "true");
		if (!*dry_run && strcmp(item->value, "0") && strcmp(item->value, "false")) {
			web_reply_problem(request, 400, "dry_run", "dry_run must be 1 or 0.");
			return false;
		}
	}
	return true;
}

void request_run(struct web_request *request, const struct route_match *match, void *arg)
{
	const struct dialect_parts *parts = arg;
	const struct operation *operation = match->route->data;
	bool reads = !strcmp(match->route->method, "GET") || !strcmp(match->route->method, "DELETE");
	bool dry_run = false;
	struct web_op *web_op;
	json_t *params;

	if (!reads && !read_switches(request, operation->dry, &dry_run))
		return;
	web_op = calloc(1, sizeof *web_op);
	params = reads ? query_params(request) : request_body(request);

	/* Without params the answer has been given. */
	if (!web_op || !params) {
		if (params)
			web_reply_problem(request, 503, NULL, "Out of memory.");
		json_decref(params);
		free(web_op);
		return;
	}
	web_op->request = request;
	web_op->params = params;
	web_op->op = (struct op){ .by = { parts->desk, match->account }, .params = params, .reply = reply };
	web_op->op.dry_run = dry_run;
	web_op->op.idempotency_key = web_header(request, "Idempotency-Key");
	web_op->op.accept = web_header(request, "Accept");
	memcpy(web_op->op.args, match->args, sizeof web_op->op.args);
	operation->op(&web_op->op);
}

const struct conf_account *request_account(const struct web_request *request, void *arg)
{
	const struct dialect_parts *parts = arg;

	const char *key = web_header(request, "X-API-Key");

	return key ? auth_account(parts->desk->conf, key) : sessions_account(parts->sessions, request);
}

bool request_only_reads(const struct web_request *request, void *arg)
{
	const struct dialect_parts *parts = arg;
	const char *key = web_header(request, "X-API-Key");

	return key ? auth_only_reads(parts->desk->conf, key) : sessions_only_reads(parts->sessions, request);
}

void request_refuse(struct web_request *request, enum route_refusal why, const char *allowed, void *arg)
{
	(void)arg;
	switch (why) {
	case ROUTE_NO_KEY:
		web_reply_problem(request, 401, "X-API-Key", "The X-API-Key header is missing or wrong.");
		break;
	case ROUTE_READ_ONLY:
		web_reply_problem(request, 403, "X-API-Key", ROUTE_READ_ONLY_TEXT);
		break;
	case ROUTE_NO_METHOD:
		web_reply_header(request, "Allow", allowed);
		web_reply_problem(request, 405, NULL, "This path takes %s only.", allowed);
		break;
	case ROUTE_NO_PATH:
		web_reply_problem(request, 404, NULL, "There is nothing at this path.");
		break;
	}
}
