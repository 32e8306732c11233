/* sender: carries webhooks to their receivers: so many at a time, so many to one receiver (a path of a
 * server, of one account), few to one that does not take them, so that no receiver's trouble is another's.
 *
 * What it has taken it holds until the attempt is over and its result is in the store. Threads: the event
 * base's thread. Shutdown: sender_free() forgets what is under way; queue_recover() makes it ready after the
 * next start. */
#ifndef OFFHOOK_API_SENDER_H
#define OFFHOOK_API_SENDER_H

#include "daemon/api/hook/form.h"
#include "daemon/api/hook/queue.h"
#include "lib/histogram.h"

struct fetcher;
struct sender;

struct sender_setup {
	const struct conf *conf;
	struct store *store;
	struct fetcher *fetcher;
	const struct hook_form *const *forms; /* ends with NULL */
};

/* `done` is called when attempts are over: something else may be due. */
int sender_alloc(struct sender **out, const struct sender_setup *setup, void (*done)(void *arg), void *arg)
    __attribute__((warn_unused_result));
void sender_free(struct sender *sender);

/* Takes a delivery that is due: sends it, now or when it is its turn, or defers it when its host has too many
 * already. What nobody has wanted for longer than conf says is given up. */
void sender_take(struct sender *sender, const struct delivery *delivery);
/* Since the start. */
struct sender_stats {
	uint64_t
	    attempts[6]; /* by the answer's status, [2] is those of 200 to 299, [0] those without an answer */
	uint64_t retries; /* of the attempts: not a delivery's first */
	uint64_t delivered, given_up;
	struct histogram seconds; /* of attempts */
	unsigned sending;	  /* now */
	unsigned failing;	  /* receivers that have not answered for a while, now */
};
extern const struct histogram_bounds sender_seconds_bounds;
void sender_get_stats(const struct sender *sender, struct sender_stats *out);

/* How many more it can hold. */
unsigned sender_room(const struct sender *sender);

#endif
