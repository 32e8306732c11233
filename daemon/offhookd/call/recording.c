/* See recording.h. */
#include "daemon/offhookd/call/recording.h"

#include "daemon/offhookd/call/call.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int default_file(char out[RECORDING_PATH_MAX], const struct conf *conf, const char *id)
{
	char date[CLOCK_TEXT_SIZE];
	int n;

	clock_format_rfc3339(clock_utc_ms(), date);
	n = snprintf(out, RECORDING_PATH_MAX, "%s/recordings", conf->state_dir);
	if (n < 0 || n + 64 > RECORDING_PATH_MAX)
		return ENAMETOOLONG;
	if (mkdir(out, 0750) && errno != EEXIST)
		return errno;
	n += snprintf(out + n, RECORDING_PATH_MAX - (size_t)n, "/%.10s", date);
	if (mkdir(out, 0750) && errno != EEXIST)
		return errno;
	snprintf(out + n, RECORDING_PATH_MAX - (size_t)n, "/%s.wav", id);
	return 0;
}

int recording_place(char id[UUID_TEXT_SIZE], char file[RECORDING_PATH_MAX], const struct conf *conf,
		    const char *wanted_id, const char *wanted_file)
{
	if (wanted_id)
		snprintf(id, UUID_TEXT_SIZE, "%s", wanted_id);
	else
		random_uuid(id);
	if (!wanted_file)
		return default_file(file, conf, id);
	snprintf(file, RECORDING_PATH_MAX, "%s", wanted_file);
	return 0;
}

const char *const recording_tracks[4] = { "both", "inbound", "outbound", NULL };

void recording_begin(struct recording *r, const char *id, const char *file, const struct media_record *how)
{
	free(r->file);
	r->file = strdup(file);
	snprintf(r->id, sizeof r->id, "%s", id);
	r->channels = how->channels;
	r->track = how->track;
	r->started = clock_utc_ms();
	r->paused = false;
}

json_t *recording_json(const struct recording *r)
{
	json_t *out = json_pack("{s:s,s:s,s:i,s:I}", "id", r->id, "file", r->file, "channels",
				(int)r->channels, "started", (json_int_t)r->started);

	if (r->track)
		json_object_set_new(out, "track", json_string(recording_tracks[r->track]));
	if (r->paused)
		json_object_set_new(out, "paused", json_true());
	return out;
}

json_t *recording_done_json(const struct recording *r, const struct media_event *e)
{
	bool failed = e->record.end == MEDIA_END_FAILED;
	json_t *done = json_pack("{s:s,s:s,s:i,s:I,s:I,s:I,s:s}", "id", r->id, "file", r->file, "channels",
				 (int)r->channels, "started", (json_int_t)r->started, "duration_ms",
				 (json_int_t)e->record.duration_ms, "bytes", (json_int_t)e->record.bytes,
				 "status", failed ? "failed" : "completed");

	if (e->record.error)
		json_object_set_new(done, "error", json_string(e->record.error));
	return json_pack("{s:o}", "recording", done);
}

/* ---- of a call ---- */

static void announce_failure(struct call *call, const char *id, const char *file, unsigned channels, int err)
{
	log_error("call.record_failed", call->id, "file=%s error=%s", log_quote(file),
		  log_quote(strerror(err)));
	call_publish(call, "call.record_done",
		     json_pack("{s:{s:s,s:s,s:i,s:I,s:i,s:i,s:s,s:s}}", "recording", "id", id, "file", file,
			       "channels", (int)channels, "started", (json_int_t)clock_utc_ms(),
			       "duration_ms", 0, "bytes", 0, "status", "failed", "error", strerror(err)));
}

/* A place for one more, behind those that run; NULL: there is none. */
static struct recording *place_for(struct call *call)
{
	struct recording *all = call->recordings;
	size_t n = 0;

	/* what ran in places before has left them */
	for (size_t i = 0; i < MEDIA_RECORDINGS_MAX; i++) {
		struct recording moved = all[i];

		if (!moved.started)
			continue;
		all[i] = all[n];
		all[n++] = moved;
	}
	return n < MEDIA_RECORDINGS_MAX ? &all[n] : NULL;
}

int call_record(struct call *call, const char *wanted, const struct media_record *how,
		const struct recording **out)
{
	struct recording *r = place_for(call);
	struct media_record record = *how;
	char path[RECORDING_PATH_MAX], id[UUID_TEXT_SIZE];
	int err;

	if (!r)
		return EBUSY;
	if (!call->media)
		return ENOTCONN;
	err = recording_place(id, path, call->calls->conf, wanted, how->file);
	record.file = path;
	if (!err)
		err = media_session_record(call->media, &record, &r->media_id);
	if (err) {
		announce_failure(call, id, path, record.channels, err);
		return err;
	}
	recording_begin(r, id, path, &record);
	log_info("call.recording", call->id, "recording=%s file=%s channels=%u", r->id, log_quote(r->file),
		 r->channels);
	call_publish(call, "call.record_started", json_pack("{s:o}", "recording", recording_json(r)));
	if (out)
		*out = r;
	return 0;
}

const struct recording *call_find_recording(const struct call *call, const char *id)
{
	for (size_t i = 0; i < MEDIA_RECORDINGS_MAX; i++) {
		const struct recording *r = &call->recordings[i];

		if (r->started && (!id || strcmp(r->id, id) == 0))
			return r;
	}
	return NULL;
}

json_t *call_recordings_json(const struct call *call)
{
	json_t *out = json_array();

	for (size_t i = 0; i < MEDIA_RECORDINGS_MAX; i++)
		if (call->recordings[i].started)
			json_array_append_new(out, recording_json(&call->recordings[i]));
	return out;
}

void call_record_stop(struct call *call, const struct recording *r)
{
	if (call->media)
		media_session_record_stop(call->media, r ? r->media_id : 0);
}

void call_record_pause(struct call *call, const struct recording *r, bool paused, bool keep_silence)
{
	if (!call->media)
		return;
	media_session_record_pause(call->media, r ? r->media_id : 0, paused, keep_silence);
	for (size_t i = 0; i < MEDIA_RECORDINGS_MAX; i++)
		if (!r || r == &call->recordings[i])
			call->recordings[i].paused = paused;
}

void call_on_record_done(struct call *call, const struct media_event *e)
{
	json_t *done;

	for (size_t i = 0; i < MEDIA_RECORDINGS_MAX; i++) {
		struct recording *r = &call->recordings[i];

		if (!r->started || r->media_id != e->record.id)
			continue;
		log_info("call.record_done", call->id, "recording=%s duration_ms=%llu error=%s", r->id,
			 (unsigned long long)e->record.duration_ms, log_quote(e->record.error));
		done = recording_done_json(r, e);
		r->started = 0; /* it does not run any more, in the snapshot of its own event */
		call_publish(call, "call.record_done", done);
		return;
	}
}
