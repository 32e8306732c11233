#include "daemon/api/http/router.h"

#include "daemon/api/http/auth.h"
#include "daemon/api/voice/calls.h"
#include "daemon/api/voice/health.h"
#include "daemon/api/voice/media.h"
#include "lib/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A handler that needs the request itself: files, health. */
typedef void raw_h(struct api *api, struct web_request *request, const struct conf_account *account,
		   const char *const args[]);

struct route {
	const char *method;
	const char *path; /* "*" stands for one segment, an argument */
	op_h *op;	  /* either this */
	raw_h *raw;	  /* or that */
	bool open;	  /* needs no key */
};

static const struct route routes[] = {
	{ "GET", "v1/voice/calls", calls_op_list, NULL, false },
	{ "POST", "v1/voice/calls", calls_op_create, NULL, false },
	{ "GET", "v1/voice/calls/*", calls_op_get, NULL, false },
	{ "POST", "v1/voice/calls/*", calls_op_update, NULL, false },
	{ "DELETE", "v1/voice/calls/*", calls_op_delete, NULL, false },
	{ "GET", "v1/voice/recordings/*/media", NULL, media_get, false },
	{ "GET", "healthz", NULL, health_get, true },
	{ "GET", "readyz", NULL, ready_get, true },
	{ "GET", "schema/call", NULL, schema_get, true },
};

/* An op and the request that it answers. */
struct web_op {
	struct op op; /* first: the reply casts back */
	struct web_request *request;
	json_t *params;
};

static void reply(struct op *op, int code, json_t *body)
{
	struct web_op *web_op = (struct web_op *)op;
	char seconds[16];

	if (*op->location)
		web_reply_header(web_op->request, "Location", op->location);
	if (op->retry_after) {
		snprintf(seconds, sizeof seconds, "%d", op->retry_after);
		web_reply_header(web_op->request, "Retry-After", seconds);
	}
	if (body)
		web_reply_json(web_op->request, code, body);
	else
		web_reply_empty(web_op->request, code);
	json_decref(web_op->params);
	free(web_op);
}

/* Whether the path of `request` is that of `route`; fills `args`. */
static bool match(const struct route *route, const struct web_request *request, const char *args[OP_ARGS_MAX])
{
	const char *at = route->path;
	size_t arg = 0;

	for (size_t i = 0; i < request->segment_count; i++) {
		size_t length = strcspn(at, "/");

		if (!length)
			return false;
		if (*at == '*' && length == 1)
			args[arg++] = request->segments[i];
		else if (strlen(request->segments[i]) != length || memcmp(request->segments[i], at, length))
			return false;
		at += length;
		if (*at == '/' && i + 1 < request->segment_count)
			at++;
	}
	return !*at;
}

static bool method_fits(const struct route *route, const char *method)
{
	return !strcmp(route->method, method) || (!strcmp(route->method, "GET") && !strcmp(method, "HEAD"));
}

/* Finds the route; *allowed gets the methods that the path has, for a 405. */
static const struct route *find(const struct web_request *request, const char *args[OP_ARGS_MAX],
				char allowed[64])
{
	*allowed = '\0';
	for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
		size_t used = strlen(allowed);

		if (!match(&routes[i], request, args))
			continue;
		if (method_fits(&routes[i], request->method))
			return &routes[i];
		snprintf(allowed + used, 64 - used, "%s%s", used ? ", " : "", routes[i].method);
	}
	return NULL;
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

static json_t *body_params(struct web_request *request)
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

static void run_op(struct api *api, struct web_request *request, const struct route *route,
		   const struct conf_account *account, const char *const args[OP_ARGS_MAX])
{
	bool reads = !strcmp(route->method, "GET") || !strcmp(route->method, "DELETE");
	struct web_op *web_op = calloc(1, sizeof *web_op);
	json_t *params = reads ? query_params(request) : body_params(request);

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
	web_op->op = (struct op){ .api = api, .account = account, .params = params, .reply = reply };
	memcpy(web_op->op.args, args, sizeof web_op->op.args);
	route->op(&web_op->op);
}

void router_handle(struct web_request *request, void *arg)
{
	struct api *api = arg;
	const struct conf_account *account;
	const char *args[OP_ARGS_MAX] = { NULL };
	char allowed[64];
	const struct route *route = find(request, args, allowed);

	account = auth_account(api->conf, web_header(request, "X-API-Key"));
	if (route && route->open) {
		route->raw(api, request, NULL, args);
	} else if (!account) {
		web_reply_problem(request, 401, "X-API-Key", "The X-API-Key header is missing or wrong.");
	} else if (!route && *allowed) {
		web_reply_header(request, "Allow", allowed);
		web_reply_problem(request, 405, NULL, "This path takes %s only.", allowed);
	} else if (!route) {
		web_reply_problem(request, 404, NULL, "There is nothing at this path.");
	} else if (route->raw) {
		route->raw(api, request, account, args);
	} else {
		run_op(api, request, route, account, args);
	}
}
