/* tls: the certificate of an https listener, and the handshakes that are under way.
 *
 * TLS 1.2 and 1.3, HTTP/1.1 by ALPN. Threads: the event base's thread. Shutdown: web_tls_free() after the
 * connections that web_tls_accept() made. */
#ifndef OFFHOOK_API_TLS_H
#define OFFHOOK_API_TLS_H

#include "lib/conf.h"

struct bufferevent;
struct event_base;
struct web_tls;

/* Reads certificate and key. Returns 0, ENOMEM or EINVAL, with *error in one sentence. */
int web_tls_alloc(struct web_tls **out, const struct conf_certificate *files, char *error, size_t size)
    __attribute__((warn_unused_result));
void web_tls_free(struct web_tls *tls);

/* Whether the files have changed since they were read. */
bool web_tls_is_stale(const struct web_tls *tls);
/* Reads them anew, for connections to come. On failure it is as it was. */
int web_tls_renew(struct web_tls *tls, char *error, size_t size) __attribute__((warn_unused_result));

/* A new connection's bufferevent, to be given its descriptor; NULL without memory. */
struct bufferevent *web_tls_accept(struct web_tls *tls, struct event_base *base);
/* Ends connections whose handshake has taken longer than that. */
void web_tls_end_slow(struct web_tls *tls, int64_t limit_us);

#endif
