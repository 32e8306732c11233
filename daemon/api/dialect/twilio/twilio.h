/* twilio: the Twilio REST API of 2010-04-01 and SignalWire's Compatibility API, which is the same but for its
 * ids and some types: forms in, JSON out, Basic authentication, signed form callbacks. See doc/dialects.md.
 *
 * One set of paths serves both; the writing of the account's sid says whose view is meant (ask.h). */
#ifndef OFFHOOK_API_TWILIO_H
#define OFFHOOK_API_TWILIO_H

#include "daemon/api/dialect/dialect.h"

extern const struct dialect dialect_twilio, dialect_signalwire;

#endif
