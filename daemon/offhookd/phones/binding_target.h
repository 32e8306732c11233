/* binding_target: a contact that registered, as ua wants to be told where to send to. No state. */
#ifndef OFFHOOK_PHONES_BINDING_TARGET_H
#define OFFHOOK_PHONES_BINDING_TARGET_H

#include "daemon/offhookd/phones/bindings.h"
#include "daemon/offhookd/ua/ua.h"

struct binding_target {
	struct ua_target target; /* points into the binding and to `route` */
	char route[160];
};

/* Where it was registered from. Returns false for one that came by UDP, or from nowhere that can be read. */
bool binding_connection(struct sockaddr_storage *out, const struct binding *binding);

/* Phones behind NAT are reached only where they came from; `connected`: the connection that one came by is
 * still there. When it is not, one may be reached where it may listen: at that host, at the port that its
 * Path names first, or of its Contact when that is an address of the same host. Returns 0, EINVAL for a
 * source that is none, ENOTCONN when no way is left. */
int binding_target(struct binding_target *out, const struct binding *binding, bool connected)
    __attribute__((warn_unused_result));

#endif
