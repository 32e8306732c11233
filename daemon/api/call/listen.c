#include "daemon/api/call/listen.h"

#include "daemon/api/call/after.h"
#include "daemon/api/call/calls.h"

/* Writes it into the options, where hooks look for it. */
static bool write(const struct asker *by, struct call_row *row, const char *url, bool post,
		  struct fault *fault)
{
	if (call_row_is_over(row))
		return fault_set(fault, FAULT_CALL_OVER, FIELD_CALL, "The call is over: it is %s.",
				 row->status);
	if (!fault_check_url(fault, FIELD_CALLBACK, url))
		return false;
	if (!row->options)
		row->options = json_object();
	json_object_del(row->options, "digits_callback");
	if (url)
		json_object_set_new(row->options, "digits_callback",
				    json_pack("{s:s, s:s}", "url", url, "method", post ? "POST" : "GET"));
	return !calls_set_options(by->desk->store, row->id, row->options) || fault_store_failed(fault);
}

void call_listen(const struct asker *by, const char *id, const char *url, bool post, call_h *handler,
		 void *arg)
{
	struct call_row row = { 0 };
	struct fault fault;

	if (call_find(by, id, &row, &fault) && write(by, &row, url, post, &fault))
		after_commit_call(by->desk, &row, handler, arg);
	else
		handler(&fault, NULL, arg);
	call_row_clear(&row);
}
