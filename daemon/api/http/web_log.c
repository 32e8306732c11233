/* What is said of each request: its id, and a line in the log. */
#include "daemon/api/http/web_private.h"

#include "lib/clock.h"
#include "lib/log.h"

#include <event2/http.h>
#include <stdio.h>
#include <string.h>

enum { PATH_SHOWN_MAX = 200 };

/* An id that may stand in a header and a line of the log. */
static bool is_fit(const char *id)
{
	static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:=+/";
	size_t length = id ? strlen(id) : 0;

	return length && length < WEB_ID_SIZE && strspn(id, fit) == length;
}

void web_request_name(struct web_request *request)
{
	struct web_server *server = request->server;
	const char *given = web_header(request, "X-Request-Id");

	if (is_fit(given))
		memcpy(request->id, given, strlen(given) + 1);
	else if (!given && !request->server->access_log)
		return;
	else
		snprintf(request->id, sizeof request->id, "%s-%llx", server->id_prefix,
			 (unsigned long long)++server->requests);
	web_reply_header(request, "X-Request-Id", request->id);
}

const struct histogram_bounds web_seconds_bounds = {
	11, { 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5 }
};

void web_log(const struct web_request *request, int code)
{
	enum log_level level = request->server->access_log ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG;
	/* What is behind the question mark may open a door: links to recordings are signed there. */
	size_t length = strcspn(request->path, "?");
	const int64_t us = clock_mono_us() - request->started_us;
	char *source = NULL;
	ev_uint16_t port = 0;

	if (code >= 100 && code < 600)
		request->server->stats.answers[code / 100]++;
	histogram_add(&request->server->stats.seconds, &web_seconds_bounds, (double)us / 1e6);
	if (log_get_level() > level)
		return;
	evhttp_connection_get_peer(evhttp_request_get_connection(request->http), &source, &port);
	log_write(level, "http.request", NULL, "method=%s path=%s status=%d us=%lld id=%s source=%s",
		  request->method,
		  log_quote_n(request->path, length < PATH_SHOWN_MAX ? length : PATH_SHOWN_MAX), code,
		  (long long)us, request->id, source ? source : "");
}
