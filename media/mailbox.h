/* mailbox: messages between threads without a lock.
 *
 * Concept. A mailbox belongs to one thread; any thread may post. A mail is embedded in the object that it is
 * about, so posting never allocates; it is in one mailbox at a time, and belongs to the receiver from posting
 * on. Mails of one sender arrive in the order in which they were posted. The owner watches `fd` (an eventfd)
 * and then calls mailbox_take().
 *
 * Shutdown. mailbox_close() when no thread posts any more. */
#ifndef OFFHOOK_MEDIA_MAILBOX_H
#define OFFHOOK_MEDIA_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>

struct mail {
	struct mail *next;
	void (*run)(struct mail *mail, void *owner); /* what the receiver does with it */
};

struct mailbox {
	_Atomic(struct mail *) newest;
	int fd;
};

/* Returns 0 or EMFILE … */
int mailbox_open(struct mailbox *box) __attribute__((warn_unused_result));
void mailbox_close(struct mailbox *box);

/* Any thread. */
void mailbox_post(struct mailbox *box, struct mail *mail);

/* The same in two steps, so that several mails wake the owner once: mailbox_put() returns whether it must be
 * woken. */
bool mailbox_put(struct mailbox *box, struct mail *mail);
void mailbox_wake(struct mailbox *box);

/* Owner only: everything posted so far, oldest first, linked by `next`; NULL when there is nothing. */
struct mail *mailbox_take(struct mailbox *box);

/* Whether nothing is posted just now. */
static inline bool mailbox_is_empty(const struct mailbox *box)
{
	return !atomic_load_explicit(&box->newest, memory_order_acquire);
}

/* Owner only: takes all and calls `run` of each with `owner`. */
void mailbox_run(struct mailbox *box, void *owner);

#endif
