#include "daemon/offhookd/call/machine.h"

#include "daemon/offhookd/call/call.h"
#include "daemon/offhookd/call/calls.h"
#include "lib/json_text.h"
#include "lib/log.h"
#include "media/machine_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What waits for the answer. */
struct waiting {
	struct call_owner owner; /* must be first */
	struct media_amd how;
};

static void on_answered(struct call_owner *owner, struct call *call)
{
	struct waiting *waiting = (struct waiting *)owner;
	int err = call_detect(call, &waiting->how);

	if (err)
		log_warn("call.not_detected", call->id, "error=%s", log_quote(strerror(err)));
	call_disown(call, owner);
	free(waiting);
}

static void on_ended(struct call_owner *owner, struct call *call, const struct call_why *why)
{
	(void)call, (void)why;
	free(owner);
}

int call_detect_at_answer(struct call *call, const struct media_amd *how)
{
	static const struct call_owner_ops ops = { .answered = on_answered, .ended = on_ended };
	struct waiting *waiting = calloc(1, sizeof *waiting);

	if (!waiting)
		return ENOMEM;
	waiting->how = *how;
	call_own(call, &waiting->owner, &ops);
	return 0;
}

static unsigned either(unsigned asked, unsigned usual)
{
	return asked ? asked : usual;
}

int call_detect(struct call *call, const struct media_amd *how)
{
	const struct conf *conf = call->calls->conf;
	const struct media_amd full = { .timeout_ms = either(how->timeout_ms, conf->amd.timeout_ms),
					.speech_ms = either(how->speech_ms, conf->amd.speech_ms),
					.speech_end_ms = either(how->speech_end_ms, conf->amd.speech_end_ms),
					.silence_ms = either(how->silence_ms, conf->amd.silence_ms),
					.message_end = how->message_end };

	call->machine = (struct media_machine){ 0 };
	return media_session_detect(call->media, &full);
}

void call_write_machine(const struct call *call, struct json_text *out)
{
	json_t *machine;
	char *text;

	if (!call->machine.is)
		return;
	machine = media_machine_json(&call->machine);
	text = machine ? json_dumps(machine, JSON_COMPACT) : NULL;
	if (text)
		json_text_raw(out, "machine", text, strlen(text));
	free(text);
	json_decref(machine);
}

void call_on_machine(struct call *call, const struct media_machine *m)
{
	const char *end = media_machine_end_name(m);

	if (call_is_over(call))
		return;
	call->machine = *m;
	log_info("call.machine", call->id, "is=%s end=%s reason=%s after_ms=%u speech_ms=%u words=%u",
		 media_machine_name(m), end ? end : "-", log_quote(m->reason), m->after_ms, m->speech_ms,
		 m->words);
	call_publish(call, "call.machine", json_pack("{s:o}", "machine", media_machine_json(m)));
}
