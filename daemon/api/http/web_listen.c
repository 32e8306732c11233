/* Listeners of the web server, and how many connections there are. */
#include "daemon/api/http/web_private.h"

#include "daemon/api/http/framing.h"
#include "daemon/api/http/intake.h"
#include "daemon/api/http/tls.h"
#include "lib/log.h"
#include "lib/socket_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	LISTEN_BACKLOG = 512,
	RECOUNT_MS = 100,
};

static void pause_accepting(struct web_server *server)
{
	const struct timeval tv = { .tv_usec = RECOUNT_MS * 1000 };

	for (size_t i = 0; i < server->listener_count; i++)
		evconnlistener_disable(server->listeners[i].socket);
	event_add(server->resume, &tv);
}

void web_resume_accepting(evutil_socket_t fd, short what, void *arg)
{
	struct web_server *server = arg;

	(void)fd, (void)what;
	server->connections = crowd_thin(server);
	if (server->connections >= server->connections_max) {
		pause_accepting(server);
		return;
	}
	for (size_t i = 0; i < server->listener_count; i++)
		evconnlistener_enable(server->listeners[i].socket);
}

/* libevent hands evhttp's argument to this callback, not ours; there is one server in a process. */
static struct web_server *accepting;

static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	(void)listener, (void)arg;
	log_warn("http.accept_failed", NULL, "error=%s", log_quote(strerror(errno)));
	pause_accepting(accepting);
}

/* Called for each new connection. */
static struct bufferevent *on_connection(struct event_base *base, void *arg)
{
	struct web_listener *listener = arg;
	struct web_server *server = listener->server;
	struct bufferevent *bev;

	if (++server->connections >= server->connections_max) {
		server->connections = crowd_thin(server) + 1;
		if (server->connections >= server->connections_max) {
			log_warn("http.connections_max", NULL, "max=%u", server->connections_max);
			pause_accepting(server);
		}
	}
	if (listener->tls)
		bev = web_tls_accept(listener->tls, base);
	else
		bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!bev)
		return NULL;
	intake_watch(bev);
	return bev;
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

static evutil_socket_t listen_socket(const struct conf_listen *listen_on, const char *option, char *error,
				     size_t size)
{
	struct sockaddr_storage address = { 0 };
	socklen_t length = parse_address(listen_on, &address);
	evutil_socket_t fd;
	char text[96];
	int on = 1;

	snprintf(text, sizeof text, strchr(listen_on->host, ':') ? "[%s]:%u" : "%s:%u", listen_on->host,
		 listen_on->port);
	if (!length) {
		snprintf(error, size, "api/%s: \"%s\" is not an IP address with a port", option, text);
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
	snprintf(error, size, "api/%s: %s://%s: %s", option,
		 listen_on->transport == CONF_HTTPS ? "https" : "http", text, strerror(errno));
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
	return (uint16_t)socket_address_port(&address);
}

static void configure(struct web_listener *listener, const struct conf *conf)
{
	struct evhttp *http = listener->http;

	evhttp_set_gencb(http, web_on_request, listener);
	evhttp_set_bevcb(http, on_connection, listener);
	evhttp_set_allowed_methods(http, 0xffff);
	/* What is more has been refused before evhttp sees it. */
	evhttp_set_max_headers_size(http, FRAMING_HEAD_MAX);
	evhttp_set_max_body_size(http, (ev_ssize_t)listener->server->body_max);
	evhttp_set_timeout(http, (int)conf->api.idle_timeout_s);
	evhttp_set_default_content_type(http, NULL);
}

/* Gives evhttp the socket, which is closed when that fails. */
static int bind_socket(struct web_listener *listener, evutil_socket_t fd)
{
	struct evconnlistener *socket;

	listener->port = socket_port(fd);
	socket = evconnlistener_new(listener->server->base, NULL, NULL,
				    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!socket) {
		close(fd);
		return ENOMEM;
	}
	if (!evhttp_bind_listener(listener->http, socket)) {
		evconnlistener_free(socket);
		return ENOMEM;
	}
	accepting = listener->server;
	evconnlistener_set_error_cb(socket, on_accept_error);
	listener->socket = socket;
	return 0;
}

int web_listen(struct web_server *server, const struct conf *conf, size_t index, char *error, size_t size)
{
	const bool for_metrics = index >= conf->api.listen_count;
	const struct conf_listen *listen_on = for_metrics
						  ? &conf->api.metrics_listen[index - conf->api.listen_count]
						  : &conf->api.listen[index];
	struct web_listener *listener = &server->listeners[index];
	evutil_socket_t fd;
	int err;

	listener->server = server;
	listener->for_metrics = for_metrics;
	if (listen_on->transport == CONF_HTTPS) {
		err = web_tls_alloc(&listener->tls, &conf->api.certificates[index], error, size);
		if (err)
			return err;
	}
	listener->http = evhttp_new(server->base);
	if (!listener->http)
		return ENOMEM;
	configure(listener, conf);
	fd = listen_socket(listen_on, for_metrics ? "metrics-listen" : "listen", error, size);
	return fd < 0 ? EADDRINUSE : bind_socket(listener, fd);
}

void web_listener_clear(struct web_listener *listener)
{
	/* With the connections, which have their certificate from the next. */
	if (listener->http)
		evhttp_free(listener->http);
	web_tls_free(listener->tls);
}
