/* claim: which program a call belongs to.
 *
 * Concept. A call that comes in to a number with a script is offered to the programs that are connected, and
 * belongs to the first that claims it (claim_take()); one that none claims in time ends as the number says. A
 * call that a program places is its own from the start, and what is dialled for a claimed call is its
 * claimer's too. A program is named by its number on the control socket, which is never used again. A call
 * that is up already may be offered too: it was transferred to such a number.
 *
 * Hangs on the call (call/owner.h). Main thread only. */
#ifndef OFFHOOK_PLACE_CLAIM_H
#define OFFHOOK_PLACE_CLAIM_H

#include <stdint.h>

struct call;

/* The program that has it; 0: none. */
uint64_t claim_of(const struct call *call);

/* The code that it was offered with; 0: it was not offered. */
int claim_fallback_code(const struct call *call);

struct claim_handlers {
	void (*taken)(struct call *call); /* NULL: nobody asks */
	void (*nobody)(struct call *call, int fallback_code);
};

/* Offers it, whose ever it was before: `nobody` is called when it was not taken within `ms`. `handlers` are
 * copied. Returns 0 or ENOMEM. */
int claim_offer(struct call *call, unsigned ms, int fallback_code, const struct claim_handlers *handlers)
    __attribute__((warn_unused_result));

/* It is that program's from now on (0: nobody's). Of one that was offered, the ring time begins, unless it
 * has been answered long since. Returns 0 or ENOMEM. */
int claim_take(struct call *call, uint64_t program) __attribute__((warn_unused_result));

/* It is not offered any more: it is being answered. */
void claim_settle(struct call *call);

#endif
