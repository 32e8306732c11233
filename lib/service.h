/* service: what systemd and its journal want to know of a daemon, by their plain protocols (sd-daemon(3),
 * sd_notify(3)); without them nothing happens.
 *
 * Threads: any. */
#ifndef OFFHOOK_LIB_SERVICE_H
#define OFFHOOK_LIB_SERVICE_H

#include <stdbool.h>

struct event;
struct event_base;

/* Whether standard error is a stream of the journal (JOURNAL_STREAM names its device and inode): it has its
 * own time for each line, and reads a priority in front of it, "<4>". Looked up once. */
bool service_has_journal(void);

/* Says that the service is up: what is to listen listens. Does nothing where nobody waits for it (no
 * NOTIFY_SOCKET). */
void service_ready(void);

/* Tells it again and again that `base` turns, where that is waited for (WatchdogSec= of the unit), twice as
 * often as it is: a loop that stands still is then started again. The event is the caller's to free
 * (event_free()); NULL where nobody waits, or without memory. */
struct event *service_watch(struct event_base *base);

#endif
