/* vcita: the voice calls of vcita's API: records of calls under /v3/communication/voice_calls for who has an
 * API key of the account as a Bearer token, with what people note of them, and calls that were made elsewhere
 * and are logged here. See doc/dialects.md. */
#ifndef OFFHOOK_API_VCITA_H
#define OFFHOOK_API_VCITA_H

#include "daemon/api/dialect/dialect.h"

/* Its webhooks and scripts are of no form of their own. */
extern const struct dialect dialect_vcita;

/* A bus_h; `arg` is the struct desk: tells the account's vcita-webhook of calls that begin and change. */
void vcita_on_event(const struct bus_event *event, void *arg);

#endif
