/* filing: where a batch of messages and links goes: to the ring of calls or that of registrations, without
 * its secrets. The writer's alone. */
#ifndef OFFHOOK_TRACE_FILING_H
#define OFFHOOK_TRACE_FILING_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FILING_CALLS, FILING_REGISTRATIONS, FILING_RINGS };

struct filing {
	struct hep *hep;
	struct ring *rings[FILING_RINGS];
	char folders[FILING_RINGS][PATH_MAX];
	bool failing; /* what was said last */
};

/* Makes `folder` and those of the rings in it, mode 0700. Returns 0 or an errno; filing_close() either way.
 */
int filing_open(struct filing *filing, const char *folder) __attribute__((warn_unused_result));
/* Files the entries in `bytes`, which it changes, and lets go what is beyond `limit` bytes on disk or older
 * than `keep_s`; with 0 nothing is filed. A copy goes to the collector, if there is one (hep.h). Returns how
 * many messages could not be written. */
uint64_t filing_write(struct filing *filing, char *bytes, size_t size, uint64_t limit, unsigned keep_s);
uint64_t filing_bytes(const struct filing *filing);
void filing_close(struct filing *filing);

#endif
