/* recording_json: recordings as this dialect shows them. */
#ifndef OFFHOOK_API_TWILIO_RECORDING_JSON_H
#define OFFHOOK_API_TWILIO_RECORDING_JSON_H

#include "daemon/api/call/recordings.h"
#include "daemon/api/dialect/twilio/ask.h"

/* Where it is shown: as one of the account, or under its call or conference. */
enum recording_place { OF_ACCOUNT, OF_CALL, OF_CONFERENCE };

/* A recording: a new object, or NULL without memory. */
json_t *twilio_recording_json(const struct view_of *of, const struct recording_row *row,
			      enum recording_place place);

/* Who began it (struct recording_row), in the vendors' word. */
const char *twilio_recording_source(const char *source, bool conference);

#endif
