/* Recordings beside the script. Who is told of one is written to the record of its call, for it is complete
 * only after the call has ended, when there is no run any more. */
#include "daemon/api/script/run_recording.h"

#include "daemon/api/net/weburl.h"
#include "daemon/api/script/run_tell.h"
#include "daemon/api/store/recordings.h"
#include "daemon/api/switch/link.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

json_t *recording_request(struct run *run, const struct step_recording *how, const char *source)
{
	static const char *const tracks[] = {
		[STEP_TRACK_BOTH] = NULL, [STEP_TRACK_INBOUND] = "inbound", [STEP_TRACK_OUTBOUND] = "outbound"
	};
	const char *track = how ? tracks[how->track] : NULL;
	char id[UUID_TEXT_SIZE];
	struct recording_row row = { .id = random_uuid(id),
				     .account = run->account->name,
				     .call = run->call,
				     .channels = how && how->dual ? 2 : 1,
				     .source = (char *)source,
				     .options = json_pack("{s:s*, s:s*}", "track", track, "format",
							  how ? how->format : NULL) };

	if (how && how->track != STEP_TRACK_BOTH)
		run_note(run, false, "Both sides are recorded, not one alone.");
	if (recordings_insert_pending(run->with->store, &row))
		log_warn("script.store_failed", run->call, "%s", "what=recording");
	json_decref(row.options);
	json_object_set_new(run_step_memo(run), "recording_id", json_string(id));
	return json_pack("{s:s, s:I, s:b, s:s*}", "id", id, "channels", (json_int_t)row.channels,
			 "trim_silence", how && how->trim, "track", track);
}

void recording_refused(struct run *run)
{
	const char *id = text_of(run_step_memo(run), "recording_id");

	if (id && recordings_erase(run->with->store, id))
		log_warn("script.store_failed", run->call, "%s", "what=recording");
}

static void on_begun(struct run *run, const json_t *result, const json_t *error)
{
	const char *id = text_of(json_object_get(result, "recording"), "id");
	const struct step *step = run_step_of(run);
	json_t *memo = run_step_memo(run);
	const char *source = text_of(memo, "recording_source");

	if (error || !id) {
		recording_refused(run);
		run_note(run, true, "The call cannot be recorded now.");
		return;
	}
	json_object_set_new(memo, "recording", json_string(id));
	recording_watch(run, json_object_get(result, "recording"), step ? step->recording : NULL,
			source ? source : "dial");
	run_save(run);
}

void recording_begin(struct run *run, const struct step_recording *how, const char *source)
{
	json_object_set_new(run_step_memo(run), "recording_source", json_string(source));
	run_request(run, "call.record", recording_request(run, how, source), on_begun);
}

void recording_stop(struct run *run, const char *id)
{
	link_call(run->with->link, "call.record_stop",
		  json_pack("{s:s, s:s}", "call", run->call, "recording", id), NULL, NULL);
}

static int64_t int_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* Of a recording, as the switch tells it. */
static json_t *form_of(const json_t *recording, const char *status, const json_t *watch)
{
	const int64_t started = int_of(recording, "started"), ms = int_of(recording, "duration_ms");
	const bool over = json_object_get(recording, "duration_ms") != NULL;
	char duration[24], bytes[24], from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE];

	snprintf(duration, sizeof duration, "%lld", (long long)(ms + 500) / 1000);
	snprintf(bytes, sizeof bytes, "%lld", (long long)int_of(recording, "bytes"));
	return json_pack("{s:s*, s:s, s:s, s:s*, s:s*, s:s*, s:s*, s:s*}", "recording",
			 text_of(recording, "id"), "recording_status", status, "recording_duration", duration,
			 "recording_channels", text_of(watch, "channels"), "recording_source",
			 text_of(watch, "source"), "recording_started",
			 started ? clock_format_rfc3339(started, from) : NULL, "recording_ended",
			 over && started ? clock_format_rfc3339(started + ms, to) : NULL, "recording_bytes",
			 over ? bytes : NULL);
}

