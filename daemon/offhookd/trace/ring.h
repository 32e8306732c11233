/* ring: entries on disk, in files of which the oldest goes when all together take too much room, or are too
 * old.
 *
 * Beside each file of entries (NUMBER.sip) there is its index (NUMBER.idx): the hash of each key under which
 * an entry is to be found, and where it stands. Nothing is ever changed in place, and every start begins a
 * new file: whatever is cut off at the end of one by a crash is passed over.
 *
 * Threads: the writer's alone; readers open the files themselves (find.h). */
#ifndef OFFHOOK_TRACE_RING_H
#define OFFHOOK_TRACE_RING_H

#include "daemon/offhookd/trace/entry.h"

struct ring;

struct ring_index {
	uint64_t key;
	uint64_t at; /* of the entry in its file */
};

enum { RING_KEYS_MAX = 3, RING_NAME_SIZE = 32 };

/* Returns 0, an errno of mkdir() or opendir(), or ENOMEM. */
int ring_alloc(struct ring **out, const char *folder) __attribute__((warn_unused_result));
/* Bytes on disk, and microseconds; what is beyond them goes at the next flush. `keep_us` 0: everything. */
void ring_set_limits(struct ring *ring, uint64_t size, int64_t keep_us);
/* To be written with the next flush. Without memory it is lost. */
void ring_append(struct ring *ring, const struct entry *entry, const uint64_t *keys, size_t key_count);
/* Writes, and lets old files go. Returns 0 or an errno; what was to be written is lost then. */
int ring_flush(struct ring *ring, int64_t now_us) __attribute__((warn_unused_result));
uint64_t ring_bytes(const struct ring *ring);
void ring_free(struct ring *ring);

/* The hash of a key: `what` ('s': a SIP Call-ID, 'c': a call's id, 'u': a user that registers) and its text.
 */
uint64_t ring_key(char what, const char *text, size_t size);
/* The numbers of the files in a folder, oldest first: malloc'ed, or NULL without any. */
uint64_t *ring_list(const char *folder, size_t *count);
/* "0000000000000001.sip". */
void ring_name(char out[RING_NAME_SIZE], uint64_t number, const char *suffix);

#endif
