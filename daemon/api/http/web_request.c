/* One request: its connection, its end, and what is said of it when no handler gets it. */
#include "daemon/api/http/web_private.h"

#include "daemon/api/http/deadlines.h"
#include "daemon/api/http/intake.h"

#include <event2/bufferevent.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

void web_request_free(struct web_request *request)
{
	deadlines_end(request->fd, request);
	query_clear(&request->query);
	for (size_t i = 0; i < 3; i++)
		free(request->storage[i]);
	free(request);
}

/* Skips "http://host:port" of an absolute request target. */
const char *web_target_path(const char *target)
{
	const char *slashes;

	if (*target == '/')
		return target;
	slashes = strstr(target, "://");
	if (!slashes)
		return target;
	return slashes[3] ? slashes + 3 + strcspn(slashes + 3, "/?") : "/";
}

json_t *web_problem_of(const struct web_request *request, int status, const char *why, const char **type)
{
	const struct web_server *server = request->server;
	json_t *json = NULL;

	if (server->problem)
		json =
		    server->problem(web_target_path(request->path), status, why, type, server->problem_arg);
	if (json)
		return json;
	*type = "application/problem+json";
	return web_problem(status, NULL, NULL, why);
}

void web_answer_problem(struct web_request *request, int status, const char *why)
{
	const char *type = NULL;
	json_t *json = web_problem_of(request, status, why, &type);

	web_reply_json_as(request, status, type, json);
}

struct bufferevent *web_bufferevent(struct web_request *request)
{
	return evhttp_connection_get_bufferevent(evhttp_request_get_connection(request->http));
}

struct bufferevent *web_request_take(struct web_request *request)
{
	struct bufferevent *bev = web_bufferevent(request);

	intake_let_through(bev);
	return bev;
}

void web_request_abandon(struct web_request *request)
{
	evhttp_connection_free(evhttp_request_get_connection(request->http));
	web_request_free(request);
}
