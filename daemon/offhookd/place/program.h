/* program: calls whose far end is no phone but a program at a WebSocket (stream/streams.h): it is called by
 * opening the connection, has answered when that stands, and hangs up by closing it. Such a call has neither
 * SIP nor RTP; all else it has in common with others.
 *
 * Main thread only. */
#ifndef OFFHOOK_PLACE_PROGRAM_H
#define OFFHOOK_PLACE_PROGRAM_H

#include "daemon/offhookd/place/outbound.h"

struct streams;
struct stream_wish;

/* Places one. `params` has no plan, and `to` is what the call's record has; `wish` says where the program is
 * and what it is told, and is given its `far`. Returns 0 with *out borrowed; else as calls_add(),
 * call_need_media() and stream_begin(). */
int program_call(struct call **out, struct place *place, struct streams *streams,
		 const struct originate_params *params, const struct stream_wish *wish)
    __attribute__((warn_unused_result));

#endif
