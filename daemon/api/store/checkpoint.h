/* checkpoint: moves a database's write-ahead log into the database, in a thread of its own, so that neither
 * the event loop nor those who wait for a sync wait for it.
 *
 * Most of the log is copied while others write. A log that writers never let end grows for ever so: when it
 * is long all the same, the little that is left is copied while they wait, and the log begins anew. When
 * nothing has been written for a while the log is emptied and given back to the disk.
 *
 * Threads: the functions on one thread, any. Shutdown: checkpoint_free() ends what is under way and does not
 * begin anything. */
#ifndef OFFHOOK_API_CHECKPOINT_H
#define OFFHOOK_API_CHECKPOINT_H

#include <stddef.h>

struct checkpoint;

/* `file` is an open database in WAL mode. Returns 0, ENOMEM or EIO. */
int checkpoint_alloc(struct checkpoint **out, const char *file) __attribute__((warn_unused_result));
void checkpoint_free(struct checkpoint *checkpoint);

/* Something was committed, and the log has so many pages now. */
void checkpoint_written(struct checkpoint *checkpoint, int pages);

#endif
