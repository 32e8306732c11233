/* calls: the operations on calls. Parameters and answers are those of the Telefonie Voice API, with
 * additions. */
#ifndef OFFHOOK_API_CALLS_H
#define OFFHOOK_API_CALLS_H

#include "daemon/api/store/calls.h"
#include "daemon/api/dialect/telefonie/op.h"

void calls_op_list(struct op *op);
void calls_op_create(struct op *op);
void calls_op_get(struct op *op);
void calls_op_update(struct op *op);
void calls_op_delete(struct op *op);
/* What happened to it, after the nth event. */
void calls_op_events(struct op *op);
/* Why it is as it is: one sentence and the facts under it. */
void calls_op_why(struct op *op);

/* Changes a call that is up: the one of muted, hold, digits and transfer_to that `params` has. */
void calls_control(struct op *op, const struct call_row *row);

/* Reads the call that args[0] names, of the asker's account. Answers 404 (or 503) and returns false when
 * there is none. */
bool calls_op_find(struct op *op, struct call_row *out);

/* Whether a call is over. */
bool call_row_is_over(const struct call_row *row);

/* An integer parameter that comes as a number or as text. Returns false (with the error recorded) when it is
 * neither or out of range; absent leaves *out. */
struct json_get;
bool op_param_int(struct json_get *get, const char *name, int64_t min, int64_t max, int64_t *out);

#endif
