/* Events on a socket: as they happen, and from the log for who is behind. */
#include "daemon/api/socket/socket_private.h"

#include "daemon/api/store/events.h"
#include "lib/json_get.h"
#include "lib/json_write.h"
#include "lib/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TYPES_MAX = 16, CATCH_UP_BATCH = 200, CLOSE_TOO_SLOW = 4008, CLOSE_NO_LOG = 1011 };

/* What a subscription may ask of an event. */
struct told {
	const char *call, *conference; /* ids, "" for none */
	const char *type;
	bool passing; /* not kept in the log: only for who asks for it */
};

/* "call.state", or "conference.*" for all of a kind. */
static bool type_fits(const char *wanted, const char *type)
{
	size_t length = strlen(wanted);

	if (length > 2 && !strcmp(wanted + length - 2, ".*"))
		return !strncmp(wanted, type, length - 1);
	return !strcmp(wanted, type);
}

static bool is_wanted(const struct socket *socket, const struct told *told)
{
	json_t *item;
	size_t i;

	if (*socket->call_id && strcmp(socket->call_id, told->call))
		return false;
	if (*socket->conference_id && strcmp(socket->conference_id, told->conference))
		return false;
	if (!socket->types)
		return !told->passing || *socket->conference_id;
	json_array_foreach(socket->types, i, item)
	{
		if (type_fits(json_string_value(item), told->type))
			return true;
	}

	return false;
}

/* The call that an event of a conference is about, too: "" for none. */
static const char *participant_of(const json_t *data)
{
	const char *call = json_string_value(json_object_get(json_object_get(data, "participant"), "call"));

	if (!call)
		call = json_string_value(json_object_get(data, "call"));
	return call ? call : "";
}

/* `event` is stolen; `nr` 0: it has no place in the log. */
static json_t *event_message(int64_t nr, json_t *event)
{
	json_t *message = json_pack("{s:s, s:o*}", "type", "event", "event", event);

	if (nr)
		json_object_set_new(message, "cursor", json_integer(nr));
	return message;
}

/* From the log */

/* Sends an event that was before. */
static void tell_logged(const struct bus_event *event, void *arg)
{
	struct socket *socket = arg;
	json_t *json = socket->form->event(event, socket->arg);

	if (json)
		socket_send(socket, event_message(event->nr, json));
}

static bool send_logged(const struct log_entry *entry, void *arg)
{
	struct socket *socket = arg;
	const struct told told = { *entry->call_id ? entry->call_id : participant_of(entry->data),
				   entry->conference_id, entry->type, false };

	socket->cursor = entry->nr;
	if (is_wanted(socket, &told))
		bus_of_log(socket->sockets->with.store, entry, tell_logged, socket);
	return true;
}

void socket_catch_up(struct socket *socket)
{
	struct sockets *sockets = socket->sockets;
	int64_t before;

	do {
		before = socket->cursor;
		if (events_after(sockets->with.store, socket->account->name, socket->cursor, sockets->newest,
				 CATCH_UP_BATCH, send_logged, socket)) {
			ws_conn_close(socket->conn, CLOSE_NO_LOG, "the log cannot be read");
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

/* As they happen */

static void too_slow(struct socket *socket)
{
	char reason[80];

	log_info("socket.too_slow", NULL, "cursor=%lld", (long long)socket->cursor);
	snprintf(reason, sizeof reason, "too slow; subscribe again with after=%lld",
		 (long long)socket->cursor);
	socket->subscribed = false;
	ws_conn_close(socket->conn, CLOSE_TOO_SLOW, reason);
}

static const char *account_of(const struct conf *conf, const struct bus_event *event)
{
	const char *user = json_string_value(json_object_get(event->data, "user"));
	const char *name = json_string_value(json_object_get(event->data, "trunk"));
	const struct conf_user *phone = user ? conf_user_by_name(conf, user) : NULL;
	const struct conf_trunk *trunk = name ? conf_trunk_by_name(conf, name) : NULL;

	if (event->row)
		return event->row->account;
	if (event->conference)
		return event->conference->account;
	return phone ? phone->account->name : trunk ? trunk->account->name : NULL;
}

/* An event as text, made once for all sockets that speak alike. */
struct rendered {
	const struct socket_form *form;
	char *text; /* NULL: not made yet */
};

static const char *render(struct rendered *rendered, const struct socket *socket,
			  const struct bus_event *event)
{
	json_t *json;

	if (rendered->text && rendered->form == socket->form)
		return rendered->text;
	free(rendered->text);
	json = event_message(event->nr, socket->form->event(event, socket->arg));
	rendered->form = socket->form;
	rendered->text = json_write(json);
	json_decref(json);
	return rendered->text;
}

void sockets_on_event(const struct bus_event *event, void *arg)
{
	struct sockets *sockets = arg;
	const char *account = account_of(sockets->with.conf, event);
	const struct told told = { event->row ? event->row->id : participant_of(event->data),
				   event->conference ? event->conference->id : "", event->type, !event->nr };
	struct socket *socket, *next;
	struct rendered rendered = { 0 };
	const char *text;

	if (!account)
		return;
	if (event->nr)
		sockets->newest = event->nr;
	for (socket = sockets->first; socket; socket = next) {
		next = socket->next;
		if (!socket->subscribed || socket->behind || strcmp(socket->account->name, account))
			continue;
		if (ws_conn_backlog(socket->conn) > SOCKET_BACKLOG_MAX) {
			too_slow(socket);
			continue;
		}
		if (event->nr)
			socket->cursor = event->nr;
		if (!is_wanted(socket, &told))
			continue;
		text = render(&rendered, socket, event);
		if (text)
			ws_conn_send(socket->conn, text, strlen(text));
	}
	free(rendered.text);
}

/* Subscribing */

void socket_subscribe(struct socket *socket, json_t *id, const json_t *params)
{
	static const char *const names[] = { "after", "call_id", "conference_id", "types", NULL };
	const json_t *types = NULL, *item;
	json_t *none = json_object();
	const char *call_id = "", *conference_id = "";
	struct json_get get;
	int64_t after = -1;
	size_t i;

	json_get_init(&get, params ? params : none);
	json_get_only(&get, names);
	json_get_int(&get, "after", false, 0, INT64_MAX / 2, &after);
	json_get_string(&get, "call_id", false, &call_id);
	json_get_string(&get, "conference_id", false, &conference_id);
	json_get_array(&get, "types", false, &types);
	if (json_array_size(types) > TYPES_MAX)
		json_get_fail(&get, "types", "types may have at most %d members.", TYPES_MAX);
	json_array_foreach((json_t *)types, i, item)
	{
		if (!json_is_string(item))
			json_get_fail(&get, "types", "types must be strings like call.state or conference.*");
	}

	json_decref(none);
	if (json_get_status(&get)) {
		socket_refuse(socket, id, 400, get.field, get.error);
		return;
	}
	json_decref(socket->types);
	socket->types = json_incref((json_t *)types);
	snprintf(socket->call_id, sizeof socket->call_id, "%s", call_id);
	snprintf(socket->conference_id, sizeof socket->conference_id, "%s", conference_id);
	socket->subscribed = true;
	socket->behind = after >= 0;
	socket->cursor = after >= 0 ? after : socket->sockets->newest;
	socket_reply(socket, id, 200, json_pack("{s:I}", "cursor", (json_int_t)socket->cursor));
	if (socket->behind)
		socket_catch_up(socket);
}
