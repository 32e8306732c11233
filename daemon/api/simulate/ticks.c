#include "daemon/api/simulate/ticks.h"

#include "lib/clock.h"

#include <stddef.h>

void ticks_begin(struct ticks *ticks)
{
	*ticks = (struct ticks){ 0 };
	clock_test_freeze(clock_utc_ms(), clock_mono_us());
}

void ticks_end(struct ticks *ticks)
{
	while (ticks->first)
		tick_drop(ticks->first);
	clock_test_thaw();
}

void tick_drop(struct tick *tick)
{
	if (!tick->link)
		return;
	*tick->link = tick->next;
	if (tick->next)
		tick->next->link = tick->link;
	tick->link = NULL;
}

void tick_set(struct ticks *ticks, struct tick *tick, int64_t ms, void (*fire)(void *arg), void *arg)
{
	struct tick **at = &ticks->first;

	tick_drop(tick);
	tick->due_ms = ticks->now_ms + (ms > 0 ? ms : 0);
	tick->fire = fire;
	tick->arg = arg;
	while (*at && (*at)->due_ms <= tick->due_ms)
		at = &(*at)->next;
	tick->next = *at;
	tick->link = at;
	if (tick->next)
		tick->next->link = &tick->next;
	*at = tick;
}

bool ticks_advance(struct ticks *ticks, int64_t limit_ms)
{
	struct tick *tick = ticks->first;

	if (!tick || tick->due_ms > limit_ms)
		return false;
	if (tick->due_ms > ticks->now_ms) {
		clock_test_advance(tick->due_ms - ticks->now_ms);
		ticks->now_ms = tick->due_ms;
	}
	tick_drop(tick);
	tick->fire(tick->arg);
	return true;
}
