/* control_client: see control_client.h. */
#include "lib/control_client.h"

#include "lib/control_frame.h"
#include "lib/control_tls.h"
#include "lib/json_pick.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	RETRY_MIN_MS = 100,
	RETRY_MAX_MS = 5000,
	CONNECT_MS = 5000,
	PENDING_MAX = 65536,   /* requests under way; further ones are answered with 503 */
	READ_CHUNK = 256 << 10 /* bytes read at a time: snapshots are large */
};

/* A request that waits for its reply, or for its turn to be answered with an error. */
struct pending {
	TAILQ_ENTRY(pending) entry;
	json_int_t id;
	control_client_reply_h *reply;
	void *arg;
};

TAILQ_HEAD(pending_list, pending);

struct control_client {
	struct event_base *base;
	struct sockaddr_storage address; /* of a Unix socket, or of an address */
	unsigned address_size;
	const struct control_tls *tls; /* NULL: a Unix socket */
	char *name;		       /* whose certificate it must be */
	unsigned connect_ms;
	struct control_client_handlers handlers;
	struct bufferevent *stream;  /* NULL while there is no connection */
	bool up;		     /* there is one, and the far end is who it should be */
	bool complained;	     /* of a far end that is not; once until there is a connection */
	struct event *retry;	     /* connects; or ends an attempt */
	struct event *fail;	     /* answers what is in `failed` */
	struct pending_list waiting; /* sent */
	struct pending_list failed;  /* never sent */
	size_t waiting_count;
	json_int_t last_id;
	unsigned retry_ms;
	unsigned busy; /* handlers of ours that are running */
	bool freed;
};

static void free_list(struct pending_list *list)
{
	struct pending *pending;

	while ((pending = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, pending, entry);
		free(pending);
	}
}

static void destroy(struct control_client *client)
{
	free(client->name);
	free(client);
}

/* Between enter and leave the client stays in memory, whatever the handlers do. */
static void enter(struct control_client *client)
{
	client->busy++;
}

static void leave(struct control_client *client)
{
	if (--client->busy == 0 && client->freed)
		destroy(client);
}

static void answer_with_error(struct control_client *client, struct pending_list *list, const char *why)
{
	json_t *error = json_pack("{s:i, s:s}", "code", CONTROL_UNAVAILABLE, "message", why);
	struct pending *pending;

	/* Those that a handler adds meanwhile are for the next time. */
	while (error && !client->freed && (pending = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, pending, entry);
		if (pending->reply)
			pending->reply(NULL, error, pending->arg);
		free(pending);
	}
	free_list(list);
	json_decref(error);
}

static void on_fail(evutil_socket_t fd, short what, void *arg)
{
	struct control_client *client = arg;
	struct pending_list list = TAILQ_HEAD_INITIALIZER(list);

	(void)fd;
	(void)what;
	TAILQ_CONCAT(&list, &client->failed, entry);
	enter(client);
	answer_with_error(client, &list, "no connection to the switch");
	leave(client);
}

static void schedule_retry(struct control_client *client)
{
	struct timeval delay = { client->retry_ms / 1000, (suseconds_t)(client->retry_ms % 1000) * 1000 };

	evtimer_add(client->retry, &delay);
	client->retry_ms = client->retry_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : client->retry_ms * 2;
	if (client->retry_ms < RETRY_MIN_MS)
		client->retry_ms = RETRY_MIN_MS;
}

static void lose(struct control_client *client)
{
	struct pending_list list = TAILQ_HEAD_INITIALIZER(list);

	bufferevent_free(client->stream);
	client->stream = NULL;
	if (!client->up) { /* an attempt */
		schedule_retry(client);
		return;
	}
	client->up = false;
	TAILQ_CONCAT(&list, &client->waiting, entry);
	client->waiting_count = 0;
	client->retry_ms = RETRY_MIN_MS;
	schedule_retry(client);
	enter(client);
	if (client->handlers.link)
		client->handlers.link(false, client->handlers.arg);
	answer_with_error(client, &list, "the connection to the switch was lost");
	leave(client);
}

