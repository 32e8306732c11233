#include "daemon/api/http/tls.h"

#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* What a file was when it was read. */
struct seen {
	dev_t device;
	ino_t number;
	off_t size;
	struct timespec changed;
};

struct handshake {
	struct handshake *next, **link;
	SSL *ssl;
	int64_t started_us;
};

struct web_tls {
	char *certificate_file, *key_file;
	struct seen certificate, key;
	SSL_CTX *context;
	struct handshake *first; /* under way */
};

static struct seen look(const char *file)
{
	struct seen seen = { 0 };
	struct stat info;

	if (!stat(file, &info))
		seen = (struct seen){ info.st_dev, info.st_ino, info.st_size, info.st_mtim };
	return seen;
}

static bool differs(const struct seen *a, const struct seen *b)
{
	return a->device != b->device || a->number != b->number || a->size != b->size ||
	       a->changed.tv_sec != b->changed.tv_sec || a->changed.tv_nsec != b->changed.tv_nsec;
}

/* Handshakes */

static void handshake_free(struct handshake *handshake)
{
	*handshake->link = handshake->next;
	if (handshake->next)
		handshake->next->link = handshake->link;
	free(handshake);
}

/* The connection ends, its handshake perhaps unfinished. */
static void on_ssl_free(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl, void *argp)
{
	(void)parent, (void)ad, (void)idx, (void)argl, (void)argp;
	if (ptr)
		handshake_free(ptr);
}

/* The place of a handshake in an SSL; the same for all. */
static int slot(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_ssl_free);
	return index;
}

static void on_info(const SSL *ssl, int where, int result)
{
	struct handshake *handshake = SSL_get_ex_data(ssl, slot());

	(void)result;
	if (!(where & SSL_CB_HANDSHAKE_DONE) || !handshake)
		return;
	SSL_set_ex_data((SSL *)ssl, slot(), NULL);
	handshake_free(handshake);
}

/* Certificates */

/* We speak HTTP/1.1; who wants another protocol alone is refused (RFC 7301, section 3.2). */
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_length, const unsigned char *in,
		   unsigned in_length, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen = NULL;

	(void)ssl, (void)arg;
	if (SSL_select_next_proto(&chosen, out_length, ours, sizeof ours - 1, in, in_length) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* Says what OpenSSL found first. */
static int fail(const char *what, const char *file, char *error, size_t size)
{
	unsigned long code = ERR_peek_error();
	const char *reason =
	    ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);

	snprintf(error, size, "api/%s: %s: %s", what, file, reason ? reason : "cannot be used");
	ERR_clear_error();
	return EINVAL;
}

static int load(SSL_CTX *context, const struct web_tls *tls, char *error, size_t size)
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(context, tls->certificate_file) != 1)
		return fail("tls-certificate-file", tls->certificate_file, error, size);
	if (SSL_CTX_use_PrivateKey_file(context, tls->key_file, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(context) != 1)
		return fail("tls-key-file", tls->key_file, error, size);
	return 0;
}

static int make_context(SSL_CTX **out, const struct web_tls *tls, char *error, size_t size)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	int err;

	snprintf(error, size, "out of memory");
	if (!context)
		return ENOMEM;
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_alpn_select_cb(context, on_alpn, NULL);
	SSL_CTX_set_info_callback(context, on_info);
	err = load(context, tls, error, size);
	if (err)
		SSL_CTX_free(context);
	else
		*out = context;
	return err;
}

int web_tls_renew(struct web_tls *tls, char *error, size_t size)
{
	const struct seen certificate = look(tls->certificate_file), key = look(tls->key_file);
	SSL_CTX *context;
	int err = make_context(&context, tls, error, size);

	if (err)
		return err;
	SSL_CTX_free(tls->context);
	tls->context = context;
	tls->certificate = certificate;
	tls->key = key;
	return 0;
}

int web_tls_alloc(struct web_tls **out, const struct conf_certificate *files, char *error, size_t size)
{
	struct web_tls *tls = calloc(1, sizeof *tls);
	int err = ENOMEM;

	snprintf(error, size, "out of memory");
	if (!tls)
		return ENOMEM;
	tls->certificate_file = strdup(files->certificate_file);
	tls->key_file = strdup(files->key_file);
	if (tls->certificate_file && tls->key_file && slot() >= 0)
		err = web_tls_renew(tls, error, size);
	if (err)
		web_tls_free(tls);
	else
		*out = tls;
	return err;
}

void web_tls_free(struct web_tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->context);
	free(tls->certificate_file);
	free(tls->key_file);
	free(tls);
}

bool web_tls_is_stale(const struct web_tls *tls)
{
	const struct seen certificate = look(tls->certificate_file), key = look(tls->key_file);

	return differs(&certificate, &tls->certificate) || differs(&key, &tls->key);
}

/* Connections */

struct bufferevent *web_tls_accept(struct web_tls *tls, struct event_base *base)
{
	struct handshake *handshake = calloc(1, sizeof *handshake);
	SSL *ssl = handshake ? SSL_new(tls->context) : NULL;
	struct bufferevent *bev;

	if (!ssl) {
		free(handshake);
		return NULL;
	}
	handshake->ssl = ssl;
	handshake->started_us = clock_mono_us();
	handshake->next = tls->first;
	handshake->link = &tls->first;
	if (handshake->next)
		handshake->next->link = &handshake->next;
	tls->first = handshake;
	SSL_set_ex_data(ssl, slot(), handshake);
	/* It owns the SSL, also when it cannot be made. */
	bev = bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (bev)
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

void web_tls_end_slow(struct web_tls *tls, int64_t limit_us)
{
	int64_t now = clock_mono_us();

	/* Newest first. Shutting down lets the loop notice the end. */
	for (struct handshake *handshake = tls->first; handshake; handshake = handshake->next)
		if (now - handshake->started_us > limit_us && SSL_get_fd(handshake->ssl) >= 0) {
			log_info("http.handshake_too_slow", NULL, "fd=%d", SSL_get_fd(handshake->ssl));
			shutdown(SSL_get_fd(handshake->ssl), SHUT_RDWR);
		}
}
