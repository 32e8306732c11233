#include "daemon/api/live/live.h"

#include "daemon/api/call/calls.h"
#include "daemon/api/call/streams.h"
#include "daemon/api/live/ear.h"
#include "daemon/api/switch/audio_door.h"
#include "daemon/api/ws/ws_conn.h"
#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum {
	LIVES_MAX = 256,
	BACKLOG_MAX = 32768, /* bytes that the client has not taken, beyond which the switch keeps them */
	READ_MAX = 16384,    /* taken at once */
	COMES_S = 10,	     /* from the request to the audio */
};

/* One client. It is gone when neither the switch owes an answer nor anything is open. */
struct live {
	LIST_ENTRY(live) link;
	struct lives *lives;
	char call[UUID_TEXT_SIZE];
	const char *track; /* static */
	unsigned rate;
	live_refuse_h *refuse;
	struct web_request *request; /* until it is answered */
	struct audio_guest *guest;   /* until the audio comes */
	struct event *timer;
	struct bufferevent *source;
	struct ear *ear;
	bool asking; /* the switch has not answered */
};

struct lives {
	struct event_base *base;
	struct audio_door *door;
	unsigned count;
	LIST_HEAD(, live) all;
};

static void live_free(struct live *live)
{
	LIST_REMOVE(live, link);
	live->lives->count--;
	if (live->timer)
		event_free(live->timer);
	free(live);
}

/* Closes what is open. */
static void finish(struct live *live)
{
	audio_guest_forget(live->guest);
	live->guest = NULL;
	if (live->source)
		bufferevent_free(live->source);
	live->source = NULL;
	ear_free(live->ear);
	live->ear = NULL;
	if (live->timer)
		event_del(live->timer);
	if (!live->asking)
		live_free(live);
}

static void refuse(struct live *live, const struct fault *fault)
{
	struct web_request *request = live->request;

	live->request = NULL;
	if (request)
		live->refuse(request, fault);
	finish(live);
}

/* ---- the audio ---- */

static void pass_on(struct live *live)
{
	struct evbuffer *in = bufferevent_get_input(live->source);

	if (evbuffer_get_length(in))
		ear_add(live->ear, in);
	if (ear_backlog(live->ear) > BACKLOG_MAX)
		bufferevent_disable(live->source, EV_READ);
}

static void on_audio(struct bufferevent *bev, void *arg)
{
	(void)bev;
	pass_on(arg);
}

static void on_source_end(struct bufferevent *bev, short what, void *arg)
{
	struct live *live = arg;

	(void)what;
	pass_on(live);
	live->source = NULL;
	bufferevent_free(bev);
	ear_end(live->ear);
}

static void on_drained(void *arg)
{
	struct live *live = arg;

	if (live->source)
		bufferevent_enable(live->source, EV_READ);
}

static void on_closed(void *arg)
{
	finish(arg);
}

/* Answers the request: with WAV, or by an upgrade to WebSocket. */
static bool begin_reply(struct live *live)
{
	const struct ear_handlers handlers = { on_drained, on_closed, live };
	const struct ear_format format = { live->call, live->track, live->rate };
	struct fault fault;
	int err = ear_begin(&live->ear, live->lives->base, live->request, &format, &handlers);

	if (err != ENOMEM)
		live->request = NULL; /* it is the ear's, or was answered */
	if (!err)
		return true;
	if (err == EPROTO) {
		finish(live);
		return false;
	}
	fault_no_memory(&fault);
	refuse(live, &fault);
	return false;
}

/* It may come before the switch's answer. */
static void on_came(struct bufferevent *bev, void *arg)
{
	struct live *live = arg;

	live->guest = NULL;
	live->source = bev;
	event_del(live->timer);
	if (!begin_reply(live))
		return;
	bufferevent_setcb(bev, on_audio, NULL, on_source_end, live);
	bufferevent_setwatermark(bev, EV_READ, 0, READ_MAX);
	bufferevent_enable(bev, EV_READ);
	pass_on(live);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct fault fault;

	(void)fd, (void)what;
	fault_set(&fault, FAULT_SWITCH_BUSY, FIELD_NONE, "The switch did not bring the audio in time.");
	refuse(arg, &fault);
}

