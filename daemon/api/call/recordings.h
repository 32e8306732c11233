/* recordings: the operations on recordings, and links to their sound that need no key for a while. */
#ifndef OFFHOOK_API_RECORDINGS_H
#define OFFHOOK_API_RECORDINGS_H

#include "daemon/api/store/recordings.h"
#include "daemon/api/dialect/telefonie/op.h"

void recordings_op_list(struct op *op);
void recordings_op_get(struct op *op);
/* Deletes the file and the record. */
void recordings_op_delete(struct op *op);
/* A signed link that expires. */
void recordings_op_link(struct op *op);
/* Of one call or conference: list them, start one, pause, resume or stop the one that runs
 * (recordings_live.c). */
void recordings_op_of_call(struct op *op);
void recordings_op_start_call(struct op *op);
void recordings_op_update_call(struct op *op);
void recordings_op_of_conference(struct op *op);
void recordings_op_start_conference(struct op *op);
void recordings_op_update_conference(struct op *op);

/* One that is complete. */
json_t *recording_json(const struct api *api, const struct recording_row *row);
/* Appends those that the filter lets through to `items`, and counts all of them. Returns 0 or EIO. */
int recordings_add(const struct api *api, const struct recordings_filter *filter, json_t *items,
		   int64_t *total) __attribute__((warn_unused_result));

#endif
