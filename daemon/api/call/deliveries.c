#include "daemon/api/call/deliveries.h"

#include "daemon/api/call/after.h"
#include "daemon/api/hook/hooks.h"
#include "lib/clock.h"

#include <errno.h>
#include <string.h>

bool delivery_find(const struct asker *by, const char *id, struct delivery *out, struct fault *fault)
{
	int err = queue_get(by->desk->store, id, out);

	if (!err && !strcmp(out->account, by->account->name))
		return true;
	delivery_clear(out);
	if (err == EIO)
		return fault_store_failed(fault);
	return fault_set(fault, FAULT_DELIVERY_NOT_FOUND, FIELD_DELIVERY, "There is no such delivery.");
}

static bool make_ready(const struct asker *by, const struct delivery *d, struct fault *fault)
{
	if (!strcmp(d->state, "waiting"))
		return fault_set(fault, FAULT_DELIVERY_WAITING, FIELD_DELIVERY,
				 "An earlier event of this call is not delivered yet; this one follows it.");
	if (!strcmp(d->state, "sending"))
		return fault_set(fault, FAULT_DELIVERY_SENDING, FIELD_DELIVERY,
				 "It is being sent right now.");
	return !queue_again(by->desk->store, d->nr, clock_utc_ms()) || fault_store_failed(fault);
}

void delivery_again(const struct asker *by, const char *id, done_h *handler, void *arg)
{
	struct fault fault;
	struct delivery d;
	bool ok = delivery_find(by, id, &d, &fault);

	if (ok) {
		ok = make_ready(by, &d, &fault);
		delivery_clear(&d);
	}
	if (!ok) {
		handler(&fault, arg);
		return;
	}
	hooks_kick(by->desk->hooks);
	after_commit(by->desk, handler, arg);
}
