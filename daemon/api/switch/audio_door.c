#include "daemon/api/switch/audio_door.h"

#include "lib/log.h"
#include "lib/random.h"
#include "lib/unix_socket.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	SOCKET_MODE = 0660,
	BACKLOG = 64,
	STRANGERS_MAX = 64, /* connections that have not said their token */
	TOKEN_BYTES = 16,
	LINE_SIZE_MAX = 256,
	PATIENCE_S = 5, /* for it */
};

struct audio_guest {
	LIST_ENTRY(audio_guest) link;
	struct audio_door *door;
	char token[2 * TOKEN_BYTES + 1];
	audio_came_h *handler;
	void *arg;
};

/* A connection that has not said whom it is for. */
struct stranger {
	LIST_ENTRY(stranger) link;
	struct audio_door *door;
	struct bufferevent *bev;
};

struct audio_door {
	struct event_base *base;
	struct evconnlistener *listener;
	char *path;
	unsigned stranger_count;
	LIST_HEAD(, audio_guest) guests;
	LIST_HEAD(, stranger) strangers;
};

/* Its connection stays. */
static void stranger_free(struct stranger *s)
{
	LIST_REMOVE(s, link);
	s->door->stranger_count--;
	free(s);
}

static void send_away(struct stranger *s)
{
	bufferevent_free(s->bev);
	stranger_free(s);
}

static struct audio_guest *find(const struct audio_door *door, const char *line)
{
	json_t *start = json_loads(line, 0, NULL);
	const char *token = json_string_value(json_object_get(start, "token"));
	struct audio_guest *g;

	LIST_FOREACH(g, &door->guests, link)
		if (token && !strcmp(token, g->token))
			break;
	json_decref(start);
	return g;
}

static void let_in(struct stranger *s, struct audio_guest *guest)
{
	struct bufferevent *bev = s->bev;
	audio_came_h *handler = guest->handler;
	void *arg = guest->arg;

	stranger_free(s);
	audio_guest_forget(guest);
	bufferevent_disable(bev, EV_READ | EV_WRITE);
	bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
	bufferevent_set_timeouts(bev, NULL, NULL);
	handler(bev, arg);
}

static void on_readable(struct bufferevent *bev, void *arg)
{
	struct stranger *s = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	char *line = evbuffer_readln(in, NULL, EVBUFFER_EOL_LF);
	struct audio_guest *guest;

	if (!line && evbuffer_get_length(in) <= LINE_SIZE_MAX)
		return;
	guest = line ? find(s->door, line) : NULL;
	free(line);
	if (guest) {
		let_in(s, guest);
	} else {
		log_warn("audio.unexpected", NULL, "%s", "what=token");
		send_away(s);
	}
}

static void on_end(struct bufferevent *bev, short what, void *arg)
{
	(void)bev, (void)what;
	send_away(arg);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int size,
		      void *arg)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct audio_door *door = arg;
	struct stranger *s = door->stranger_count < STRANGERS_MAX ? calloc(1, sizeof *s) : NULL;

	(void)listener, (void)from, (void)size;
	if (s)
		s->bev = bufferevent_socket_new(door->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!s || !s->bev) {
		free(s);
		evutil_closesocket(fd);
		return;
	}
	s->door = door;
	door->stranger_count++;
	LIST_INSERT_HEAD(&door->strangers, s, link);
	bufferevent_setcb(s->bev, on_readable, NULL, on_end, s);
	bufferevent_set_timeouts(s->bev, &patience, NULL);
	bufferevent_enable(s->bev, EV_READ);
}

int audio_door_alloc(struct audio_door **out, struct event_base *base, const char *path)
{
	struct audio_door *door = calloc(1, sizeof *door);
	int fd = -1, err = ENOMEM;

	if (!door)
		return ENOMEM;
	door->base = base;
	door->path = strdup(path);
	if (door->path)
		err = unix_socket_listen(path, SOCKET_MODE, BACKLOG, &fd, NULL);
	if (!err) {
		door->listener = evconnlistener_new(base, on_accept, door,
						    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
		if (!door->listener) {
			unlink(path);
			close(fd);
			err = ENOMEM;
		}
	}
	if (err)
		audio_door_free(door);
	else
		*out = door;
	return err;
}

void audio_door_free(struct audio_door *door)
{
	struct stranger *s;
	struct audio_guest *g;

	if (!door)
		return;
	while ((s = LIST_FIRST(&door->strangers)))
		send_away(s);
	while ((g = LIST_FIRST(&door->guests)))
		audio_guest_forget(g);
	if (door->listener) {
		evconnlistener_free(door->listener);
		unlink(door->path);
	}
	free(door->path);
	free(door);
}

struct audio_guest *audio_door_await(struct audio_door *door, audio_came_h *handler, void *arg)
{
	struct audio_guest *g = calloc(1, sizeof *g);

	if (!g)
		return NULL;
	g->door = door;
	g->handler = handler;
	g->arg = arg;
	random_hex(g->token, TOKEN_BYTES);
	LIST_INSERT_HEAD(&door->guests, g, link);
	return g;
}

void audio_guest_forget(struct audio_guest *g)
{
	if (!g)
		return;
	LIST_REMOVE(g, link);
	free(g);
}

json_t *audio_guest_params(const struct audio_guest *g)
{
	json_t *url = json_sprintf("unix:%s", g->door->path);

	return url ? json_pack("{s:o, s:s, s:{s:s}}", "url", url, "protocol", "plain", "start", "token",
			       g->token)
		   : NULL;
}
