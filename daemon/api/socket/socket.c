#include "daemon/api/socket/socket_private.h"

#include "daemon/api/http/auth.h"
#include "daemon/api/dialect/telefonie/routes.h"
#include "daemon/api/store/events.h"
#include "lib/json_text.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AUTH_S = 10, CLOSE_NO_KEY = 4401, CLOSE_STOPPING = 1001 };

/* An operation asked for on a socket. */
struct command {
	struct op op; /* first: the reply casts back */
	struct command *next, **link;
	struct socket *socket; /* NULL when it has gone */
	json_t *id, *params;
	json_t *args; /* texts of op.args */
};

void socket_send(struct socket *socket, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_TEXT_FLAGS) : NULL;

	json_decref(json);
	if (text)
		ws_conn_send(socket->conn, text, strlen(text));
	free(text);
}

void socket_reply(struct socket *socket, json_t *id, int status, json_t *body)
{
	socket_send(socket, json_pack("{s:O*, s:i, s:o*}", "id", id, "status", status, "body", body));
}

void socket_problem(struct socket *socket, json_t *id, int status, const char *field, const char *detail)
{
	socket_reply(socket, id, status, web_problem(status, field, detail));
}

/* Commands */

static void authenticate(struct socket *socket, json_t *id, const json_t *params)
{
	const struct conf_account *account =
	    auth_account(socket->sockets->api->conf, json_string_value(json_object_get(params, "key")));

	if (!account) {
		socket_problem(socket, id, 401, "key", "The key is missing or wrong.");
		ws_conn_close(socket->conn, CLOSE_NO_KEY, "the key is missing or wrong");
		return;
	}
	/* Whoever changes the account starts without a subscription. */
	socket->subscribed = false;
	socket->account = account;
	event_del(socket->auth_timer);
	socket_reply(socket, id, 200, json_object());
}

static void command_free(struct command *command)
{
	if (command->socket) {
		*command->link = command->next;
		if (command->next)
			command->next->link = command->link;
		command->socket->command_count--;
	}
	json_decref(command->id);
	json_decref(command->params);
	json_decref(command->args);
	free(command);
}

static void on_op_reply(struct op *op, int code, json_t *body)
{
	struct command *command = (struct command *)op;

	if (command->socket)
		socket_reply(command->socket, command->id, code, body);
	else
		json_decref(body);
	command_free(command);
}

/* Takes the path's arguments out of the params. Returns the name of one that is missing, or NULL. */
static const char *take_args(const struct route *route, struct command *command)
{
	for (size_t i = 0; i < OP_ARGS_MAX && route->args[i]; i++) {
		json_t *value = json_object_get(command->params, route->args[i]);

		if (!json_is_string(value))
			return route->args[i];
		command->op.args[i] = json_string_value(value);
		json_object_set(command->args, route->args[i], value);
		json_object_del(command->params, route->args[i]);
	}
	return NULL;
}

static struct command *command_new(struct socket *socket, const struct route *route, const json_t *message)
{
	struct command *command = calloc(1, sizeof *command);
	json_t *params = json_object_get(message, "params");

	if (!command)
		return NULL;
	command->id = json_incref(json_object_get(message, "id"));
	command->params = params ? json_copy(params) : json_object();
	command->args = json_object();
	command->op =
	    (struct op){ .api = socket->sockets->api,
			 .account = socket->account,
			 .params = command->params,
			 .idempotency_key = json_string_value(json_object_get(message, "idempotency_key")),
			 .dry_run = route->dry && json_is_true(json_object_get(message, "dry_run")),
			 .reply = on_op_reply };
	command->socket = socket;
	command->next = socket->commands;
	command->link = &socket->commands;
	if (command->next)
		command->next->link = &command->next;
	socket->commands = command;
	socket->command_count++;
	return command;
}

static void run(struct socket *socket, const struct route *route, json_t *message)
{
	struct command *command = command_new(socket, route, message);
	const char *missing;

	if (!command)
		return;
	missing = take_args(route, command);
	if (missing)
		op_problem(&command->op, 400, missing, "%s is missing or no string.", missing);
	else
		route->op(&command->op);
}

