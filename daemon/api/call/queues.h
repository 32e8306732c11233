/* queues: the operations on queues and on who waits in them. Scripts put callers in and take them out; what
 * is changed here they see at once. */
#ifndef OFFHOOK_API_CALL_QUEUES_H
#define OFFHOOK_API_CALL_QUEUES_H

#include "daemon/api/call/desk.h"
#include "daemon/api/store/queues.h"

enum { QUEUE_NAME_MAX = 64 /* characters */, QUEUE_SIZE_MAX = 5000 };

typedef void queue_member_done_h(const struct fault *fault, const struct queue_member *member, void *arg);

/* Reads a queue of the asker's account. False: *fault says why, *out is empty. */
bool queue_find(const struct asker *by, const char *id, struct queue_row *out, struct fault *fault);
/* Those of the account. */
bool queue_page(const struct asker *by, const struct rows_page *page, queue_h *each, void *arg,
		struct fault *fault);

/* What a queue is to be; NULL and 0: what is usual, or what it is. */
struct queue_wish {
	const char *name;
	int64_t max_size; /* 1 to QUEUE_SIZE_MAX; fewer than are in it: they stay, and nobody comes */
};
void queue_create(const struct asker *by, const struct queue_wish *wish, queue_done_h *handler, void *arg);
void queue_change(const struct asker *by, const char *id, const struct queue_wish *wish,
		  queue_done_h *handler, void *arg);
/* Only one that nobody is in. */
void queue_delete(const struct asker *by, const char *id, done_h *handler, void *arg);

/* Who waits in it: the call, or (NULL) the first that nobody is connecting with. False: as queue_find(). */
bool queue_member_find(const struct asker *by, const char *id, const char *call, struct queue_member *out,
		       struct fault *fault);
/* In their order. */
bool queue_member_list(const struct asker *by, const char *id, int64_t limit, int64_t offset,
		       queue_member_h *each, void *arg, struct fault *fault);
/* Takes it out: from now on it does what the document says. Told as it was in the queue. */
void queue_member_release(const struct asker *by, const char *id, const char *call,
			  const struct call_document *document, queue_member_done_h *handler, void *arg);

#endif
