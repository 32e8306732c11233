/* hear: what a URL has to be heard: a sound, or a document of what is said and played (TwiML), which is asked
 * for in this dialect's words, signed. */
#ifndef OFFHOOK_API_TWILIO_HEAR_H
#define OFFHOOK_API_TWILIO_HEAR_H

#include "daemon/api/call/announce.h"
#include "daemon/api/dialect/twilio/ask.h"

/* `what` is borrowed; NULL: there is none, and the ask was answered. */
typedef void hear_h(const struct announcement *what, void *arg);

struct hear {
	const char *url;
	bool post;
	const char *conference, *call; /* ids of what it is for; of the call NULL: for all */
};

/* Called once, perhaps before this returns. */
void hear_fetch(struct ask *ask, const struct hear *hear, hear_h *handler, void *arg);

#endif
