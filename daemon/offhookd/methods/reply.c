/* Answers of methods. See method.h. */
#include "daemon/offhookd/methods/method.h"

#include <errno.h>
#include <string.h>

json_t *methods_call_told(const struct asked *a)
{
	if (a->in.brief > 0)
		return json_pack("{s:s, s:s}", "id", a->call->id, "status",
				 call_status_name(a->call->status));
	return call_snapshot(a->call);
}

void methods_reply_call(struct asked *a)
{
	control_reply(a->request, json_pack("{s:o}", "call", methods_call_told(a)));
}

void methods_reply_conference(struct asked *a)
{
	control_reply(a->request, json_pack("{s:o}", "conference", conference_snapshot(a->conference)));
}

void methods_reply_done(struct asked *a, int err)
{
	if (!err)
		methods_reply_call(a);
	else
		methods_refuse(a,
			       err == EBUSY    ? CONTROL_CONFLICT
			       : err == EINVAL ? CONTROL_INVALID_PARAMS
					       : CONTROL_UNAVAILABLE,
			       NULL, strerror(err));
}

void methods_refuse(struct asked *a, int code, const char *field, const char *why)
{
	control_reply_error(a->request, code, why, field ? json_pack("{s:s}", "field", field) : NULL);
}

void methods_reply_denied(struct asked *a, int err, const char *reason)
{
	methods_refuse(a, err == EDQUOT ? CONTROL_PAYMENT : CONTROL_UNROUTABLE, "to", reason);
}
