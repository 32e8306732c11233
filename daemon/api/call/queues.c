#include "daemon/api/call/queues.h"

#include "daemon/api/call/after.h"
#include "daemon/api/call/calls.h"
#include "lib/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool not_there(struct fault *fault)
{
	return fault_set(fault, FAULT_QUEUE_NOT_FOUND, FIELD_QUEUE, "There is no such queue.");
}

bool queue_find(const struct asker *by, const char *id, struct queue_row *out, struct fault *fault)
{
	int err = queues_get(by->desk->store, by->account->name, id, out);

	return !err || (err == ENOENT ? not_there(fault) : fault_store_failed(fault));
}

bool queue_page(const struct asker *by, const struct rows_page *page, queue_h *each, void *arg,
		struct fault *fault)
{
	return !queues_page(by->desk->store, by->account->name, page, each, arg) || fault_store_failed(fault);
}

/* ---- create, change, delete ---- */

static bool check_wish(const struct queue_wish *wish, struct fault *fault)
{
	if (wish->name && (!*wish->name || utf8_count(wish->name) > QUEUE_NAME_MAX))
		return fault_set(fault, FAULT_PARAMETER_INVALID, FIELD_NAME,
				 FAULT_FIELD_MARK " must have 1 to %d characters.", QUEUE_NAME_MAX);
	if (wish->max_size < 0 || wish->max_size > QUEUE_SIZE_MAX)
		return fault_set(fault, FAULT_PARAMETER_INVALID, FIELD_MAX_SIZE,
				 FAULT_FIELD_MARK " must be from 1 to %d.", QUEUE_SIZE_MAX);
	return true;
}

static bool name_taken(struct fault *fault)
{
	return fault_set(fault, FAULT_NAME_TAKEN, FIELD_NAME, "There is a queue of this name already.");
}

static bool create(const struct asker *by, const struct queue_wish *wish, struct queue_row *row,
		   struct fault *fault)
{
	int err;

	if (!check_wish(wish, fault))
		return false;
	err = queues_create(by->desk->store, by->account->name, wish->name, wish->max_size, row);
	if (err == EEXIST)
		return name_taken(fault);
	if (err == ENOSPC)
		return fault_set(fault, FAULT_LIMIT_REACHED, FIELD_NONE,
				 "The account has %d queues, and that is all it may have.", QUEUES_MAX);
	return !err || fault_store_failed(fault);
}

void queue_create(const struct asker *by, const struct queue_wish *wish, queue_done_h *handler, void *arg)
{
	struct queue_row row = { 0 };
	struct fault fault;

	if (create(by, wish, &row, &fault))
		after_commit_queue(by->desk, &row, handler, arg);
	else
		handler(&fault, NULL, arg);
}

/* Whether no other queue has the name. */
static bool is_free(const struct asker *by, const char *name, int64_t but, struct fault *fault)
{
	struct queue_row other;
	int err = queues_find(by->desk->store, by->account->name, name, &other);
	int64_t nr = other.nr;

	queue_row_clear(&other);
	if (err)
		return err == ENOENT || fault_store_failed(fault);
	return nr == but || name_taken(fault);
}

static bool change(const struct asker *by, const char *id, const struct queue_wish *wish,
		   struct queue_row *row, struct fault *fault)
{
	bool ok = check_wish(wish, fault) && queue_find(by, id, row, fault) &&
		  (!wish->name || is_free(by, wish->name, row->nr, fault));

	if (!ok)
		return false;
	if (queues_change(by->desk->store, row->nr, wish->name ? wish->name : row->name,
			  wish->max_size ? wish->max_size : row->max_size))
		return fault_store_failed(fault);
	queue_row_clear(row);
	return queue_find(by, id, row, fault);
}

void queue_change(const struct asker *by, const char *id, const struct queue_wish *wish,
		  queue_done_h *handler, void *arg)
{
	struct queue_row row = { 0 };
	struct fault fault;

	if (change(by, id, wish, &row, &fault)) {
		after_commit_queue(by->desk, &row, handler, arg);
		return;
	}
	queue_row_clear(&row);
	handler(&fault, NULL, arg);
}

void queue_delete(const struct asker *by, const char *id, done_h *handler, void *arg)
{
	struct fault fault;
	struct queue_row row;
	bool ok = queue_find(by, id, &row, &fault);

	if (ok && row.size)
		ok = fault_set(&fault, FAULT_CONFLICT, FIELD_QUEUE,
			       "There are calls in the queue; only an empty one can be deleted.");
	else if (ok && queues_delete(by->desk->store, row.nr))
		ok = fault_store_failed(&fault);
	queue_row_clear(&row);
	if (ok)
		after_commit(by->desk, handler, arg);
	else
		handler(&fault, arg);
}

/* ---- who waits ---- */

static bool find_member(const struct asker *by, const struct queue_row *queue, const char *call,
			struct queue_member *out, struct fault *fault)
{
	int err =
	    call ? queues_member(by->desk->store, call, out) : queues_first(by->desk->store, queue->nr, out);

	if (!err && out->queue == queue->nr)
		return true;
	queue_member_clear(out);
	if (err == EIO)
		return fault_store_failed(fault);
	return fault_set(fault, FAULT_CALL_NOT_FOUND, FIELD_CALL,
			 call ? "This call is not in the queue." : "Nobody waits in the queue.");
}

bool queue_member_find(const struct asker *by, const char *id, const char *call, struct queue_member *out,
		       struct fault *fault)
{
	struct queue_row queue;
	bool ok = queue_find(by, id, &queue, fault) && find_member(by, &queue, call, out, fault);

	queue_row_clear(&queue);
	return ok;
}

bool queue_member_list(const struct asker *by, const char *id, int64_t limit, int64_t offset,
		       queue_member_h *each, void *arg, struct fault *fault)
{
	struct queue_row queue;
	bool ok = queue_find(by, id, &queue, fault);

	if (ok && queues_members(by->desk->store, queue.nr, limit, offset, each, arg))
		ok = fault_store_failed(fault);
	queue_row_clear(&queue);
	return ok;
}

/* Until the call has its next document. */
struct release {
	struct queue_member member;
	queue_member_done_h *handler;
	void *arg;
};

static void on_redirected(const struct fault *fault, const struct call_row *row, void *arg)
{
	struct release *release = arg;

	(void)row;
	release->handler(fault, fault ? NULL : &release->member, release->arg);
	queue_member_clear(&release->member);
	free(release);
}

void queue_member_release(const struct asker *by, const char *id, const char *call,
			  const struct call_document *document, queue_member_done_h *handler, void *arg)
{
	const struct call_change change = { .kind = CALL_CHANGE_REDIRECT, .document = *document };
	struct release *release = malloc(sizeof *release);
	struct fault fault;

	if (!release) {
		fault_no_memory(&fault);
		handler(&fault, NULL, arg);
		return;
	}
	*release = (struct release){ .handler = handler, .arg = arg };
	if (queue_member_find(by, id, call, &release->member, &fault)) {
		call_change(by, release->member.call, &change, on_redirected, release);
		return;
	}
	free(release);
	handler(&fault, NULL, arg);
}
