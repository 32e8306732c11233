/* story: how a call came to where it is, for those who ask why: what its route was, and every place that was
 * tried and did not take it. In the snapshot of the call. */
#ifndef OFFHOOK_CALL_STORY_H
#define OFFHOOK_CALL_STORY_H

#include "daemon/offhookd/call/call.h"
#include "lib/json_text.h"

enum { STORY_TRIED_MAX = 32, STORY_WHY_MAX = 200 };

/* A place that did not take the call. Texts may be NULL. */
struct story_tried {
	const char *trunk, *user; /* whose it is */
	const char *at;		  /* the SIP URI that was asked, or the server */
	int code;		  /* SIP; 0: it was not asked */
	bool unheard;		  /* the code is our own: nothing came from there */
	const char *why;	  /* its phrase, or why it was not asked */
};

/* The first STORY_TRIED_MAX are kept. */
void story_tried(struct call *call, const struct story_tried *tried);
/* Members "route" and "tried" of a snapshot. */
void story_write(struct json_text *out, const struct call *call);

#endif
