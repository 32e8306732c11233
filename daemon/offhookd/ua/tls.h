/* tls: certificates of the TLS listeners.
 *
 * sofia-sip makes its SSL_CTXs itself, reads one certificate without its chain from a folder of its own
 * layout, and never reads it again. So it gets such a folder, and we remember every SSL_CTX that is made
 * meanwhile (OpenSSL tells of them) and set it up ourselves, at the start and whenever the files have
 * changed: connections that are up keep what they began with. */
#ifndef OFFHOOK_UA_TLS_H
#define OFFHOOK_UA_TLS_H

#include "lib/conf.h"

#include <stdbool.h>
#include <stddef.h>

struct ua_tls;

/* Whom we are about to shake hands with. */
struct ua_tls_peer {
	char name[256]; /* host or numeric address that its certificate is for */
	bool verify;	/* nothing is said to it unless the certificate is */
};
/* Fills *out; false: nobody that we know. */
typedef bool ua_tls_peer_h(const struct sockaddr_storage *address, struct ua_tls_peer *out, void *arg);

/* One whose certificate had to be good has shown another; `why` as OpenSSL says it. */
typedef void ua_tls_distrusted_h(const struct sockaddr_storage *address, const char *why, void *arg);

struct ua_tls_params {
	/* Of each listener, those without TLS too. A file has the chain behind the certificate, and may have
	 * the key too. */
	const struct conf_certificate *certificates;
	const char *ca_file; /* whose clients are let in with verify_clients, and whose servers are verified;
				NULL: none */
	const char *folder;  /* for sofia-sip, made with mode 0700 */
	ua_tls_peer_h *peer; /* for connections that we make, or NULL */
	ua_tls_distrusted_h *distrusted; /* of these, or NULL */
	void *arg;
	bool verify_clients;
	int min_version; /* 12: TLS 1.2, 13 */
};

enum { UA_TLS_MAX = 16 };

/* Reads the files of a first listener and makes the folder. Returns 0, or an errno with what is wrong in
 * `error`. SSL_CTXs that are made from now on, until ua_tls_apply(), are ours. */
int ua_tls_alloc(struct ua_tls **out, const struct ua_tls_params *params,
		 const struct conf_certificate *first, char *error, size_t error_size)
    __attribute__((warn_unused_result));

/* Those that are made from now on are number `owner`'s, below UA_TLS_MAX. */
void ua_tls_begin(struct ua_tls *tls, int owner);

/* Sets them up, each with the certificate of its owner; one whose certificate_file is NULL stays as it is.
 * Returns 0, or EINVAL with what is wrong in `error`; then all are as they were. */
int ua_tls_apply(struct ua_tls *tls, const struct ua_tls_params *params,
		 const struct conf_certificate certificates[UA_TLS_MAX], char *error, size_t error_size)
    __attribute__((warn_unused_result));

/* Path of the folder, for sofia-sip. */
const char *ua_tls_folder(const struct ua_tls *tls);
void ua_tls_free(struct ua_tls *tls);

#endif
