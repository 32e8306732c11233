/* call_json: a call as this dialect writes it, in either view. */
#ifndef OFFHOOK_API_TWILIO_CALL_JSON_H
#define OFFHOOK_API_TWILIO_CALL_JSON_H

#include "daemon/api/dialect/twilio/ask.h"

/* What of a snapshot is needed for that; NULL ends. */
extern const char *const twilio_call_members[], *const twilio_call_stats[];

/* Writes it as an element. `stats` are the totals of its media (doc/control-protocol.md), for SignalWire's
 * view; NULL: not known. */
void twilio_call_write(struct json_text *out, const struct view_of *of, const struct call_row *row,
		       const json_t *stats);

/* "inbound", "outbound-api", "outbound-dial". */
const char *twilio_direction(const struct call_row *row);
enum { PARTY_SIZE = 280 };

/* What the vendors write for the ends of a call: a number and a SIP URI as they are, "client:NAME" for a user
 * that has no number or was called so. Returns `out` or what is in the row. */
const char *twilio_to(const struct conf *conf, const struct call_row *row, char out[PARTY_SIZE]);
const char *twilio_from(const struct conf *conf, const struct call_row *row, char out[PARTY_SIZE]);

#endif
