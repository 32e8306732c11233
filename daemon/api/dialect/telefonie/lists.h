/* lists: what the account has: numbers, users, trunks, registrations; read-only. */
#ifndef OFFHOOK_API_VOICE_LISTS_H
#define OFFHOOK_API_VOICE_LISTS_H

#include "daemon/api/dialect/telefonie/op.h"

void lists_op_numbers(struct op *op);
void lists_op_users(struct op *op);
void lists_op_trunks(struct op *op);
void lists_op_registrations(struct op *op);

#endif
