/* place: calls that are placed. The wish is in the store before the switch hears of it, so that nothing that
 * happens to the call can be lost. */
#ifndef OFFHOOK_API_PLACE_H
#define OFFHOOK_API_PLACE_H

#include "daemon/api/call/wish.h"

/* Places a call. With a key that has made a call already the handler gets that one. */
void call_place(const struct asker *by, const struct wish *wish, call_h *handler, void *arg);

/* What would come of it, and nothing else: `told` is the switch's answer, with to, from, timeout and
 * time_limit as they would be. */
void call_try(const struct asker *by, const struct wish *wish, told_h *handler, void *arg);

/* Places one for a conference (its id is in the wish): the call joins when it is answered. */
void participant_place(const struct asker *by, const struct wish *wish, call_h *handler, void *arg);

#endif
