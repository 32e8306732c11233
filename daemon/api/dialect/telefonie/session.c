#include "daemon/api/dialect/telefonie/session.h"

#include "daemon/api/dialect/dialect.h"
#include "daemon/api/dialect/telefonie/event_json.h"
#include "daemon/api/dialect/telefonie/errors.h"
#include "daemon/api/dialect/telefonie/requests.h"
#include "daemon/api/dialect/telefonie/routes.h"
#include "daemon/api/http/auth.h"
#include "daemon/api/socket/socket.h"

#include <stdio.h>
#include <stdlib.h>

static const struct conf_account *account_of(const char *key, void *arg)
{
	const struct dialect_parts *parts = arg;

	return auth_account(parts->desk->conf, key);
}

static bool only_reads(const char *key, void *arg)
{
	const struct dialect_parts *parts = arg;

	return auth_only_reads(parts->desk->conf, key);
}

static json_t *refusal(int status, const char *field, const char *detail)
{
	return web_problem(status, NULL, field, detail);
}

/* Commands */

/* An operation asked for on a socket. */
struct session_op {
	struct op op; /* first: the reply casts back */
	struct socket_command *command;
	json_t *params;
	json_t *args; /* texts of op.args */
};

static void on_reply(struct op *op, int code, json_t *body)
{
	struct session_op *session_op = (struct session_op *)op;

	socket_answer(session_op->command, code, body);
	json_decref(session_op->params);
	json_decref(session_op->args);
	free(session_op);
}

/* Takes the path's arguments out of the params. Returns the name of one that is missing, or NULL. */
static const char *take_args(const struct operation *operation, struct session_op *session_op)
{
	for (size_t i = 0; i < OP_ARGS_MAX && operation->args[i]; i++) {
		json_t *value = json_object_get(session_op->params, operation->args[i]);

		if (!json_is_string(value))
			return operation->args[i];
		session_op->op.args[i] = json_string_value(value);
		json_object_set(session_op->args, operation->args[i], value);
		json_object_del(session_op->params, operation->args[i]);
	}
	return NULL;
}

static void run(struct session_op *session_op, const struct operation *operation)
{
	const char *missing = take_args(operation, session_op);
	char detail[100];

	if (!missing) {
		operation->op(&session_op->op);
		return;
	}
	snprintf(detail, sizeof detail, "%s is missing or no string.", missing);
	on_reply(&session_op->op, 400, error_of_parameter(missing, detail));
}

static bool begin(struct socket_command *command, const struct socket_asker *by, const char *action,
		  const json_t *message, void *arg)
{
	const struct operation *operation = operation_by_name(action);
	const struct dialect_parts *parts = arg;
	json_t *params = json_object_get(message, "params");
	struct session_op *session_op;

	if (!operation)
		return false;
	if (by->only_reads && !operation_only_reads(operation)) {
		socket_answer(command, 403, refusal(403, "key", ROUTE_READ_ONLY_TEXT));
		return true;
	}
	session_op = calloc(1, sizeof *session_op);
	if (!session_op) {
		socket_answer(command, 503, refusal(503, NULL, "Out of memory."));
		return true;
	}
	session_op->command = command;
	session_op->params = params ? json_copy(params) : json_object();
	session_op->args = json_object();
	session_op->op =
	    (struct op){ .by = { parts->desk, by->account },
			 .params = session_op->params,
			 .idempotency_key = json_string_value(json_object_get(message, "idempotency_key")),
			 .dry_run = operation->dry && json_is_true(json_object_get(message, "dry_run")),
			 .reply = on_reply };
	run(session_op, operation);
	return true;
}

static json_t *event_of(const struct bus_event *event, void *arg)
{
	const struct dialect_parts *parts = arg;

	return event_json(parts->desk->conf, event);
}

static const struct socket_form form = { .account = account_of,
					 .only_reads = only_reads,
					 .refusal = refusal,
					 .command = begin,
					 .event = event_of };

void session_open(struct web_request *request, const struct route_match *match, void *arg)
{
	const struct dialect_parts *parts = arg;

	if (!match->account && web_header(request, "X-API-Key"))
		web_reply_problem(request, 401, "X-API-Key", "The X-API-Key header is wrong.");
	else if (request->query.count)
		web_reply_problem(request, 400, request->query.items[0].name,
				  "This path takes no query parameters; the key goes into the header or the "
				  "first command.");
	else
		socket_open(parts->sockets, request,
			    &(struct socket_asker){ match->account, request_only_reads(request, arg) }, &form,
			    arg);
}
