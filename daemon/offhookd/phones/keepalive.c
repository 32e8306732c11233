/* See keepalive.h. */
#include "daemon/offhookd/phones/keepalive.h"

#include "daemon/offhookd/phones/binding_target.h"
#include "lib/clock.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

enum { TICK_MS = 100, TIMEOUT_MAX_MS = 8000, ASKED_A_TICK = 1000 };

enum state { UNKNOWN, REACHABLE, UNREACHABLE };

/* A contact. */
struct watch {
	UT_hash_handle hh;
	struct watch *prev, *next; /* of the queue, by when they are due */
	struct keepalive *keepalive;
	char *key; /* user, line feed, URI */
	enum state state;
	double rtt_ms; /* of the last answer; < 0: none */
	int64_t due_us, sent_us;
	int code;	  /* of the last answer; 0: none yet */
	int64_t answered; /* UTC ms: when it came */
	int64_t silent;	  /* UTC ms: when it did not answer; 0: it did, or nobody asked */
	int64_t ended;	  /* UTC ms: when the connection that it came by was found to be gone; 0: it is not */
	bool ended_by_restart; /* we have found it so when we started */
	struct ua_ping *ping;  /* under way, or NULL */
};

struct keepalive {
	struct ua *ua; /* NULL until it is up */
	const struct bindings *bindings;
	unsigned interval_s; /* 0: nobody is asked */
	struct watch *table, *queue;
	bool disconnected; /* connections have ended since the last tick */
	struct event *tick;
	struct keepalive_handlers handlers;
};

static char *key_of(const struct binding *b)
{
	size_t size = strlen(b->user) + strlen(b->uri) + 2;
	char *key = malloc(size);

	if (key)
		snprintf(key, size, "%s\n%s", b->user, b->uri);
	return key;
}

static struct watch *find(const struct keepalive *keepalive, const struct binding *b)
{
	char *key = key_of(b);
	struct watch *w = NULL;

	if (key)
		HASH_FIND_STR(keepalive->table, key, w);
	free(key);
	return w;
}

static void drop(struct keepalive *keepalive, struct watch *w)
{
	ua_ping_cancel(w->ping);
	HASH_DEL(keepalive->table, w);
	DL_DELETE(keepalive->queue, w);
	free(w->key);
	free(w);
}

static int64_t interval_us(const struct keepalive *keepalive)
{
	return (int64_t)keepalive->interval_s * 1000000;
}

static struct watch *add(struct keepalive *keepalive, const struct binding *b, int64_t due_us)
{
	struct watch *w = calloc(1, sizeof *w);

	if (!w)
		return NULL;
	w->key = key_of(b);
	if (!w->key) {
		free(w);
		return NULL;
	}
	w->keepalive = keepalive;
	w->rtt_ms = -1;
	w->due_us = due_us;
	HASH_ADD_KEYPTR(hh, keepalive->table, w->key, strlen(w->key), w);
	DL_APPEND(keepalive->queue, w);
	return w;
}

/* ---- asking ---- */

static const struct binding *binding_of(const struct watch *w)
{
	const char *uri = strchr(w->key, '\n') + 1;
	char user[128];

	snprintf(user, sizeof user, "%.*s", (int)(uri - 1 - w->key), w->key);
	for (const struct binding *b = bindings_of(w->keepalive->bindings, user); b; b = b->next)
		if (strcmp(b->uri, uri) == 0)
			return b;
	return NULL;
}

/* `b`: its binding; NULL: it has none any more. */
static void move(struct watch *w, const struct binding *b, enum state state)
{
	bool was_there = w->state != UNREACHABLE, is_there = state != UNREACHABLE;

	w->state = state;
	if (b && was_there != is_there)
		w->keepalive->handlers.change(b, is_there, w->keepalive->handlers.arg);
}

/* Whether the connection that it came by is there; there is none over UDP, and nothing to miss. */
static bool is_connected(const struct keepalive *keepalive, const struct binding *b)
{
	struct sockaddr_storage from;

	return !binding_connection(&from, b) || (keepalive->ua && ua_is_connected(keepalive->ua, &from));
}

int keepalive_target(const struct keepalive *keepalive, struct binding_target *out, const struct binding *b)
{
	return binding_target(out, b, !keepalive || is_connected(keepalive, b));
}

static void on_answer(int code, void *arg)
{
	struct watch *w = arg;

	w->ping = NULL;
	w->rtt_ms = code ? (double)(clock_mono_us() - w->sent_us) / 1000 : -1;
	w->silent = code ? 0 : clock_utc_ms();
	if (code) {
		w->code = code;
		w->answered = clock_utc_ms();
	}
	move(w, binding_of(w), code ? REACHABLE : UNREACHABLE);
}

static void ask(struct watch *w)
{
	int64_t interval_ms = interval_us(w->keepalive) / 1000;
	const struct binding *b = binding_of(w);
	struct ua_ping_params p = { .done = on_answer, .arg = w };
	struct binding_target target;

	if (!b) { /* its phone has come by another address */
		drop(w->keepalive, w);
		return;
	}
	p.timeout_ms = interval_ms < TIMEOUT_MAX_MS ? (unsigned)interval_ms : TIMEOUT_MAX_MS;
	w->sent_us = clock_mono_us();
	if (keepalive_target(w->keepalive, &target, b)) {
		move(w, b, UNREACHABLE);
		return;
	}
	p.target = target.target;
	if (ua_ping(&w->ping, w->keepalive->ua, &p))
		move(w, b, UNREACHABLE);
}

