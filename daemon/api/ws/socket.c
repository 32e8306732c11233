#include "daemon/api/ws/socket.h"

#include "daemon/api/http/auth.h"
#include "daemon/api/http/routes.h"
#include "daemon/api/store/events.h"
#include "daemon/api/switch/bus.h"
#include "daemon/api/voice/call_json.h"
#include "daemon/api/ws/ws_conn.h"
#include "lib/json_get.h"
#include "lib/json_text.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TYPES_MAX = 16, CATCH_UP_BATCH = 200, AUTH_S = 10 };
enum { CLOSE_TOO_SLOW = 4008, CLOSE_NO_KEY = 4401, CLOSE_NO_JSON = 1007, CLOSE_STOPPING = 1001 };

struct socket {
	struct socket *next, **link;
	struct sockets *sockets;
	struct ws_conn *conn;
	struct event *auth_timer;
	const struct conf_account *account; /* NULL until authenticated */
	struct command *commands;	    /* under way */
	unsigned command_count;
	bool subscribed, behind;
	int64_t cursor;	  /* newest event that was sent, or passed over */
	char call_id[40]; /* only this call's events, or "" */
	json_t *types;	  /* only these, or NULL */
};

struct sockets {
	struct api *api;
	struct socket *first;
	unsigned count;
	int64_t newest; /* newest event that was published */
};

/* An operation asked for on a socket. */
struct command {
	struct op op; /* first: the reply casts back */
	struct command *next, **link;
	struct socket *socket; /* NULL when it has gone */
	json_t *id, *params;
	json_t *args; /* texts of op.args */
};

static void send_json(struct socket *socket, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_TEXT_FLAGS) : NULL;

	json_decref(json);
	if (text)
		ws_conn_send(socket->conn, text, strlen(text));
	free(text);
}

/* `body` is stolen. */
static void reply(struct socket *socket, json_t *id, int status, json_t *body)
{
	send_json(socket, json_pack("{s:O*, s:i, s:o*}", "id", id, "status", status, "body", body));
}

static void problem(struct socket *socket, json_t *id, int status, const char *field, const char *detail)
{
	reply(socket, id, status, web_problem(status, field, detail));
}

/* Events */

static bool is_wanted(const struct socket *socket, const char *call_id, const char *type)
{
	json_t *item;
	size_t i;

	if (*socket->call_id && strcmp(socket->call_id, call_id))
		return false;
	if (!socket->types)
		return true;
	json_array_foreach(socket->types, i, item)
	{
		if (!strcmp(json_string_value(item), type))
			return true;
	}

	return false;
}

static json_t *event_message(int64_t nr, json_t *event)
{
	return json_pack("{s:s, s:I, s:o*}", "type", "event", "cursor", (json_int_t)nr, "event", event);
}

/* One event from the log. */
static bool send_logged(const struct log_entry *entry, void *arg)
{
	struct socket *socket = arg;
	struct call_row row;

	socket->cursor = entry->nr;
	if (!is_wanted(socket, entry->call_id, entry->type) ||
	    calls_get(socket->sockets->api->store, entry->call_id, &row))
		return true;
	call_row_overlay(&row, json_object_get(entry->data, "call"));
	send_json(socket,
		  event_message(entry->nr, call_event_json(socket->sockets->api, entry->n, entry->time,
							   entry->type, &row, entry->data)));
	call_row_clear(&row);
	return true;
}

/* Sends the next batch from the log; the one after it follows when this has been taken. */
static void catch_up(struct socket *socket)
{
	struct sockets *sockets = socket->sockets;
	int64_t before;

	do {
		before = socket->cursor;
		if (events_after(sockets->api->store, socket->account->name, socket->cursor, sockets->newest,
				 CATCH_UP_BATCH, send_logged, socket)) {
			ws_conn_close(socket->conn, 1011, "the log cannot be read");
			return;
		}
		/* A batch of which nothing was wanted leaves nothing to wait for. */
	} while (socket->cursor != before && !ws_conn_backlog(socket->conn));
	if (socket->cursor != before)
		return;
	socket->behind = false;
	if (socket->cursor < sockets->newest)
		socket->cursor = sockets->newest;
}

static void too_slow(struct socket *socket)
{
	char reason[80];

	log_info("socket.too_slow", NULL, "cursor=%lld", (long long)socket->cursor);
	snprintf(reason, sizeof reason, "too slow; subscribe again with after=%lld",
		 (long long)socket->cursor);
	socket->subscribed = false;
	ws_conn_close(socket->conn, CLOSE_TOO_SLOW, reason);
}

