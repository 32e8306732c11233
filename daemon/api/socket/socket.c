#include "daemon/api/socket/socket_private.h"

#include "daemon/api/store/events.h"
#include "lib/json_write.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AUTH_S = 10, CLOSE_NO_KEY = 4401, CLOSE_STOPPING = 1001 };

struct socket_command {
	struct socket_command *next, **link;
	struct socket *socket; /* NULL when it has gone */
	json_t *id;
};

void socket_send(struct socket *socket, json_t *json)
{
	char *text = json_write(json);

	json_decref(json);
	if (text)
		ws_conn_send(socket->conn, text, strlen(text));
	free(text);
}

void socket_reply(struct socket *socket, json_t *id, int status, json_t *body)
{
	socket_send(socket, json_pack("{s:O*, s:i, s:o*}", "id", id, "status", status, "body", body));
}

void socket_refuse(struct socket *socket, json_t *id, int status, const char *field, const char *detail)
{
	socket_reply(socket, id, status, socket->form->refusal(status, field, detail));
}

/* Commands */

static void authenticate(struct socket *socket, json_t *id, const json_t *params)
{
	const struct conf_account *account =
	    socket->form->account(json_string_value(json_object_get(params, "key")), socket->arg);

	if (!account) {
		socket_refuse(socket, id, 401, "key", "The key is missing or wrong.");
		ws_conn_close(socket->conn, CLOSE_NO_KEY, "the key is missing or wrong");
		return;
	}
	/* Whoever changes the account starts without a subscription. */
	socket->subscribed = false;
	socket->account = account;
	socket->only_reads =
	    socket->form->only_reads(json_string_value(json_object_get(params, "key")), socket->arg);
	event_del(socket->auth_timer);
	socket_reply(socket, id, 200, json_object());
}

static void command_free(struct socket_command *command)
{
	if (command->socket) {
		*command->link = command->next;
		if (command->next)
			command->next->link = command->link;
		command->socket->command_count--;
	}
	json_decref(command->id);
	free(command);
}

void socket_answer(struct socket_command *command, int status, json_t *body)
{
	if (command->socket)
		socket_reply(command->socket, command->id, status, body);
	else
		json_decref(body);
	command_free(command);
}

static struct socket_command *command_new(struct socket *socket, json_t *id)
{
	struct socket_command *command = calloc(1, sizeof *command);

	if (!command)
		return NULL;
	command->id = json_incref(id);
	command->socket = socket;
	command->next = socket->commands;
	command->link = &socket->commands;
	if (command->next)
		command->next->link = &command->next;
	socket->commands = command;
	socket->command_count++;
	return command;
}

/* One of the dialect's. */
static void run(struct socket *socket, const char *action, const json_t *message)
{
	json_t *id = json_object_get(message, "id");
	struct socket_command *command = command_new(socket, id);
	const struct socket_asker by = { socket->account, socket->only_reads };

	if (!command || socket->form->command(command, &by, action, message, socket->arg))
		return;
	command_free(command);
	socket_refuse(socket, id, 400, "action", "There is no such action.");
}

static void take_command(struct socket *socket, json_t *message)
{
	json_t *id = json_object_get(message, "id"), *params = json_object_get(message, "params");
	const char *action = json_string_value(json_object_get(message, "action"));

	if (!action || (params && !json_is_object(params)) ||
	    (id && !json_is_string(id) && !json_is_integer(id))) {
		socket_refuse(socket, id, 400, !action ? "action" : "params",
			      "A command is {\"id\": text or number, \"action\": text, \"params\": object}.");
		return;
	}
	if (!strcmp(action, "authenticate")) {
		authenticate(socket, id, params);
	} else if (!socket->account) {
		socket_refuse(socket, id, 401, "action", "The first command must be authenticate.");
		ws_conn_close(socket->conn, CLOSE_NO_KEY, "the first command must be authenticate");
	} else if (!strcmp(action, "subscribe")) {
		socket_subscribe(socket, id, params);
	} else if (!strcmp(action, "unsubscribe")) {
		socket->subscribed = false;
		socket_reply(socket, id, 200, json_object());
	} else if (socket->command_count >= SOCKET_COMMANDS_MAX) {
		socket_refuse(socket, id, 429, NULL, "Too many commands are under way.");
	} else {
		run(socket, action, message);
	}
}

static void on_message(const char *text, size_t size, void *arg)
{
	struct socket *socket = arg;
	json_error_t error;
	json_t *message = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);

	if (!json_is_object(message))
		socket_refuse(socket, NULL, 400, NULL,
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
	struct socket_command *command;

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

/* A session in the table; NULL without room. */
static struct socket *socket_new(struct sockets *sockets, const struct conf_account *account)
{
	struct socket *socket = sockets->count < SOCKETS_MAX ? calloc(1, sizeof *socket) : NULL;

	if (!socket)
		return NULL;
	socket->sockets = sockets;
	socket->account = account;
	return socket;
}

static void add(struct sockets *sockets, struct socket *socket)
{
	socket->next = sockets->first;
	socket->link = &sockets->first;
	if (socket->next)
		socket->next->link = &socket->next;
	sockets->first = socket;
	sockets->count++;
}

void socket_open(struct sockets *sockets, struct web_request *request, const struct socket_asker *by,
		 const struct socket_form *form, void *arg)
{
	const struct timeval patience = { .tv_sec = AUTH_S };
	struct ws_handlers handlers = { on_message, on_drained, on_closed, NULL };
	struct event_base *base = sockets->with.base;
	struct socket *socket = socket_new(sockets, by->account);

	if (!socket) {
		web_reply_header(request, "Retry-After", "2");
		web_reply_problem(request, 503, NULL, "Too many sockets are open.");
		return;
	}
	handlers.arg = socket;
	socket->form = form;
	socket->only_reads = by->only_reads;
	socket->arg = arg;
	socket->auth_timer = evtimer_new(base, on_auth_timer, socket);
	if (!socket->auth_timer || ws_conn_alloc(&socket->conn, base, request, &handlers)) {
		if (socket->auth_timer)
			event_free(socket->auth_timer);
		else
			web_reply_problem(request, 503, NULL, "Out of memory.");
		free(socket);
		return;
	}
	if (!by->account)
		event_add(socket->auth_timer, &patience);
	add(sockets, socket);
}

int sockets_alloc(struct sockets **out, const struct sockets_setup *setup)
{
	struct sockets *sockets = calloc(1, sizeof *sockets);
	int err = ENOMEM;

	if (!sockets)
		return ENOMEM;
	sockets->with = *setup;
	err = bus_subscribe(setup->bus, sockets_on_event, sockets);
	if (!err)
		err = events_newest(setup->store, &sockets->newest);
	if (err)
		free(sockets);
	else
		*out = sockets;
	return err;
}

unsigned sockets_count(const struct sockets *sockets)
{
	return sockets->count;
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
