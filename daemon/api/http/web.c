#include "daemon/api/http/web.h"

#include "lib/clock.h"
#include "lib/json_text.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <dirent.h>

enum {
	HEADERS_MAX = 16 * 1024,
	/* evhttp's own limit, answered in its own words; ours is below and answered as a problem document. */
	BODY_HARD_MAX = 16 * 1024 * 1024,
	LISTEN_BACKLOG = 512,
	RECOUNT_MS = 100,
};

struct web_server {
	struct event_base *base;
	struct evhttp *http;
	struct evconnlistener **listeners;
	uint16_t *ports;
	size_t listener_count;
	struct event *resume; /* listeners are paused until it fires */
	unsigned connections; /* accepted since the last exact count, plus that count: never too low */
	unsigned connections_max;
	size_t body_max;
	web_request_h *handler;
	void *arg;
};

static bool is_ours(int fd, const struct web_server *server)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof address;
	int listening = 0;
	socklen_t size = sizeof listening;
	uint16_t port;

	if (getsockname(fd, (struct sockaddr *)&address, &length))
		return false;
	if (address.ss_family == AF_INET)
		port = ntohs(((struct sockaddr_in *)&address)->sin_port);
	else if (address.ss_family == AF_INET6)
		port = ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
	else
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) || listening)
		return false;
	for (size_t i = 0; i < server->listener_count; i++)
		if (server->ports[i] == port)
			return true;
	return false;
}

/* evhttp of libevent 2.1 tells nobody when a connection ends: ask the kernel, and only when the limit may be
 * reached. */
static unsigned count_connections(const struct web_server *server)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	unsigned count = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && is_ours(atoi(entry->d_name), server))
			count++;
	closedir(dir);
	return count;
}

static void pause_accepting(struct web_server *server)
{
	const struct timeval tv = { .tv_usec = RECOUNT_MS * 1000 };

	for (size_t i = 0; i < server->listener_count; i++)
		evconnlistener_disable(server->listeners[i]);
	event_add(server->resume, &tv);
}

static void resume_accepting(evutil_socket_t fd, short what, void *arg)
{
	struct web_server *server = arg;

	(void)fd, (void)what;
	server->connections = count_connections(server);
	if (server->connections >= server->connections_max) {
		pause_accepting(server);
		return;
	}
	for (size_t i = 0; i < server->listener_count; i++)
		evconnlistener_enable(server->listeners[i]);
}

static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	(void)listener;
	log_warn("http.accept_failed", NULL, "error=%s", log_quote(strerror(errno)));
	pause_accepting(arg);
}

/* Called for each new connection; the default bufferevent will do. */
static struct bufferevent *on_connection(struct event_base *base, void *arg)
{
	struct web_server *server = arg;

	if (++server->connections >= server->connections_max) {
		server->connections = count_connections(server) + 1;
		if (server->connections >= server->connections_max) {
			log_warn("http.connections_max", NULL, "max=%u", server->connections_max);
			pause_accepting(server);
		}
	}
	return bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
}

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

