/* after: results that are told when what was written is on disk. */
#ifndef OFFHOOK_API_AFTER_H
#define OFFHOOK_API_AFTER_H

#include "daemon/api/call/desk.h"

/* Each calls its handler once, with a fault when the transaction of this turn could not be kept. The row is
 * taken (*row is empty afterwards). */
void after_commit(const struct desk *desk, done_h *handler, void *arg);
void after_commit_call(const struct desk *desk, struct call_row *row, call_h *handler, void *arg);
void after_commit_conference(const struct desk *desk, struct conference_row *row, conference_h *handler,
			     void *arg);
void after_commit_entry(const struct desk *desk, struct entry_row *row, entry_done_h *handler, void *arg);
void after_commit_queue(const struct desk *desk, struct queue_row *row, queue_done_h *handler, void *arg);

#endif
