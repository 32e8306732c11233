/* Who is told of a conference that a script has made, or a participant that a program has added: what
 * "script_hook" in its record says: {"url", "get", "events" (STEP_ON_…; 0: all but who talks), "dialect",
 * "call" (whose words and numbers stand for it; absent: the first that comes)}. */
#include "daemon/api/script/run_steps.h"

#include "daemon/api/call/participants.h"
#include "daemon/api/script/run_tell.h"
#include "daemon/api/store/conferences.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *type, *what, *name;
	unsigned event;
} told_events[] = {
	{ "conference.state", "in-progress", "conference-start", STEP_ON_START },
	{ "conference.state", "completed", "conference-end", STEP_ON_END },
	{ "conference.participant", "join", "participant-join", STEP_ON_JOIN },
	{ "conference.participant", "leave", "participant-leave", STEP_ON_LEAVE },
	{ "conference.participant", "mute", "participant-mute", STEP_ON_MUTE },
	{ "conference.participant", "unmute", "participant-unmute", STEP_ON_MUTE },
	{ "conference.participant", "hold", "participant-hold", STEP_ON_HOLD },
	{ "conference.participant", "unhold", "participant-unhold", STEP_ON_HOLD },
	{ "conference.participant", "coach", "participant-modify", STEP_ON_MODIFY },
	{ "conference.participant", "uncoach", "participant-modify", STEP_ON_MODIFY },
	{ "conference.participant", "change", "participant-modify", STEP_ON_MODIFY },
	{ "conference.talking", "start", "participant-speech-start", STEP_ON_SPEAKER },
	{ "conference.talking", "stop", "participant-speech-stop", STEP_ON_SPEAKER },
	{ "conference.play_done", "failed", "announcement-fail", STEP_ON_ANNOUNCEMENT },
	{ "conference.play_done", NULL, "announcement-end", STEP_ON_ANNOUNCEMENT },
};

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static const char *what_of(const struct bus_event *event)
{
	if (!strcmp(event->type, "conference.state"))
		return event->conference->status;
	if (!strcmp(event->type, "conference.talking"))
		return json_is_true(json_object_get(event->data, "talking")) ? "start" : "stop";
	if (!strcmp(event->type, "conference.play_done"))
		return text_of(event->data, "end");
	return text_of(event->data, "what");
}

static const char *name_of(const struct bus_event *event, unsigned wanted)
{
	const char *what = what_of(event);

	for (size_t i = 0; i < sizeof told_events / sizeof *told_events; i++)
		if (!strcmp(told_events[i].type, event->type) && (wanted & told_events[i].event) &&
		    (!told_events[i].what || (what && !strcmp(what, told_events[i].what))))
			return told_events[i].name;
	return NULL;
}

static void add_text(json_t *more, const char *name, const char *text)
{
	if (text)
		json_object_set_new(more, name, json_string(text));
}

/* How the participant is that it is about. */
static void add_participant(json_t *more, const json_t *participant)
{
	static const char *const names[][2] = { { "muted", "muted" },
						{ "hold", "hold" },
						{ "moderator", "starts_conference" },
						{ "ends", "ends_conference" } };

	if (!participant)
		return;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		add_text(more, names[i][1],
			 json_is_true(json_object_get(participant, names[i][0])) ? "true" : "false");
	add_text(more, "coaching", json_object_get(participant, "coaches") ? "true" : "false");
	add_text(more, "coached", text_of(participant, "coaches"));
	add_text(more, "label", text_of(participant, "label"));
}

/* Why it ended, and whose leaving did it: one that was made to leave was not one that left. */
static void add_end(const struct scripts_setup *with, json_t *more, const struct conference_row *conference)
{
	const char *why = conference->why;
	struct conference_row now; /* the end of that call may have come later */
	bool kicked = false;

	if (!conference->ended || !why)
		return;
	if (conference->ended_by && !conferences_get(with->store, conference->id, &now)) {
		kicked = now.kicked;
		conference_row_clear(&now);
	}
	if (kicked)
		why = strcmp(why, "last-left") ? "moderator-kicked" : "last-kicked";
	add_text(more, "ended_why", why);
	add_text(more, "ended_by", conference->ended_by);
}

