#include "daemon/api/call/queues.h"

#include "daemon/api/call/after.h"
#include "daemon/api/net/weburl.h"

#include <errno.h>
#include <string.h>

static bool no_queue(struct fault *fault)
{
	return fault_set(fault, FAULT_QUEUE_NOT_FOUND, FIELD_QUEUE, "There is no such queue.");
}

bool queue_find(const struct asker *by, const char *id, struct queue_row *out, struct fault *fault)
{
	const int err = queues_get(by->desk->store, by->account->name, id, out);

	if (!err)
		return true;
	return err == ENOENT ? no_queue(fault) : fault_store_failed(fault);
}

static bool check_size(int64_t max_size, struct fault *fault)
{
	return (max_size >= 1 && max_size <= QUEUE_SIZE_MAX) ||
	       fault_set(fault, FAULT_PARAMETER_INVALID, FIELD_QUEUE_SIZE,
			 FAULT_FIELD_MARK " must be 1 to %d.", QUEUE_SIZE_MAX);
}

/* Whether a queue of that name can be made; an error of the store counts as no. */
static bool check_new(const struct asker *by, const char *name, struct fault *fault)
{
	struct queue_row row;
	int err;

	if (!*name || strlen(name) > QUEUE_NAME_MAX)
		return fault_set(fault, FAULT_PARAMETER_INVALID, FIELD_NAME,
				 FAULT_FIELD_MARK " must have 1 to %d characters.", QUEUE_NAME_MAX);
	err = queues_find(by->desk->store, by->account->name, name, &row);
	queue_row_clear(&row);
	if (!err)
		return fault_set(fault, FAULT_NAME_TAKEN, FIELD_NAME,
				 "There is a queue of this name already.");
	return err == ENOENT || fault_store_failed(fault);
}

void queue_create(const struct asker *by, const char *name, int64_t max_size, queue_h *handler, void *arg)
{
	struct queue_row row = { 0 };
	struct fault fault;

	if ((max_size && !check_size(max_size, &fault)) || !check_new(by, name, &fault))
		handler(&fault, NULL, arg);
	else if (queues_make(by->desk->store, by->account->name, name, max_size, &row) &&
		 !fault_store_failed(&fault))
		handler(&fault, NULL, arg);
	else
		handler(NULL, &row, arg);
	queue_row_clear(&row);
}

void queue_resize(const struct asker *by, const char *id, int64_t max_size, queue_h *handler, void *arg)
{
	struct queue_row row = { 0 };
	struct fault fault;
	bool ok = check_size(max_size, &fault) && queue_find(by, id, &row, &fault);

	if (ok && queues_set_max(by->desk->store, row.nr, max_size))
		ok = fault_store_failed(&fault);
	queue_row_clear(&row);
	ok = ok && queue_find(by, id, &row, &fault);
	handler(ok ? NULL : &fault, ok ? &row : NULL, arg);
	queue_row_clear(&row);
}

void queue_delete(const struct asker *by, const char *id, done_h *handler, void *arg)
{
	struct queue_row row = { 0 };
	struct fault fault;
	bool ok = queue_find(by, id, &row, &fault);
	const int err = ok ? queues_delete(by->desk->store, row.nr) : 0;

	queue_row_clear(&row);
	if (err == EBUSY)
		ok = fault_set(&fault, FAULT_QUEUE_NOT_EMPTY, FIELD_QUEUE, "Callers wait in this queue.");
	else if (err)
		ok = fault_store_failed(&fault);
	if (ok)
		after_commit(by->desk, handler, arg);
	else
		handler(&fault, arg);
}

bool queue_members(const struct asker *by, const char *id, int64_t limit, int64_t offset,
		   queue_member_h *each, void *arg, struct fault *fault)
{
	struct queue_row row;
	int err;

	if (!queue_find(by, id, &row, fault))
		return false;
	err = queues_members(by->desk->store, row.nr, limit, offset, each, arg);
	queue_row_clear(&row);
	return !err || fault_store_failed(fault);
}

bool queue_member_find(const struct asker *by, const char *id, const char *call, struct queue_member *out,
		       struct fault *fault)
{
	struct queue_row row;
	int err;

	memset(out, 0, sizeof *out);
	if (!queue_find(by, id, &row, fault))
		return false;
	err = call ? queues_member(by->desk->store, call, out) : queues_first(by->desk->store, row.nr, out);
	if (!err && out->queue != row.nr) {
		queue_member_clear(out);
		err = ENOENT;
	}
	queue_row_clear(&row);
	if (!err)
		return true;
	return err == ENOENT
		   ? fault_set(fault, FAULT_CALL_NOT_FOUND, FIELD_CALL, "It does not wait in this queue.")
		   : fault_store_failed(fault);
}

bool queue_member_dequeue(const struct asker *by, const char *id, const char *call, const char *url,
			  bool post, struct queue_member *out, struct fault *fault)
{
	const struct call_scripts *scripts = &by->desk->scripts;
	struct call_row row;

	memset(out, 0, sizeof *out);
	if (!weburl_is_valid(url))
		return fault_set(fault, FAULT_URL_INVALID, FIELD_URL,
				 FAULT_FIELD_MARK " must be an absolute http or https URL.");
	if (!queue_member_find(by, id, call, out, fault))
		return false;
	if (calls_get(by->desk->store, out->call, &row)) {
		queue_member_clear(out);
		return fault_store_failed(fault);
	}
	scripts->redirect(&row, &(struct call_document){ .url = url, .post = post }, scripts->arg);
	call_row_clear(&row);
	return true;
}