static void on_bus(const struct bus_event *event, void *arg)
{
	struct sockets *sockets = arg;
	struct socket *socket, *next;
	json_t *json = NULL;
	char *text = NULL;

	if (!event->row)
		return;
	sockets->newest = event->nr;
	for (socket = sockets->first; socket; socket = next) {
		next = socket->next;
		if (!socket->subscribed || socket->behind ||
		    strcmp(socket->account->name, event->row->account))
			continue;
		if (ws_conn_backlog(socket->conn) > SOCKET_BACKLOG_MAX) {
			too_slow(socket);
			continue;
		}
		socket->cursor = event->nr;
		if (!is_wanted(socket, event->row->id, event->type))
			continue;
		/* One text for all. */
		if (!text) {
			json =
			    event_message(event->nr, call_event_json(sockets->api, event->n, event->time,
								     event->type, event->row, event->data));
			text = json ? json_dumps(json, JSON_TEXT_FLAGS) : NULL;
			json_decref(json);
		}
		if (text)
			ws_conn_send(socket->conn, text, strlen(text));
	}
	free(text);
}

/* Commands */

static void subscribe(struct socket *socket, json_t *id, const json_t *params)
{
	static const char *const names[] = { "after", "call_id", "types", NULL };
	const json_t *types = NULL, *item;
	json_t *none = json_object();
	const char *call_id = "";
	struct json_get get;
	int64_t after = -1;
	size_t i;

	json_get_init(&get, params ? params : none);
	json_get_only(&get, names);
	json_get_int(&get, "after", false, 0, INT64_MAX / 2, &after);
	json_get_string(&get, "call_id", false, &call_id);
	json_get_array(&get, "types", false, &types);
	if (json_array_size(types) > TYPES_MAX)
		json_get_fail(&get, "types", "types may have at most %d members.", TYPES_MAX);
	json_array_foreach((json_t *)types, i, item)
	{
		if (!json_is_string(item))
			json_get_fail(&get, "types", "types must be strings like call.state.");
	}

	json_decref(none);
	if (json_get_status(&get)) {
		problem(socket, id, 400, get.field, get.error);
		return;
	}
	json_decref(socket->types);
	socket->types = json_incref((json_t *)types);
	snprintf(socket->call_id, sizeof socket->call_id, "%s", call_id);
	socket->subscribed = true;
	socket->behind = after >= 0;
	socket->cursor = after >= 0 ? after : socket->sockets->newest;
	reply(socket, id, 200, json_pack("{s:I}", "cursor", (json_int_t)socket->cursor));
	if (socket->behind)
		catch_up(socket);
}

static void authenticate(struct socket *socket, json_t *id, const json_t *params)
{
	const struct conf_account *account =
	    auth_account(socket->sockets->api->conf, json_string_value(json_object_get(params, "key")));

	if (!account) {
		problem(socket, id, 401, "key", "The key is missing or wrong.");
		ws_conn_close(socket->conn, CLOSE_NO_KEY, "the key is missing or wrong");
		return;
	}
	/* Whoever changes the account starts without a subscription. */
	socket->subscribed = false;
	socket->account = account;
	event_del(socket->auth_timer);
	reply(socket, id, 200, json_object());
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
		reply(command->socket, command->id, code, body);
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
		problem(socket, id, 400, !action ? "action" : "params",
			"A command is {\"id\": text or number, \"action\": text, \"params\": object}.");
		return;
	}
	if (!strcmp(action, "authenticate")) {
		authenticate(socket, id, params);
	} else if (!socket->account) {
		problem(socket, id, 401, "action", "The first command must be authenticate.");
		ws_conn_close(socket->conn, CLOSE_NO_KEY, "the first command must be authenticate");
	} else if (!strcmp(action, "subscribe")) {
		subscribe(socket, id, params);
	} else if (!strcmp(action, "unsubscribe")) {
		socket->subscribed = false;
		reply(socket, id, 200, json_object());
	} else if (!(route = routes_by_name(action)) || !route->op) {
		problem(socket, id, 400, "action", "There is no such action.");
	} else if (socket->command_count >= SOCKET_COMMANDS_MAX) {
		problem(socket, id, 429, NULL, "Too many commands are under way.");
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
		problem(socket, NULL, 400, NULL, message ? "A command must be a JSON object." : error.text);
	else
		take_command(socket, message);
	json_decref(message);
}

/* The life of a socket */

static void on_drained(void *arg)
{
	struct socket *socket = arg;

	if (socket->subscribed && socket->behind)
		catch_up(socket);
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
	err = bus_subscribe(api->bus, on_bus, sockets);
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
