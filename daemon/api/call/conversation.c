#include "daemon/api/call/conversation.h"

bool conversation_list(const struct asker *by, const char *id, call_row_h *each, void *arg,
		       struct fault *fault)
{
	return !calls_conversation(by->desk->store, by->account->name, id, each, arg) ||
	       fault_store_failed(fault);
}
