/* control_tls: the control protocol between machines: TLS 1.2 or newer, with certificates on both sides that
 * one authority of the admin's own has signed (RFC 8446, section 4.4.2).
 *
 * Whoever has a certificate of that authority may do all that the control socket allows; nobody else gets a
 * byte of it. The client also checks that the certificate is of the switch that it means: its address, or the
 * name that it is given.
 *
 * Threads: that of the event base. */
#ifndef OFFHOOK_LIB_CONTROL_TLS_H
#define OFFHOOK_LIB_CONTROL_TLS_H

#include "lib/conf.h"

#include <stdbool.h>
#include <stddef.h>

struct bufferevent;
struct control_tls;
struct event_base;
struct sockaddr_storage;
struct ssl_st;

/* Reads the files; `server`: of who listens. Returns 0, EINVAL (a file cannot be used: `error` says which and
 * why) or ENOMEM. */
int control_tls_alloc(struct control_tls **out, const struct conf_control_tls *files, bool server,
		      char *error, size_t size) __attribute__((warn_unused_result));
/* Reads them again, perhaps others; what is connected stays so. On an error nothing changes. */
int control_tls_renew(struct control_tls *tls, const struct conf_control_tls *files, char *error, size_t size)
    __attribute__((warn_unused_result));
/* NULL is allowed. */
void control_tls_free(struct control_tls *tls);

/* A numeric address as the system has it; the size of it, or 0: it is none. */
unsigned control_tls_address(const char *host, unsigned port, struct sockaddr_storage *out);

/* A stream whose handshake begins; BEV_EVENT_CONNECTED comes when both sides trust each other,
 * BEV_EVENT_ERROR or EOF when they do not. Takes over `fd`, also when it fails: NULL, without memory. */
struct bufferevent *control_tls_accept(const struct control_tls *tls, struct event_base *base, int fd)
    __attribute__((warn_unused_result));
/* The same to `to` (of `size` bytes), whose certificate is to be of `name`, a host name or a numeric
 * address. */
struct bufferevent *control_tls_connect(const struct control_tls *tls, struct event_base *base,
					const struct sockaddr_storage *to, unsigned size, const char *name)
    __attribute__((warn_unused_result));

/* Whether it is one of ours, for those who look at all that OpenSSL reads (the switch's SIP side). */
bool control_tls_owns(const struct ssl_st *ssl);

/* Why a stream failed, in a few words, for the log. */
void control_tls_explain(struct bufferevent *stream, char *out, size_t size);
/* Sends what waits in the stream as far as that goes at once: it is about to be freed. */
void control_tls_push(struct bufferevent *stream);

#endif
