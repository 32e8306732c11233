/* See reach.h. */
#include "daemon/offhookd/resume/reach.h"

#include "daemon/offhookd/call/call.h"
#include "daemon/offhookd/phones/binding_target.h"
#include "daemon/offhookd/phones/contact_uri.h"
#include "daemon/offhookd/phones/phones.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/socket_address.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum { LOOK_MS = 100, WAIT_MS = 30000 };

struct reach {
	struct event_base *base;
	const struct phones *phones;
	struct ua *ua;
	reach_lost_h *lost;
	struct event *timer; /* while anybody waits */
	struct stranded *list;
};

/* Hangs on a call that waits. */
struct stranded {
	struct call_owner owner; /* first */
	struct reach *reach;
	struct call *call;
	int64_t until_us;
	struct stranded *prev, *next;
};

static void forget(struct stranded *s)
{
	DL_DELETE(s->reach->list, s);
	free(s);
}

static void on_ended(struct call_owner *owner, struct call *call, const struct call_why *why)
{
	(void)call, (void)why;
	forget((struct stranded *)owner);
}

static const struct call_owner_ops stranded_ops = { .ended = on_ended };

/* The way to its phone: a connection by which that has registered. False: there is none yet. */
static bool find_way(const struct stranded *s, struct binding_target *out)
{
	struct ua_call *ua = s->call->leg->ua;
	struct sockaddr_storage was, is;

	if (!s->call->user || !ua_call_lacks_connection(ua, &was))
		return false;
	for (const struct binding *b = bindings_of(s->reach->phones->bindings, s->call->user); b; b = b->next)
		if (binding_connection(&is, b) && ua_is_connected(s->reach->ua, &is) &&
		    (socket_address_is_same(&was, &is, false) ||
		     contact_uri_equal(b->uri, ua_call_target(ua))) &&
		    binding_target(out, b, true) == 0)
			return true;
	return false;
}

/* Where its Contact may listen. False: that is elsewhere than it was. */
static bool may_listen(const struct call *call)
{
	struct sockaddr_storage was, contact;

	return ua_call_lacks_connection(call->leg->ua, &was) &&
	       ua_uri_address(&contact, ua_call_target(call->leg->ua)) &&
	       socket_address_is_same(&was, &contact, false);
}

static void go_on(struct stranded *s, const char *route)
{
	struct call *call = s->call;

	call_disown(call, &s->owner);
	forget(s);
	log_info("call.reached_again", call->id, "route=%s", log_quote(route ? route : "by its Contact"));
	ua_call_go_by(call->leg->ua, route);
}

/* False: it waits on. */
static bool look(struct stranded *s)
{
	struct binding_target at;
	struct reach *reach = s->reach;
	struct call *call = s->call;

	if (find_way(s, &at)) {
		go_on(s, at.route);
		return true;
	}
	if (call->user && clock_mono_us() < s->until_us)
		return false;
	if (may_listen(call)) {
		go_on(s, NULL);
		return true;
	}
	call_disown(call, &s->owner);
	forget(s);
	reach->lost(call);
	return true;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct reach *reach = arg;
	struct stranded *s = reach->list;

	(void)fd, (void)what;
	while (s) /* one that is lost may end others */
		s = look(s) ? reach->list : s->next;
	if (!reach->list)
		event_del(reach->timer);
}

int reach_alloc(struct reach **out, const struct reach_params *params)
{
	struct reach *reach = calloc(1, sizeof *reach);

	if (!reach)
		return ENOMEM;
	reach->base = params->base;
	reach->phones = params->phones;
	reach->ua = params->ua;
	reach->lost = params->lost;
	reach->timer = event_new(params->base, -1, EV_PERSIST, on_timer, reach);
	if (!reach->timer) {
		free(reach);
		return ENOMEM;
	}
	*out = reach;
	return 0;
}

void reach_free(struct reach *reach)
{
	struct stranded *s, *next;

	if (!reach)
		return;
	DL_FOREACH_SAFE(reach->list, s, next)
	{
		call_disown(s->call, &s->owner);
		forget(s);
	}
	event_free(reach->timer);
	free(reach);
}

void reach_again(struct reach *reach, struct call *call)
{
	struct sockaddr_storage was;
	struct stranded *s;

	if (!ua_call_lacks_connection(call->leg->ua, &was))
		return;
	s = calloc(1, sizeof *s);
	if (!s)
		return;
	*s = (struct stranded){ .reach = reach,
				.call = call,
				.until_us = clock_mono_us() + (int64_t)WAIT_MS * 1000 };
	call_own(call, &s->owner, &stranded_ops);
	DL_APPEND(reach->list, s);
	ua_call_wait(call->leg->ua);
	if (!evtimer_pending(reach->timer, NULL))
		event_add(reach->timer, &(struct timeval){ .tv_usec = LOOK_MS * 1000 });
}
