/* binding_target: a contact that registered, as ua wants to be told where to send to. No state. */
#ifndef OFFHOOK_PHONES_BINDING_TARGET_H
#define OFFHOOK_PHONES_BINDING_TARGET_H

#include "daemon/offhookd/phones/bindings.h"
#include "daemon/offhookd/ua/ua.h"

struct binding_target {
	struct ua_target target; /* points into the binding and to `route` */
	char route[160];
};

/* Phones behind NAT are reached only where they came from. Returns 0, or EINVAL for a source that is none. */
int binding_target(struct binding_target *out, const struct binding *binding)
    __attribute__((warn_unused_result));

#endif
