/* router: from a web request to the handler that a table of routes has for it.
 *
 * Everybody who answers at some paths (a dialect, the console) hands a table to the router, which knows no
 * path of its own. A request goes to the first route of any table whose path and method fit. Without one, the
 * table under whose root the path lies says so in its own words; the first table does for paths under no
 * root.
 *
 * Threads: the event base's thread. The tables live as long as the server. */
#ifndef OFFHOOK_API_ROUTER_H
#define OFFHOOK_API_ROUTER_H

#include "daemon/api/http/web.h"

enum { ROUTE_ARGS_MAX = 4, ROUTER_TABLES_MAX = 12 };

/* What a handler is told beside the request. */
struct route_match {
	const struct conf_account *account; /* who asks; NULL without a good key, on open routes only */
	const char *args[ROUTE_ARGS_MAX];   /* the segments that "*" stood for */
	const struct route *route;
};

typedef void route_h(struct web_request *request, const struct route_match *match, void *arg);

struct route {
	const char *method; /* "GET" serves HEAD as well */
	const char *path;   /* without the slash in front; "*" stands for one segment, an argument */
	route_h *handler;
	bool open;	  /* needs no key, or sees to it itself */
	const void *data; /* the handler's own */
};

enum route_refusal { ROUTE_NO_KEY, ROUTE_READ_ONLY, ROUTE_NO_METHOD, ROUTE_NO_PATH };

/* What is said to who may not change anything. */
#define ROUTE_READ_ONLY_TEXT "This key may read, and change nothing."

struct route_table {
	const struct route *routes;
	size_t count;
	const char *const *roots; /* beginnings of paths that are its own, "v1/calls"; ends with NULL. Of
				     several tables the one with the longest has the path */
	/* The account whose key the request has, or NULL; NULL: nobody needs one. */
	const struct conf_account *(*account)(const struct web_request *request, void *arg);
	/* Whether that key may read alone: all but GET is refused then. NULL: there are no such keys. */
	bool (*only_reads)(const struct web_request *request, void *arg);
	/* Answers a request that no handler gets; `allowed` has the path's methods for ROUTE_NO_METHOD. */
	void (*refuse)(struct web_request *request, enum route_refusal why, const char *allowed, void *arg);
	/* A problem document in the table's words, for a request that cannot even be read: new,
	 * application/json. NULL: the usual one. */
	json_t *(*problem)(int status, const char *why);
	void *arg; /* of these, and of the handlers */
};

/* Begins empty. */
struct router {
	const struct conf_strings *origins; /* whose pages may use what is here (cors.h) */
	const struct route_table *tables[ROUTER_TABLES_MAX];
	size_t count;
};

/* A `refuse` for who has no words of its own: 405 with Allow, or 404. */
void route_refuse(struct web_request *request, enum route_refusal why, const char *allowed, void *arg);

/* Returns 0 or ENOSPC. */
int router_add(struct router *router, const struct route_table *table) __attribute__((warn_unused_result));
/* A web_request_h; `arg` is the router. */
void router_handle(struct web_request *request, void *arg);
/* A web_problem_h: in the words of the table that has the path; `arg` is the router. */
json_t *router_problem(const char *path, int status, const char *why, const char **type, void *arg);

#endif
