/* document: the OpenAPI document of this view, without a token. */
#ifndef OFFHOOK_API_VONAGE_DOCUMENT_H
#define OFFHOOK_API_VONAGE_DOCUMENT_H

#include "daemon/api/http/router.h"

/* A route_h; `arg` are the struct dialect_parts. */
void vonage_document_get(struct web_request *request, const struct route_match *match, void *arg);

#endif
