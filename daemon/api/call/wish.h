/* wish: a call that is to be placed, as it is asked for. */
#ifndef OFFHOOK_API_WISH_H
#define OFFHOOK_API_WISH_H

#include "daemon/api/call/desk.h"

enum {
	WISH_TIMEOUT_S = 30, /* when nothing is said */
	WISH_TIMEOUT_MAX_S = 600,
	WISH_TIME_LIMIT_MAX_S = 86400,
};

/* Strings and JSON belong to the asker, for the time of the call. */
struct wish {
	const char *to, *from; /* a number, a user's name or a SIP URI; a number of ours */
	/* What it does when it is answered: the document at an URL, or one that is here; NULL: nothing. */
	const char *url, *fallback_url, *script;
	bool post; /* how the URL is fetched */
	/* The far end is a program: "stream" of call.originate, `to` its URL (wish_is_socket()); NULL: it is
	 * not */
	const json_t *stream;
	const char *digits;	       /* that are sent before that, or NULL: call_digits_are_fit() */
	bool fallback_get;	       /* the fallback by GET, else by POST */
	const char *status_callback;   /* URL, or NULL */
	bool callback_get;	       /* told by GET, else by POST */
	const json_t *callback_events; /* array of what to tell of (told_event.h); NULL: as usual */
	const json_t *headers;	       /* object: further X- headers of the INVITE; or NULL */
	int64_t timeout_s;	       /* it rings so long */
	int64_t time_limit_s;	       /* it lasts so long at most; 0: as long as conf says */
	/* How it is listened for who answers: "message_end", "timeout" … as call.originate has them; NULL:
	 * it is not. */
	const json_t *machine;
	bool machine_waits;	      /* its script begins when that is known */
	bool machine_hangs_up;	      /* a machine is hung up on */
	const char *machine_callback; /* URL that is told, or NULL */
	bool machine_callback_get;
	bool record;
	int64_t record_channels; /* 1 or 2; 0: as conf says */
	const char
	    *record_track; /* "inbound": what the far end says, "outbound": what it hears; NULL: both */
	bool record_trim;  /* silence at both ends is left out */
	const char *recording_callback; /* URL that is told of its recordings, or NULL */
	bool recording_callback_get;
	const json_t *recording_events; /* array of statuses to tell of; NULL: completed and failed */
	const char *sip_username, *sip_password; /* for whom is called, who may ask for them; or NULL */
	const char *tag;			 /* kept with it, for lists; or NULL */
	const json_t *more;	/* members that a dialect keeps with the call for itself, or NULL */
	const char *conference; /* id of the conference to join, or NULL; with a script, the script joins */
	/* Members of what is kept of that: "label", "coaches", "moderator", "ends" (participant_read()); or
	 * NULL */
	const json_t *member;
	bool muted;	     /* when it joins */
	const char *dialect; /* whose words its callbacks have; NULL: the account's */
	/* A key that makes the request once only, or NULL; `asked` is then what is asked for: the same key
	 * with something else is refused. */
	const char *key;
	const json_t *asked;
};

enum { WISH_SOCKET_MAX = 2048 };
/* Whether `url` is a WebSocket's. */
bool wish_is_socket(const char *url);

/* Whether all that is in it may be. */
bool wish_check(const struct wish *wish, struct fault *fault);

/* What is kept with the call's record. */
json_t *wish_options(const struct wish *wish);
/* Params of call.originate. */
json_t *wish_originate(const struct wish *wish, const char *account, const char *id);

/* Whether those (array, or NULL) can be told of a call, or of a conference. */
bool wish_check_events(const json_t *events, bool conference, struct fault *fault);

#endif
