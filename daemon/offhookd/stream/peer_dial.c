#include "daemon/offhookd/stream/peer_dial.h"

#include "lib/deny.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

enum { HOST_SIZE = 256, TARGET_SIZE = 8192, UNSENT_MAX = 16384 };

/* A question about names, which outlives whoever has asked. */
struct question {
	struct peer_dial *dial; /* NULL: nobody wants to know any more */
	struct evdns_getaddrinfo_request *request;
};

struct peer_dial {
	struct peer_world *world;
	const struct peer_setup *setup;
	peer_dialled_h *handler;
	void *arg;
	bool tls, local;
	char host[HOST_SIZE]; /* without brackets */
	char authority[HOST_SIZE + 8];
	char target[TARGET_SIZE];
	int port;
	struct question *asking;
	struct evutil_addrinfo *found, *next;
	struct bufferevent *bev;
	struct event *begin;
	bool denied; /* one of the addresses was */
	enum peer_error why;
	char error[PEER_ERROR_MAX];
};

static void say(struct peer_dial *d, struct bufferevent *bev, enum peer_error why, const char *error)
{
	d->handler(bev, why, error, d->arg);
}

static void __attribute__((format(printf, 3, 4)))
note(struct peer_dial *d, enum peer_error why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(d->error, sizeof d->error, format, args);
	va_end(args);
	d->why = why;
}

/* ---- the URL ---- */

static bool read_authority(struct peer_dial *d, const struct evhttp_uri *uri)
{
	const char *host = evhttp_uri_get_host(uri);
	size_t n = host ? strlen(host) : 0;
	int port = evhttp_uri_get_port(uri);

	if (!n || n >= HOST_SIZE)
		return false;
	d->port = port > 0 ? port : d->tls ? 443 : 80;
	if (port > 0)
		snprintf(d->authority, sizeof d->authority, "%s:%d", host, port);
	else
		snprintf(d->authority, sizeof d->authority, "%s", host);
	if (host[0] == '[')
		snprintf(d->host, sizeof d->host, "%.*s", (int)n - 2, host + 1);
	else
		snprintf(d->host, sizeof d->host, "%s", host);
	return true;
}

static bool read_uri(struct peer_dial *d, const struct evhttp_uri *uri)
{
	const char *scheme = evhttp_uri_get_scheme(uri), *path = evhttp_uri_get_path(uri),
		   *query = evhttp_uri_get_query(uri);
	int n;

	if (!scheme || (strcasecmp(scheme, "ws") != 0 && strcasecmp(scheme, "wss") != 0))
		return false;
	d->tls = strcasecmp(scheme, "wss") == 0;
	n = snprintf(d->target, sizeof d->target, "%s%s%s", path && *path ? path : "/", query ? "?" : "",
		     query ? query : "");
	return n < TARGET_SIZE && read_authority(d, uri);
}

static bool read_url(struct peer_dial *d)
{
	struct evhttp_uri *uri;
	bool good;

	d->local = strncmp(d->setup->url, "unix:", 5) == 0;
	if (d->local)
		return true;
	uri = evhttp_uri_parse(d->setup->url);
	good = uri && read_uri(d, uri);
	if (uri)
		evhttp_uri_free(uri);
	if (!good)
		note(d, PEER_URL, "The URL is none of ws:// or wss://.");
	return good;
}

/* ---- TLS ---- */

static SSL *make_tls(struct peer_dial *d)
{
	SSL *ssl = SSL_new(d->world->tls);
	struct in6_addr any;

	if (!ssl)
		return NULL;
	if (inet_pton(AF_INET, d->host, &any) == 1 || inet_pton(AF_INET6, d->host, &any) == 1) {
		X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), d->host);
	} else {
		SSL_set_tlsext_host_name(ssl, d->host);
		SSL_set1_host(ssl, d->host);
	}
	SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	return ssl;
}

static void note_tls_failure(struct peer_dial *d, struct bufferevent *bev)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	long verdict = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;

	if (verdict != X509_V_OK)
		note(d, PEER_TLS, "The server's certificate is not accepted: %s.",
		     X509_verify_cert_error_string(verdict));
	else
		note(d, PEER_TLS, "The TLS handshake failed.");
}

/* ---- connecting ---- */

static void try_next(struct peer_dial *d);

static void on_connecting(struct bufferevent *bev, short what, void *arg)
{
	struct peer_dial *d = arg;
	int err = EVUTIL_SOCKET_ERROR(), fd = bufferevent_getfd(bev);
	const int one = 1, unsent = UNSENT_MAX;

	d->bev = NULL;
	if (what & BEV_EVENT_CONNECTED) {
		if (!d->local) {
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
			setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
		}
		bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
		say(d, bev, PEER_FINE, NULL);
		return;
	}
	if (d->tls && bufferevent_get_openssl_error(bev))
		note_tls_failure(d, bev);
	else if (d->tls && SSL_get_verify_result(bufferevent_openssl_get_ssl(bev)) != X509_V_OK)
		note_tls_failure(d, bev);
	else
		note(d, PEER_REFUSED, "The server does not accept connections: %s.",
		     evutil_socket_error_to_string(err));
	bufferevent_free(bev);
	try_next(d);
}

