/* conferences: the operations on conferences. */
#ifndef OFFHOOK_API_CONFERENCES_H
#define OFFHOOK_API_CONFERENCES_H

#include "daemon/api/call/announce.h"
#include "daemon/api/call/desk.h"

enum {
	CONFERENCE_PARTICIPANTS_DEFAULT = 250,
	CONFERENCE_PARTICIPANTS_MAX = 10000,
	CONFERENCE_NAME_MAX = 200, /* bytes */
};

/* Reads a conference of the asker's account. False: *fault says why, *out is empty. */
bool conference_find(const struct asker *by, const char *id, struct conference_row *out, struct fault *fault);
/* The one of that name that is alive. */
bool conference_find_named(const struct asker *by, const char *name, struct conference_row *out,
			   struct fault *fault);
/* A page of those of the asker's account (it is set here). */
bool conference_page(const struct asker *by, struct conferences_page *page, conference_row_h *each, void *arg,
		     struct fault *fault);

struct conference_wish {
	const char *name; /* or NULL: its id */
	int64_t max_participants;
	bool record;
	const char *status_callback;   /* URL, or NULL */
	const json_t *callback_events; /* array of what to tell of (told_event.h); NULL: all of it */
	bool wait;		       /* until one enters with whom it starts */
	const char *beeps;	       /* "none", "enter", "exit", "both"; NULL: none */
	const char *music; /* before its start and for who is alone: as announcement.play; NULL: silence */
	/* What is kept with it beside that: "dialect", "script_hook" (who is told of it in that dialect's
	 * words: run_conference.c), "recording_status_callback…" as of a call; or NULL. */
	const json_t *more;
};

void conference_create(const struct asker *by, const struct conference_wish *wish, conference_h *handler,
		       void *arg);
/* Ends it; one that is over is fine. */
void conference_end(const struct asker *by, const char *id, done_h *handler, void *arg);
/* Ends one that is not over, and tells how it is then. */
void conference_complete(const struct asker *by, const char *id, conference_h *handler, void *arg);
/* Announces something to everybody in it. */
void conference_announce(const struct asker *by, const char *id, const struct announcement *what,
			 conference_h *handler, void *arg);

#endif
