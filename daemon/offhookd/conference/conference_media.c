/* What a conference plays and records, and what media says of it. See conference.h. */
#include "daemon/offhookd/conference/conference_private.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int conference_play(struct conference *c, const char *const *files, size_t count, unsigned loops,
		    uint32_t *out_id)
{
	return media_room_play(c->room, &(struct media_play){ files, count, loops, false, 0 }, out_id);
}

void conference_play_stop(struct conference *c)
{
	media_room_play_stop(c->room);
}

int conference_record(struct conference *c, const char *wanted, const char *file, bool beep,
		      bool trim_silence)
{
	char path[RECORDING_PATH_MAX], id[UUID_TEXT_SIZE];
	const struct media_record record = {
		.file = path, .channels = 1, .beep = beep, .trim_silence = trim_silence
	};
	struct recording *r = &c->recording;
	int err;

	if (r->started)
		return EBUSY;
	err = recording_place(id, path, c->all->conf, wanted, file);
	if (!err)
		err = media_room_record(c->room, &record, &r->media_id);
	if (err) {
		log_error("conference.record_failed", NULL, "conference=%s file=%s error=%s", c->id,
			  log_quote(path), log_quote(strerror(err)));
		return err;
	}
	recording_begin(r, id, path, &record);
	log_info("conference.recording", NULL, "conference=%s recording=%s file=%s", c->id, r->id,
		 log_quote(path));
	conference_publish(c, "conference.record_started",
			   json_pack("{s:o}", "recording", recording_json(r)));
	return 0;
}

int conference_record_stop(struct conference *c)
{
	if (!c->recording.started)
		return ENOENT;
	media_room_record_stop(c->room);
	return 0;
}

int conference_record_pause(struct conference *c, bool paused, bool keep_silence)
{
	if (!c->recording.started)
		return ENOENT;
	media_room_record_pause(c->room, paused, keep_silence);
	c->recording.paused = paused;
	return 0;
}

/* ---- what media says ---- */

static void on_talking(const struct media_event *e)
{
	struct call *call = e->session_arg;
	struct participant *p = call ? participant_of(call) : NULL;

	if (!p || p->conference != e->room_arg || p->talking == e->talking.started)
		return;
	p->talking = e->talking.started;
	conference_publish(p->conference, "conference.talking",
			   json_pack("{s:s,s:b}", "call", call->id, "talking", (int)p->talking));
}

static void on_record_done(struct conference *c, const struct media_event *e)
{
	struct recording *r = &c->recording;
	json_t *done;

	if (!r->started || r->media_id != e->record.id)
		return;
	log_info("conference.record_done", NULL, "recording=%s duration_ms=%llu error=%s", r->id,
		 (unsigned long long)e->record.duration_ms, log_quote(e->record.error));
	done = recording_done_json(r, e);
	r->started = 0; /* it does not run any more, in the snapshot of its own event */
	conference_publish(c, "conference.record_done", done);
}

static void on_play_done(struct conference *c, const struct media_event *e)
{
	json_t *more =
	    json_pack("{s:I,s:s}", "play_id", (json_int_t)e->play.id, "end", media_end_name(e->play.end));

	if (e->play.error)
		json_object_set_new(more, "error", json_string(e->play.error));
	conference_publish(c, "conference.play_done", more);
}

bool conference_on_media(const struct media_event *e)
{
	struct conference *c = e->room_arg;

	if (e->kind == MEDIA_TALKING) {
		on_talking(e);
		return true;
	}
	if (!c || e->session_arg)
		return false;
	ref_hold(c);
	switch (e->kind) {
	case MEDIA_PLAY_DONE:
		on_play_done(c, e);
		break;
	case MEDIA_RECORD_DONE:
		on_record_done(c, e);
		break;
	case MEDIA_ROOM_ENDED:
		conference_end(c, CONFERENCE_MODERATOR_LEFT, NULL);
		break;
	case MEDIA_ROOM_CLOSED:
		ref_drop(c); /* media's */
		break;
	default:
		break;
	}
	ref_drop(c);
	return true;
}