/* Looks whether its connection is among those that have ended. */
static void look_after(struct watch *w, bool restart)
{
	struct keepalive *keepalive = w->keepalive;
	const struct binding *b = binding_of(w);
	struct binding_target target;

	if (w->ended || !b || is_connected(keepalive, b))
		return;
	w->ended = clock_utc_ms();
	w->ended_by_restart = restart;
	if (keepalive_target(keepalive, &target, b)) {
		move(w, b, UNREACHABLE);
	} else if (!restart) {
		w->due_us = 0; /* it is asked at once */
		DL_DELETE(keepalive->queue, w);
		DL_PREPEND(keepalive->queue, w);
	}
}

static void look_after_all(struct keepalive *keepalive, bool restart)
{
	struct watch *w, *next;

	DL_FOREACH_SAFE(keepalive->queue, w, next)
	look_after(w, restart);
}

void keepalive_on_disconnected(struct keepalive *keepalive)
{
	keepalive->disconnected = true;
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct keepalive *keepalive = arg;
	int64_t now = clock_mono_us();
	struct watch *w;

	(void)fd, (void)what;
	if (!keepalive->ua)
		return;
	if (keepalive->disconnected)
		look_after_all(keepalive, false);
	keepalive->disconnected = false;
	for (int i = 0; i < ASKED_A_TICK && keepalive->interval_s; i++) {
		w = keepalive->queue;
		if (!w || w->due_us > now)
			return;
		DL_DELETE(keepalive->queue, w);
		DL_APPEND(keepalive->queue, w);
		w->due_us = now + interval_us(keepalive);
		if (!w->ping)
			ask(w);
	}
}

/* ---- bindings ---- */

void keepalive_on_binding(struct keepalive *keepalive, enum bindings_change change, const struct binding *b)
{
	struct watch *w = find(keepalive, b);

	if (change == BINDING_REMOVED || change == BINDING_EXPIRED) {
		if (w)
			drop(keepalive, w);
	} else {
		if (!w)
			w = add(keepalive, b, clock_mono_us() + interval_us(keepalive));
		if (!w)
			return;
		w->ended = w->silent = 0;
		move(w, b, REACHABLE); /* it has just spoken */
	}
}

/* `w` may be NULL: nobody knows. */
static const char *why_of(const struct watch *w, char out[KEEPALIVE_WHY_MAX])
{
	char at[CLOCK_TEXT_SIZE];

	out[0] = '\0';
	if (!w || w->state != UNREACHABLE)
		return out;
	if (w->ended)
		snprintf(out, KEEPALIVE_WHY_MAX, "its connection ended %s %s",
			 w->ended_by_restart ? "with the last run of the switch, before" : "at",
			 clock_format_rfc3339(w->ended, at));
	else
		snprintf(out, KEEPALIVE_WHY_MAX, "it did not answer OPTIONS at %s",
			 clock_format_rfc3339(w->silent ? w->silent : clock_utc_ms(), at));
	return out;
}

const char *keepalive_why(const struct keepalive *keepalive, const struct binding *b,
			  char out[KEEPALIVE_WHY_MAX])
{
	return why_of(keepalive ? find(keepalive, b) : NULL, out);
}

bool keepalive_is_reachable(const struct keepalive *keepalive, const struct binding *b)
{
	const struct watch *w = keepalive ? find(keepalive, b) : NULL;

	return !w || w->state != UNREACHABLE;
}

void keepalive_describe(const struct keepalive *keepalive, const struct binding *b, json_t *out)
{
	static const char *const names[] = { "unknown", "reachable", "unreachable" };
	const struct watch *w = find(keepalive, b);
	char why[KEEPALIVE_WHY_MAX];

	json_object_set_new(out, "state", json_string(names[w ? w->state : UNKNOWN]));
	if (w && w->rtt_ms >= 0)
		json_object_set_new(out, "rtt_ms", json_real(w->rtt_ms));
	if (w && w->code) {
		json_object_set_new(out, "answer", json_integer(w->code));
		json_object_set_new(out, "answered", json_integer(w->answered));
	}
	if (why_of(w, why)[0])
		json_object_set_new(out, "why", json_string(why));
}

/* ---- life ---- */

struct start {
	struct keepalive *keepalive;
	int64_t due_us, step_us;
};

static void begin(const struct binding *b, void *arg)
{
	struct start *start = arg;

	add(start->keepalive, b, start->due_us);
	start->due_us += start->step_us;
}

int keepalive_alloc(struct keepalive **out, struct event_base *base, const struct bindings *bindings,
		    unsigned interval_s, const struct keepalive_handlers *handlers)
{
	static const struct timeval tick = { 0, TICK_MS * 1000 };
	struct keepalive *keepalive = calloc(1, sizeof *keepalive);
	struct start start = { keepalive, clock_mono_us(), 0 };

	if (!keepalive)
		return ENOMEM;
	keepalive->bindings = bindings;
	keepalive->interval_s = interval_s;
	keepalive->handlers = *handlers;
	keepalive->tick = event_new(base, -1, EV_PERSIST, on_tick, keepalive);
	if (!keepalive->tick || event_add(keepalive->tick, &tick)) {
		keepalive_free(keepalive);
		return ENOMEM;
	}
	if (bindings_count(bindings))
		start.step_us = interval_us(keepalive) / (int64_t)bindings_count(bindings);
	bindings_each(bindings, begin, &start);
	*out = keepalive;
	return 0;
}

void keepalive_start(struct keepalive *keepalive, struct ua *ua)
{
	keepalive->ua = ua;
	look_after_all(keepalive, true); /* of connections that phones made to the last run none is left */
}

void keepalive_set_interval(struct keepalive *keepalive, unsigned interval_s)
{
	keepalive->interval_s = interval_s;
}

void keepalive_free(struct keepalive *keepalive)
{
	if (!keepalive)
		return;
	while (keepalive->queue)
		drop(keepalive, keepalive->queue);
	if (keepalive->tick)
		event_free(keepalive->tick);
	free(keepalive);
}
