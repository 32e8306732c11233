/* Start and Stop of a transcription: what is said on the call is heard beside the script, and told while it
 * is said. Who is told is kept with the call's record, as of streams: it may end with the call. */
#include "daemon/api/script/run_steps.h"

#include "daemon/api/call/fault.h"
#include "daemon/api/call/transcriptions.h"
#include "daemon/api/net/weburl.h"
#include "daemon/api/script/run_tell.h"
#include "daemon/api/switch/link.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/random.h"

#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* ---- who is told ---- */

/* Tells of the transcription that `kept` is. `form` is stolen. */
static void tell(const struct scripts_setup *with, const struct call_row *row, const json_t *kept,
		 json_t *form)
{
	const json_t *told = json_object_get(kept, "told");
	const char *dialect = text_of(told, "dialect");
	const struct telling telling = { .form =
					     script_form_find(with->forms, dialect ? dialect : row->dialect),
					 .moment = "transcription-status",
					 .url = text_of(told, "url"),
					 .get = json_is_true(json_object_get(told, "get")) };

	json_object_update_missing_new(form,
				       json_pack("{s:s*}", "transcription_name", text_of(kept, "name")));
	tell_of_call(with, &telling, row, form);
}

static json_t *form_of(const char *id, const char *event, int64_t n, int64_t time)
{
	char at[CLOCK_TEXT_SIZE];

	return json_pack("{s:s, s:s, s:o, s:s}", "transcription", id, "transcription_event", event,
			 "transcription_sequence", json_sprintf("%lld", (long long)n), "transcription_time",
			 clock_format_rfc3339(time, at));
}

static void add_beginning(json_t *form, const json_t *kept)
{
	const json_t *told = json_object_get(kept, "told");

	json_object_update_new(
	    form,
	    json_pack("{s:s*, s:s*, s:s*, s:s, s:s*, s:s*}", "transcription_language",
		      text_of(kept, "language"), "transcription_track", text_of(kept, "track"),
		      "transcription_engine", text_of(kept, "server"), "partial_results",
		      json_is_true(json_object_get(kept, "partials")) ? "true" : "false", "inbound_label",
		      text_of(told, "inbound_label"), "outbound_label", text_of(told, "outbound_label")));
}

