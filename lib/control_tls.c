/* See control_tls.h. */
#include "lib/control_tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A far end that is silent for IDLE and does not answer so many questions INTERVAL apart has gone. */
enum { KEEPALIVE_IDLE_S = 10, KEEPALIVE_INTERVAL_S = 5, KEEPALIVE_PROBES = 3, UNACKED_MS = 20000 };

enum { PUSH_MAX = 64 << 10 }; /* bytes that are said as a farewell */

/* Its address is the application data of our contexts. */
static char mark;

struct control_tls {
	SSL_CTX *context;
	bool server;
};

/* ---- files ---- */

/* Says what OpenSSL found first. */
static int fail(const char *what, const char *file, char *error, size_t size)
{
	unsigned long code = ERR_peek_error();
	const char *reason =
	    ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);

	snprintf(error, size, "%s: %s: %s", what, file, reason ? reason : "cannot be used");
	ERR_clear_error();
	return EINVAL;
}

static int load(SSL_CTX *context, const struct conf_control_tls *files, bool server, char *error, size_t size)
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(context, files->certificate_file) != 1)
		return fail("certificate-file", files->certificate_file, error, size);
	if (SSL_CTX_use_PrivateKey_file(context, files->key_file, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(context) != 1)
		return fail("key-file", files->key_file, error, size);
	if (SSL_CTX_load_verify_file(context, files->ca_file) != 1)
		return fail("ca-file", files->ca_file, error, size);
	if (server)
		SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(files->ca_file));
	return 0;
}

int control_tls_renew(struct control_tls *tls, const struct conf_control_tls *files, char *error, size_t size)
{
	SSL_CTX *context = SSL_CTX_new(tls->server ? TLS_server_method() : TLS_client_method());
	int err;

	snprintf(error, size, "out of memory");
	if (!context)
		return ENOMEM;
	SSL_CTX_set_app_data(context, &mark);
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
					 SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	err = load(context, files, tls->server, error, size);
	if (err) {
		SSL_CTX_free(context);
		return err;
	}
	SSL_CTX_free(tls->context);
	tls->context = context;
	return 0;
}

int control_tls_alloc(struct control_tls **out, const struct conf_control_tls *files, bool server,
		      char *error, size_t size)
{
	struct control_tls *tls = calloc(1, sizeof *tls);
	int err = ENOMEM;

	snprintf(error, size, "out of memory");
	if (tls) {
		tls->server = server;
		err = control_tls_renew(tls, files, error, size);
	}
	if (err)
		control_tls_free(tls);
	else
		*out = tls;
	return err;
}

void control_tls_free(struct control_tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->context);
	free(tls);
}

bool control_tls_owns(const struct ssl_st *ssl)
{
	return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)) == &mark;
}

/* ---- streams ---- */

unsigned control_tls_address(const char *host, unsigned port, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		return sizeof *v4;
	}
	if (inet_pton(AF_INET6, host, &v6->sin6_addr) != 1)
		return 0;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)port);
	return sizeof *v6;
}

/* Lines are short and somebody waits for each; and a machine that has gone sends no FIN. */
static void set_options(int fd)
{
	const struct {
		int level, name, value;
	} options[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S },
		{ IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKED_MS },
	};

	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(int));
}

static struct bufferevent *make(const struct control_tls *tls, struct event_base *base, int fd, SSL *ssl)
{
	/* It owns the SSL, also when it cannot be made. */
	struct bufferevent *stream =
	    ssl ? bufferevent_openssl_socket_new(
		      base, fd, ssl, tls->server ? BUFFEREVENT_SSL_ACCEPTING : BUFFEREVENT_SSL_CONNECTING,
		      BEV_OPT_CLOSE_ON_FREE)
		: NULL;

	if (stream)
		bufferevent_openssl_set_allow_dirty_shutdown(stream, 1);
	return stream;
}

struct bufferevent *control_tls_accept(const struct control_tls *tls, struct event_base *base, int fd)
{
	struct bufferevent *stream;

	set_options(fd);
	stream = make(tls, base, fd, SSL_new(tls->context));
	if (!stream)
		evutil_closesocket(fd);
	return stream;
}

static bool expect(SSL *ssl, const char *name)
{
	if (!ssl)
		return false;
	if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1)
		return true;
	return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

struct bufferevent *control_tls_connect(const struct control_tls *tls, struct event_base *base,
					const struct sockaddr_storage *to, unsigned size, const char *name)
{
	int fd = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	SSL *ssl = fd >= 0 ? SSL_new(tls->context) : NULL;
	struct bufferevent *stream = NULL;

	if (fd >= 0)
		set_options(fd);
	if (expect(ssl, name) && (!connect(fd, (const struct sockaddr *)to, size) || errno == EINPROGRESS))
		stream = make(tls, base, fd, ssl);
	else
		SSL_free(ssl);
	if (!stream && fd >= 0)
		close(fd);
	return stream;
}

void control_tls_explain(struct bufferevent *stream, char *out, size_t size)
{
	SSL *ssl = bufferevent_openssl_get_ssl(stream);
	long verdict = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
	unsigned long code = bufferevent_get_openssl_error(stream);
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	int err = EVUTIL_SOCKET_ERROR();

	if (verdict != X509_V_OK)
		snprintf(out, size, "%s", X509_verify_cert_error_string(verdict));
	else if (reason)
		snprintf(out, size, "%s", reason);
	else
		snprintf(out, size, "%s", err ? evutil_socket_error_to_string(err) : "it was closed");
}

void control_tls_push(struct bufferevent *stream)
{
	struct evbuffer *out = bufferevent_get_output(stream);
	SSL *ssl = bufferevent_openssl_get_ssl(stream);
	size_t length = evbuffer_get_length(out);

	/* After a write that is to be repeated nothing else may be written. */
	if (!ssl || !SSL_is_init_finished(ssl) || SSL_want(ssl) == SSL_WRITING || !length ||
	    length > PUSH_MAX)
		return;
	if (SSL_write(ssl, evbuffer_pullup(out, -1), (int)length) > 0)
		evbuffer_drain(out, length);
	ERR_clear_error();
}
