/* conference: a named mix of calls.
 *
 * Concept. A conference has a name, unique within its account while it lives. It begins as `init`, is
 * `in-progress` from the first participant on (or from the first moderator, when it waits for one), and
 * `completed` when the last has left or it was ended. A call is in at most one; it leaves when it ends, is
 * bridged, echoes, or is removed. What they hear is media's (struct media_room).
 *
 * Main thread only. A conference is reference-counted: the table holds one while it lives, media one until
 * the room is closed. */
#ifndef OFFHOOK_SWITCH_CONFERENCE_H
#define OFFHOOK_SWITCH_CONFERENCE_H

#include "daemon/offhookd/call/call.h"

#include <jansson.h>

struct conference;
struct control_events;
struct event_base;

/* All of them, and what they need. Whoever is above fills the first members. */
struct conferences {
	const struct conf *conf; /* in force */
	struct media_engine *media;
	struct control_events *events; /* to publish conference.… */
	struct event_base *base;       /* for timers */
	struct conference *table;      /* live, by id */
};

struct conference_params {
	const char *id; /* NULL: a new one */
	const char *name;
	const char *account;
	unsigned max_participants; /* 0: 250 */
	bool wait;		   /* until a moderator enters, the others hear music */
	bool beep_enter, beep_exit;
	bool record;		  /* from the start on, to a file of its own */
	bool trim_silence;	  /* at both ends of that */
	const char *const *music; /* files, NULL: silence */
	size_t music_count;
	unsigned wait_s;  /* it ends when nobody has entered after so long; 0: it does not */
	unsigned max_all; /* of the account at a time; 0: no limit */
};

/* Makes one. Returns 0 with *out borrowed; EEXIST when the account has one of this name, or the id is taken;
 * EUSERS when it has as many as it may; ENOMEM. */
int conference_create(struct conference **out, struct conferences *conferences,
		      const struct conference_params *params) __attribute__((warn_unused_result));

/* By id, or by name within an account (NULL: any). Only those alive. */
struct conference *conference_find(struct conferences *conferences, const char *id_or_name,
				   const char *account);

enum { PARTICIPANT_LABEL_SIZE = 129 };

/* How a call takes part. */
struct conference_how {
	bool muted, hold, deaf;
	bool moderator;			    /* the conference starts with it */
	bool ends;			    /* and ends when it leaves */
	bool hangup;			    /* the call ends when the conference does */
	enum media_exit_beep exit_beep;	    /* whether there is a beep when it leaves */
	struct call *coaches;		    /* is heard by this participant alone, or NULL */
	char label[PARTICIPANT_LABEL_SIZE]; /* what the program calls it; "": nothing */
	/* Arrays of ids of calls: those alone hear it, or are heard by it; NULL: all. Borrowed; what takes
	 * part holds its own. */
	const json_t *speaks_to, *hears;
};

/* Brings an answered call in; out of its bridge or other conference. Returns 0; EUSERS when it is full;
 * E2BIG: somebody would not hear too many of the others; ENOTCONN without media; ENOMEM. */
int conference_add(struct conference *conference, struct call *call, const struct conference_how *how)
    __attribute__((warn_unused_result));

/* The one that a call is in, or NULL; and its id. */
struct conference *conference_of(const struct call *call);
const char *conference_id(const struct conference *conference);
const char *conference_account(const struct conference *conference);

/* How a call takes part now. False: in none. */
bool conference_how(const struct call *call, struct conference_how *out);
/* Changes it; `what` is the event's word: "mute", "unmute", "hold" … Returns 0; ENOENT when it is in none;
 * ENOMEM. */
int conference_change(struct call *call, const struct conference_how *how, const char *what)
    __attribute__((warn_unused_result));

/* Takes a call out, which lives on. Nothing happens when it is in none. */
void conference_leave(struct call *call);

enum conference_why {
	CONFERENCE_BY_API,
	CONFERENCE_MODERATOR_LEFT, /* one with `ends` */
	CONFERENCE_LAST_LEFT,
	CONFERENCE_EMPTY, /* nobody came */
	CONFERENCE_SHUT_DOWN,
};

/* Ends it: all leave; calls that are to end with it are hung up. `by`: whose leaving ends it, or NULL. */
void conference_end(struct conference *conference, enum conference_why why, const struct call *by);

/* Files as in media.h. Returns 0, EINVAL or ENOMEM. */
int conference_play(struct conference *conference, const char *const *files, size_t count, unsigned loops,
		    uint32_t *out_id);
void conference_play_stop(struct conference *conference);

/* `id` NULL: a new one; `file` NULL: one of its own. Returns 0, EBUSY, or the errno of the file's folder. */
int conference_record(struct conference *conference, const char *id, const char *file, bool beep,
		      bool trim_silence);
int conference_record_stop(struct conference *conference);
int conference_record_pause(struct conference *conference, bool paused, bool keep_silence);

/* The snapshot of doc/control-protocol.md. */
json_t *conference_snapshot(const struct conference *conference);
json_t *conference_list(const struct conferences *conferences);

/* Events of media about rooms and their members; false: not one of these. */
bool conference_on_media(const struct media_event *event);

/* All of them, when the switch ends. */
void conference_end_all(struct conferences *conferences);

#endif
