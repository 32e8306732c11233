/* A call that is placed for a conference. What it does when it is answered is a document of ours, which
 * brings it in as a document of the program's would. */
#include "daemon/api/call/conferences.h"
#include "daemon/api/call/participants.h"
#include "daemon/api/call/place.h"
#include "daemon/api/dialect/twilio/calls.h"
#include "daemon/api/dialect/twilio/conference_json.h"
#include "daemon/api/dialect/twilio/conferences.h"
#include "daemon/api/dialect/twilio/recordings.h"
#include "daemon/api/script/steps/step.h"
#include "lib/xml_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_LEAST_S = 5, PARTICIPANTS_MAX = 250, LABEL_MAX = 128 };

static const char *const beeps[] = { "true", "false", "onEnter", "onExit", NULL };
static const char *const beep_words[] = { "both", "none", "enter", "exit" };

struct adding {
	struct ask *ask;
	struct order order;
	json_t *member, *more; /* of the participant, of a conference that is made for it */
	char coach[UUID_TEXT_SIZE],
	    made[UUID_TEXT_SIZE]; /* id of the conference that was made for it, or "" */
	bool muted, starts, ends, wait_post, record;
	int beep;
	int64_t max;
	const char *label, *wait_url;
};

static void adding_free(struct adding *adding)
{
	order_clear(&adding->order);
	json_decref(adding->member);
	json_decref(adding->more);
	free(adding);
}

/* Frees it, and not the ask. */
static void fail(struct adding *adding, const struct fault *fault)
{
	ask_fail(adding->ask, fault);
	adding_free(adding);
}

/* What is asked for */

static void read_coach(struct adding *adding, struct form *form)
{
	const char *sid = form_text(form, "CallSidToCoach");
	bool coaching = sid != NULL;

	form_bool(form, "Coaching", &coaching);
	if (!coaching)
		return;
	if (!sid)
		form_fail(form, TROUBLE_PARAMETER, "CallSidToCoach is required for Coaching.");
	else if (!sid_read("CA", sid, adding->coach))
		form_fail(form, TROUBLE_PARAMETER, "CallSidToCoach is no sid of a call.");
}

static void read_member(struct adding *adding, struct form *form)
{
	adding->starts = true;
	adding->wait_post = true;
	adding->max = PARTICIPANTS_MAX;
	adding->label = form_text(form, "Label");
	if (adding->label && strlen(adding->label) > LABEL_MAX)
		form_fail(form, TROUBLE_PARAMETER, "Label must have at most %d bytes.", LABEL_MAX);
	form_bool(form, "Muted", &adding->muted);
	form_bool(form, "StartConferenceOnEnter", &adding->starts);
	form_bool(form, "EndConferenceOnExit", &adding->ends);
	form_word(form, "Beep", beeps, &adding->beep);
	form_int(form, "MaxParticipants", 2, PARTICIPANTS_MAX, &adding->max);
	read_coach(adding, form);
	/* an empty one is silence */
	adding->wait_url =
	    form_has(form, "WaitUrl") && !form_text(form, "WaitUrl") ? "" : form_url(form, "WaitUrl");
	form_method(form, "WaitMethod", &adding->wait_post);
	adding->member = json_pack("{s:s*, s:s*, s:b, s:b}", "label", adding->label, "coaches",
				   *adding->coach ? adding->coach : NULL, "moderator", adding->starts, "ends",
				   adding->ends);
}

static void read_record(struct adding *adding, struct form *form)
{
	static const char *const records[] = { "do-not-record", "record-from-start", "false", "true", NULL };
	int record = 0;

	form_word(form, "ConferenceRecord", records, &record);
	adding->record = record & 1;
}

/* Who is told of a conference that is made. */
static void read_conference_callback(struct adding *adding, struct form *form)
{
	static const char *const words[] = { "start", "end",	"join",	   "leave",	   "mute",
					     "hold",  "modify", "speaker", "announcement", NULL };
	const char *url = form_url(form, "ConferenceStatusCallback");
	unsigned events = STEP_ON_START | STEP_ON_END;
	bool post = true;

	form_method(form, "ConferenceStatusCallbackMethod", &post);
	form_words(form, "ConferenceStatusCallbackEvent", words, &events);
	adding->more = json_pack("{s:s}", "dialect", view_dialect(adding->ask->view));
	if (url)
		json_object_set_new(adding->more, "script_hook",
				    json_pack("{s:s, s:b, s:i, s:s}", "url", url, "get", !post, "events",
					      (int)events, "dialect", view_dialect(adding->ask->view)));
}

static void read_recording_callback(struct adding *adding, struct form *form)
{
	const char *url = form_url(form, "ConferenceRecordingStatusCallback");
	bool post = true;
	json_t *events;

	form_method(form, "ConferenceRecordingStatusCallbackMethod", &post);
	events = recordings_read_events(form, "ConferenceRecordingStatusCallbackEvent");
	if (url) {
		json_object_set_new(adding->more, "recording_status_callback", json_string(url));
		json_object_set_new(adding->more, "recording_status_callback_method",
				    json_string(post ? "POST" : "GET"));
		json_object_set_new(adding->more, "recording_status_callback_events",
				    events ? json_incref(events) : json_pack("[s]", "completed"));
	}
	json_decref(events);
}

