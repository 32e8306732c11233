/* refer: a call's far end is asked to call somebody else itself (RFC 3515), so that neither the call nor its
 * audio passes through us any more. It tells how that goes; when it has succeeded, the call ends, and when
 * not, it goes on as it was. What was asked hangs on the call (call/owner.h). Main thread only. */
#ifndef OFFHOOK_SWITCH_REFER_H
#define OFFHOOK_SWITCH_REFER_H

#include "daemon/offhookd/call/call.h"

struct place;

/* Asks the far end of `call` to call `to` (a number or user, as seen by it, or a sip: or tel: URI), or, with
 * `to` NULL, to take the place that we have in the call `with` (RFC 3891). Returns 0; EINVAL: `to` is nothing
 * of that kind; EBUSY: it has been asked before and has not said yet how it went; ENOTCONN, ENOMEM. */
int refer_call(const struct place *place, struct call *call, const char *to, struct call *with)
    __attribute__((warn_unused_result));

/* Handler of ua: how it goes, as a SIP response code. */
void refer_on_progress(struct call *call, int code);

#endif
