/* Gathering digits for call.collect: until there are enough, a finishing digit, or a pause. */
#include "daemon/offhookd/sw/sw.h"

#include "lib/ref.h"

#include <event2/event.h>
#include <string.h>

static void on_pause(evutil_socket_t fd, short what, void *arg)
{
	struct call *call = arg;

	(void)fd, (void)what;
	ref_hold(call);
	call_collect_end(call, "timeout");
	ref_drop(call);
}

void call_collect_init(struct call *call)
{
	evtimer_assign(&call->collect.timer, call->sw->base, on_pause, call);
}

static void wait_ms(struct call *call, unsigned ms)
{
	event_del(&call->collect.timer);
	event_add(&call->collect.timer, &(struct timeval){ ms / 1000, ms % 1000 * 1000 });
}

void call_collect_start(struct call *call, unsigned timeout_ms)
{
	call->collect.active = true;
	call->collect.count = 0;
	call->collect.digits[0] = '\0';
	wait_ms(call, timeout_ms);
}

void call_collect_digit(struct call *call, char digit)
{
	struct call_collect *c = &call->collect;

	if (!c->active)
		return;
	if (strchr(c->finish_on, digit)) {
		call_collect_end(call, "finish-key");
		return;
	}
	c->digits[c->count++] = digit;
	c->digits[c->count] = '\0';
	if (c->count >= c->max)
		call_collect_end(call, "complete");
	else
		wait_ms(call, c->digit_timeout_ms);
}

void call_collect_end(struct call *call, const char *end)
{
	if (!call->collect.active)
		return;
	call->collect.active = false;
	event_del(&call->collect.timer);
	call_publish(call, "call.collect_done",
		     json_pack("{s:s,s:s}", "digits", call->collect.digits, "end", end));
}
