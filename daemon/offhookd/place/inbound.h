/* inbound: calls that come to us: whose they are, whether we take them, and what happens at the number that
 * was dialled. */
#ifndef OFFHOOK_SWITCH_INBOUND_H
#define OFFHOOK_SWITCH_INBOUND_H

#include "daemon/offhookd/ua/ua.h"

struct call;
struct place;

/* Handler of ua: a new INVITE. */
void inbound_on_incoming(struct place *place, struct ua_call *ua, const struct ua_incoming *in);

/* Handlers of ua about a leg of an inbound call. */
void inbound_on_ended(struct call *call, const struct ua_end *why);

#endif
