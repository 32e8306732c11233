/* participants: who is in a conference, and what is done to one of them.
 *
 * A participant that is added (place.h) is a call of ours: it is dialled, and put into the conference when it
 * answers. */
#ifndef OFFHOOK_API_PARTICIPANTS_H
#define OFFHOOK_API_PARTICIPANTS_H

#include "daemon/api/call/announce.h"
#include "daemon/api/call/desk.h"

struct participant {
	const char *call, *conference; /* ids */
	const char *status;	       /* of its call while it is dialled, "in-progress", "completed" */
	const char *coaches;	       /* the call that alone hears it, or NULL */
	const char *from, *to, *user;  /* of its call; NULL: not told, no user's */
	const char *label;	       /* what the program calls it, or NULL */
	bool muted, hold, talking;
	bool starts, ends; /* the conference with its coming, its leaving */
	int64_t since;	   /* it is in it, or was dialled [UTC ms] */
};

/* One as the switch tells of it: of it are the texts. */
void participant_read(const json_t *told, const char *conference, const char *status,
		      struct participant *out);
/* One whose call is on its way. */
void participant_of_call(const struct call_row *row, struct participant *out);
/* The conference that a call was placed for, or NULL; whether its script brings it in. */
const char *participant_conference(const struct call_row *row);
bool participant_is_scripted(const struct call_row *row);

/* Those who are in it and those who are being dialled. */
typedef void participants_h(const struct fault *fault, const struct participant *items, size_t count,
			    void *arg);

void participants_list(const struct asker *by, const char *conference, participants_h *handler, void *arg);
/* That of one call: `count` is 1. */
void participant_get(const struct asker *by, const char *conference, const char *call,
		     participants_h *handler, void *arg);

enum participant_change_kind {
	PARTICIPANT_MUTE,
	PARTICIPANT_HOLD,
	PARTICIPANT_COACH,    /* is heard by one only */
	PARTICIPANT_ANNOUNCE, /* something is said or played to it */
	PARTICIPANT_ENDS,     /* the conference ends with its leaving */
	PARTICIPANT_BEEPS,    /* when it leaves, whatever the conference does */
	PARTICIPANT_WAITS,    /* what it hears until somebody is there to talk to */
};

struct participant_change {
	enum participant_change_kind kind;
	bool on;	      /* mute, hold, ends, beeps: or off */
	const char *coach;    /* the call that hears it; "": all again */
	const char *wait_url; /* "": silence */
	bool wait_get;
	struct announcement what; /* that it hears; with hold meanwhile, when there is something */
};

void participant_change(const struct asker *by, const char *conference, const char *call,
			const struct participant_change *change, participants_h *handler, void *arg);
/* Removes it: a call with a script goes on behind what brought it in; another ends, one that is still being
 * dialled, too. */
void participant_remove(const struct asker *by, const char *conference, const char *call, done_h *handler,
			void *arg);

#endif
