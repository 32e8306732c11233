/* conference_json: conferences and who is in them as this dialect shows them. */
#ifndef OFFHOOK_API_TWILIO_CONFERENCE_JSON_H
#define OFFHOOK_API_TWILIO_CONFERENCE_JSON_H

#include "daemon/api/call/participants.h"
#include "daemon/api/dialect/twilio/ask.h"

/* A new object, or NULL without memory. */
json_t *twilio_conference_json(const struct view_of *of, const struct conference_row *row);

/* A participant: likewise. */
json_t *twilio_participant_json(const struct view_of *of, const struct participant *one);

#endif
