/* telefonie: the Telefonie Voice API, our own: JSON under /v1/voice for who has an API key, problem
 * documents, webhooks with Offhook-Signature, a WebSocket for all of it; and the schema of the Telefon API's
 * Call, which every call here holds. See doc/api.md. */
#ifndef OFFHOOK_API_TELEFONIE_H
#define OFFHOOK_API_TELEFONIE_H

#include "daemon/api/dialect/dialect.h"

extern const struct dialect dialect_telefonie;

#endif