static json_t *more_of(const struct scripts_setup *with, const struct bus_event *event, const char *name)
{
	char n[24], time[CLOCK_TEXT_SIZE];
	json_t *more;

	snprintf(n, sizeof n, "%lld", (long long)(event->n ? event->n : event->conference->last_event));
	more = json_pack("{s:s, s:s, s:s, s:s, s:s}", "conference", event->conference->id, "conference_name",
			 event->conference->name, "conference_event", name, "sequence", n, "timestamp",
			 clock_format_rfc3339(event->time, time));
	add_participant(more, json_object_get(event->data, "participant"));
	add_end(with, more, event->conference);
	return more;
}

static void tell(const struct scripts_setup *with, const struct bus_event *event, const json_t *hook,
		 const struct call_row *row, const char *name)
{
	const struct telling telling = { .form = script_form_find(with->forms, text_of(hook, "dialect")),
					 .moment = "conference-status",
					 .url = text_of(hook, "url"),
					 .get = json_is_true(json_object_get(hook, "get")),
					 .conference = event->conference->id,
					 .n = event->n };

	tell_of_call(with, &telling, row, more_of(with, event, name));
}

/* Notes the first call that came: it is told of where an event is nobody's. */
static void keep_call(const struct scripts_setup *with, const struct bus_event *event, const char *call)
{
	json_t *options = event->conference->options, *hook = json_object_get(options, "script_hook");

	if (json_object_get(hook, "call"))
		return;
	json_object_set_new(hook, "call", json_string(call));
	if (conferences_set_options(with->store, event->conference->id, options))
		log_warn("script.store_failed", call, "%s", "what=conference");
}

/* The one that was noted. (The event may have the record as it was before.) Returns 0, ENOENT or EIO. */
static int find_call(const struct scripts_setup *with, const struct bus_event *event, struct call_row *out)
{
	struct conference_row row;
	const char *call;
	int err = conferences_get(with->store, event->conference->id, &row);

	call = text_of(json_object_get(row.options, "script_hook"), "call");
	if (!err)
		err = call ? calls_get(with->store, call, out) : ENOENT;
	conference_row_clear(&row);
	return err;
}

static bool tell_if_wanted(const struct scripts_setup *with, const struct bus_event *event)
{
	const json_t *hook = json_object_get(event->conference->options, "script_hook");
	const char *call = text_of(json_object_get(event->data, "participant"), "call"), *name;
	const unsigned events = (unsigned)json_integer_value(json_object_get(hook, "events"));
	struct call_row row;

	if (!hook)
		return false;
	if (!call)
		call = text_of(event->data, "call");
	if (call)
		keep_call(with, event, call);
	name = name_of(event, events ? events : ~(unsigned)STEP_ON_SPEAKER);
	if (!name || (call ? calls_get(with->store, call, &row) : find_call(with, event, &row)))
		return false;
	tell(with, event, hook, &row, name);
	call_row_clear(&row);
	return true;
}

/* Who talks is not kept: the event comes without the record. */
static bool tell_of_talking(const struct scripts_setup *with, const struct bus_event *event)
{
	struct bus_event told = *event;
	struct conference_row row;
	bool is_told = false;

	if (!conferences_get(with->store, event->conference->id, &row)) {
		told.conference = &row;
		is_told = tell_if_wanted(with, &told);
	}
	conference_row_clear(&row);
	return is_told;
}

bool conference_tell(const struct scripts_setup *with, const struct bus_event *event)
{
	if (!with->hooks && !with->stage)
		return false;
	return strcmp(event->type, "conference.talking") ? tell_if_wanted(with, event)
							 : tell_of_talking(with, event);
}
