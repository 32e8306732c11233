#include "daemon/api/call/calls.h"

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

bool call_list(const struct asker *by, struct calls_filter *filter, call_row_h *each, void *arg,
	       int64_t *total, struct fault *fault)
{
	filter->account = by->account->name;
	return !calls_list(by->desk->store, filter, each, arg, total) || fault_store_failed(fault);
}
