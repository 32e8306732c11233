/* openapi: a dialect's OpenAPI document, which its makefile rule has made a C string of. */
#ifndef OFFHOOK_API_OPENAPI_H
#define OFFHOOK_API_OPENAPI_H

#include "daemon/api/dialect/dialect.h"

/* Answers with `document`; its server is our public address with `path` ("" or "/..." ) behind it. */
void openapi_reply(struct web_request *request, const struct dialect_parts *parts, const char *document,
		   const char *path);

#endif