static json_t *watch_of(const struct run *run, const struct step_recording *how, const char *source)
{
	char *url = weburl_resolve(run->base_url, how->status.url);
	json_t *watch =
	    url ? json_pack("{s:s, s:b, s:i, s:s, s:s}", "url", url, "get", how->status.get, "events",
			    (int)(how->status.events ? how->status.events : STEP_ON_RECORDED), "source",
			    source, "channels", how->dual ? "2" : "1")
		: NULL;

	free(url);
	return watch;
}

void recording_watch(struct run *run, const json_t *recording, const struct step_recording *how,
		     const char *source)
{
	const char *id = text_of(recording, "id");
	json_t *watch = id && how && how->status.url ? watch_of(run, how, source) : NULL;

	if (!watch)
		return;
	tell_keep(run, "recordings", id, watch);
	if (how->status.events & STEP_ON_RECORDING)
		run_tell(run, &how->status, "recording-status", form_of(recording, "in-progress", watch));
	json_decref(watch);
}

/* ---- complete ---- */

static void tell(const struct scripts_setup *with, const struct call_row *row, const json_t *watch,
		 json_t *more)
{
	const struct telling telling = { .form = script_form_find(with->forms, row->dialect),
					 .moment = "recording-status",
					 .url = text_of(watch, "url"),
					 .get = json_is_true(json_object_get(watch, "get")) };

	tell_of_call(with, &telling, row, more);
}

bool recording_done(const struct scripts_setup *with, const struct bus_event *event)
{
	const json_t *recording = json_object_get(event->data, "recording");
	const char *id = text_of(recording, "id"), *status = text_of(recording, "status");
	const int64_t duration_ms = json_integer_value(json_object_get(recording, "duration_ms"));
	const bool there = status && !strcmp(status, "completed") && duration_ms > 0;
	const json_t *watch =
	    id ? json_object_get(json_object_get(event->row->options, "recordings"), id) : NULL;
	const unsigned events = (unsigned)json_integer_value(json_object_get(watch, "events"));

	if (!(events & (there ? STEP_ON_RECORDED : STEP_ON_ABSENT)))
		return false;
	tell(with, event->row, watch, form_of(recording, there ? "completed" : "absent", watch));
	return true;
}

void recording_drop(const struct run *run, const char *id)
{
	struct recording_row row;

	if (recordings_get(run->with->store, id, &row))
		return;
	if ((unlink(row.file) && errno != ENOENT) || recordings_delete(run->with->store, &row) ||
	    recordings_erase(run->with->store, id))
		log_warn("recording.delete_failed", run->call, "file=%s", log_quote(row.file));
	recording_row_clear(&row);
}

/* ---- Start and Stop ---- */

static void on_started(struct run *run, const json_t *result, const json_t *error)
{
	const char *id = text_of(json_object_get(result, "recording"), "id");
	const struct step *step = run_step_of(run);
	const struct step_recording *how = step->recording;

	if (error || !id) {
		recording_refused(run);
		run_note(run, true, "The call cannot be recorded now.");
	} else {
		if (!run->recordings)
			run->recordings = json_object();
		/* the newest stands last */
		json_object_del(run->recordings, how->name ? how->name : "");
		json_object_set_new(run->recordings, how->name ? how->name : "", json_string(id));
		recording_watch(run, json_object_get(result, "recording"), how, "start");
	}
	run_next(run);
}

void run_begin_start_recording(struct run *run, const struct step *step)
{
	json_t *params = recording_request(run, step->recording, "start");

	json_object_set_new(params, "beep", json_boolean(step->beep));
	run_request(run, "call.record", params, on_started);
}

void run_begin_stop_recording(struct run *run, const struct step *step)
{
	const char *name = step->text, *id = NULL, *key;
	json_t *value;

	json_object_foreach(run->recordings, key, value)
	{
		if (!name || !strcmp(name, key))
			id = json_string_value(value);
	}
	if (id) {
		recording_stop(run, id);
		json_object_foreach(run->recordings, key, value)
		{
			if (json_string_value(value) == id) {
				json_object_del(run->recordings, key);
				break;
			}
		}
	} else {
		run_note(run, false, "Nothing of that name is recorded.");
	}
	run_next(run);
}
