/* Record, Start and Stop. */
#include "daemon/api/script/twiml/verbs.h"

#include <string.h>

const char *const verb_trims[] = { "trim-silence", "do-not-trim", NULL };

struct step_hook verb_recording_hook(struct reader *r, const xmlNode *node)
{
	static const char *const events[] = { "in-progress", "completed", "absent", NULL };

	return reader_hook(r, node, "recordingStatusCallback", "recordingStatusCallbackMethod",
			   "recordingStatusCallbackEvent", events);
}

void verb_record(struct reader *r, const xmlNode *node)
{
	struct step_recording *recording = reader_memory(r, sizeof *recording);
	struct step *step = reader_step(r, node, STEP_RECORD);
	struct step_hook transcribed;

	reader_content(r, node, false);
	if (!step || !recording)
		return;
	verb_action(r, node, step);
	step->max_length_s = reader_number(r, node, "maxLength", 1, 14400, 3600);
	step->timeout_s = reader_number(r, node, "timeout", 0, 3600, 5);
	step->beep = reader_boolean(r, node, "playBeep", true);
	step->finish_on = reader_keys(r, node, "finishOnKey", READER_KEYS);
	recording->trim = reader_choice(r, node, "trim", verb_trims, 0) == 0;
	recording->status = verb_recording_hook(r, node);
	transcribed = reader_hook(r, node, "transcribeCallback", NULL, NULL, NULL);
	if (reader_boolean(r, node, "transcribe", transcribed.url != NULL))
		reader_warn(r, node, "transcribe", "Recordings are not transcribed.");
	step->recording = recording;
}

static void start_recording(struct reader *r, const xmlNode *node)
{
	static const char *const channels[] = { "mono", "dual", NULL };
	static const char *const tracks[] = { "both", "inbound", "outbound", NULL };
	struct step_recording *recording = reader_memory(r, sizeof *recording);
	struct step *step = reader_step(r, node, STEP_START_RECORDING);

	if (!step || !recording)
		return;
	recording->name = reader_attribute(r, node, "name");
	recording->dual = reader_choice(r, node, "channels", channels, 0) == 1;
	recording->track = (enum step_track)reader_choice(r, node, "track", tracks, STEP_TRACK_BOTH);
	recording->trim = reader_choice(r, node, "trim", verb_trims, 1) == 0;
	recording->status = verb_recording_hook(r, node);
	step->recording = recording;
}

static bool is(const xmlNode *node, const char *name)
{
	return !strcmp(reader_name(node), name);
}

void verb_start(struct reader *r, const xmlNode *node)
{
	for (const xmlNode *n = node->children; (n = reader_element(r, n)); n = n->next) {
		if (!reader_admits(r, n))
			continue;
		if (is(n, "Stream"))
			verb_stream(r, n, STEP_START_STREAM);
		else if (is(n, "Transcription"))
			verb_transcription(r, n);
		else
			start_recording(r, n);
	}
}

static void stop_recording(struct reader *r, const xmlNode *node)
{
	struct step *step = reader_step(r, node, STEP_STOP_RECORDING);

	if (step)
		step->text = reader_attribute(r, node, "name");
}

void verb_stop(struct reader *r, const xmlNode *node)
{
	for (const xmlNode *n = node->children; (n = reader_element(r, n)); n = n->next) {
		if (!reader_admits(r, n))
			continue;
		if (is(n, "Stream"))
			verb_stop_stream(r, n);
		else if (is(n, "Transcription"))
			verb_stop_transcription(r, n);
		else
			stop_recording(r, n);
	}
}
