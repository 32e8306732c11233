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

enum { TICK_MS = 100, TIMEOUT_MAX_MS = 8000 };

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
	struct ua_ping *ping; /* under way, or NULL */
};

struct keepalive {
	struct ua *ua; /* NULL until it is up */
	const struct bindings *bindings;
	unsigned interval_s; /* 0: nobody is asked */
	struct watch *table, *queue;
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

static void move(struct watch *w, enum state state)
{
	const struct binding *b = binding_of(w);
	bool was_there = w->state != UNREACHABLE, is_there = state != UNREACHABLE;

	w->state = state;
	if (b && was_there != is_there)
		w->keepalive->handlers.change(b, is_there, w->keepalive->handlers.arg);
}

static void on_answer(bool answered, void *arg)
{
	struct watch *w = arg;

	w->ping = NULL;
	w->rtt_ms = answered ? (double)(clock_mono_us() - w->sent_us) / 1000 : -1;
	move(w, answered ? REACHABLE : UNREACHABLE);
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
	if (binding_target(&target, b))
		return;
	p.target = target.target;
	if (ua_ping(&w->ping, w->keepalive->ua, &p))
		move(w, UNREACHABLE);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct keepalive *keepalive = arg;
	int64_t now = clock_mono_us();
	struct watch *w;

	(void)fd, (void)what;
	if (!keepalive->interval_s || !keepalive->ua)
		return;
	while ((w = keepalive->queue) && w->due_us <= now) {
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
	} else if (!w) {
		add(keepalive, b, clock_mono_us() + interval_us(keepalive));
	} else if (w->state == UNREACHABLE) {
		move(w, UNKNOWN); /* it has just spoken */
	}
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

	json_object_set_new(out, "state", json_string(names[w ? w->state : UNKNOWN]));
	if (w && w->rtt_ms >= 0)
		json_object_set_new(out, "rtt_ms", json_real(w->rtt_ms));
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
