/* See collect.h. */
#include "daemon/offhookd/call/collect.h"

#include "daemon/offhookd/call/call.h"
#include "lib/ref.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct call_collect {
	char digits[COLLECT_DIGITS_MAX + 1];
	size_t count, max;
	char finish_on[COLLECT_FINISH_MAX + 1];
	unsigned between_ms;
	struct event *timer;
};

static void on_pause(evutil_socket_t fd, short what, void *arg)
{
	struct call *call = arg;

	(void)fd, (void)what;
	ref_hold(call);
	call_collect_end(call, "timeout");
	ref_drop(call);
}

static void wait_ms(struct call_collect *c, unsigned ms)
{
	event_add(c->timer, &(struct timeval){ ms / 1000, ms % 1000 * 1000 });
}

static void discard(struct call_collect *c)
{
	if (c->timer)
		event_free(c->timer);
	free(c);
}

int call_collect_start(struct call *call, const struct collect_params *params)
{
	struct call_collect *c = calloc(1, sizeof *c);

	if (!c)
		return ENOMEM;
	c->timer = evtimer_new(call->calls->base, on_pause, call);
	if (!c->timer) {
		discard(c);
		return ENOMEM;
	}
	call_collect_end(call, "stopped");
	c->max = params->max;
	c->between_ms = params->between_ms;
	snprintf(c->finish_on, sizeof c->finish_on, "%s", params->finish_on);
	wait_ms(c, params->first_ms);
	call->collect = c;
	return 0;
}

void call_collect_digit(struct call *call, char digit)
{
	struct call_collect *c = call->collect;

	if (!c)
		return;
	if (strchr(c->finish_on, digit)) {
		call_collect_end(call, "finish-key");
		return;
	}
	c->digits[c->count++] = digit;
	if (c->count >= c->max)
		call_collect_end(call, "complete");
	else
		wait_ms(c, c->between_ms);
}

void call_collect_end(struct call *call, const char *end)
{
	struct call_collect *c = call->collect;

	if (!c)
		return;
	call->collect = NULL;
	call_publish(call, "call.collect_done", json_pack("{s:s,s:s}", "digits", c->digits, "end", end));
	discard(c);
}

void call_collect_free(struct call *call)
{
	if (call->collect)
		discard(call->collect);
	call->collect = NULL;
}
