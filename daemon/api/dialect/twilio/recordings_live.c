/* Recordings that are begun, paused, gone on with and stopped. */
#include "daemon/api/dialect/twilio/recordings.h"

#include <string.h>

/* Answers with the record of the one that an operation tells of. */
static void answer(struct ask *ask, const struct recording_live *live, int status)
{
	const struct view_of of = ask_view(ask);
	struct recording_row row;
	struct fault fault;
	json_t *json;

	if (!live) {
		ask_not_found(ask);
	} else if (!recording_find_any(&ask->by, live->id, false, &row, &fault)) {
		ask_fail(ask, &fault);
	} else {
		json = twilio_recording_json(&of, &row,
					     live->of.kind == RECORDED_CALL ? OF_CALL : OF_CONFERENCE);
		/* how it was left, though its end may be here by now */
		json_object_set_new(json, "status", json_string(live->status));
		recording_row_clear(&row);
		ask_done(ask, status, json);
	}
}

static void on_started(const struct fault *fault, const struct recording_live *live, void *arg)
{
	if (fault)
		ask_fail(arg, fault);
	else
		answer(arg, live, 201);
}

static void on_changed(const struct fault *fault, const struct recording_live *live, void *arg)
{
	if (fault)
		ask_fail(arg, fault);
	else
		answer(arg, live, 200);
}

json_t *recordings_read_events(struct form *form, const char *name)
{
	static const char *const words[] = { "in-progress", "completed", "absent", "failed", NULL };
	json_t *events;
	unsigned wanted;

	if (!form_words(form, name, words, &wanted))
		return NULL;
	events = json_array();
	for (size_t i = 0; words[i]; i++)
		if (wanted & 1u << i)
			json_array_append_new(events, json_string(words[i]));
	return events;
}

static void read_wish(struct form *form, struct recording_wish *wish)
{
	static const char *const channels[] = { "mono", "dual", NULL };
	static const char *const tracks[] = { "both", "inbound", "outbound", NULL };
	static const char *const trims[] = { "do-not-trim", "trim-silence", NULL };
	int channel = 0, trim = 0, track = 0;
	bool post = true;

	form_word(form, "RecordingChannels", channels, &channel);
	form_word(form, "Trim", trims, &trim);
	form_word(form, "RecordingTrack", tracks, &track);
	form_method(form, "RecordingStatusCallbackMethod", &post);
	wish->channels = channel + 1;
	wish->has_trim = true;
	wish->trim_silence = trim == 1;
	wish->track = track ? tracks[track] : NULL;
	wish->callback = form_url(form, "RecordingStatusCallback");
	wish->callback_get = !post;
	wish->callback_events = recordings_read_events(form, "RecordingStatusCallbackEvent");
}

static void start(struct ask *ask, enum recording_place place)
{
	struct recording_wish wish = { .dialect = view_dialect(ask->view) };
	char id[UUID_TEXT_SIZE];
	const struct recording_of of = { place == OF_CALL ? RECORDED_CALL : RECORDED_CONFERENCE, id };
	json_t *events;

	read_wish(&ask->form, &wish);
	events = (json_t *)wish.callback_events;
	if (place == OF_CONFERENCE) { /* which has no sides */
		wish.channels = 0;
		wish.track = NULL;
	}
	if (ask_form_ok(ask) && recordings_read_parent(ask, place, id))
		recording_start(&ask->by, &of, &wish, on_started, ask);
	json_decref(events);
}

void recordings_start_call(struct ask *ask)
{
	start(ask, OF_CALL);
}

void recordings_start_conference(struct ask *ask)
{
	start(ask, OF_CONFERENCE);
}

/* Which one is changed: "current", or the id of one that runs. False: it is answered. */
static bool read_which(struct ask *ask, enum recording_place place, char parent[UUID_TEXT_SIZE],
		       char which[UUID_TEXT_SIZE])
{
	struct recording_row row;
	bool over;

	if (!strcmp(ask->args[1], "Twilio.CURRENT")) {
		strcpy(which, "current");
		return recordings_read_parent(ask, place, parent);
	}
	if (!recordings_find(ask, place, false, &row))
		return false;
	over = !strcmp(row.status, "completed") || !strcmp(row.status, "failed");
	strncpy(which, row.id, UUID_TEXT_SIZE - 1);
	strncpy(parent, place == OF_CALL ? row.call : row.conference, UUID_TEXT_SIZE - 1);
	which[UUID_TEXT_SIZE - 1] = parent[UUID_TEXT_SIZE - 1] = '\0';
	recording_row_clear(&row);
	if (over)
		ask_refuse(ask, 400, CODE_CALL_STATE, "The recording is over: it cannot be changed.");
	return !over;
}

static void update(struct ask *ask, enum recording_place place)
{
	static const char *const statuses[] = { "paused", "in-progress", "stopped", NULL };
	static const char *const behaviours[] = { "silence", "skip", NULL };
	static const enum recording_change changes[] = { RECORDING_PAUSE_WITH_SILENCE, RECORDING_RESUME,
							 RECORDING_STOP };
	char parent[UUID_TEXT_SIZE], which[UUID_TEXT_SIZE];
	const struct recording_of of = { place == OF_CALL ? RECORDED_CALL : RECORDED_CONFERENCE, parent };
	enum recording_change change;
	int status = 0, behaviour = 0;

	if (!form_word(&ask->form, "Status", statuses, &status))
		form_fail(&ask->form, TROUBLE_PARAMETER,
			  "Status is required: paused, in-progress or stopped.");
	form_word(&ask->form, "PauseBehavior", behaviours, &behaviour);
	change = behaviour && !status ? RECORDING_PAUSE : changes[status];
	if (ask_form_ok(ask) && read_which(ask, place, parent, which))
		recording_change(&ask->by, &of, which, change, on_changed, ask);
}

void recordings_update_call(struct ask *ask)
{
	update(ask, OF_CALL);
}

void recordings_update_conference(struct ask *ask)
{
	update(ask, OF_CONFERENCE);
}
