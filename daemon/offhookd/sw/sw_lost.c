/* What the start before this one left unfinished, by the journal: calls and conferences that were up, and
 * recordings that ran. Each is told its end once, before anybody listens, but for calls that are gone on
 * with. See sw_private.h. */
#include "daemon/offhookd/sw/sw_private.h"

#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const methods[] = {
	"call.state",	    "call.record_started",	 "call.record_done",	   "call.resumed",
	"conference.state", "conference.record_started", "conference.record_done", NULL
};

const char *const *sw_lasting_methods(void)
{
	return methods;
}

static bool is_call_over(const json_t *call)
{
	enum call_status status;

	return !call_status_parse(json_string_value(json_object_get(call, "status")), &status) &&
	       call_status_is_final(status);
}

static bool is_conference_over(const json_t *conference)
{
	const char *status = json_string_value(json_object_get(conference, "status"));

	return status && strcmp(status, "completed") == 0;
}

/* What is over may have a recording that is not yet. */
const char *sw_read_lasting(const json_t *params, bool *over)
{
	const json_t *call = json_object_get(params, "call");
	const json_t *it = call ? call : json_object_get(params, "conference");

	if (!json_is_string(json_object_get(it, "status")))
		return NULL;
	*over = (call ? is_call_over(it) : is_conference_over(it)) && !json_object_get(it, "recording");
	return json_string_value(json_object_get(it, "id"));
}

/* ---- recordings ---- */

/* What is to be said of one that ran: its file has been written up to a moment before the end. */
static json_t *recording_end(const json_t *recording)
{
	const char *file = json_string_value(json_object_get(recording, "file"));
	json_t *out = json_copy((json_t *)recording);
	uint64_t duration_ms = 0, bytes = 0;
	int err = file ? media_recording_measure(file, &duration_ms, &bytes) : ENOENT;
	const char *why = err == EBADMSG     ? "it has no header of a WAV file"
			  : err		     ? strerror(err)
			  : duration_ms == 0 ? "nothing was written before the switch was restarted"
					     : NULL;
	char sentence[512];

	json_object_set_new(out, "duration_ms", json_integer((json_int_t)duration_ms));
	json_object_set_new(out, "bytes", json_integer((json_int_t)bytes));
	json_object_set_new(out, "status", json_string(why ? "failed" : "completed"));
	if (why) {
		snprintf(sentence, sizeof sentence, "%.300s holds no recording: %s.",
			 file ? file : "Its file", why);
		json_object_set_new(out, "error", json_string(sentence));
	}
	/* A file that begins with nothing is of no use to anybody. */
	if (!err && duration_ms == 0 && unlink(file))
		log_warn("recording.stays", NULL, "file=%s error=%s", log_quote(file),
			 log_quote(strerror(errno)));
	return out;
}

/* Tells the end of one of `kind` ("call", "conference"); `of` has it no more. */
static void tell_recording(struct sw *sw, const char *kind, const json_t *of, const json_t *recording)
{
	bool is_call = strcmp(kind, "call") == 0;

	log_warn(is_call ? "call.recording_cut" : "conference.recording_cut",
		 json_string_value(json_object_get(of, "id")), "recording=%s file=%s reason=%s",
		 json_string_value(json_object_get(recording, "id")),
		 log_quote(json_string_value(json_object_get(recording, "file"))),
		 log_quote("it ran when the switch ended"));
	control_events_publish(
	    sw->events, is_call ? "call.record_done" : "conference.record_done",
	    json_pack("{s:o,s:o}", kind, json_deep_copy(of), "recording", recording_end(recording)));
}

static void tell_recordings(struct sw *sw, const char *kind, json_t *of)
{
	json_t *first = json_incref(json_object_get(of, "recording"));
	json_t *all = json_incref(json_object_get(of, "recordings")), *one;

	/* The later ones still run in the snapshot of an earlier one's end, in case that is all that gets
	 * written. */
	if (!all) {
		json_object_del(of, "recording");
		if (first)
			tell_recording(sw, kind, of, first);
	}
	while (json_array_size(all) > 0) {
		one = json_incref(json_array_get(all, 0));
		json_array_remove(all, 0);
		if (json_array_size(all) > 0)
			json_object_set(of, "recording", json_array_get(all, 0));
		else
			json_object_del(of, "recording");
		if (json_array_size(all) < 2)
			json_object_del(of, "recordings");
		tell_recording(sw, kind, of, one);
		json_decref(one);
	}
	json_decref(all);
	json_decref(first);
}

/* ---- calls and conferences ---- */

/* When it ended, in its own time: when the switch was last seen alive, as nothing later can be proved; where
 * that is not known, the last moment that the journal knows of it. */
static json_int_t end_of(const struct sw *sw, const json_t *it)
{
	static const char *const moments[] = { "created", "ringing", "answered" };
	json_int_t last = 0, end;

	for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
		json_int_t at = json_integer_value(json_object_get(it, moments[i]));

		last = at > last ? at : last;
	}
	end = last ? alive_end_of(sw->alive, json_integer_value(json_object_get(it, "created"))) : -1;
	return end > last ? end : last ? last : clock_utc_ms();
}

static void end_call(struct sw *sw, json_t *call)
{
	json_int_t answered = json_integer_value(json_object_get(call, "answered")), end = end_of(sw, call);

	log_warn("call.lost", json_string_value(json_object_get(call, "id")), "reason=%s",
		 log_quote("it was live when the switch ended"));
	json_object_set_new(call, "status", json_string("failed"));
	json_object_set_new(call, "ended", json_integer(end));
	json_object_set_new(call, "duration_ms",
			    json_integer(answered && end > answered ? end - answered : 0));
	json_object_set_new(call, "ended_by", json_string("fault"));
	json_object_set_new(call, "q850", json_integer(41));
	json_object_set_new(call, "reason", json_string("The switch was restarted while the call was up."));
	json_object_del(call, "bridge");
	control_events_publish(sw->events, "call.state", json_pack("{s:O}", "call", call));
}

static void end_conference(struct sw *sw, json_t *conference)
{
	log_warn("conference.lost", NULL, "conference=%s reason=%s",
		 json_string_value(json_object_get(conference, "id")),
		 log_quote("it was there when the switch ended"));
	json_object_set_new(conference, "status", json_string("completed"));
	json_object_set_new(conference, "ended", json_integer(end_of(sw, conference)));
	json_object_set_new(conference, "participant_count", json_integer(0));
	json_object_set_new(conference, "reason",
			    json_string("The switch was restarted while the conference was up."));
	control_events_publish(sw->events, "conference.state", json_pack("{s:O}", "conference", conference));
}

void sw_on_lost(const json_t *params, void *arg)
{
	struct sw *sw = arg;
	const char *kind = json_object_get(params, "call") ? "call" : "conference";
	json_t *it = json_deep_copy(json_object_get(params, kind));

	tell_recordings(sw, kind, it);
	if (strcmp(kind, "call") == 0 && !is_call_over(it) && !resume_take(sw->resume, it))
		end_call(sw, it);
	if (strcmp(kind, "conference") == 0 && !is_conference_over(it))
		end_conference(sw, it);
	json_decref(it);
}
