/* queue: webhooks to deliver, in the store. Per call only the oldest undelivered one is ready; the others
 * wait for it. */
#ifndef OFFHOOK_API_QUEUE_H
#define OFFHOOK_API_QUEUE_H

#include "daemon/api/store/store.h"

struct delivery {
	int64_t nr;
	char *id, *account, *url, *body, *state;
	char *dialect;	       /* in whose form it is */
	char *type;	       /* of the body (Content-Type); NULL: as the dialect has it */
	bool get;	       /* sent by GET, all of it in the URL */
	char *call;	       /* what it tells of: id of a call, or of a conference */
	bool conference;       /* which of them */
	int64_t n;	       /* event of it */
	int64_t created, next; /* UTC ms */
	int64_t attempts;
};

void delivery_clear(struct delivery *delivery);

/* Appends one (id, call, conference, account, dialect, url, body, type, get, n, created and next, 0: at
 * once, are read). */
int queue_add(struct store *store, const struct delivery *delivery) __attribute__((warn_unused_result));
/* What tells of the nth event of a call, and was not sent yet, gets another URL and body and is due now. */
int queue_complete(struct store *store, const char *call, int64_t n, const char *url, const char *body,
		   int64_t now) __attribute__((warn_unused_result));

/* How many tell of events of this call or conference, whatever became of them. Returns 0 or EIO. */
int queue_count(struct store *store, const char *call, int64_t *out) __attribute__((warn_unused_result));

typedef void delivery_h(const struct delivery *delivery, void *arg);
/* Up to `limit` that are ready at `now`, oldest first, of those with numbers up to `upto`. `each` may write.
 */
int queue_due(struct store *store, int64_t upto, int64_t now, int limit, delivery_h *each, void *arg)
    __attribute__((warn_unused_result));
/* When the next one is ready; 0 when there is none. */
int64_t queue_next_due(struct store *store, int64_t upto);
/* The greatest number; 0 when there is none. */
int64_t queue_newest(struct store *store);

/* How many are not done yet, at most QUEUE_BACKLOG_MAX. Returns 0 or EIO. */
enum { QUEUE_BACKLOG_MAX = 100000 };
int queue_backlog(struct store *store, int64_t *out) __attribute__((warn_unused_result));

/* An attempt is under way. */
int queue_sending(struct store *store, int64_t nr) __attribute__((warn_unused_result));
/* Ready, not before `next`. */
int queue_defer(struct store *store, int64_t nr, int64_t next) __attribute__((warn_unused_result));
/* An attempt was made: `status` is the HTTP status or 0, `error` may be NULL. */
int queue_attempt(struct store *store, int64_t nr, int64_t n, int64_t time, int64_t duration_ms, int status,
		  const char *error) __attribute__((warn_unused_result));
/* It is done ("delivered" or "failed"): the call's next one becomes ready. */
int queue_finish(struct store *store, const struct delivery *delivery, const char *state, int64_t now)
    __attribute__((warn_unused_result));
/* Reads one. Returns 0, ENOENT or EIO. */
int queue_get(struct store *store, const char *id, struct delivery *out) __attribute__((warn_unused_result));
/* Makes it ready again, whatever became of it. */
int queue_again(struct store *store, int64_t nr, int64_t now) __attribute__((warn_unused_result));

struct queue_filter {
	const char *account;
	const char *call, *state; /* id of the call or conference; NULL: any */
	int64_t limit, offset;
};
/* Newest first. */
int queue_list(struct store *store, const struct queue_filter *filter, delivery_h *each, void *arg,
	       int64_t *total) __attribute__((warn_unused_result));

struct attempt {
	int64_t n, time, duration_ms;
	int status;	   /* HTTP, or 0 */
	const char *error; /* or NULL */
};
typedef void attempt_h(const struct attempt *attempt, void *arg);
int queue_attempts(struct store *store, int64_t nr, attempt_h *each, void *arg)
    __attribute__((warn_unused_result));

/* At the start: what was under way is ready again. */
int queue_recover(struct store *store) __attribute__((warn_unused_result));

#endif
