/* call_json: a call's record as the Telefonie Voice API shows it. */
#ifndef OFFHOOK_API_CALL_JSON_H
#define OFFHOOK_API_CALL_JSON_H

#include "daemon/api/store/calls.h"
#include "lib/conf.h"

/* A new Call object. Members that do not apply are absent, never null. `from` and `to` are always E.164, as
 * the Telefon schema wants: a far end without a number shows as +8656696 ("unknown"), and its name or URI as
 * from_address or to_address. */
json_t *call_json(const struct conf *conf, const struct call_row *row);

/* An event of a call: {"sequence","time","type","call_id","call",…}. `data` are the params of the switch's
 * event; `recording` the call's newest recording or NULL. */
json_t *call_event_json(const struct conf *conf, int64_t n, int64_t time, const char *type,
			const struct call_row *row, const json_t *data);

/* Sets `name` (always E.164, as above), and `address_name` for a far end without a number. */
void party_json_set(json_t *json, const char *name, const char *address_name, const char *value);

json_t *recording_url_json(const struct conf *conf, const char *id);
/* A recording as an event tells of it; `told` is as the switch tells it. */
json_t *event_recording_json(const struct conf *conf, const json_t *told, const char *call,
			     const char *conference);

#endif
