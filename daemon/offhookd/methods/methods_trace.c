/* call.trace, trace.read: the SIP messages that are kept. */
#include "daemon/offhookd/methods/method.h"

#include "daemon/offhookd/trace/trace.h"

#include <errno.h>

void check_trace(struct json_get *g, struct asked *a)
{
	if (!a->in.id == !a->in.sip_call_id)
		json_get_fail(g, "call", "must be there, or sip_call_id, and not both");
}

static void reply(json_t *answer, void *request)
{
	if (answer)
		control_reply(request, answer);
	else
		control_reply_error(request, CONTROL_UNAVAILABLE, "The switch cannot look for it now.", NULL);
}

static void reply_call(json_t *answer, void *request)
{
	if (answer && !json_array_size(json_object_get(answer, "messages")) &&
	    !json_array_size(json_object_get(answer, "calls"))) {
		json_decref(answer);
		control_reply_error(request, CONTROL_NOT_FOUND, "No message of it is kept.", NULL);
		return;
	}
	reply(answer, request);
}

static void ask(struct asked *a, const struct trace_question *question, trace_answer_h *done)
{
	int err = trace_ask(a->m->trace, question, done, a->request);

	if (err)
		control_reply_error(a->request, err == EAGAIN ? CONTROL_LIMIT : CONTROL_UNAVAILABLE,
				    err == EAGAIN ? "Too many traces are being looked for."
						  : "The switch has no memory for it.",
				    NULL);
}

void method_call_trace(struct asked *a)
{
	ask(a, &(struct trace_question){ .call = a->in.id, .sip_call_id = a->in.sip_call_id }, reply_call);
}

void method_trace_read(struct asked *a)
{
	ask(a, &(struct trace_question){ .after = a->in.after }, reply);
}
