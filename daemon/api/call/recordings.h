/* recordings: those that are complete, and what is recorded now. What runs, the switch says. */
#ifndef OFFHOOK_API_CALL_RECORDINGS_H
#define OFFHOOK_API_CALL_RECORDINGS_H

#include "daemon/api/call/desk.h"
#include "daemon/api/store/recordings.h"

enum { RECORDING_DURATION_MAX_S = 86400, RECORDING_LINK_MAX_S = 7 * 86400 };

/* Reads a recording of the asker's account that is complete. False: *fault says why, *out is empty. */
bool recording_find(const struct asker *by, const char *id, struct recording_row *out, struct fault *fault);
/* The same of any: one that runs, is complete, or (`deleted`) was deleted. */
bool recording_find_any(const struct asker *by, const char *id, bool deleted, struct recording_row *out,
			struct fault *fault);
/* A page of those of the asker's account (it is set here), those that run among them. */
bool recording_page(const struct asker *by, struct recordings_page *page, recording_row_h *each, void *arg,
		    struct fault *fault);
/* Deletes the file; the record is seen no more but by who asks for the deleted. One that runs is refused. */
void recording_delete(const struct asker *by, const char *id, done_h *handler, void *arg);

/* The sound of it, wherever and however it is kept: as it is, or in a format, with a number of channels (0:
 * as many as it has). */
struct recording_sound {
	const char *format; /* "wav", "mp3", "ogg"; NULL: what it is kept in */
	int channels;
};
/* `fd` is the handler's, and `type` its media type; -1: the fault says why. */
typedef void recording_sound_h(const struct fault *fault, int fd, const char *type, void *arg);
/* As a media type; NULL: there is no such format. */
const char *recording_media_type(const char *format);
void recording_hear(const struct asker *by, const struct recording_row *row,
		    const struct recording_sound *wish, recording_sound_h *handler, void *arg);

/* Reads the recording that a link to it is for; the link may be seen by anybody. False: there is none. */
bool recording_linked(const struct desk *desk, const char *id, struct recording_row *out);

/* What is recorded: a call or a conference. */
enum recorded { RECORDED_CALL, RECORDED_CONFERENCE };

struct recording_of {
	enum recorded kind;
	const char *id;
};

/* One that runs, as the switch told it. */
struct recording_live {
	const char *id;
	struct recording_of of;
	const char *status; /* "in-progress", "paused", "stopped" */
	int64_t channels;
	int64_t started;		   /* UTC ms */
	const struct recording_live *next; /* of several that run; NULL: the last */
};

/* `live` is the first of those that run, or the one that it is about; NULL when none runs (or, in a list,
 * while the switch is away). */
typedef void recording_live_h(const struct fault *fault, const struct recording_live *live, void *arg);

/* What runs of it. */
void recording_running(const struct asker *by, const struct recording_of *of, recording_live_h *handler,
		       void *arg);

/* How one is made: 0 and false are what conf says. Of a conference only beep is possible. */
struct recording_wish {
	int64_t channels, max_duration_s;
	bool has_beep, beep, has_trim, trim_silence, has_mask, mask_digits;
	const char *format; /* "wav", "mp3", "ogg" */
	/* Who is told what becomes of it: a URL, or NULL; by GET, else POST; array of "in-progress",
	 * "completed", "absent", "failed", NULL: of its end; in which dialect's words, NULL: the account's.
	 */
	const char *callback;
	bool callback_get;
	const json_t *callback_events;
	const char *dialect;
	const char
	    *track; /* of a call: "inbound": what the far end says, "outbound": what it hears; NULL: both */
};
/* What is kept with one that is begun so: "callback" {"url","get","events"?}, "dialect", "track", "format".
 */
json_t *recording_wish_options(const struct recording_wish *wish);
void recording_start(const struct asker *by, const struct recording_of *of, const struct recording_wish *wish,
		     recording_live_h *handler, void *arg);

enum recording_change { RECORDING_PAUSE, RECORDING_PAUSE_WITH_SILENCE, RECORDING_RESUME, RECORDING_STOP };
/* Changes one that runs; `id` is its, or "current": the one that began last. */
void recording_change(const struct asker *by, const struct recording_of *of, const char *id,
		      enum recording_change change, recording_live_h *handler, void *arg);

#endif