static void add_words(json_t *form, const json_t *kept, const json_t *said, const char *side)
{
	json_t *data = json_pack("{s:O*, s:O*}", "transcript", json_object_get(said, "text"), "confidence",
				 json_object_get(said, "confidence"));
	char *text = data ? json_dumps(data, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;

	json_object_update_new(
	    form, json_pack("{s:s*, s:s*, s:s, s:s}", "transcription_data", text, "transcription_language",
			    text_of(kept, "language"), "transcription_track", side, "transcription_final",
			    json_is_true(json_object_get(said, "final")) ? "true" : "false"));
	free(text);
	json_decref(data);
}

static void add_error(json_t *form, const char *why, const char *error)
{
	json_object_update_new(
	    form, json_pack("{s:s, s:s*}", "transcription_why", why, "transcription_error", error));
}

/* What an event comes to, or NULL: nothing is told of it. */
static const char *moment_of(const struct bus_event *event, const json_t *of, const json_t *kept)
{
	const char *state = text_of(of, "state");

	if (!strcmp(event->type, "call.speech"))
		return json_object_get(of, "error")   ? "failed"
		       : !json_object_get(of, "text") ? NULL
		       : json_is_true(json_object_get(of, "final")) ||
			       json_is_true(json_object_get(kept, "partials"))
			   ? "content"
			   : NULL;
	return state && (!strcmp(state, "started") || !strcmp(state, "stopped") || !strcmp(state, "failed"))
		   ? state
		   : NULL;
}

bool transcription_told(const struct scripts_setup *with, const struct bus_event *event)
{
	const bool words = !strcmp(event->type, "call.speech");
	const json_t *of = json_object_get(event->data, words ? "speech" : "stream"), *kept;
	const char *id, *side, *moment;
	int64_t n;
	json_t *form;

	if (!words && strcmp(event->type, "call.stream") != 0)
		return false;
	kept = transcription_of_stream(event->row->options, text_of(of, "id"), &id, &side);
	moment = kept && text_of(json_object_get(kept, "told"), "url") && !json_object_get(kept, "error")
		     ? moment_of(event, of, kept)
		     : NULL;
	if (!moment)
		return false;
	if (transcription_count(with->store, event->row->id, id, moment,
				!words && strcmp(moment, "started") != 0, &n)) {
		log_warn("script.store_failed", event->row->id, "%s", "what=transcription");
		return false;
	}
	if (!n)
		return true;
	form = form_of(id, moment, n, event->time);
	if (!strcmp(moment, "started"))
		add_beginning(form, kept);
	else if (!strcmp(moment, "content"))
		add_words(form, kept, of, side);
	else if (!strcmp(moment, "failed"))
		add_error(form, "hearer", text_of(of, "error"));
	tell(with, event->row, kept, form);
	return true;
}

/* ---- beginning ---- */

static json_t *told_of(const struct run *run, const struct step_transcription *asked)
{
	char *url = asked->status.url ? weburl_resolve(run->base_url, asked->status.url) : NULL;
	json_t *told =
	    url ? json_pack("{s:s, s:b, s:s*, s:s*}", "url", url, "get", asked->status.get, "inbound_label",
			    asked->inbound_label, "outbound_label", asked->outbound_label)
		: NULL;

	free(url);
	return told;
}

/* The script goes on, and who is to be told is told, as the nth time. */
static void cannot(struct run *run, const struct step *step, const char *id, int64_t n, const char *sentence)
{
	json_t *kept = json_pack("{s:s*, s:o*}", "name", step->transcription->name, "told",
				 told_of(run, step->transcription));
	json_t *form = form_of(id, "failed", n, clock_utc_ms());
	struct call_row row;

	run_note(run, true, "The transcription cannot begin: %s", sentence);
	add_error(form, "refused", sentence);
	if (!calls_get(run->with->store, run->call, &row)) {
		tell(run->with, &row, kept, form);
		call_row_clear(&row);
	} else {
		json_decref(form);
	}
	json_decref(kept);
}

static void on_started(struct run *run, const json_t *result, const json_t *error);

static void ask_next(struct run *run)
{
	json_t *requests = json_object_get(run->memo, "requests");
	json_t *next = json_incref(json_array_get(requests, 0));

	json_array_remove(requests, 0);
	run_request(run, "call.stream", next, on_started);
}

static void stop_one(const char *stream, void *arg)
{
	const struct run *run = arg;

	link_call(run->with->link, "call.stream_stop",
		  json_pack("{s:s, s:s}", "call", run->call, "stream", stream), NULL, NULL);
}

static void on_started(struct run *run, const json_t *result, const json_t *error)
{
	const struct step *step = run_step_of(run);
	const char *id = text_of(run->memo, "transcription");
	struct fault fault;
	char sentence[sizeof fault.text];
	int64_t n;

	(void)result;
	if (!error && json_array_size(json_object_get(run->memo, "requests"))) {
		ask_next(run);
		return;
	}
	if (error && step && id) {
		fault_from_switch(&fault, error, NULL);
		fault_sentence(&fault, NULL, sentence, sizeof sentence);
		transcription_fail(run->with->store, run->call, id, sentence);
		if (transcription_count(run->with->store, run->call, id, "failed", false, &n))
			n = 1;
		cannot(run, step, id, n, sentence);
		stop_one(id, run);
	}
	run_next(run);
}

void run_begin_start_transcription(struct run *run, const struct step *step)
{
	static const char *const tracks[] = { "both", "inbound", "outbound" };
	const struct transcription_means means = { run->with->conf, run->with->store, run->with->hearer };
	const struct step_transcription *asked = step->transcription;
	json_t *told = told_of(run, asked), *requests = NULL;
	const struct transcription_wish wish = { .heard = { .language = asked->language,
							    .hints = asked->hints,
							    .profanity_filter = asked->profanity_filter,
							    .partials = asked->partials,
							    .dictation = true,
							    .wide = hearing_is_wide(run->snapshot) },
						 .track = tracks[asked->track],
						 .name = asked->name,
						 .told = told };
	char id[UUID_TEXT_SIZE];
	const char *why;

	if (run->with->stage) {
		run_note(run, false, "Nobody speaks in a simulation: nothing is heard.");
		json_decref(told);
		run_next(run);
		return;
	}
	why = transcription_prepare(&means, run->call, &wish, id, &requests);
	json_decref(told);
	if (why) {
		cannot(run, step, id, 1, why);
		run_next(run);
		return;
	}
	json_decref(run->memo);
	run->memo = json_pack("{s:s, s:o}", "transcription", id, "requests", requests);
	ask_next(run);
}

/* ---- Stop ---- */

void run_begin_stop_transcription(struct run *run, const struct step *step)
{
	struct call_row row;

	if (!run->with->stage && !calls_get(run->with->store, run->call, &row)) {
		transcription_each(row.options, step->text, stop_one, run);
		call_row_clear(&row);
	}
	run_next(run);
}