static void take_reply(struct control_client *client, const json_t *message, const json_t *id)
{
	const json_t *error = json_object_get(message, "error");
	const json_t *result = json_object_get(message, "result");
	struct pending *pending;

	TAILQ_FOREACH(pending, &client->waiting, entry) {
		if (json_is_integer(id) && pending->id == json_integer_value(id))
			break;
	}
	if (!pending || (!json_is_object(error) && !result)) {
		log_warn("control.stray_reply", NULL, "error=%s",
			 log_quote(json_string_value(json_object_get(error, "message"))));
		return;
	}
	TAILQ_REMOVE(&client->waiting, pending, entry);
	client->waiting_count--;
	if (pending->reply)
		pending->reply(json_is_object(error) ? NULL : result, json_is_object(error) ? error : NULL,
			       pending->arg);
	free(pending);
}

/* What the line has as "params", which it is cut to; or NULL. */
static const char *params_text(char *line)
{
	size_t length;
	char *text = (char *)json_pick_text(line, "params", &length);

	if (text)
		text[length] = '\0';
	return text;
}

static void take_message(struct control_client *client, const json_t *message, char *line)
{
	const json_t *id = json_object_get(message, "id");
	const char *method = json_string_value(json_object_get(message, "method"));

	if (id)
		take_reply(client, message, id);
	else if (method && client->handlers.event)
		client->handlers.event(method, json_object_get(message, "params"), params_text(line),
				       client->handlers.arg);
}

static void on_read(struct bufferevent *stream, void *arg)
{
	struct control_client *client = arg;
	json_t *message = NULL;
	char *line = NULL;
	int err = 0;

	enter(client);
	while (!client->freed && client->stream == stream) {
		err = control_frame_read_reply(bufferevent_get_input(stream), &message, &line);
		if (err == EAGAIN || err == EMSGSIZE || err == ENOMEM)
			break;
		if (err == 0) {
			take_message(client, message, line);
			json_decref(message);
			free(line);
		} else {
			log_warn("control.bad_line", NULL, "error=%s", log_quote(strerror(err)));
		}
	}
	if (!client->freed && client->stream == stream && err != EAGAIN) {
		log_error("control.lost", NULL, "error=%s", log_quote(strerror(err)));
		lose(client);
	}
	leave(client);
}

static void become_up(struct control_client *client)
{
	client->up = true;
	client->complained = false;
	client->retry_ms = RETRY_MIN_MS;
	evtimer_del(client->retry);
	enter(client);
	if (client->handlers.link)
		client->handlers.link(true, client->handlers.arg);
	leave(client);
}

/* The far end is not there, or one of us does not trust the other; said once. */
static void complain(struct control_client *client)
{
	char why[200];

	if (client->complained || !client->tls)
		return;
	client->complained = true;
	control_tls_explain(client->stream, why, sizeof why);
	log_warn("control.connect_failed", NULL, "switch=%s reason=%s", log_quote(client->name),
		 log_quote(why));
}

static void on_event(struct bufferevent *stream, short what, void *arg)
{
	struct control_client *client = arg;

	(void)stream;
	if (what & BEV_EVENT_CONNECTED) {
		become_up(client);
	} else if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) {
		/* In TLS 1.3 a client that is not trusted learns of it when it has begun already. */
		complain(client);
		lose(client);
	}
}