/* A participant is in the conference at once, whoever has answered. */
static void read_machine_callback(struct adding *adding, struct form *form)
{
	struct wish *wish = &adding->order.wish;
	bool post = true;

	wish->machine_waits = false;
	wish->machine_callback = form_url(form, "AmdStatusCallback");
	form_method(form, "AmdStatusCallbackMethod", &post);
	wish->machine_callback_get = !post;
}

static void read_all(struct adding *adding)
{
	struct form *form = &adding->ask->form;

	order_begin(adding->ask, &adding->order);
	order_read(adding->ask, &adding->order, TIMEOUT_LEAST_S);
	read_machine_callback(adding, form);
	read_member(adding, form);
	read_record(adding, form);
	read_conference_callback(adding, form);
	read_recording_callback(adding, form);
}

/* The document */

static void write_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	xml_text_write(out, value);
	putc('"', out);
}

static void write_flag(FILE *out, const char *name, bool value)
{
	write_attribute(out, name, value ? "true" : "false");
}

static char *document_of(const struct adding *adding, const char *name)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs("<Response><Dial><Conference", out);
	write_flag(out, "muted", adding->muted);
	write_flag(out, "startConferenceOnEnter", adding->starts);
	write_flag(out, "endConferenceOnExit", adding->ends);
	write_attribute(out, "beep", beeps[adding->beep]);
	if (*adding->coach)
		write_attribute(out, "coach", adding->coach);
	if (adding->label)
		write_attribute(out, "participantLabel", adding->label);
	if (adding->wait_url) {
		write_attribute(out, "waitUrl", adding->wait_url);
		write_attribute(out, "waitMethod", adding->wait_post ? "POST" : "GET");
	}
	putc('>', out);
	xml_text_write(out, name);
	fputs("</Conference></Dial></Response>", out);
	return fclose(out) ? NULL : text;
}

/* The call, once there is a conference */

/* Should it live on, it ends when nobody comes. */
static void on_unmade(const struct fault *fault, void *arg)
{
	(void)fault, (void)arg;
}

static void on_placed(const struct fault *fault, const struct call_row *row, void *arg)
{
	struct adding *adding = arg;
	const struct view_of of = ask_view(adding->ask);
	struct participant one;

	if (fault) {
		if (*adding->made)
			conference_end(&adding->ask->by, adding->made, on_unmade, NULL);
		fail(adding, fault);
		return;
	}
	participant_of_call(row, &one);
	ask_done(adding->ask, 201, twilio_participant_json(&of, &one));
	adding_free(adding);
}

static void place(struct adding *adding, const struct conference_row *conference)
{
	struct wish *wish = &adding->order.wish;
	struct fault fault;

	adding->order.script = document_of(adding, conference->name);
	if (!adding->order.script) {
		fault_no_memory(&fault);
		fail(adding, &fault);
		return;
	}
	wish->script = adding->order.script;
	wish->conference = conference->id;
	wish->member = adding->member;
	wish->muted = adding->muted;
	participant_place(&adding->ask->by, wish, on_placed, adding);
}

static void on_created(const struct fault *fault, const struct conference_row *row, void *arg)
{
	struct adding *adding = arg;

	if (fault) {
		fail(adding, fault);
		return;
	}
	snprintf(adding->made, sizeof adding->made, "%s", row->id);
	place(adding, row);
}

static bool names_sound(const char *url)
{
	return !strncmp(url, "tone:", 5) || strstr(url, ".mp3") || strstr(url, ".wav");
}

/* By name it is made when there is none. */
static void create(struct adding *adding)
{
	const char *wait = adding->wait_url;
	const struct conference_wish wish = { .name = adding->ask->args[0],
					      .max_participants = adding->max,
					      .record = adding->record,
					      .wait = true,
					      .beeps = beep_words[adding->beep],
					      .music = !wait		   ? "tone:ringback"
						       : names_sound(wait) ? wait
									   : NULL,
					      .more = adding->more };

	conference_create(&adding->ask->by, &wish, on_created, adding);
}

/* Two letters and 32 digits: of something else, and no name. */
static bool is_sid(const char *text)
{
	return strlen(text) == 34 && isalpha((unsigned char)text[0]) && isalpha((unsigned char)text[1]) &&
	       strspn(text + 2, "0123456789abcdefABCDEF") == 32;
}

/* The conference that is named; *make: there is none, and one may be made. False: *fault says why not. */
static bool find(struct ask *ask, struct conference_row *out, bool *make, struct fault *fault)
{
	char id[UUID_TEXT_SIZE];

	*make = false;
	if (sid_read("CF", ask->args[0], id))
		return conference_find(&ask->by, id, out, fault);
	if (conference_find_named(&ask->by, ask->args[0], out, fault))
		return true;
	*make = fault->code == FAULT_CONFERENCE_NOT_FOUND && !is_sid(ask->args[0]);
	return *make;
}

void participants_create(struct ask *ask)
{
	struct adding *adding = calloc(1, sizeof *adding);
	struct conference_row conference;
	struct fault fault;
	bool make;

	if (!adding) {
		ask_done(ask, 503, NULL);
		return;
	}
	adding->ask = ask;
	read_all(adding);
	if (!ask_form_ok(ask)) {
		adding_free(adding);
	} else if (!find(ask, &conference, &make, &fault)) {
		fail(adding, &fault);
	} else if (make) {
		create(adding);
	} else {
		place(adding, &conference);
		conference_row_clear(&conference);
	}
}
