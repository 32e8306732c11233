/* retention: forgets what is older than conf wants kept: calls and conferences with their events, webhooks
 * and recordings; recordings; and Idempotency-Keys after a day.
 *
 * Looks at the start and every ten minutes, and deletes a little at a time. Threads: the event base's thread.
 */
#ifndef OFFHOOK_API_RETENTION_H
#define OFFHOOK_API_RETENTION_H

#include "daemon/api/store/store.h"
#include "lib/conf.h"

struct retention;

int retention_alloc(struct retention **out, struct event_base *base, struct store *store,
		    const struct conf *conf) __attribute__((warn_unused_result));
void retention_free(struct retention *retention);

#endif
