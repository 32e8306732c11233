#include "daemon/api/dialect/vonage/ask.h"

#include "daemon/api/dialect/dialect.h"
#include "daemon/api/dialect/vonage/errors.h"
#include "daemon/api/http/tokens.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void vonage_gone(struct ask *ask)
{
	json_decref(ask->body);
	free(ask);
}

void vonage_answer(struct ask *ask, int code, json_t *json)
{
	web_reply_json_as(ask->request, code, "application/json", json);
	vonage_gone(ask);
}

void vonage_answer_empty(struct ask *ask)
{
	web_reply_empty(ask->request, 204);
	vonage_gone(ask);
}

void vonage_answer_done(struct ask *ask)
{
	vonage_answer(ask, 200, json_pack("{s:s, s:s}", "message", ask->done, "uuid", ask->id));
}

void vonage_fail(struct ask *ask, const struct fault *fault)
{
	char seconds[16];

	if (fault->retry_after_s) {
		snprintf(seconds, sizeof seconds, "%d", fault->retry_after_s);
		web_reply_header(ask->request, "Retry-After", seconds);
	}
	vonage_answer(ask, vonage_error_status(fault), vonage_error_of_fault(fault));
}

bool vonage_params_ok(struct ask *ask, const struct json_get *get)
{
	if (!json_get_status(get))
		return true;
	vonage_answer(ask, 400, vonage_error(400, NULL, get->field, get->error));
	return false;
}

void vonage_on_done(const struct fault *fault, void *arg)
{
	if (fault)
		vonage_fail(arg, fault);
	else
		vonage_answer_empty(arg);
}

void vonage_on_call(const struct fault *fault, const struct call_row *row, void *arg)
{
	(void)row;
	vonage_on_done(fault, arg);
}

void vonage_on_call_done(const struct fault *fault, const struct call_row *row, void *arg)
{
	(void)row;
	if (fault)
		vonage_fail(arg, fault);
	else
		vonage_answer_done(arg);
}

bool vonage_param_url(struct json_get *get, const char *name, bool required, const char **out)
{
	const json_t *value = json_object_get(get->object, name);

	if (json_array_size(value) == 1)
		value = json_array_get(value, 0);
	if (!value || json_is_null(value)) {
		if (required)
			json_get_fail(get, name, "%s is missing.", name);
		return false;
	}
	if (!json_is_string(value)) {
		json_get_fail(get, name, "%s must be a list of one URL.", name);
		return false;
	}
	*out = json_string_value(value);
	return true;
}

void vonage_param_method(struct json_get *get, const char *name, bool *out)
{
	static const char *const methods[] = { "GET", "POST", NULL };
	int method = *out;

	json_get_enum(get, name, false, methods, &method);
	*out = method == 1;
}

/* Reads the body. Returns NULL when the answer has been given. */
static json_t *read_body(struct web_request *request)
{
	const char *type = web_header(request, "Content-Type");
	json_error_t error;
	json_t *body;

	if (type && strncasecmp(type, "application/json", strlen("application/json"))) {
		web_reply_json_as(request, 415, "application/json",
				  vonage_error(415, NULL, NULL, "The body must be application/json."));
		return NULL;
	}
	body = json_loadb(request->body, request->body_size, JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(body))
		return body;
	json_decref(body);
	web_reply_json_as(request, 400, "application/json",
			  vonage_error(400, NULL, NULL, "The body must be a JSON object."));
	return NULL;
}

void vonage_run(struct web_request *request, const struct route_match *match, void *arg)
{
	const struct dialect_parts *parts = arg;
	const struct vonage_kind *kind = match->route->data;
	json_t *body = kind->has_body ? read_body(request) : json_object();
	struct ask *ask;

	if (!body)
		return;
	ask = calloc(1, sizeof *ask);
	if (!ask) {
		json_decref(body);
		web_reply_json_as(request, 503, "application/json",
				  vonage_error(503, NULL, NULL, "Out of memory."));
		return;
	}
	*ask = (struct ask){
		.by = { parts->desk, match->account }, .request = request, .id = match->args[0], .body = body
	};
	kind->handler(ask);
}

const struct conf_account *vonage_account(const struct web_request *request, void *arg)
{
	const struct dialect_parts *parts = arg;

	return tokens_account(parts->tokens, web_header(request, "Authorization"));
}

void vonage_refuse(struct web_request *request, enum route_refusal why, const char *allowed, void *arg)
{
	const struct dialect_parts *parts = arg;
	char detail[200];

	switch (why) {
	case ROUTE_NO_KEY:
		snprintf(detail, sizeof detail, "You did not provide correct credentials: %s.",
			 tokens_why(parts->tokens));
		web_reply_header(request, "WWW-Authenticate", "Bearer realm=\"Offhook\"");
		web_reply_json_as(request, 401, "application/json", vonage_error(401, NULL, NULL, detail));
		break;
	case ROUTE_READ_ONLY: /* its tokens may all write */
		web_reply_json_as(request, 403, "application/json",
				  vonage_error(403, NULL, NULL, ROUTE_READ_ONLY_TEXT));
		break;
	case ROUTE_NO_METHOD:
		snprintf(detail, sizeof detail, "This path takes %s only.", allowed);
		web_reply_header(request, "Allow", allowed);
		web_reply_json_as(request, 405, "application/json", vonage_error(405, NULL, NULL, detail));
		break;
	case ROUTE_NO_PATH:
		web_reply_json_as(request, 404, "application/json",
				  vonage_error(404, NULL, NULL, "There is nothing at this path."));
		break;
	}
}
