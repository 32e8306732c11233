/* deliveries: what became of webhooks: each delivery, its attempts, and sending one again. */
#ifndef OFFHOOK_API_DELIVERIES_H
#define OFFHOOK_API_DELIVERIES_H

#include "daemon/api/dialect/telefonie/op.h"

void deliveries_op_list(struct op *op);
void deliveries_op_get(struct op *op);
void deliveries_op_redeliver(struct op *op);

#endif
