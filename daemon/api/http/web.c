#include "daemon/api/http/web_private.h"

#include "daemon/api/http/conn.h"
#include "daemon/api/http/deadlines.h"
#include "daemon/api/http/intake.h"
#include "daemon/api/http/tls.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SWEEP_S = 1 };

static const char *method_name(enum evhttp_cmd_type type)
{
	switch (type) {
	case EVHTTP_REQ_GET:
		return "GET";
	case EVHTTP_REQ_POST:
		return "POST";
	case EVHTTP_REQ_HEAD:
		return "HEAD";
	case EVHTTP_REQ_PUT:
		return "PUT";
	case EVHTTP_REQ_DELETE:
		return "DELETE";
	case EVHTTP_REQ_OPTIONS:
		return "OPTIONS";
	case EVHTTP_REQ_PATCH:
		return "PATCH";
	default:
		return "?";
	}
}

/* Splits and decodes the path. Returns 0, EINVAL or ENOMEM. */
static int split_path(struct web_request *request, const char *path, size_t length)
{
	char *next, *text = strndup(path, length);

	if (!text)
		return ENOMEM;
	request->storage[0] = text;
	if (*text == '/')
		text++;
	for (char *segment = text; segment; segment = next) {
		next = strchr(segment, '/');
		if (next)
			*next++ = '\0';
		if (query_unescape(segment, false) || !query_is_utf8(segment))
			return EINVAL;
		if (request->segment_count == WEB_SEGMENTS_MAX)
			return EINVAL;
		request->segments[request->segment_count++] = segment;
	}
	/* A slash at the end names the same thing. */
	if (request->segment_count > 1 && !*request->segments[request->segment_count - 1])
		request->segment_count--;
	return 0;
}

static int take_body(struct web_request *request)
{
	struct evbuffer *input = evhttp_request_get_input_buffer(request->http);
	size_t size = evbuffer_get_length(input);
	char *body = malloc(size + 1);

	if (!body)
		return ENOMEM;
	evbuffer_remove(input, body, size);
	body[size] = '\0';
	request->storage[1] = body;
	request->body = body;
	request->body_size = size;
	return 0;
}

/* The request begins; one that is refused by its framing ends, too. */
static bool begin(struct web_request *request)
{
	struct conn *conn;
	const char *why;
	int status;

	request->fd = bufferevent_getfd(web_bufferevent(request));
	conn = conn_of(request->fd);
	if (!conn) {
		web_request_abandon(request);
		return false;
	}
	deadlines_begin(conn, request);
	status = intake_refusal(conn, &why);
	if (status && *conn->target)
		request->path = conn->target;
	if (status)
		web_refuse(request, status, why, framing_wants_head(&conn->framing));
	return !status;
}

void web_server_set_problems(struct web_server *server, web_problem_h *problem, void *arg)
{
	server->problem = problem;
	server->problem_arg = arg;
}

void web_on_request(struct evhttp_request *http, void *arg)
{
	struct web_listener *listener = arg;
	struct web_server *server = listener->server;
	struct web_request *request = calloc(1, sizeof *request);
	const char *path = web_target_path(evhttp_request_get_uri(http)), *mark = strchr(path, '?');
	int err;

	if (!request) {
		evhttp_send_error(http, 503, NULL);
		return;
	}
	request->server = server;
	request->for_metrics = listener->for_metrics;
	request->http = http;
	request->method = method_name(evhttp_request_get_command(http));
	request->path = evhttp_request_get_uri(http);
	request->body = "";
	request->started_us = clock_mono_us();
	if (!begin(request))
		return;
	web_request_name(request);
	err = split_path(request, path, mark ? (size_t)(mark - path) : strlen(path));
	if (err == EINVAL) {
		web_answer_problem(request, 400,
				   "The path is too deep or not correctly percent-encoded UTF-8.");
		return;
	}
	if (!err)
		err = query_parse(&request->query, mark ? mark + 1 : "");
	if (err == EINVAL || err == E2BIG) {
		web_answer_problem(
		    request, 400,
		    "The query string is not correctly percent-encoded UTF-8, or has too many parameters.");
		return;
	}
	if (!err)
		err = take_body(request);
	if (err) {
		web_answer_problem(request, 503, "Out of memory.");
		return;
	}
	server->handler(request, server->arg);
}

