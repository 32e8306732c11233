/* tls: certificates of the TLS listeners.
 *
 * sofia-sip makes its SSL_CTXs itself, reads one certificate without its chain from a folder of its own
 * layout, and never reads it again. So it gets such a folder, and we remember every SSL_CTX that is made
 * meanwhile (OpenSSL tells of them) and set it up ourselves, at the start and whenever the files have
 * changed: connections that are up keep what they began with. */
#ifndef OFFHOOK_UA_TLS_H
#define OFFHOOK_UA_TLS_H

#include <stdbool.h>
#include <stddef.h>

struct ua_tls;

struct ua_tls_params {
	const char *certificate_file; /* PEM, the chain behind it */
	const char *key_file;	      /* PEM; NULL: in certificate_file */
	const char *ca_file;	      /* whose clients are let in with verify_clients; NULL: none */
	const char *folder;	      /* for sofia-sip, made with mode 0700 */
	bool verify_clients;
	int min_version; /* 12: TLS 1.2, 13 */
};

/* Reads the files and makes the folder. Returns 0, or an errno with what is wrong in `error`. SSL_CTXs that
 * are made from now on, until ua_tls_apply(), are ours. */
int ua_tls_alloc(struct ua_tls **out, const struct ua_tls_params *params, char *error, size_t error_size)
    __attribute__((warn_unused_result));

/* Sets them up. Returns 0, or EINVAL with what is wrong in `error`; then all are as they were. */
int ua_tls_apply(struct ua_tls *tls, const struct ua_tls_params *params, char *error, size_t error_size)
    __attribute__((warn_unused_result));

/* Path of the folder, for sofia-sip. */
const char *ua_tls_folder(const struct ua_tls *tls);
void ua_tls_free(struct ua_tls *tls);

#endif
