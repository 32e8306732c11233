/* Answers within a dialog. See private.h. */
#include "daemon/offhookd/ua/private.h"

bool ua_call_is_listening(const struct ua_call *call)
{
	return call && !call->closed && !call->ended;
}

void ua_call_answer_this(struct ua_call *call, int code, const char *phrase)
{
	nua_respond(call->nh, code, phrase, NUTAG_WITH_THIS(call->agent->nua), TAG_END());
}
