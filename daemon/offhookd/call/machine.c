#include "daemon/offhookd/call/machine.h"

#include "daemon/offhookd/call/call.h"
#include "lib/json_text.h"
#include "lib/log.h"

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

int call_detect(struct call *call, const struct media_amd *how)
{
	call->machine = (struct media_machine){ 0 };
	return media_session_detect(call->media, how);
}

static void write_numbers(struct json_text *out, const struct media_machine *m)
{
	json_text_string(out, "is", media_machine_name(m));
	json_text_string(out, "end", media_machine_end_name(m));
	json_text_string(out, "reason", m->reason);
	json_text_int(out, "after_ms", m->after_ms);
	json_text_int(out, "initial_silence_ms", m->initial_silence_ms);
	json_text_int(out, "speech_ms", m->speech_ms);
	json_text_int(out, "words", m->words);
	if (!m->beep_hz)
		return;
	json_text_open(out, "beep");
	json_text_int(out, "hz", m->beep_hz);
	json_text_int(out, "at_ms", m->beep_at_ms);
	json_text_close(out);
}

void call_write_machine(const struct call *call, struct json_text *out)
{
	if (!call->machine.is)
		return;
	json_text_open(out, "machine");
	write_numbers(out, &call->machine);
	json_text_close(out);
}

static json_t *machine_json(const struct media_machine *m)
{
	json_t *out = json_pack("{s:s, s:s*, s:s, s:i, s:i, s:i, s:i}", "is", media_machine_name(m), "end",
				media_machine_end_name(m), "reason", m->reason, "after_ms", (int)m->after_ms,
				"initial_silence_ms", (int)m->initial_silence_ms, "speech_ms",
				(int)m->speech_ms, "words", (int)m->words);

	if (m->beep_hz)
		json_object_set_new(
		    out, "beep", json_pack("{s:i,s:i}", "hz", (int)m->beep_hz, "at_ms", (int)m->beep_at_ms));
	return out;
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
	call_publish(call, "call.machine", json_pack("{s:o}", "machine", machine_json(m)));
}
