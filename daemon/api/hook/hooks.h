/* hooks: webhooks: what happens to a call, told to the status_callback of the call or of the number that was
 * dialled: what was chosen there (told_event.h), else every change of its status, and what its dialect tells
 * beside that; and what happens to a conference, told to its own: all of it, or what was chosen.
 *
 * hooks_store() puts a delivery into the store in the event's own transaction, so none is lost or told before
 * it is on disk. Per call (or conference) they are delivered strictly in order, one at a time; calls do not
 * wait for each other, and no receiver takes the place of others (sender.h). Anything but a 2xx answer is
 * retried with growing pauses (1 s to 15 min) for as long as conf says; every attempt is kept. Redirects are
 * not followed.
 *
 * Threads: the event base's thread. Shutdown: hooks_free() forgets what is under way; it is sent again after
 * the next start. */
#ifndef OFFHOOK_API_HOOKS_H
#define OFFHOOK_API_HOOKS_H

#include "daemon/api/hook/form.h"
#include "daemon/api/hook/sender.h"

struct event_base;
struct fetcher;
struct hooks;

struct hooks_setup {
	struct event_base *base;
	const struct conf *conf;
	struct store *store;
	struct bus *bus;
	struct fetcher *fetcher;
	const struct hook_form *const *forms; /* ends with NULL; that of the own dialect first */
};

int hooks_alloc(struct hooks **out, const struct hooks_setup *setup) __attribute__((warn_unused_result));
void hooks_free(struct hooks *hooks);

/* An ingest_store_h; `arg` is the struct hooks. */
void hooks_store(const struct bus_event *event, void *arg);
/* What somebody else than an event has to tell: delivered like all others, in the order of its call or
 * conference. */
struct hook_letter {
	const char *about, *account, *dialect; /* id of the call or conference */
	bool conference;		       /* which of them */
	int64_t n;			       /* event of it, or 0 */
	const char *url;
	const char *body, *type; /* and its Content-Type; with GET the body is the end of the query */
	bool get;
};
/* Returns 0, or an errno of the store. */
int hooks_send(struct hooks *hooks, const struct hook_letter *letter) __attribute__((warn_unused_result));
/* For who watches: what sender.h counts, how many deliveries are not done yet (at most QUEUE_BACKLOG_MAX),
 * and for how long the one that is due first has been [ms]. */
struct hooks_stats {
	struct sender_stats sender;
	int64_t backlog, overdue_ms;
};
void hooks_get_stats(const struct hooks *hooks, struct hooks_stats *out);
/* Something may be due: looks soon. */
void hooks_kick(struct hooks *hooks);

#endif
