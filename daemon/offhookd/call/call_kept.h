/* call_kept: an answered call as it is kept for the next process, and the same call there.
 * doc/architecture.md names who keeps them (daemon/offhookd/resume).
 *
 * What is kept: the dialog (ua_call_keep()), our own description, where the far end's audio is, what it
 * speaks, the keys of its encryption, and what was asked of the call. The record itself is the call's
 * snapshot, as events tell it. Main thread. */
#ifndef OFFHOOK_CALL_CALL_KEPT_H
#define OFFHOOK_CALL_CALL_KEPT_H

#include "daemon/offhookd/call/calls.h"

#include <jansson.h>

struct ua;

/* A new object; NULL: it is not answered, or over, or cannot be kept. It holds keys: whoever writes it down
 * keeps it from others. */
json_t *call_keep(const struct call *call);

/* Makes the call again: `snapshot` is its record as the process before has told it last, `kept` what that has
 * kept. It is answered, has its media on the same port with a new SSRC, and is told its far end by a
 * re-INVITE (call_reoffer()) that the caller is to ask for; nobody is told of it yet. *out is borrowed, as
 * that of calls_add(). Returns 0; EBADMSG; EADDRINUSE (its RTP port is another's); EADDRNOTAVAIL; ENOMEM … */
int call_resume(struct call **out, struct calls *calls, struct ua *ua, const json_t *snapshot,
		const json_t *kept) __attribute__((warn_unused_result));

#endif
