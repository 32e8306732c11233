/* rates: what calls would cost, and what the account has spent. The switch knows both. */
#ifndef OFFHOOK_API_RATES_H
#define OFFHOOK_API_RATES_H

#include "daemon/api/dialect/telefonie/op.h"

void rates_op_find(struct op *op);
void rates_op_account(struct op *op);

#endif
