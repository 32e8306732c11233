/* recording_json: recordings as the Telefonie Voice API shows them. */
#ifndef OFFHOOK_API_RECORDING_JSON_H
#define OFFHOOK_API_RECORDING_JSON_H

#include "daemon/api/call/recordings.h"
#include "lib/conf.h"

/* One that is complete. */
json_t *recording_json(const struct conf *conf, const struct recording_row *row);
/* One that runs. */
json_t *recording_live_json(const struct recording_live *live);
/* Appends those that the filter lets through to `items`, and counts all of them. Returns 0 or EIO. */
int recordings_add(const struct desk *desk, const struct recordings_filter *filter, json_t *items,
		   int64_t *total) __attribute__((warn_unused_result));

#endif