static bool connect_to(struct peer_dial *d, const struct sockaddr *address, int size)
{
	const int options = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;
	SSL *ssl = d->tls ? make_tls(d) : NULL;
	struct bufferevent *bev =
	    d->tls ? ssl ? bufferevent_openssl_socket_new(d->world->base, -1, ssl, BUFFEREVENT_SSL_CONNECTING,
							  options)
			 : NULL
		   : bufferevent_socket_new(d->world->base, -1, options);

	if (!bev) {
		note(d, PEER_FULL, "out of memory");
		return false;
	}
	if (d->tls)
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	bufferevent_setcb(bev, NULL, NULL, on_connecting, d);
	d->bev = bev;
	/* when it fails at once, it says so by the callback */
	if (bufferevent_socket_connect(bev, (struct sockaddr *)address, size) && d->bev == bev)
		note(d, PEER_REFUSED, "The server does not accept connections.");
	return true;
}

static void try_next(struct peer_dial *d)
{
	while (d->next) {
		const struct evutil_addrinfo *one = d->next;

		d->next = one->ai_next;
		if (deny_holds(&d->setup->deny, one->ai_addr)) {
			d->denied = true;
			continue;
		}
		if (connect_to(d, one->ai_addr, (int)one->ai_addrlen))
			return;
	}
	if (d->denied && d->why == PEER_FINE)
		note(d, PEER_DENIED,
		     "The URL leads to an address that conf denies (api { deny-addresses }).");
	say(d, NULL, d->why, d->error);
}

static void on_found(int err, struct evutil_addrinfo *found, void *arg)
{
	struct question *question = arg;
	struct peer_dial *d = question->dial;

	free(question);
	if (!d) {
		if (found)
			evutil_freeaddrinfo(found);
		return;
	}
	d->asking = NULL;
	if (err) {
		note(d, PEER_NAME, "The host %.80s is not found: %s.", d->host, evutil_gai_strerror(err));
		say(d, NULL, d->why, d->error);
		return;
	}
	d->found = d->next = found;
	try_next(d);
}

static void connect_local(struct peer_dial *d)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = d->setup->url + 5;

	if (strlen(path) >= sizeof address.sun_path) {
		note(d, PEER_URL, "The path of the socket is too long.");
		say(d, NULL, d->why, d->error);
		return;
	}
	memcpy(address.sun_path, path, strlen(path));
	if (!connect_to(d, (struct sockaddr *)&address, sizeof address))
		say(d, NULL, d->why, d->error);
}

static void ask(struct peer_dial *d)
{
	const struct evutil_addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct question *question = calloc(1, sizeof *question);
	struct evdns_getaddrinfo_request *request;
	char port[8];

	if (!question) {
		say(d, NULL, PEER_FULL, "out of memory");
		return;
	}
	question->dial = d;
	d->asking = question;
	snprintf(port, sizeof port, "%d", d->port);
	request = evdns_getaddrinfo(d->world->dns, d->host, port, &hints, on_found, question);
	if (request) /* else it was answered at once, and the question is gone */
		question->request = request;
}

static void begin(evutil_socket_t fd, short what, void *arg)
{
	struct peer_dial *d = arg;

	(void)fd, (void)what;
	if (!read_url(d)) {
		say(d, NULL, d->why, d->error);
	} else if (d->local) {
		connect_local(d);
	} else {
		ask(d);
	}
}

struct peer_dial *peer_dial_new(struct peer_world *world, const struct peer_setup *setup,
				peer_dialled_h *handler, void *arg)
{
	struct peer_dial *d = calloc(1, sizeof *d);

	if (!d)
		return NULL;
	d->world = world;
	d->setup = setup;
	d->handler = handler;
	d->arg = arg;
	d->begin = event_new(world->base, -1, 0, begin, d);
	if (!d->begin) {
		free(d);
		return NULL;
	}
	event_active(d->begin, 0, 0);
	return d;
}

void peer_dial_names(const struct peer_dial *d, const char **host, const char **target)
{
	*host = d->local ? NULL : d->authority;
	*target = d->target;
}

void peer_dial_free(struct peer_dial *d)
{
	if (!d)
		return;
	if (d->asking) {
		d->asking->dial = NULL;
		evdns_getaddrinfo_cancel(d->asking->request);
	}
	if (d->found)
		evutil_freeaddrinfo(d->found);
	if (d->bev)
		bufferevent_free(d->bev);
	event_free(d->begin);
	free(d);
}
