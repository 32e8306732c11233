/* calls: finding and listing an account's calls, and changing those that are up. */
#ifndef OFFHOOK_API_CALLS_H
#define OFFHOOK_API_CALLS_H

#include "daemon/api/call/announce.h"
#include "daemon/api/call/desk.h"

/* Reads a call of the asker's account. False: *fault says why, *out is empty. */
bool call_find(const struct asker *by, const char *id, struct call_row *out, struct fault *fault);
/* The same of one that is not over; of one that has been answered, and is not over. */
bool call_find_live(const struct asker *by, const char *id, struct call_row *out, struct fault *fault);
bool call_find_answered(const struct asker *by, const char *id, struct call_row *out, struct fault *fault);

/* Those that the filter lets through (its account is set here), newest first. */
bool call_list(const struct asker *by, struct calls_filter *filter, call_row_h *each, void *arg,
	       int64_t *total, struct fault *fault);

/* A page of those that it lets through (its account is set here). */
bool call_page(const struct asker *by, struct calls_page *page, call_row_h *each, void *arg,
	       struct fault *fault);

/* Forgets a call that is over: its record is seen no more. */
void call_forget(const struct asker *by, const char *id, done_h *handler, void *arg);

/* Ends a call; one that is over is fine. */
void call_end(const struct asker *by, const char *id, done_h *handler, void *arg);

enum call_change_kind {
	CALL_CHANGE_END,      /* whatever it does */
	CALL_CHANGE_CANCEL,   /* only one that is queued or rings */
	CALL_CHANGE_REDIRECT, /* to another document */
	CALL_CHANGE_KEPT,     /* nothing but what is kept with it, below */
	CALL_CHANGE_LIMIT,    /* how long it lasts at most */
	CALL_CHANGE_MUTE,     /* these need one that is in progress */
	CALL_CHANGE_DEAF,     /* hears nothing of whom it talks with */
	CALL_CHANGE_HOLD,
	CALL_CHANGE_VOICE, /* whether it speaks is told */
	CALL_CHANGE_DIGITS,
	CALL_CHANGE_TRANSFER,
	CALL_CHANGE_ANNOUNCE, /* it hears something; what its script plays is heard after it */
	CALL_CHANGE_STOP,     /* what it hears ends: an announcement, or what its script plays */
	CALL_CHANGE_BRIDGE,   /* with another one, which is in progress, too; both leave their scripts */
};

struct call_change {
	enum call_change_kind kind;
	struct call_document document;
	/* Redirect and kept: members that replace those of the call's options of the same name, or NULL. */
	const json_t *kept;
	bool on;		  /* mute, deaf, hold, voice: or off */
	int64_t limit_s;	  /* from the answer on */
	const char *digits;	  /* 0-9 * # A-D, w and W for pauses of 0.5 and 1 s */
	const char *to;		  /* transfer: a number, a user's name or a SIP URI */
	struct announcement what; /* that it hears */
	unsigned loop;		  /* how often, 1 to ANNOUNCE_LOOP_MAX; 0: until it is stopped */
	const char *with;	  /* bridge: the other call's id */
};

enum { CALL_DIGITS_MAX = 64 };
/* Whether these can be sent. */
bool call_digits_are_fit(const char *digits);

/* Changes a call and tells how it is then. */
void call_change(const struct asker *by, const char *id, const struct call_change *change, call_h *handler,
		 void *arg);

#endif
