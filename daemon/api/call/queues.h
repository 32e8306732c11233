/* queues: the operations on queues of callers, which scripts put there. */
#ifndef OFFHOOK_API_QUEUES_H
#define OFFHOOK_API_QUEUES_H

#include "daemon/api/call/desk.h"
#include "daemon/api/store/queues.h"

enum { QUEUE_NAME_MAX = 200 /* bytes */ };

typedef void queue_h(const struct fault *fault, const struct queue_row *row, void *arg);

/* Reads a queue of the asker's account. False: *fault says why, *out is empty. queue_row_clear() it. */
bool queue_find(const struct asker *by, const char *id, struct queue_row *out, struct fault *fault);
/* Makes one; `max_size` 0: as is usual. One of that name is a fault. */
void queue_create(const struct asker *by, const char *name, int64_t max_size, queue_h *handler, void *arg);
/* How many may wait in it from now on; who waits already stays. */
void queue_resize(const struct asker *by, const char *id, int64_t max_size, queue_h *handler, void *arg);
/* Forgets one in which nobody waits. */
void queue_delete(const struct asker *by, const char *id, done_h *handler, void *arg);

/* Who waits in it, in order. Returns false with a fault. */
bool queue_members(const struct asker *by, const char *id, int64_t limit, int64_t offset,
		   queue_member_h *each, void *arg, struct fault *fault);
/* One of them: `call` NULL: the first that is not being connected. queue_member_clear() it. */
bool queue_member_find(const struct asker *by, const char *id, const char *call, struct queue_member *out,
		       struct fault *fault);
/* Takes one out (`call` as above), which from now on does what the document at `url` says; *out is who it
 * was. */
bool queue_member_dequeue(const struct asker *by, const char *id, const char *call, const char *url,
			  bool post, struct queue_member *out, struct fault *fault);

#endif
