/* recordings_kept: what is still to be done with recordings that are complete (another format, encryption, a
 * store elsewhere), and what is to be deleted of those that are no more: files, and objects of the store.
 * Each step is one transaction, so that a process that is killed goes on where it was. */
#ifndef OFFHOOK_API_STORE_RECORDINGS_KEPT_H
#define OFFHOOK_API_STORE_RECORDINGS_KEPT_H

#include "daemon/api/store/recordings.h"

/* The next one that is due: what is to be made before what is to be uploaded. *wait_ms: how long until one
 * is, when there is none now; -1: there is none at all. Returns 0, ENOENT (none now) or EIO. */
int recordings_kept_next(struct store *store, int64_t now, struct recording_row *out, int64_t *wait_ms)
    __attribute__((warn_unused_result));

/* One is kept in another file: its format, key and size; `from`, where it was, is left over. What is done
 * next: `keeping`, with `object`, or NULL. `row`: id; file, format, sealed, object, bytes and keeping are
 * written. One that was deleted meanwhile: its new file is left over. */
int recordings_kept_made(struct store *store, const struct recording_row *row, const char *from)
    __attribute__((warn_unused_result));
/* It is in the store; `drop`: its file is left over. */
int recordings_kept_uploaded(struct store *store, const struct recording_row *row, bool drop)
    __attribute__((warn_unused_result));
/* It did not go well; it is due again at that time [UTC ms]. `keeping` KEEPING_DONE: it never will, and stays
 * as it is. */
int recordings_kept_failed(struct store *store, const struct recording_row *row, int64_t due,
			   enum recording_keeping keeping) __attribute__((warn_unused_result));
/* How often it was tried since something last went well. Returns 0 or EIO. */
int recordings_kept_tried(struct store *store, const char *id, int64_t *out)
    __attribute__((warn_unused_result));

/* Those that are encrypted with another key than that: up to `limit` ids. Returns 0 or EIO. */
typedef bool recording_id_h(const char *id, void *arg);
int recordings_kept_other_keys(struct store *store, const char *key, int64_t limit, recording_id_h *each,
			       void *arg) __attribute__((warn_unused_result));
/* How many they are. */
int recordings_kept_other_keys_count(struct store *store, const char *key, int64_t *out)
    __attribute__((warn_unused_result));
/* One has another key now; what is in the store is to be put there once more. */
int recordings_kept_set_key(struct store *store, const char *id, const char *key)
    __attribute__((warn_unused_result));

/* What is left over. One of both is NULL. */
struct left_over {
	int64_t nr, tried;
	char *file, *object;
};
void left_over_clear(struct left_over *left);
/* As recordings_kept_next(). */
int left_over_next(struct store *store, int64_t now, struct left_over *out, int64_t *wait_ms)
    __attribute__((warn_unused_result));
int left_over_done(struct store *store, int64_t nr) __attribute__((warn_unused_result));
int left_over_failed(struct store *store, int64_t nr, int64_t due) __attribute__((warn_unused_result));

/* How many are to be made, to be uploaded, and left over. Returns 0 or EIO. */
struct recordings_kept_count {
	int64_t make, upload, left;
};
int recordings_kept_count(struct store *store, struct recordings_kept_count *out)
    __attribute__((warn_unused_result));

#endif
