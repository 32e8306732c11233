/* root: sofia-sip's event loop (su_root) driven by libevent, in one thread.
 *
 * The root's epoll descriptor can itself be watched: one read event on it and one timer are all that is
 * needed. On either, su_root_step(); the timer is set to what it returns. */
#ifndef OFFHOOK_UA_ROOT_H
#define OFFHOOK_UA_ROOT_H

#include <sofia-sip/su_wait.h>

struct event_base;
struct ua_root;

/* Returns 0; ENOSYS when the root's epoll descriptor cannot be found (no /proc, or a sofia-sip without
 * epoll); ENOMEM. */
int ua_root_alloc(struct ua_root **out, struct event_base *base) __attribute__((warn_unused_result));
su_root_t *ua_root_su(struct ua_root *root);

/* To be called after NUA was given something to do from elsewhere in the loop: its messages wait in the root.
 * Cheap, and may be repeated. */
void ua_root_kick(struct ua_root *root);

/* All that was made with the root must be gone. */
void ua_root_free(struct ua_root *root);

#endif
