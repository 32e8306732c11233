/* deliveries: what became of webhooks, and sending one again. */
#ifndef OFFHOOK_API_DELIVERIES_H
#define OFFHOOK_API_DELIVERIES_H

#include "daemon/api/call/desk.h"
#include "daemon/api/hook/queue.h"

/* Reads a delivery of the asker's account. False: *fault says why, *out is empty. */
bool delivery_find(const struct asker *by, const char *id, struct delivery *out, struct fault *fault);
/* Sends it again, whatever became of it. */
void delivery_again(const struct asker *by, const char *id, done_h *handler, void *arg);

#endif
