/* queues: callers that wait, in their order. */
#ifndef OFFHOOK_API_STORE_QUEUES_H
#define OFFHOOK_API_STORE_QUEUES_H

#include "daemon/api/store/rows.h"

enum { QUEUE_SIZE_USUAL = 100, QUEUES_MAX = 1000 /* of an account */ };

/* Everything in it is owned by it. Times are UTC ms. */
struct queue_row {
	int64_t nr;
	char *id, *account, *name;
	int64_t max_size, created, updated;
	int64_t size;		     /* members */
	int64_t entered_mean;	     /* when they came, on average; 0: there are none */
	int64_t left_count, left_ms; /* that have waited in it, and how long, together */
};

struct queue_member {
	int64_t nr, queue;  /* its place in the order of all; the queue's nr */
	char *call, *agent; /* agent: the call it is being connected with, or NULL */
	int64_t entered;
	int64_t position; /* in the queue, from 1 */
};

void queue_row_clear(struct queue_row *row);
void queue_member_clear(struct queue_member *member);

/* Each returns 0, ENOENT or EIO, with *out empty unless it is 0. */
int queues_get(struct store *store, const char *account, const char *id, struct queue_row *out)
    __attribute__((warn_unused_result));
int queues_find(struct store *store, const char *account, const char *name, struct queue_row *out)
    __attribute__((warn_unused_result));
int queues_member(struct store *store, const char *call, struct queue_member *out)
    __attribute__((warn_unused_result));
/* The first that waits and is not being connected. */
int queues_first(struct store *store, int64_t queue, struct queue_member *out)
    __attribute__((warn_unused_result));

/* The queue of that name, made when there is none: with `max_size`, or the usual one for 0. An account's
 * empty ones go, the oldest first, when there are too many. */
int queues_make(struct store *store, const char *account, const char *name, int64_t max_size,
		struct queue_row *out) __attribute__((warn_unused_result));

/* A new one, as above. Returns 0, EEXIST, ENOSPC (there are QUEUES_MAX) or EIO. */
int queues_create(struct store *store, const char *account, const char *name, int64_t max_size,
		  struct queue_row *out) __attribute__((warn_unused_result));
/* The name must be free. */
int queues_change(struct store *store, int64_t queue, const char *name, int64_t max_size)
    __attribute__((warn_unused_result));
/* Nobody may be in it. */
int queues_delete(struct store *store, int64_t queue) __attribute__((warn_unused_result));
typedef bool queue_h(const struct queue_row *row, void *arg);
/* Those of an account, newest first (see rows_page). */
int queues_page(struct store *store, const char *account, const struct rows_page *page, queue_h *each,
		void *arg) __attribute__((warn_unused_result));

/* Puts a call at the end; one that is in it already keeps its place. Returns 0, ENOSPC or EIO. */
int queues_enter(struct store *store, const struct queue_row *queue, const char *call)
    __attribute__((warn_unused_result));
/* Who is connected with it; NULL: it waits again. */
int queues_take(struct store *store, const char *call, const char *agent) __attribute__((warn_unused_result));
/* It is in no queue any more. */
int queues_leave(struct store *store, const char *call) __attribute__((warn_unused_result));

/* How many wait in all queues. Returns 0 or EIO. */
int queues_waiting(struct store *store, int64_t *out) __attribute__((warn_unused_result));

typedef bool queue_member_h(const struct queue_member *member, void *arg);
/* In order; queue -1: of all queues, without their positions. */
int queues_members(struct store *store, int64_t queue, int64_t limit, int64_t offset, queue_member_h *each,
		   void *arg) __attribute__((warn_unused_result));

#endif
