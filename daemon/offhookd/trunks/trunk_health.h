/* trunk_health: whether a trunk is there, by OPTIONS every `health-interval`. One of its servers that answers
 * is enough; any answer that is not a 5xx will do, since many carriers know no OPTIONS. Main thread only. */
#ifndef OFFHOOK_SWITCH_TRUNK_HEALTH_H
#define OFFHOOK_SWITCH_TRUNK_HEALTH_H

#include "daemon/offhookd/trunks/trunk.h"

struct trunk_health;

enum trunk_health_state {
	TRUNK_HEALTH_UP, /* also before the first answer */
	TRUNK_HEALTH_DOWN,
	TRUNK_HEALTH_SILENT,
};

/* Asks for the first time at once. Returns 0 or ENOMEM. */
int trunk_health_alloc(struct trunk_health **out, struct trunk *trunk) __attribute__((warn_unused_result));
void trunk_health_free(struct trunk_health *health);
enum trunk_health_state trunk_health_state(const struct trunk_health *health);
/* One sentence when it is not up, else "". */
/* Whether it has ever answered, or failed to. */
bool trunk_health_is_known(const struct trunk_health *health);
const char *trunk_health_reason(const struct trunk_health *health);

#endif
