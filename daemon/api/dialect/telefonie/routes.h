/* routes: the table of all operations: their names, paths and methods. The router and the socket look them up
 * here, and openapi.json documents the same names. */
#ifndef OFFHOOK_API_ROUTES_H
#define OFFHOOK_API_ROUTES_H

#include "daemon/api/http/web.h"
#include "daemon/api/dialect/telefonie/op.h"

/* A handler that needs the request itself: files, health. `account` is NULL without a key (open routes). */
typedef void raw_h(struct api *api, struct web_request *request, const struct conf_account *account,
		   const char *const args[]);

struct route {
	const char *name; /* operationId; the action on the socket */
	const char *method;
	const char *path;	       /* "*" stands for one segment, an argument */
	op_h *op;		       /* either this */
	raw_h *raw;		       /* or that */
	bool open;		       /* needs no key, or sees to it itself */
	bool dry;		       /* knows ?dry_run=1 */
	const char *args[OP_ARGS_MAX]; /* names of the arguments */
};

/* The operation with that name, or NULL. */
const struct route *routes_by_name(const char *name);
/* The route of a request; its arguments in `args`. NULL when there is none: then *allowed has the methods
 * that the path knows, or is empty. */
const struct route *routes_find(const struct web_request *request, const char *args[OP_ARGS_MAX],
				char allowed[64]);

#endif
