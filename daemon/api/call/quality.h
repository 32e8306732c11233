/* quality: how a call sounded: totals, every second of it, and what was bad; as JSON or as a chart. */
#ifndef OFFHOOK_API_QUALITY_H
#define OFFHOOK_API_QUALITY_H

#include "daemon/api/dialect/telefonie/op.h"

/* GET /calls/{id}/quality. Of a call that is up: the totals so far. */
void quality_op_get(struct op *op);

#endif
