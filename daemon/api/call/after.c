#include "daemon/api/call/after.h"

#include <stdlib.h>
#include <string.h>

struct later {
	struct call_row call;
	struct conference_row conference;
	struct entry_row entry;
	struct queue_row queue;
	done_h *done; /* one of these */
	call_h *on_call;
	conference_h *on_conference;
	entry_done_h *on_entry;
	queue_done_h *on_queue;
	void *arg;
};

static void tell(struct later *later, const struct fault *fault)
{
	if (later->on_call)
		later->on_call(fault, fault ? NULL : &later->call, later->arg);
	else if (later->on_conference)
		later->on_conference(fault, fault ? NULL : &later->conference, later->arg);
	else if (later->on_entry)
		later->on_entry(fault, fault ? NULL : &later->entry, later->arg);
	else if (later->on_queue)
		later->on_queue(fault, fault ? NULL : &later->queue, later->arg);
	else
		later->done(fault, later->arg);
	call_row_clear(&later->call);
	conference_row_clear(&later->conference);
	entry_row_clear(&later->entry);
	queue_row_clear(&later->queue);
}

static void on_commit(int err, void *arg)
{
	struct later *later = arg;
	struct fault fault;

	if (err)
		fault_store_failed(&fault);
	tell(later, err ? &fault : NULL);
	free(later);
}

/* What is in `from` is taken. */
static void wait_for_disk(const struct desk *desk, struct later *from)
{
	struct later *later = malloc(sizeof *later);
	struct fault fault;

	if (later) {
		*later = *from;
		if (!store_after_commit(desk->store, on_commit, later))
			return;
	}
	free(later);
	fault_no_memory(&fault);
	tell(from, &fault);
}

void after_commit(const struct desk *desk, done_h *handler, void *arg)
{
	struct later later = { .done = handler, .arg = arg };

	wait_for_disk(desk, &later);
}

void after_commit_call(const struct desk *desk, struct call_row *row, call_h *handler, void *arg)
{
	struct later later = { .call = *row, .on_call = handler, .arg = arg };

	memset(row, 0, sizeof *row);
	wait_for_disk(desk, &later);
}

void after_commit_conference(const struct desk *desk, struct conference_row *row, conference_h *handler,
			     void *arg)
{
	struct later later = { .conference = *row, .on_conference = handler, .arg = arg };

	memset(row, 0, sizeof *row);
	wait_for_disk(desk, &later);
}

void after_commit_entry(const struct desk *desk, struct entry_row *row, entry_done_h *handler, void *arg)
{
	struct later later = { .entry = *row, .on_entry = handler, .arg = arg };

	memset(row, 0, sizeof *row);
	wait_for_disk(desk, &later);
}

void after_commit_queue(const struct desk *desk, struct queue_row *row, queue_done_h *handler, void *arg)
{
	struct later later = { .queue = *row, .on_queue = handler, .arg = arg };

	memset(row, 0, sizeof *row);
	wait_for_disk(desk, &later);
}
