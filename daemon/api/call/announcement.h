/* announcement: something said or played to a conference or to one in it. */
#ifndef OFFHOOK_API_ANNOUNCEMENT_H
#define OFFHOOK_API_ANNOUNCEMENT_H

#include "daemon/api/speech/prompts.h"
#include "daemon/api/dialect/telefonie/op.h"

struct json_get;

struct announcement {
	const char *say, *play; /* one of them, the other NULL */
};

/* Reads "say" and "play", of which none or both may be there. */
void announcement_read(struct json_get *get, struct announcement *out);
/* Makes the file. Returns 0 or ENOMEM; the handler is called as by prompts_prepare(). */
int announcement_prepare(struct op *op, const struct announcement *what, prompts_h *handler, void *arg)
    __attribute__((warn_unused_result));

#endif
