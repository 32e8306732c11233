/* documents: what describes the API to programs: its OpenAPI document, and the JSON schema of a call. Both
 * need no key. */
#ifndef OFFHOOK_API_DOCUMENTS_H
#define OFFHOOK_API_DOCUMENTS_H

#include "daemon/api/http/router.h"

/* route_hs; `arg` are the struct dialect_parts. */
void document_get(struct web_request *request, const struct route_match *match, void *arg);
/* The Telefon API's Call. */
void schema_get(struct web_request *request, const struct route_match *match, void *arg);

#endif
