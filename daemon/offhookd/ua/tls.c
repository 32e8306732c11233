/* See tls.h. */
#include "daemon/offhookd/ua/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONTEXTS_MAX = 2 * UA_TLS_MAX, FRESH_MAX = 64, FILE_MAX = 1 << 20, PATH_SIZE = 4096 };

struct ua_tls {
	char folder[PATH_SIZE / 2];
};

/* What OpenSSL has told of. Its callbacks have one index for the process. */
static struct {
	bool registered, listening;
	SSL_CTX *list[CONTEXTS_MAX];
	int owners[CONTEXTS_MAX]; /* of each of them */
	int owner;		  /* of the next */
	size_t count;
	ua_tls_peer_h *peer;
	ua_tls_distrusted_h *distrusted;
	void *peer_arg;
	X509_STORE *authorities; /* of servers */
	SSL *fresh[FRESH_MAX];	 /* made, and not looked after yet */
	size_t fresh_count;
} contexts;

static void on_context(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl, void *argp)
{
	(void)ptr, (void)ad, (void)idx, (void)argl, (void)argp;
	if (!contexts.listening || contexts.count == CONTEXTS_MAX)
		return;
	contexts.owners[contexts.count] = contexts.owner;
	contexts.list[contexts.count++] = parent;
}

static void on_context_gone(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl, void *argp)
{
	(void)ptr, (void)ad, (void)idx, (void)argl, (void)argp;
	for (size_t i = 0; i < contexts.count; i++)
		if (contexts.list[i] == parent) {
			contexts.list[i] = contexts.list[--contexts.count];
			contexts.owners[i--] = contexts.owners[contexts.count];
		}
}

/* ---- connections ----
 *
 * sofia-sip frees the BIO of a connection that has ended, which the SSL owns, and forgets the SSL: some 60 KB
 * for each connection that anybody makes. The BIO tells when that happens; we free the SSL then, and the BIO
 * with it. */

static long on_bio(BIO *bio, int what, const char *argp, size_t length, int argi, long argl, int result,
		   size_t *processed)
{
	SSL *ssl;

	(void)argp, (void)length, (void)argi, (void)argl, (void)processed;
	if (what != BIO_CB_FREE)
		return result;
	ssl = (SSL *)BIO_get_callback_arg(bio);
	BIO_set_callback_ex(bio, NULL);
	BIO_set_close(bio, BIO_NOCLOSE); /* the socket is sofia-sip's */
	BIO_up_ref(bio);		 /* the two of the SSL: */
	BIO_up_ref(bio);		 /* one was taken by on_info(), one by sofia-sip */
	SSL_free(ssl);
	return 0; /* nothing is left to free */
}

static bool is_ours(const SSL *ssl)
{
	for (size_t i = 0; i < contexts.count; i++)
		if (contexts.list[i] == SSL_get_SSL_CTX(ssl))
			return true;
	return false;
}

/* May free it, when it has ended already. */
static void look_after(SSL *ssl)
{
	BIO *bio = SSL_get_rbio(ssl);

	if (!bio || !is_ours(ssl) || BIO_get_callback_ex(bio))
		return;
	BIO_set_callback_arg(bio, (char *)ssl);
	BIO_set_callback_ex(bio, on_bio);
	/* It lets go of the SSL_CTX once for each connection without having held it, */
	SSL_CTX_up_ref(SSL_get_SSL_CTX(ssl));
	/* and the SSL has its BIO twice, for reading and for writing: with one of them gone, sofia-sip's is
	 * the last. */
	BIO_free(bio);
}

static void look_after_fresh(void)
{
	while (contexts.fresh_count)
		look_after(contexts.fresh[--contexts.fresh_count]);
}

/* A new one has no BIO yet; those before it have. */
static void on_ssl(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl, void *argp)
{
	(void)ptr, (void)ad, (void)idx, (void)argl, (void)argp;
	look_after_fresh();
	contexts.fresh[contexts.fresh_count++] = parent;
}

static void on_ssl_gone(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl, void *argp)
{
	(void)ptr, (void)ad, (void)idx, (void)argl, (void)argp;
	for (size_t i = 0; i < contexts.fresh_count; i++)
		if (contexts.fresh[i] == parent)
			contexts.fresh[i--] = contexts.fresh[--contexts.fresh_count];
}

/* We connect to somebody: what of clients is asked for is not asked of servers, and theirs is the name to be
 * called by (RFC 6066). */
