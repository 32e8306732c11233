/* ids: how the two views of this dialect write an id: Twilio's is two letters and the 32 hex digits of our
 * UUID ("CA…"), SignalWire's is the UUID. Both are read in both views, so no table is needed. */
#ifndef OFFHOOK_API_TWILIO_IDS_H
#define OFFHOOK_API_TWILIO_IDS_H

#include "lib/random.h"

#include <jansson.h>
#include <stdbool.h>

enum view { VIEW_TWILIO, VIEW_SIGNALWIRE };

enum { SID_SIZE = 40 };

/* "twilio" or "signalwire", as on a call's record. */
const char *view_dialect(enum view view);

/* Writes a UUID as the view does; `prefix` is "CA", "RE" … Returns `out`. */
char *sid_write(enum view view, const char *prefix, const char *id, char out[SID_SIZE]);
/* The same as a new value; null for NULL and "". */
json_t *sid_json(enum view view, const char *prefix, const char *id);

/* Reads either writing, with nothing behind it: the UUID in lower case. False when it is none, or is that of
 * another kind of thing. */
bool sid_read(const char *prefix, const char *text, char out[UUID_TEXT_SIZE]);

/* The id of a number of ours. */
char *sid_of_number(enum view view, const char *number, char out[SID_SIZE]);

#endif
