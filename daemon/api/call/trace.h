/* trace: the SIP messages of a call, as the switch has kept them. */
#ifndef OFFHOOK_API_CALL_TRACE_H
#define OFFHOOK_API_CALL_TRACE_H

#include "daemon/api/call/desk.h"

/* `trace`: what the switch's call.trace answers (doc/control-protocol.md), without what is of other accounts'
 * calls; borrowed. */
typedef void call_trace_h(const struct fault *fault, const json_t *trace, void *arg);

/* `by` has to last until the handler is called. */
void call_trace_get(const struct asker *by, const char *id, call_trace_h *handler, void *arg);

#endif
