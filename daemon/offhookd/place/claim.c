/* See claim.h. */
#include "daemon/offhookd/place/claim.h"

#include "daemon/offhookd/call/call.h"
#include "lib/json_text.h"

#include <errno.h>
#include <stdlib.h>

enum { CLAIMED_RING_MS = 180000 };

struct claim {
	struct call_owner owner; /* first */
	uint64_t program;	 /* 0: none */
	bool waiting;		 /* it is offered, and nobody has taken it yet */
	int fallback_code;
	struct claim_handlers handlers;
};

static void write_claim(const struct call_owner *owner, struct json_text *out)
{
	if (((const struct claim *)owner)->program)
		json_text_bool(out, "claimed", true);
}

static void on_forgotten(struct call_owner *owner, struct call *call)
{
	(void)call;
	free(owner);
}

static const struct call_owner_ops claim_ops = { .write = write_claim, .free = on_forgotten };

static struct claim *claim_on(const struct call *call)
{
	return (struct claim *)call_owner_with(call, &claim_ops);
}

/* The call's claim, made where there is none; NULL without memory. */
static struct claim *claim_made(struct call *call)
{
	struct claim *claim = claim_on(call);

	if (claim)
		return claim;
	claim = calloc(1, sizeof *claim);
	if (claim)
		call_own(call, &claim->owner, &claim_ops);
	return claim;
}

uint64_t claim_of(const struct call *call)
{
	const struct claim *claim = claim_on(call);

	return claim ? claim->program : 0;
}

int claim_fallback_code(const struct call *call)
{
	const struct claim *claim = claim_on(call);

	return claim ? claim->fallback_code : 0;
}

/* Waits no more; of a call that is up, its time limit runs again in place of the wait. */
static void stop_waiting(struct claim *claim, struct call *call)
{
	claim->waiting = false;
	if (call->status == CALL_IN_PROGRESS)
		call_start_limit(call);
}

static void on_unclaimed(struct call *call)
{
	struct claim *claim = claim_on(call);

	if (!claim || !claim->waiting)
		return;
	stop_waiting(claim, call);
	claim->handlers.nobody(call, claim->fallback_code);
}

int claim_offer(struct call *call, unsigned ms, int fallback_code, const struct claim_handlers *handlers)
{
	struct claim *claim = claim_made(call);

	if (!claim)
		return ENOMEM;
	claim->program = 0;
	claim->waiting = true;
	claim->fallback_code = fallback_code;
	claim->handlers = *handlers;
	call_set_timer(call, ms, on_unclaimed);
	return 0;
}

/* Whoever claimed it has forgotten it, or is gone. */
static void on_forgotten_call(struct call *call)
{
	call_end(call,
		 &(struct call_why){ .status = CALL_NO_ANSWER,
				     .by = CALL_ENDED_BY_LIMIT,
				     .code = 480,
				     .reason = "The program that took the call did not answer it in time." });
}

int claim_take(struct call *call, uint64_t program)
{
	struct claim *claim = program ? claim_made(call) : claim_on(call);

	if (!claim)
		return program ? ENOMEM : 0;
	claim->program = program;
	if (!claim->waiting)
		return 0;
	stop_waiting(claim, call);
	if (call->status != CALL_IN_PROGRESS)
		call_set_timer(call, CLAIMED_RING_MS, on_forgotten_call);
	if (claim->handlers.taken)
		claim->handlers.taken(call);
	return 0;
}

void claim_settle(struct call *call)
{
	struct claim *claim = claim_on(call);

	if (!claim || !claim->waiting)
		return;
	stop_waiting(claim, call);
	if (claim->handlers.taken)
		claim->handlers.taken(call);
}
