/* show: an entry as doc/control-protocol.md has it. */
#ifndef OFFHOOK_TRACE_SHOW_H
#define OFFHOOK_TRACE_SHOW_H

#include "daemon/offhookd/trace/entry.h"

#include <jansson.h>

/* A message, or a link: a new object; NULL: it cannot be read, or there is no memory. `call`: whose it is, or
 * NULL. */
json_t *show_message(const struct entry *entry, const char *call);
json_t *show_link(const struct entry *entry);
/* Why somebody was refused: {"sip_call_id","code","why","time_us"}. NULL: it is something else. */
json_t *show_refusal(const struct entry *entry);

/* RTP headers of a call: {"call","sent","local","remote","ssrc","packets": [[time_us, payload type, marker (0
 * or 1), sequence number, timestamp, bytes], …]}. NULL: it is something else. */
json_t *show_rtp(const struct entry *entry);

#endif
