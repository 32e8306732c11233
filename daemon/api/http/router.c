#include "daemon/api/http/router.h"

#include "daemon/api/http/cors.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ALLOWED_SIZE = 64 };

/* Whether the path of `request` is that of `route`; fills `args`. */
static bool path_fits(const struct route *route, const struct web_request *request,
		      const char *args[ROUTE_ARGS_MAX])
{
	const char *at = route->path;
	size_t arg = 0;

	if (!*at) /* "/" */
		return request->segment_count == 1 && !*request->segments[0];
	for (size_t i = 0; i < request->segment_count; i++) {
		size_t length = strcspn(at, "/");

		if (!length)
			return false;
		if (*at == '*' && length == 1)
			args[arg++] = request->segments[i];
		else if (strlen(request->segments[i]) != length || memcmp(request->segments[i], at, length))
			return false;
		at += length;
		if (*at == '/' && i + 1 < request->segment_count)
			at++;
	}
	return !*at;
}

static bool method_fits(const struct route *route, const char *method)
{
	return !strcmp(route->method, method) || (!strcmp(route->method, "GET") && !strcmp(method, "HEAD"));
}

/* The route of a request, or NULL: then *allowed has the methods that the path knows in this table, or is
 * empty. */
static const struct route *find(const struct route_table *table, const struct web_request *request,
				const char *args[ROUTE_ARGS_MAX], char allowed[ALLOWED_SIZE])
{
	*allowed = '\0';
	for (size_t i = 0; i < table->count; i++) {
		const struct route *route = &table->routes[i];
		size_t used = strlen(allowed);

		if (!path_fits(route, request, args))
			continue;
		if (method_fits(route, request->method))
			return route;
		snprintf(allowed + used, ALLOWED_SIZE - used, "%s%s", used ? ", " : "", route->method);
	}
	return NULL;
}

/* The segments of `root` when the path begins with them, else 0. */
static size_t covers(const char *root, const struct web_request *request)
{
	for (size_t i = 0; i < request->segment_count; i++) {
		size_t length = strcspn(root, "/");

		if (strlen(request->segments[i]) != length || memcmp(request->segments[i], root, length))
			return 0;
		root += length;
		if (!*root)
			return i + 1;
		root++;
	}
	return 0;
}

/* How much of the path the longest root of the table covers. */
static size_t is_under(const struct route_table *table, const struct web_request *request)
{
	size_t most = 0;

	for (size_t i = 0; table->roots[i]; i++) {
		size_t n = covers(table->roots[i], request);

		most = n > most ? n : most;
	}
	return most;
}

static void run(struct web_request *request, const struct route_table *table, struct route_match *match)
{
	if (table->account)
		match->account = table->account(request, table->arg);
	if (match->account && strcmp(match->route->method, "GET") && table->only_reads &&
	    table->only_reads(request, table->arg))
		table->refuse(request, ROUTE_READ_ONLY, "", table->arg);
	else if (match->account || match->route->open || !table->account)
		match->route->handler(request, match, table->arg);
	else
		table->refuse(request, ROUTE_NO_KEY, "", table->arg);
}

/* Who has no key learns nothing of the paths. */
static void refuse(struct web_request *request, const struct route_table *table, const char *allowed)
{
	if (table->account && !table->account(request, table->arg))
		table->refuse(request, ROUTE_NO_KEY, "", table->arg);
	else
		table->refuse(request, *allowed ? ROUTE_NO_METHOD : ROUTE_NO_PATH, allowed, table->arg);
}

void router_handle(struct web_request *request, void *arg)
{
	const struct router *router = arg;
	const struct route_table *owner = NULL;
	char allowed[ALLOWED_SIZE], known[ALLOWED_SIZE] = "";
	size_t most = 0, under;

	if (router->origins && cors_handle(request, router->origins))
		return;

	for (size_t i = 0; i < router->count; i++) {
		const struct route_table *table = router->tables[i];
		struct route_match match = { 0 };

		match.route = find(table, request, match.args, allowed);
		if (match.route) {
			run(request, table, &match);
			return;
		}
		under = is_under(table, request);
		if (*allowed || under > most) {
			owner = table;
			most = under;
			memcpy(known, allowed, sizeof known);
		}
		if (*allowed)
			break;
	}
	refuse(request, owner ? owner : router->tables[0], known);
}

/* Whether a path as it was sent begins with a root; its length, else 0. */
static size_t begins_with(const char *path, const char *root)
{
	size_t length = strlen(root);

	return !strncmp(path, root, length) && (!path[length] || strchr("/?", path[length])) ? length : 0;
}

json_t *router_problem(const char *path, int status, const char *why, const char **type, void *arg)
{
	const struct router *router = arg;
	const struct route_table *owner = NULL;
	size_t most = 0;

	path += *path == '/';
	for (size_t i = 0; i < router->count; i++) {
		for (size_t k = 0; router->tables[i]->roots[k]; k++) {
			size_t length = begins_with(path, router->tables[i]->roots[k]);

			if (length > most) {
				owner = router->tables[i];
				most = length;
			}
		}
	}
	if (!owner || !owner->problem)
		return NULL;
	*type = "application/json";
	return owner->problem(status, why);
}

void route_refuse(struct web_request *request, enum route_refusal why, const char *allowed, void *arg)
{
	(void)arg;
	if (why == ROUTE_READ_ONLY) {
		web_reply_problem(request, 403, NULL, ROUTE_READ_ONLY_TEXT);
	} else if (why == ROUTE_NO_METHOD) {
		web_reply_header(request, "Allow", allowed);
		web_reply_problem(request, 405, NULL, "This path takes %s only.", allowed);
	} else {
		web_reply_problem(request, 404, NULL, "There is nothing at this path.");
	}
}

int router_add(struct router *router, const struct route_table *table)
{
	if (router->count == ROUTER_TABLES_MAX)
		return ENOSPC;
	router->tables[router->count++] = table;
	return 0;
}