static void begin_as_client(SSL *ssl)
{
	struct sockaddr_storage to = { 0 };
	struct ua_tls_peer peer = { 0 };
	socklen_t size = sizeof to;
	bool numeric;

	SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
	if (!contexts.peer || getpeername(SSL_get_fd(ssl), (struct sockaddr *)&to, &size) != 0 ||
	    !contexts.peer(&to, &peer, contexts.peer_arg))
		return;
	numeric = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), peer.name) == 1;
	if (!numeric)
		SSL_set_tlsext_host_name(ssl, peer.name);
	if (!peer.verify)
		return;
	if (!numeric && SSL_set1_host(ssl, peer.name) != 1)
		X509_VERIFY_PARAM_set1_host(SSL_get0_param(ssl), "no.name.invalid",
					    0); /* without memory: nobody's */
	if (contexts.authorities)
		SSL_set1_verify_cert_store(ssl, contexts.authorities);
	SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
}

static void tell_distrusted(const SSL *ssl)
{
	struct sockaddr_storage to = { 0 };
	socklen_t size = sizeof to;
	long verdict = SSL_get_verify_result(ssl);

	if (verdict != X509_V_OK && contexts.distrusted &&
	    getpeername(SSL_get_fd(ssl), (struct sockaddr *)&to, &size) == 0)
		contexts.distrusted(&to, X509_verify_cert_error_string(verdict), contexts.peer_arg);
}

/* A handshake begins, goes on, or we break it off. */
static void on_info(const SSL *ssl, int where, int result)
{
	(void)result;
	if (where == SSL_CB_WRITE_ALERT && !SSL_is_server(ssl) && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE)
		tell_distrusted(ssl);
	look_after_fresh();
	if (where == SSL_CB_HANDSHAKE_START && !SSL_is_server(ssl))
		begin_as_client((SSL *)(uintptr_t)ssl);
}

/* ---- the folder ---- */

static int append_file(int fd, const char *path, char *error, size_t error_size)
{
	char buffer[8192];
	ssize_t n;
	size_t total = 0;
	int in = open(path, O_RDONLY | O_CLOEXEC), err = 0;

	if (in < 0) {
		err = errno;
		snprintf(error, error_size, "cannot read %s: %s", path, strerror(err));
		return err;
	}
	while (!err && (n = read(in, buffer, sizeof buffer)) > 0) {
		total += (size_t)n;
		if (total > FILE_MAX)
			err = EFBIG;
		else if (write(fd, buffer, (size_t)n) != n)
			err = EIO;
	}
	if (!err && write(fd, "\n", 1) != 1)
		err = EIO;
	if (err)
		snprintf(error, error_size, "cannot copy %s: %s", path, strerror(err));
	close(in);
	return err;
}

/* Writes what is in one or two files to a file of the folder. */
static int write_file(const struct ua_tls *tls, const char *name, const char *first, const char *second,
		      char *error, size_t error_size)
{
	char path[PATH_SIZE];
	int fd, err;

	snprintf(path, sizeof path, "%s/%s", tls->folder, name);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		err = errno;
		snprintf(error, error_size, "cannot write %s: %s", path, strerror(err));
		return err;
	}
	err = append_file(fd, first, error, error_size);
	if (!err && second)
		err = append_file(fd, second, error, error_size);
	if (close(fd) && !err)
		err = EIO;
	return err;
}

static int make_folder(const struct ua_tls *tls, const struct ua_tls_params *params,
		       const struct conf_certificate *first, char *error, size_t error_size)
{
	int err;

	if (mkdir(tls->folder, 0700) && errno != EEXIST) {
		err = errno;
		snprintf(error, error_size, "cannot make %s: %s", tls->folder, strerror(err));
		return err;
	}
	err = write_file(tls, "agent.pem", first->certificate_file, first->key_file, error, error_size);
	if (!err)
		err =
		    write_file(tls, "cafile.pem", params->ca_file ? params->ca_file : first->certificate_file,
			       NULL, error, error_size);
	return err;
}

/* ---- contexts ---- */

static int openssl_failure(const char *what, const char *file, char *error, size_t error_size)
{
	char text[160];

	ERR_error_string_n(ERR_get_error(), text, sizeof text);
	ERR_clear_error();
	snprintf(error, error_size, "%s%s%s: %s", what, file ? " " : "", file ? file : "", text);
	return EINVAL;
}

