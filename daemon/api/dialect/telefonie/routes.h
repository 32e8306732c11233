/* routes: the table of all operations: their names, paths and methods. */
#ifndef OFFHOOK_API_ROUTES_H
#define OFFHOOK_API_ROUTES_H

#include "daemon/api/dialect/telefonie/op.h"
#include "daemon/api/http/router.h"

/* Those that are operations have a struct operation as data. */
extern const struct route telefonie_routes[];
extern const size_t telefonie_route_count;

/* The operation with that name, or NULL. */
const struct operation *operation_by_name(const char *name);
/* Whether it changes nothing. */
bool operation_only_reads(const struct operation *operation);

#endif
