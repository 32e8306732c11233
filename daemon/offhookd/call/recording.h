/* recording: one WAV file of a call or a conference: where it goes, and what is said of it. Main thread only.
 */
#ifndef OFFHOOK_CALL_RECORDING_H
#define OFFHOOK_CALL_RECORDING_H

#include "lib/conf.h"
#include "lib/random.h"
#include "media/media.h"

#include <jansson.h>
#include <stdint.h>

struct call;

enum { RECORDING_PATH_MAX = 4096 };

struct recording {
	char id[UUID_TEXT_SIZE];
	char *file;
	unsigned channels;
	enum media_track track;
	int64_t started; /* [UTC ms]; 0: none runs */
	bool paused;
	uint32_t media_id;
};

/* What a new one is called, and its file: those that are wanted, or where one is NULL, one of our own:
 * state-dir/recordings/DATE/ID.wav, of which the folders are made. Returns 0 or an errno. */
int recording_place(char id[UUID_TEXT_SIZE], char file[RECORDING_PATH_MAX], const struct conf *conf,
		    const char *wanted_id, const char *wanted_file) __attribute__((warn_unused_result));

/* "both", "inbound" (what the far end says), "outbound" (what it hears): by enum media_track. */
extern const char *const recording_tracks[4];

/* Notes that one has begun. */
void recording_begin(struct recording *recording, const char *id, const char *file,
		     const struct media_record *how);

/* {"id","file","channels","started"} of one that runs, and "paused" while it is, "track" when it is of one
 * side. */
json_t *recording_json(const struct recording *recording);

/* The params of call.record_done or conference.record_done, but for whose it was; `event` is media's last
 * word about it. */
json_t *recording_done_json(const struct recording *recording, const struct media_event *event);

/* Records a call, answered or not, as `how` says, beside what records it already; `id` may be NULL: a new
 * one; its file, too: one of our own. Returns 0 with *out (may be NULL) the call's; EBUSY (as many as may be:
 * MEDIA_RECORDINGS_MAX), ENOTCONN (no media yet), or the errno of the file's folder; that one is published as
 * a failed recording. */
int call_record(struct call *call, const char *id, const struct media_record *how,
		const struct recording **out);
/* `recording`: one of the call's; NULL: all. */
void call_record_stop(struct call *call, const struct recording *recording);
void call_record_pause(struct call *call, const struct recording *recording, bool paused, bool keep_silence);

/* One that runs, by its id; `id` NULL: the first of them. NULL: there is none. */
const struct recording *call_find_recording(const struct call *call, const char *id);
/* All that run, as recording_json(). */
json_t *call_recordings_json(const struct call *call);

/* Media says that one is complete. */
void call_on_record_done(struct call *call, const struct media_event *event);

#endif
