/* service: what systemd and its journal want to know of a daemon, by their plain protocols (sd-daemon(3),
 * sd_notify(3)); without them nothing happens.
 *
 * Threads: any. */
#ifndef OFFHOOK_LIB_SERVICE_H
#define OFFHOOK_LIB_SERVICE_H

#include <stdbool.h>

/* Whether standard error is a stream of the journal (JOURNAL_STREAM names its device and inode): it has its
 * own time for each line, and reads a priority in front of it, "<4>". Looked up once. */
bool service_has_journal(void);

/* Says that the service is up: what is to listen listens. Does nothing where nobody waits for it (no
 * NOTIFY_SOCKET). */
void service_ready(void);

#endif
