/* transfer: connecting a call's partner with somebody else.
 *
 * Who transfers is the transferor, its partner the transferee. A blind transfer dials the target for the
 * transferee; an attended one joins the partners of two calls of the transferor (RFC 5589). While the target
 * rings, the transferee hears ringing and the transferor's call lives; it ends when the target answers, and
 * gets its partner back when it does not.
 *
 * Main thread only. */
#ifndef OFFHOOK_SWITCH_TRANSFER_H
#define OFFHOOK_SWITCH_TRANSFER_H

#include "daemon/offhookd/call/call.h"

struct place;

/* Handler of ua: a REFER on `call`, the transferor's. */
void transfer_on_refer(struct place *place, struct call *call, const struct ua_refer *refer);

/* A new inbound call that takes over the call whose dialog has Call-ID `replaces` (RFC 3891). Returns 0;
 * EBUSY: `early_only`, and it has been answered; ENOENT when there is no such call that it may take over;
 * ENOTCONN when it could not be answered. */
int transfer_take_over(struct place *place, struct call *call, const char *replaces, bool early_only)
    __attribute__((warn_unused_result));

/* Connects answered `call` with `to`; its partner, if any, is hung up. Returns 0, ENOENT (nobody takes `to`),
 * or as dial_start(). */
int transfer_blind(struct place *place, struct call *call, const char *to, unsigned ring_s)
    __attribute__((warn_unused_result));

#endif
