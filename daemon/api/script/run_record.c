/* Record. */
#include "daemon/api/script/run_recording.h"

#include <stdio.h>
#include <string.h>

static void on_recording(struct run *run, const json_t *result, const json_t *error)
{
	const char *id = json_string_value(json_object_get(json_object_get(result, "recording"), "id"));

	if (error) {
		recording_refused(run);
		run_step_failed(run, error);
		return;
	}
	/* the call may be recorded for others, too: what ends there is not ours */
	snprintf(run->recording, sizeof run->recording, "%s", id ? id : "");
	run->phase = RUN_RECORD;
	if (id)
		recording_watch(run, json_object_get(result, "recording"), run_step_of(run)->recording,
				"record");
	run_save(run);
}

void run_start_recording(struct run *run, const struct step *step)
{
	json_t *params = recording_request(run, step->recording, "record");

	json_object_set_new(params, "max_duration", json_integer((json_int_t)step->max_length_s));
	if (step->timeout_s)
		json_object_set_new(params, "silence_timeout", json_integer(step->timeout_s));
	run->phase = RUN_START;
	run_request(run, "call.record", params, on_recording);
}

void run_begin_record(struct run *run, const struct step *step)
{
	run->digit = '\0';
	if (step->beep)
		run_play_one(run, "tone:beep");
	else
		run_start_recording(run, step);
}

json_t *run_recording_params(const struct run *run)
{
	return json_pack("{s:s*}", "recording", *run->recording ? run->recording : NULL);
}

void run_recorded(struct run *run, const json_t *data)
{
	const json_t *recording = json_object_get(data, "recording");
	const char *id = json_string_value(json_object_get(recording, "id"));
	const char digit[2] = { run->digit, '\0' };
	const struct step *step = run_step_of(run);
	char duration[24];

	if (*run->recording && id && strcmp(run->recording, id))
		return;
	*run->recording = '\0';
	/* Nobody spoke: nothing is kept, and the script goes on behind the step. */
	if (id && json_integer_value(json_object_get(recording, "duration_ms")) == 0) {
		recording_drop(run, id);
		id = NULL;
		if (!run->form->asks_of_silence) {
			run_next(run);
			return;
		}
	}
	if (run->over && !step->action) {
		run_end(run);
		return;
	}
	snprintf(duration, sizeof duration, "%lld",
		 (long long)(json_integer_value(json_object_get(recording, "duration_ms")) + 500) / 1000);
	run_ask_action(run, step, "record",
		       json_pack("{s:s*, s:s, s:s}", "recording", id, "recording_duration", duration,
				 "digits", run->over ? "hangup" : digit));
}
