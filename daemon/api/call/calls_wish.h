/* calls_wish: what a request to place a call asks for, checked. */
#ifndef OFFHOOK_API_CALLS_WISH_H
#define OFFHOOK_API_CALLS_WISH_H

#include "daemon/api/dialect/telefonie/op.h"
#include "lib/json_get.h"

enum { WISH_TIMEOUT_S = 30 };

/* Strings belong to the request. */
struct wish {
	const char *to, *from, *url, *fallback_url, *status_callback, *script;
	const json_t *headers, *callback_events;
	int64_t timeout, time_limit;
	bool record, post;
	const char *conference; /* id of the conference to join, or NULL */
	bool muted;		/* when it joins */
};

/* Reads and checks the body of POST /calls; what is wrong is recorded in `get`. */
void wish_read(struct json_get *get, struct wish *wish);
/* Records an error unless `text` (NULL is fine) may be dialled or shown as caller. */
void wish_check_address(struct json_get *get, const char *name, const char *text);

/* What is kept with the call's record. */
json_t *wish_options(const struct wish *wish);
/* Params of call.originate. */
json_t *wish_originate(const struct op *op, const struct wish *wish, const char *id);

#endif
