/* health: whether the process runs, and whether it can do its work: for load balancers and supervisors. */
#ifndef OFFHOOK_API_HEALTH_H
#define OFFHOOK_API_HEALTH_H

#include "daemon/api/http/router.h"

struct link;

/* GET /healthz and /readyz, which need no key. `link` is asked whether the switch is there. */
void health_table(struct route_table *table, struct link *link);

#endif
