/* scan: the entries of a ring's files that have one of some keys, oldest first. For find.c. */
#ifndef OFFHOOK_TRACE_SCAN_H
#define OFFHOOK_TRACE_SCAN_H

#include "daemon/offhookd/trace/entry.h"

#include <stdbool.h>

/* False ends the scan. */
typedef bool scan_h(const struct entry *entry, void *arg);

/* An entry that has several of the keys is told of once for each. */
void scan_keys(const char *folder, const uint64_t *keys, size_t count, scan_h *h, void *arg);

/* All entries from that place on; *number and *at are then where the next will be. Where that file has gone:
 * from the oldest on. */
void scan_from(const char *folder, uint64_t *number, uint64_t *at, scan_h *h, void *arg);
/* Behind the last entry that there is. */
void scan_end(const char *folder, uint64_t *number, uint64_t *at);

#endif
