/* conference_json: conferences, their participants and what happens to them, as the API shows them. */
#ifndef OFFHOOK_API_CONFERENCE_JSON_H
#define OFFHOOK_API_CONFERENCE_JSON_H

#include "daemon/api/call/participants.h"
#include "daemon/api/store/conferences.h"
#include "lib/conf.h"

json_t *conference_json(const struct conf *conf, const struct conference_row *row);

json_t *participant_json(const struct participant *participant);

/* An event of a conference: {"sequence","time","type","conference_id","conference",…}. `n` 0: one that is not
 * kept, and has no sequence. `data` are the params of the switch's event. */
json_t *conference_event_json(const struct conf *conf, int64_t n, int64_t time, const char *type,
			      const struct conference_row *row, const json_t *data);

#endif
