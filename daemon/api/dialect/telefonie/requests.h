/* requests: operations asked for by HTTP: query or JSON body in, JSON or a problem document out. */
#ifndef OFFHOOK_API_TELEFONIE_REQUESTS_H
#define OFFHOOK_API_TELEFONIE_REQUESTS_H

#include "daemon/api/http/router.h"

/* A route_h whose route's data is a struct operation; `arg` are the struct dialect_parts. */
void request_run(struct web_request *request, const struct route_match *match, void *arg);

/* Those of its route table; `arg` are the struct dialect_parts. */
const struct conf_account *request_account(const struct web_request *request, void *arg);
bool request_only_reads(const struct web_request *request, void *arg);
void request_refuse(struct web_request *request, enum route_refusal why, const char *allowed, void *arg);

/* The body as a JSON object, an empty one for none; new reference. NULL: it is none, and the answer has been
 * given. */
json_t *request_body(struct web_request *request);

#endif
