#include "daemon/api/call/calls.h"

#include "daemon/api/call/after.h"

#include <errno.h>
#include <string.h>

bool call_find(const struct asker *by, const char *id, struct call_row *out, struct fault *fault)
{
	int err = calls_get(by->desk->store, id, out);

	if (!err && !out->pending && !strcmp(out->account, by->account->name))
		return true;
	call_row_clear(out);
	if (err == EIO)
		return fault_store_failed(fault);
	return fault_set(fault, FAULT_CALL_NOT_FOUND, FIELD_CALL, "There is no such call.");
}

bool call_find_live(const struct asker *by, const char *id, struct call_row *out, struct fault *fault)
{
	if (!call_find(by, id, out, fault))
		return false;
	if (!call_row_is_over(out))
		return true;
	fault_set(fault, FAULT_CALL_OVER, FIELD_CALL, "The call is over: it is %s.", out->status);
	call_row_clear(out);
	return false;
}

bool call_find_answered(const struct asker *by, const char *id, struct call_row *out, struct fault *fault)
{
	if (!call_find_live(by, id, out, fault))
		return false;
	if (out->answered)
		return true;
	call_row_clear(out);
	return fault_set(fault, FAULT_NOT_IN_PROGRESS, FIELD_CALL, "The call has not been answered.");
}

bool call_list(const struct asker *by, struct calls_filter *filter, call_row_h *each, void *arg,
	       int64_t *total, struct fault *fault)
{
	filter->account = by->account->name;
	return !calls_list(by->desk->store, filter, each, arg, total) || fault_store_failed(fault);
}

bool call_page(const struct asker *by, struct calls_page *page, call_row_h *each, void *arg,
	       struct fault *fault)
{
	page->account = by->account->name;
	return !calls_page(by->desk->store, page, each, arg) || fault_store_failed(fault);
}

void call_forget(const struct asker *by, const char *id, done_h *handler, void *arg)
{
	struct fault fault;
	struct call_row row;
	bool done = false;

	if (!call_find(by, id, &row, &fault)) {
		handler(&fault, arg);
		return;
	}
	if (!call_row_is_over(&row))
		fault_set(&fault, FAULT_CONFLICT, FIELD_STATUS,
			  "The call is %s; only the record of one that is over can be deleted.", row.status);
	else if (calls_forget(by->desk->store, row.id))
		fault_store_failed(&fault);
	else
		done = true;
	call_row_clear(&row);
	if (done)
		after_commit(by->desk, handler, arg);
	else
		handler(&fault, arg);
}
