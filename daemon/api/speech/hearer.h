/* hearer: the recogniser of our own, a program beside this one (daemon/hear), which is started when somebody
 * is to be heard for the first time.
 *
 * It is given a socket that listens, so that it can be asked at once, and lives as long as this process; whom
 * it hears then, it hears to the end: the switch brings the audio, and what is heard goes to the switch. One
 * that has died is started again when it is needed.
 *
 * Threads: the event base's thread. Shutdown: hearer_free() waits for nobody. */
#ifndef OFFHOOK_API_HEARER_H
#define OFFHOOK_API_HEARER_H

struct event_base;
struct hearer;

/* Its socket will be in `folder`. Returns 0 or ENOMEM. */
int hearer_alloc(struct hearer **out, struct event_base *base, const char *folder)
    __attribute__((warn_unused_result));
void hearer_free(struct hearer *hearer);

/* Starts it, if it does not run. Returns its URL, "unix:…", or NULL with a sentence that says why there is
 * none. `hearer` may be NULL. */
const char *hearer_need(struct hearer *hearer, const char **why);

#endif
