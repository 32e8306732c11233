/* whereabouts: where a call's audio comes from and goes to, in words and as JSON. Main thread. */
#ifndef OFFHOOK_CALL_WHEREABOUTS_H
#define OFFHOOK_CALL_WHEREABOUTS_H

#include "daemon/offhookd/call/call.h"
#include "lib/json_text.h"

/* Adds "said", "from" and "to" to an open object; those that are not known are left out. */
void whereabouts_write(struct json_text *out, const union address *said, const union address *from,
		       const union address *to);
/* Adds "media", an object, to a call's snapshot, once its far end has a description. */
void whereabouts_write_call(struct json_text *out, const struct call *call);

/* It comes from elsewhere from now on: a log line. */
void whereabouts_moved(const struct call *call);

/* Nothing is heard of its far end while we send: a warning that says who, from where to where, and what it
 * may be. */
void whereabouts_warn(const struct call *call);
/* The same as an object: a new reference, or NULL without memory. */
json_t *whereabouts_one_way(const struct call *call);

#endif