static void take_command(struct socket *socket, json_t *message)
{
	json_t *id = json_object_get(message, "id"), *params = json_object_get(message, "params");
	const char *action = json_string_value(json_object_get(message, "action"));
	const struct route *route;

	if (!action || (params && !json_is_object(params)) ||
	    (id && !json_is_string(id) && !json_is_integer(id))) {
		socket_problem(
		    socket, id, 400, !action ? "action" : "params",
		    "A command is {\"id\": text or number, \"action\": text, \"params\": object}.");
		return;
	}
	if (!strcmp(action, "authenticate")) {
		authenticate(socket, id, params);
	} else if (!socket->account) {
		socket_problem(socket, id, 401, "action", "The first command must be authenticate.");
		ws_conn_close(socket->conn, CLOSE_NO_KEY, "the first command must be authenticate");
	} else if (!strcmp(action, "subscribe")) {
		socket_subscribe(socket, id, params);
	} else if (!strcmp(action, "unsubscribe")) {
		socket->subscribed = false;
		socket_reply(socket, id, 200, json_object());
	} else if (!(route = routes_by_name(action)) || !route->op) {
		socket_problem(socket, id, 400, "action", "There is no such action.");
	} else if (socket->command_count >= SOCKET_COMMANDS_MAX) {
		socket_problem(socket, id, 429, NULL, "Too many commands are under way.");
	} else {
		run(socket, route, message);
	}
}

static void on_message(const char *text, size_t size, void *arg)
{
	struct socket *socket = arg;
	json_error_t error;
	json_t *message = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);

	if (!json_is_object(message))
		socket_problem(socket, NULL, 400, NULL,
			       message ? "A command must be a JSON object." : error.text);
	else
		take_command(socket, message);
	json_decref(message);
}

/* The life of a socket */

static void on_drained(void *arg)
{
	struct socket *socket = arg;

	if (socket->subscribed && socket->behind)
		socket_catch_up(socket);
}

static void socket_free(struct socket *socket)
{
	struct command *command;

	while ((command = socket->commands)) {
		socket->commands = command->next;
		command->socket = NULL;
	}
	*socket->link = socket->next;
	if (socket->next)
		socket->next->link = socket->link;
	socket->sockets->count--;
	if (socket->auth_timer)
		event_free(socket->auth_timer);
	ws_conn_free(socket->conn);
	json_decref(socket->types);
	free(socket);
}

static void on_closed(void *arg)
{
	socket_free(arg);
}

static void on_auth_timer(evutil_socket_t fd, short what, void *arg)
{
	struct socket *socket = arg;

	(void)fd, (void)what;
	ws_conn_close(socket->conn, CLOSE_NO_KEY, "no key came");
}

void socket_get(struct api *api, struct web_request *request, const struct conf_account *account,
		const char *const args[])
{
	const struct timeval patience = { .tv_sec = AUTH_S };
	struct sockets *sockets = api->sockets;
	struct socket *socket;
	struct ws_handlers handlers = { on_message, on_drained, on_closed, NULL };

	(void)args;
	if (!account && web_header(request, "X-API-Key")) {
		web_reply_problem(request, 401, "X-API-Key", "The X-API-Key header is wrong.");
		return;
	}
	if (request->query.count) {
		web_reply_problem(request, 400, request->query.items[0].name,
				  "This path takes no query parameters; the key goes into the header or the "
				  "first command.");
		return;
	}
	socket = sockets->count < SOCKETS_MAX ? calloc(1, sizeof *socket) : NULL;
	if (!socket) {
		web_reply_header(request, "Retry-After", "2");
		web_reply_problem(request, 503, NULL, "Too many sockets are open.");
		return;
	}
	handlers.arg = socket;
	socket->sockets = sockets;
	socket->account = account;
	socket->auth_timer = evtimer_new(api->base, on_auth_timer, socket);
	if (!socket->auth_timer || ws_conn_alloc(&socket->conn, api->base, request, &handlers)) {
		if (socket->auth_timer)
			event_free(socket->auth_timer);
		else
			web_reply_problem(request, 503, NULL, "Out of memory.");
		free(socket);
		return;
	}
	if (!account)
		event_add(socket->auth_timer, &patience);
	socket->next = sockets->first;
	socket->link = &sockets->first;
	if (socket->next)
		socket->next->link = &socket->next;
	sockets->first = socket;
	sockets->count++;
}

int sockets_alloc(struct sockets **out, struct api *api)
{
	struct sockets *sockets = calloc(1, sizeof *sockets);
	int err = ENOMEM;

	if (!sockets)
		return ENOMEM;
	sockets->api = api;
	err = bus_subscribe(api->bus, sockets_on_event, sockets);
	if (!err)
		err = events_newest(api->store, &sockets->newest);
	if (err)
		free(sockets);
	else
		*out = sockets;
	return err;
}

void sockets_free(struct sockets *sockets)
{
	if (!sockets)
		return;
	while (sockets->first) {
		/* What fits into the kernel's buffer still gets there. */
		ws_conn_close_now(sockets->first->conn, CLOSE_STOPPING, "the server is stopping");
		socket_free(sockets->first);
	}
	free(sockets);
}