/* ---- asking for it ---- */

static void on_stream(const struct fault *fault, void *arg)
{
	struct live *live = arg;

	live->asking = false;
	if (fault)
		refuse(live, fault);
	else if (!live->request && !live->ear)
		live_free(live);
}

static void ask(struct live *live, const struct asker *by, const struct live_wish *wish)
{
	const struct timeval patience = { .tv_sec = COMES_S };
	const struct stream_watch nobody = { 0 };
	char id[UUID_TEXT_SIZE];
	json_t *params = audio_guest_params(live->guest);

	if (!params || json_object_set_new(params, "stream", json_string(random_uuid(id))) ||
	    json_object_set_new(params, "track", json_string(wish->track)) ||
	    json_object_set_new(params, "rate", json_integer(wish->rate))) {
		struct fault fault;

		json_decref(params);
		fault_no_memory(&fault);
		refuse(live, &fault);
		return;
	}
	event_add(live->timer, &patience);
	live->asking = true;
	stream_start(by, wish->call, params, &nobody, on_stream, live);
}

/* Whether there is something to hear. */
static bool may(const struct asker *by, const struct live_wish *wish, struct fault *fault)
{
	struct call_row row;
	const bool good = call_find_answered(by, wish->call, &row, fault);

	call_row_clear(&row);
	return good;
}

static struct live *live_new(struct lives *lives)
{
	struct live *live = calloc(1, sizeof *live);

	if (!live)
		return NULL;
	live->lives = lives;
	lives->count++;
	LIST_INSERT_HEAD(&lives->all, live, link);
	live->timer = evtimer_new(lives->base, on_timer, live);
	live->guest = live->timer ? audio_door_await(lives->door, on_came, live) : NULL;
	if (live->guest)
		return live;
	live_free(live);
	return NULL;
}

void live_open(struct lives *lives, const struct asker *by, const struct live_wish *wish,
	       struct web_request *request, live_refuse_h *refuse_h)
{
	struct live *live = NULL;
	struct fault fault;

	if (ws_conn_is_asked(request) && !ws_conn_check(request))
		return;
	if (!may(by, wish, &fault)) {
		refuse_h(request, &fault);
		return;
	}
	if (!strcmp(request->method, "HEAD")) {
		web_reply_header(request, "Content-Type", "audio/wav");
		web_reply_empty(request, 200);
		return;
	}
	if (!lives->door)
		fault_set(&fault, FAULT_SWITCH_AWAY, FIELD_NONE, "There is no socket for live audio.");
	else if (lives->count >= LIVES_MAX)
		fault_set(&fault, FAULT_LIMIT_REACHED, FIELD_NONE, "Too many listen to calls.");
	else if (!(live = live_new(lives)))
		fault_no_memory(&fault);
	if (!live) {
		refuse_h(request, &fault);
		return;
	}
	live->request = request;
	live->refuse = refuse_h;
	snprintf(live->call, sizeof live->call, "%s", wish->call);
	live->track = wish->track;
	live->rate = wish->rate;
	log_debug("live.asked", wish->call, "track=%s", wish->track);
	ask(live, by, wish);
}

int lives_alloc(struct lives **out, struct event_base *base, struct audio_door *door)
{
	struct lives *lives = calloc(1, sizeof *lives);

	if (!lives)
		return ENOMEM;
	lives->base = base;
	lives->door = door;
	*out = lives;
	return 0;
}

void lives_free(struct lives *lives)
{
	const struct fault gone = { .code = FAULT_SWITCH_AWAY, .text = "The API is being shut down." };
	struct live *live;

	if (!lives)
		return;
	while ((live = LIST_FIRST(&lives->all))) {
		live->asking = false;
		if (live->ear)
			ear_leave(live->ear);
		refuse(live, &gone);
	}
	free(lives);
}
