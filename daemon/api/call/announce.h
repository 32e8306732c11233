/* announce: something said or played to a call, to a conference or to one in it. */
#ifndef OFFHOOK_API_ANNOUNCE_H
#define OFFHOOK_API_ANNOUNCE_H

#include "daemon/api/call/desk.h"
#include "daemon/api/speech/prompts.h"

enum { ANNOUNCE_SAY_MAX = 4096, ANNOUNCE_LOOP_MAX = 1000 };

/* One of them, the others NULL. */
struct announcement {
	const char *say;	      /* text, 1 to ANNOUNCE_SAY_MAX bytes */
	const char *play;	      /* http(s) URL, file name under prompts, or tone:NAME */
	const char *language;	      /* of what is said, "en-GB"; or NULL */
	const struct prompt *prompts; /* several things, one after the other */
	size_t prompt_count;
};

/* Whether there is anything. */
bool announcement_is_any(const struct announcement *what);
bool announcement_check(const struct announcement *what, struct fault *fault);

/* Makes the file. Returns 0 or ENOMEM; the handler is called as by prompts_prepare(). */
int announcement_prepare(const struct desk *desk, const struct announcement *what, prompts_h *handler,
			 void *arg) __attribute__((warn_unused_result));

/* Whether there is something to be heard, as it was wanted or by another voice, in the files of the handler.
 */
bool announcement_is_there(const json_t *files);

#endif
