/* journal: lines of the log as systemd's journal keeps them by its own protocol
 * (systemd.io/JOURNAL_NATIVE_PROTOCOL), with fields that are looked up without reading lines: `journalctl
 * OFFHOOK_CALL=ID` is all that both daemons said of a call, `OFFHOOK_EVENT=trunk_state` all of a kind.
 *
 * Threads: any. */
#ifndef OFFHOOK_LIB_JOURNAL_H
#define OFFHOOK_LIB_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

/* Sends one line, without its end: `priority` as of syslog(3), `call_id` or NULL. It waits for nobody.
 * Returns false when the journal did not take it (it is not there, it is full, the text has more lines than
 * one): it is then to be written another way. */
bool journal_send(int priority, const char *event, const char *call_id, const char *text, size_t length);

/* Another socket than systemd's, for tests; before the first line. The text must stay. */
void journal_test_socket(const char *path);

#endif
