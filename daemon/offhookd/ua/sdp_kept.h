/* sdp_kept: a description as long as a call has it, without the room that it does not use: about a kilobyte
 * where struct ua_sdp has five. It may hold keys, and wipes them. */
#ifndef OFFHOOK_UA_SDP_KEPT_H
#define OFFHOOK_UA_SDP_KEPT_H

#include "daemon/offhookd/ua/sdp.h"

struct ua_sdp_kept;

/* Keeps `sdp` in the place of *kept (NULL: nothing yet), which is wiped and freed. Returns 0, or ENOMEM:
 * *kept is what it was. */
int ua_sdp_keep(struct ua_sdp_kept **kept, const struct ua_sdp *sdp) __attribute__((warn_unused_result));
/* What is kept, whole; all 0 with NULL. */
void ua_sdp_recall(const struct ua_sdp_kept *kept, struct ua_sdp *out);
/* Wipes and frees it; NULL is nothing. */
void ua_sdp_drop(struct ua_sdp_kept *kept);

#endif