static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct web_server *server = arg;

	(void)fd, (void)what;
	deadlines_sweep();
	for (size_t i = 0; i < server->listener_count; i++)
		if (server->listeners[i].tls)
			web_tls_end_slow(server->listeners[i].tls, deadlines_limit_us());
}

int web_server_alloc(struct web_server **out, struct event_base *base, const struct conf *conf,
		     web_request_h *handler, void *arg, char *error, size_t size)
{
	const struct timeval period = { .tv_sec = SWEEP_S };
	const size_t listeners = conf->api.listen_count + conf->api.metrics_listen_count;
	struct web_server *server = calloc(1, sizeof *server);
	int err = ENOMEM;

	snprintf(error, size, "out of memory");
	if (!server)
		return ENOMEM;
	server->base = base;
	server->handler = handler;
	server->arg = arg;
	server->connections_max = conf->api.max_connections;
	server->connections_of_source = conf->api.max_connections_of_source;
	server->body_max = conf->api.max_body;
	server->access_log = conf->api.access_log;
	random_hex(server->id_prefix, 4);
	conns_start(conf->api.max_body);
	deadlines_start(conf->api.request_timeout_s);
	server->resume = evtimer_new(base, web_resume_accepting, server);
	server->sweep = event_new(base, -1, EV_PERSIST, on_sweep, server);
	server->listeners = calloc(listeners, sizeof *server->listeners);
	if (server->resume && server->sweep && server->listeners && !event_add(server->sweep, &period))
		err = 0;
	for (; !err && server->listener_count < listeners; server->listener_count++) {
		err = web_listen(server, conf, server->listener_count, error, size);
		if (err)
			web_listener_clear(&server->listeners[server->listener_count]);
		if (err)
			break;
	}
	if (err)
		web_server_free(server);
	else
		*out = server;
	return err;
}

const struct web_stats *web_server_stats(struct web_server *server)
{
	server->stats.connections = server->connections;
	return &server->stats;
}

uint16_t web_server_port(const struct web_server *server, size_t listener)
{
	return listener < server->listener_count ? server->listeners[listener].port : 0;
}

static void tell(const struct web_server *server, const char *event, const struct conf_listen *listen,
		 size_t count, size_t first)
{
	for (size_t i = 0; i < count; i++)
		log_info(event, NULL, "transport=%s host=%s port=%u",
			 listen[i].transport == CONF_HTTPS ? "https" : "http", listen[i].host,
			 web_server_port(server, first + i));
}

void web_server_tell(const struct web_server *server, const struct conf *conf)
{
	tell(server, "api.listening", conf->api.listen, conf->api.listen_count, 0);
	tell(server, "api.metrics", conf->api.metrics_listen, conf->api.metrics_listen_count,
	     conf->api.listen_count);
}

int web_server_check(const struct conf *conf, char *error, size_t size)
{
	for (size_t i = 0; i < conf->api.listen_count; i++) {
		struct web_tls *tls;

		if (conf->api.listen[i].transport != CONF_HTTPS)
			continue;
		if (web_tls_alloc(&tls, &conf->api.certificates[i], error, size))
			return EINVAL;
		web_tls_free(tls);
	}
	return 0;
}

bool web_server_has_new_certificates(const struct web_server *server)
{
	for (size_t i = 0; i < server->listener_count; i++)
		if (server->listeners[i].tls && web_tls_is_stale(server->listeners[i].tls))
			return true;
	return false;
}

int web_server_renew(struct web_server *server, char *error, size_t size)
{
	int err = 0;

	for (size_t i = 0; i < server->listener_count && !err; i++)
		if (server->listeners[i].tls)
			err = web_tls_renew(server->listeners[i].tls, error, size);
	return err;
}

void web_server_free(struct web_server *server)
{
	if (!server)
		return;
	web_refuse_stop(server);
	for (size_t i = 0; i < server->listener_count; i++)
		web_listener_clear(&server->listeners[i]);
	if (server->resume)
		event_free(server->resume);
	if (server->sweep)
		event_free(server->sweep);
	conns_stop();
	free(server->listeners);
	free(server);
}