/* Connects. A Unix socket does so at once or not at all. Returns the descriptor, or -1. */
static int connect_now(const struct control_client *client)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&client->address, client->address_size) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static struct bufferevent *open_stream(const struct control_client *client)
{
	struct bufferevent *stream = NULL;
	int fd;

	if (client->tls)
		return control_tls_connect(client->tls, client->base, &client->address, client->address_size,
					   client->name);
	fd = connect_now(client);
	if (fd >= 0)
		stream = bufferevent_socket_new(client->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (fd >= 0 && !stream)
		close(fd);
	return stream;
}

static void on_retry(evutil_socket_t unused, short what, void *arg)
{
	struct control_client *client = arg;
	const struct timeval limit = { client->connect_ms / 1000,
				       (suseconds_t)(client->connect_ms % 1000) * 1000 };

	(void)unused;
	(void)what;
	if (client->stream) { /* it does not get on */
		lose(client);
		return;
	}
	client->stream = open_stream(client);
	if (!client->stream) {
		schedule_retry(client);
		return;
	}
	bufferevent_setcb(client->stream, on_read, NULL, on_event, client);
	bufferevent_set_max_single_read(client->stream, READ_CHUNK);
	bufferevent_enable(client->stream, EV_READ | EV_WRITE);
	if (client->tls)
		evtimer_add(client->retry, &limit);
	else
		become_up(client);
}

/* EINVAL: there can be nothing there. */
static int set_place(struct control_client *client, const struct control_place *place)
{
	struct sockaddr_un *local = (struct sockaddr_un *)&client->address;

	if (place->path && strlen(place->path) >= sizeof local->sun_path)
		return EINVAL;
	if (place->path) {
		local->sun_family = AF_UNIX;
		strcpy(local->sun_path, place->path);
		client->address_size = sizeof *local;
		return 0;
	}
	client->address_size = control_tls_address(place->host, place->port, &client->address);
	client->tls = place->tls;
	client->connect_ms = place->connect_ms ? place->connect_ms : CONNECT_MS;
	client->name = strdup(place->name ? place->name : place->host);
	if (!client->name)
		return ENOMEM;
	return client->address_size && client->tls ? 0 : EINVAL;
}

int control_client_alloc_at(struct control_client **out, struct event_base *base,
			    const struct control_place *place, const struct control_client_handlers *handlers)
{
	static const struct timeval at_once = { 0, 0 };
	struct control_client *client = calloc(1, sizeof(*client));
	int err;

	if (!client)
		return ENOMEM;
	TAILQ_INIT(&client->waiting);
	TAILQ_INIT(&client->failed);
	client->base = base;
	client->handlers = *handlers;
	client->retry_ms = RETRY_MIN_MS;
	err = set_place(client, place);
	if (!err) {
		client->retry = evtimer_new(base, on_retry, client);
		client->fail = event_new(base, -1, 0, on_fail, client);
		if (!client->retry || !client->fail || evtimer_add(client->retry, &at_once) < 0)
			err = ENOMEM;
	}
	if (err)
		control_client_free(client);
	else
		*out = client;
	return err;
}

int control_client_alloc(struct control_client **out, struct event_base *base, const char *path,
			 const struct control_client_handlers *handlers)
{
	const struct control_place place = { .path = path };

	return control_client_alloc_at(out, base, &place, handlers);
}

void control_client_hang_up(struct control_client *client)
{
	if (client->stream)
		lose(client);
}

bool control_client_is_up(const struct control_client *client)
{
	return client->up;
}

int control_client_call(struct control_client *client, const char *method, json_t *params,
			control_client_reply_h *reply, void *arg)
{
	bool send = client->up && client->waiting_count < PENDING_MAX;
	struct pending *pending = calloc(1, sizeof(*pending));
	json_t *request = control_frame_request(++client->last_id, method, params);
	int err = pending && request ? 0 : ENOMEM;

	if (err == 0 && send)
		err = control_frame_write(bufferevent_get_output(client->stream), request);
	json_decref(request);
	if (err != 0) {
		free(pending);
		return err;
	}
	pending->id = client->last_id;
	pending->reply = reply;
	pending->arg = arg;
	if (send) {
		TAILQ_INSERT_TAIL(&client->waiting, pending, entry);
		client->waiting_count++;
	} else {
		TAILQ_INSERT_TAIL(&client->failed, pending, entry);
		event_active(client->fail, EV_TIMEOUT, 0);
	}
	return 0;
}

void control_client_free(struct control_client *client)
{
	if (!client || client->freed)
		return;
	client->freed = true;
	if (client->stream)
		bufferevent_free(client->stream);
	if (client->retry)
		event_free(client->retry);
	if (client->fail)
		event_free(client->fail);
	client->stream = NULL;
	free_list(&client->waiting);
	free_list(&client->failed);
	/* Otherwise leave() does it. */
	if (client->busy == 0)
		destroy(client);
}
