/* See run_dial_end.h. What is remembered stands at the head of run_dial.c. */
#include "daemon/api/script/run_dial_end.h"

#include "daemon/api/script/run_recording.h"

#include <stdio.h>
#include <string.h>

enum { RECORD_DONE_MS = 3000, BUSY_EVERYWHERE = 600, DECLINE = 603 };

static const char *memo_text(const struct run *run, const char *name)
{
	return json_string_value(json_object_get(run->memo, name));
}

static json_t *result_form(const struct run *run)
{
	const char *status = memo_text(run, "status"), *last = memo_text(run, "last");
	const char *recording = memo_text(run, "recording");
	char duration[24];

	snprintf(duration, sizeof duration, "%lld",
		 ((long long)json_integer_value(json_object_get(run->memo, "duration_ms")) + 500) / 1000);
	return json_pack("{s:s, s:s, s:s, s:s, s:s*, s:O*}", "dial_status", status ? status : "failed",
			 "dial_call", last ? last : "", "dial_duration", duration, "dial_bridged",
			 json_is_true(json_object_get(run->memo, "bridged")) ? "true" : "false", "recording",
			 recording, "recording_duration", json_object_get(run->memo, "recording_s"));
}

/* Nobody was reached: who is told so may answer with another document. */
static void ask_instead(struct run *run, const struct step_hook *hook)
{
	const struct run_asking asking = { .url = hook->url,
					   .post = !hook->get,
					   .form = result_form(run),
					   .moment = "dial",
					   .optional = true };

	if (run->over) {
		run_tell(run, hook, "dial", asking.form);
		run_next(run);
	} else {
		run_ask(run, &asking);
	}
}

/* Who was dialled wants the caller to talk with somebody else: the script says what is done. */
static void ask_referred(struct run *run, const struct step *step)
{
	json_t *form = result_form(run);

	json_object_set_new(form, "refer_to", json_string(memo_text(run, "refer_to")));
	run_ask(run, &(struct run_asking){ .url = step->dial->refer.url,
					   .post = !step->dial->refer.get,
					   .form = form,
					   .moment = "refer-asked" });
}

/* Ends what is recorded; its length is told with the result. False: nothing is to be waited for. */
static bool end_recording(struct run *run)
{
	const char *recording = memo_text(run, "recording");

	if (!recording || run->over || memo_text(run, "recording_s") || json_object_get(run->memo, "ending"))
		return false;
	json_object_set_new(run->memo, "ending", json_true());
	run_set_timer(run, RECORD_DONE_MS);
	run_save(run);
	recording_stop(run, recording);
	return true;
}

void dial_finish(struct run *run, const struct step *step)
{
	if (end_recording(run))
		return;
	run_set_timer(run, -1);
	if (memo_text(run, "refer_to") && !run->over)
		ask_referred(run, step);
	else if (step->dial && step->dial->replaceable && step->dial->target_count &&
		 !json_is_true(json_object_get(run->memo, "bridged")))
		ask_instead(run, &step->dial->targets->status);
	else
		run_ask_if_action(run, step, "dial", result_form(run));
}

/* Of several calls that nobody took, that one counts which says most. */
static int weight(const char *status)
{
	static const char *const order[] = { "canceled", "failed", "busy", "no-answer", "completed" };

	for (int i = 0; i < (int)(sizeof order / sizeof *order); i++)
		if (!strcmp(order[i], status))
			return i;
	return 0;
}

void dial_count_end(struct run *run, const struct call_row *row)
{
	const int64_t code = json_integer_value(json_object_get(row->snapshot, "sip_code"));
	const char *known = memo_text(run, "status"), *status = row->status;
	const bool answered = row->answered != 0,
		   bridged = json_is_true(json_object_get(run->memo, "bridged"));

	/* who declines is there: no wrong number */
	if (!answered && (code == DECLINE || code == BUSY_EVERYWHERE))
		status = "busy";
	/* who was asked first and did not want it was not connected */
	if (answered && !bridged && !strcmp(status, "completed"))
		status = "no-answer";
	if (known && weight(known) > weight(status))
		return;
	json_object_set_new(run->memo, "status", json_string(status));
	json_object_set_new(run->memo, "last", json_string(row->id));
	json_object_set_new(run->memo, "duration_ms", json_integer(row->duration_ms));
}
