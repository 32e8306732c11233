/* resolve: where a SIP host is (RFC 3263): NAPTR, SRV, A and AAAA, in the order in which its servers are to
 * be tried.
 *
 * Only what we can send with is in the answer: transports that a listener of ours has, address families too.
 * Numeric hosts need no look-up: ua_hop_numeric(). Main thread only; the handler is called once, from the
 * loop, unless the look-up is canceled before. */
#ifndef OFFHOOK_UA_RESOLVE_H
#define OFFHOOK_UA_RESOLVE_H

#include "lib/conf.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct ua;
struct ua_lookup;

enum { UA_HOPS_MAX = 8 };

/* A server to send to. */
struct ua_hop {
	enum conf_transport transport; /* CONF_UDP, CONF_TCP, CONF_TLS */
	struct sockaddr_storage address;
};

/* hop_count 0: it does not resolve. `ttl_s`: ask again after that. */
typedef void ua_lookup_h(const struct ua_hop *hops, size_t hop_count, unsigned ttl_s, void *arg);

struct ua_lookup_params {
	const char *host;
	uint16_t port; /* 0: none given, so SRV may say */
	enum conf_trunk_transport transport;
	ua_lookup_h *handler;
	void *arg;
};

/* Returns 0, ENOMEM, or ENOSYS without a resolver. */
int ua_lookup_start(struct ua_lookup **out, struct ua *ua, const struct ua_lookup_params *params)
    __attribute__((warn_unused_result));
void ua_lookup_cancel(struct ua_lookup *lookup);

/* Fills *out when `host` is a numeric address; `port` 0: that of the transport. */
bool ua_hop_numeric(struct ua_hop *out, const char *host, uint16_t port, enum conf_trunk_transport transport);

enum { UA_HOP_TEXT_MAX = 96 };
/* "sip:192.0.2.1:5060;transport=udp" */
void ua_hop_uri(const struct ua_hop *hop, char out[UA_HOP_TEXT_MAX]);
/* "udp:192.0.2.1:5060" */
void ua_hop_text(const struct ua_hop *hop, char out[UA_HOP_TEXT_MAX]);

#endif