static void request_free(struct web_request *request)
{
	query_clear(&request->query);
	for (size_t i = 0; i < 3; i++)
		free(request->storage[i]);
	free(request);
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

/* Skips "http://host:port" of an absolute request target. */
static const char *target_path(const char *target)
{
	const char *slashes;

	if (*target == '/')
		return target;
	slashes = strstr(target, "://");
	if (!slashes)
		return target;
	return slashes[3] ? slashes + 3 + strcspn(slashes + 3, "/?") : "/";
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

static void on_request(struct evhttp_request *http, void *arg)
{
	struct web_server *server = arg;
	struct web_request *request = calloc(1, sizeof *request);
	const char *path = target_path(evhttp_request_get_uri(http)), *mark = strchr(path, '?');
	int err;

	if (!request) {
		evhttp_send_error(http, 503, NULL);
		return;
	}
	request->server = server;
	request->http = http;
	request->method = method_name(evhttp_request_get_command(http));
	request->path = evhttp_request_get_uri(http);
	request->body = "";
	request->started_us = clock_mono_us();
	if (evbuffer_get_length(evhttp_request_get_input_buffer(http)) > server->body_max) {
		web_reply_header(request, "Connection", "close");
		web_reply_problem(request, 413, NULL, "The request body is larger than %zu bytes.",
				  server->body_max);
		return;
	}
	err = split_path(request, path, mark ? (size_t)(mark - path) : strlen(path));
	if (err == EINVAL) {
		web_reply_problem(request, 400, NULL,
				  "The path is too deep or not correctly percent-encoded UTF-8.");
		return;
	}
	if (!err)
		err = query_parse(&request->query, mark ? mark + 1 : "");
	if (err == EINVAL || err == E2BIG) {
		web_reply_problem(request, 400, NULL,
				  "The query string is not correctly percent-encoded UTF-8, or has more than "
				  "%d parameters.",
				  QUERY_MAX);
		return;
	}
	if (!err)
		err = take_body(request);
	if (err) {
		web_reply_problem(request, 503, NULL, "Out of memory.");
		return;
	}
	server->handler(request, server->arg);
}

const char *web_header(const struct web_request *request, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(request->http), name);
}

void web_reply_header(struct web_request *request, const char *name, const char *value)
{
	evhttp_add_header(evhttp_request_get_output_headers(request->http), name, value);
}

const char *web_status_text(int code)
{
	static const struct {
		int code;
		const char *text;
	} texts[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 206, "Partial Content" },
		{ 302, "Found" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 402, "Payment Required" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" },
		{ 409, "Conflict" },
		{ 412, "Precondition Failed" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 416, "Range Not Satisfiable" },
		{ 422, "Unprocessable Content" },
		{ 426, "Upgrade Required" },
		{ 429, "Too Many Requests" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].code == code)
			return texts[i].text;
	return "Error";
}

static void finish(struct web_request *request, int code, struct evbuffer *content)
{
	char length[24];

	/* evhttp leaves the length out when it sends no body. */
	if (content && !strcmp(request->method, "HEAD")) {
		snprintf(length, sizeof length, "%zu", evbuffer_get_length(content));
		web_reply_header(request, "Content-Length", length);
	}
	log_debug("http.request", NULL, "method=%s path=%s status=%d us=%lld", request->method,
		  log_quote(request->path), code, (long long)(clock_mono_us() - request->started_us));
	evhttp_send_reply(request->http, code, web_status_text(code), content);
	request_free(request);
}

void web_reply_buffer(struct web_request *request, int code, const char *type, struct evbuffer *content)
{
	web_reply_header(request, "Content-Type", type);
	finish(request, code, content);
}

void web_reply_empty(struct web_request *request, int code)
{
	finish(request, code, NULL);
}

static void reply_json(struct web_request *request, int code, const char *type, json_t *json)
{
	struct evbuffer *content = evbuffer_new();
	char *text = json ? json_dumps(json, JSON_TEXT_FLAGS | JSON_ENCODE_ANY) : NULL;

	json_decref(json);
	if (!content || !text || evbuffer_add(content, text, strlen(text)) || evbuffer_add(content, "\n", 1))
		code = 503;
	else
		web_reply_header(request, "Content-Type", type);
	finish(request, code, code == 503 && !text ? NULL : content);
	free(text);
	if (content)
		evbuffer_free(content);
}

void web_reply_json(struct web_request *request, int code, json_t *json)
{
	reply_json(request, code, code >= 400 ? "application/problem+json" : "application/json", json);
}

json_t *web_problem(int code, const char *field, const char *detail)
{
	json_t *json = json_pack("{s:s, s:s, s:i, s:s}", "type", "about:blank", "title",
				 web_status_text(code), "status", code, "detail", detail);

	if (json && field)
		json_object_set_new(json, "field", json_string(field));
	return json;
}

void web_reply_problem(struct web_request *request, int code, const char *field, const char *fmt, ...)
{
	char detail[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(detail, sizeof detail, fmt, args);
	va_end(args);
	web_reply_json(request, code, web_problem(code, field, detail));
}

struct bufferevent *web_request_take(struct web_request *request)
{
	return evhttp_connection_get_bufferevent(evhttp_request_get_connection(request->http));
}

void web_request_abandon(struct web_request *request)
{
	evhttp_connection_free(evhttp_request_get_connection(request->http));
	request_free(request);
}

/* Returns the length of the address, 0 when it is none. */
static socklen_t parse_address(const struct conf_listen *listen_on, struct sockaddr_storage *out)
{
	struct sockaddr_in *four = (struct sockaddr_in *)out;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;

	if (inet_pton(AF_INET, listen_on->host, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(listen_on->port);
		return sizeof *four;
	}
	if (inet_pton(AF_INET6, listen_on->host, &six->sin6_addr) == 1) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(listen_on->port);
		return sizeof *six;
	}
	return 0;
}

static evutil_socket_t listen_socket(const struct conf_listen *listen_on, char *error, size_t size)
{
	struct sockaddr_storage address = { 0 };
	socklen_t length = parse_address(listen_on, &address);
	evutil_socket_t fd;
	char text[96];
	int on = 1;

	snprintf(text, sizeof text, strchr(listen_on->host, ':') ? "[%s]:%u" : "%s:%u", listen_on->host,
		 listen_on->port);
	if (!length) {
		snprintf(error, size, "api/listen: \"%s\" is not an IP address with a port", text);
		return -1;
	}
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		/* Connections inherit it: the rest of a large answer does not wait for an acknowledgement. */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		if (address.ss_family == AF_INET6)
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
		if (!bind(fd, (struct sockaddr *)&address, length) && !listen(fd, LISTEN_BACKLOG))
			return fd;
	}
	snprintf(error, size, "api/listen: http://%s: %s", text, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static uint16_t socket_port(evutil_socket_t fd)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof address;

	if (getsockname(fd, (struct sockaddr *)&address, &length))
		return 0;
	return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
						   : ((struct sockaddr_in *)&address)->sin_port);
}

static int add_listener(struct web_server *server, const struct conf_listen *listen_on, char *error,
			size_t size)
{
	struct evconnlistener *listener;
	evutil_socket_t fd;

	if (listen_on->transport != CONF_HTTP) {
		snprintf(error, size,
			 "api/listen: https is not possible in this version; put a TLS proxy in front");
		return EPROTONOSUPPORT;
	}
	fd = listen_socket(listen_on, error, size);
	if (fd < 0)
		return EADDRINUSE;
	listener = evconnlistener_new(server->base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
				      0, fd);
	if (!listener) {
		close(fd);
		return ENOMEM;
	}
	if (!evhttp_bind_listener(server->http, listener)) {
		evconnlistener_free(listener);
		return ENOMEM;
	}
	evconnlistener_set_error_cb(listener, on_accept_error);
	server->ports[server->listener_count] = socket_port(fd);
	server->listeners[server->listener_count++] = listener;
	return 0;
}

static void configure(struct web_server *server, const struct conf *conf)
{
	evhttp_set_gencb(server->http, on_request, server);
	evhttp_set_bevcb(server->http, on_connection, server);
	evhttp_set_allowed_methods(server->http, 0xffff);
	evhttp_set_max_headers_size(server->http, HEADERS_MAX);
	evhttp_set_max_body_size(
	    server->http, (ev_ssize_t)(server->body_max > BODY_HARD_MAX ? server->body_max : BODY_HARD_MAX));
	evhttp_set_flags(server->http, EVHTTP_SERVER_LINGERING_CLOSE);
	evhttp_set_timeout(server->http, (int)conf->api.idle_timeout_s);
	evhttp_set_default_content_type(server->http, NULL);
}

int web_server_alloc(struct web_server **out, struct event_base *base, const struct conf *conf,
		     web_request_h *handler, void *arg, char *error, size_t size)
{
	struct web_server *server = calloc(1, sizeof *server);
	int err = ENOMEM;

	snprintf(error, size, "out of memory");
	if (!server)
		return ENOMEM;
	server->base = base;
	server->handler = handler;
	server->arg = arg;
	server->connections_max = conf->api.max_connections;
	server->body_max = conf->api.max_body;
	server->http = evhttp_new(base);
	server->resume = evtimer_new(base, resume_accepting, server);
	server->listeners = calloc(conf->api.listen_count, sizeof *server->listeners);
	server->ports = calloc(conf->api.listen_count, sizeof *server->ports);
	if (!server->http || !server->resume || !server->listeners || !server->ports)
		goto out;
	configure(server, conf);
	err = 0;
	for (size_t i = 0; i < conf->api.listen_count && !err; i++)
		err = add_listener(server, &conf->api.listen[i], error, size);
	if (!err)
		*out = server;
out:
	if (err)
		web_server_free(server);
	return err;
}

uint16_t web_server_port(const struct web_server *server, size_t listener)
{
	return listener < server->listener_count ? server->ports[listener] : 0;
}

void web_server_free(struct web_server *server)
{
	if (!server)
		return;
	if (server->http)
		evhttp_free(server->http);
	if (server->resume)
		event_free(server->resume);
	free(server->listeners);
	free(server->ports);
	free(server);
}