static int set_up(SSL_CTX *ctx, const struct ua_tls_params *params, const struct conf_certificate *files,
		  char *error, size_t error_size)
{
	const char *key = files->key_file ? files->key_file : files->certificate_file;
	int verify = SSL_VERIFY_NONE;

	if (SSL_CTX_use_certificate_chain_file(ctx, files->certificate_file) != 1)
		return openssl_failure("no certificate in", files->certificate_file, error, error_size);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return openssl_failure("no key that fits the certificate in", key, error, error_size);
	if (SSL_CTX_set_min_proto_version(ctx, params->min_version >= 13 ? TLS1_3_VERSION : TLS1_2_VERSION) !=
		1 ||
	    SSL_CTX_set_max_proto_version(ctx, 0) != 1)
		return openssl_failure("this version of TLS is not to be had", NULL, error, error_size);
	SSL_CTX_clear_options(ctx, SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3);
	if (params->verify_clients) {
		X509_STORE *store = X509_STORE_new();

		/* a new one, so that an authority that was taken away is trusted no more */
		if (!store || X509_STORE_load_file(store, params->ca_file) != 1) {
			X509_STORE_free(store);
			return openssl_failure("no certificates in", params->ca_file, error, error_size);
		}
		SSL_CTX_set_cert_store(ctx, store);
		SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(params->ca_file));
		verify = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	}
	SSL_CTX_set_verify(ctx, verify, NULL);
	SSL_CTX_set_info_callback(ctx, on_info);
	return 0;
}

/* On one that is thrown away, so that a fault in the files changes nothing. */
static int try(const struct ua_tls_params *params, const struct conf_certificate *files, char *error,
	       size_t error_size)
{
	bool listening = contexts.listening;
	SSL_CTX *trial;
	int err;

	contexts.listening = false;
	trial = SSL_CTX_new(TLS_method());
	contexts.listening = listening;
	if (!trial)
		return openssl_failure("no TLS", NULL, error, error_size);
	err = set_up(trial, params, files, error, error_size);
	SSL_CTX_free(trial);
	return err;
}

/* Whom we believe about servers: the system, and ca_file. */
static int trust(const struct ua_tls_params *params, char *error, size_t error_size)
{
	X509_STORE *store = X509_STORE_new();

	contexts.peer = params->peer;
	contexts.distrusted = params->distrusted;
	contexts.peer_arg = params->arg;
	if (!store)
		return openssl_failure("no TLS", NULL, error, error_size);
	X509_STORE_set_default_paths(store); /* there may be none */
	ERR_clear_error();
	if (params->ca_file && X509_STORE_load_file(store, params->ca_file) != 1) {
		X509_STORE_free(store);
		return openssl_failure("no certificates in", params->ca_file, error, error_size);
	}
	X509_STORE_free(contexts.authorities);
	contexts.authorities = store;
	return 0;
}

void ua_tls_begin(struct ua_tls *tls, int owner)
{
	(void)tls;
	contexts.owner = owner;
}

int ua_tls_apply(struct ua_tls *tls, const struct ua_tls_params *params,
		 const struct conf_certificate certificates[UA_TLS_MAX], char *error, size_t error_size)
{
	int err = 0;

	(void)tls;
	contexts.listening = false;
	err = trust(params, error, error_size);
	for (int i = 0; i < UA_TLS_MAX && !err; i++)
		if (certificates[i].certificate_file)
			err = try(params, &certificates[i], error, error_size);
	for (size_t i = 0; i < contexts.count && !err; i++)
		if (certificates[contexts.owners[i]].certificate_file)
			err = set_up(contexts.list[i], params, &certificates[contexts.owners[i]], error,
				     error_size);
	return err;
}

/* ---- life ---- */

int ua_tls_alloc(struct ua_tls **out, const struct ua_tls_params *params,
		 const struct conf_certificate *first, char *error, size_t error_size)
{
	struct ua_tls *tls = calloc(1, sizeof *tls);
	int err = tls ? 0 : ENOMEM;

	if (!err && !contexts.registered) {
		if (SSL_CTX_get_ex_new_index(0, NULL, on_context, NULL, on_context_gone) < 0 ||
		    SSL_get_ex_new_index(0, NULL, on_ssl, NULL, on_ssl_gone) < 0)
			err = openssl_failure("no TLS", NULL, error, error_size);
		contexts.registered = !err;
	}
	if (!err) {
		snprintf(tls->folder, sizeof tls->folder, "%s", params->folder);
		err = try(params, first, error, error_size);
	}
	if (!err)
		err = make_folder(tls, params, first, error, error_size);
	if (err) {
		ua_tls_free(tls);
		return err;
	}
	contexts.listening = true;
	*out = tls;
	return 0;
}

const char *ua_tls_folder(const struct ua_tls *tls)
{
	return tls->folder;
}

void ua_tls_free(struct ua_tls *tls)
{
	contexts.listening = false;
	contexts.peer = NULL;
	contexts.distrusted = NULL;
	X509_STORE_free(contexts.authorities);
	contexts.authorities = NULL;
	look_after_fresh();
	free(tls);
}
