/* streams: a call's audio live to a program: begun and ended by programs. What the far end of the socket is
 * told in which words, the dialect says. */
#ifndef OFFHOOK_API_STREAMS_H
#define OFFHOOK_API_STREAMS_H

#include "daemon/api/call/desk.h"

/* Who is told what becomes of a stream, if `url` is not NULL. */
struct stream_watch {
	const char *url, *name; /* the second may be NULL */
	const json_t *headers;	/* that the program's first message has, or NULL: told, too */
	bool get;
};

/* Keeps it with the call's record: it may end when nobody else remembers it. Returns 0 or a store's error. */
int stream_keep(struct store *store, const char *call, const char *id, const struct stream_watch *watch);

/* Begins one. `params`: those of call.stream, with its id, but for the call; stolen. */
void stream_start(const struct asker *by, const char *call, json_t *params, const struct stream_watch *watch,
		  done_h *handler, void *arg);
/* Ends one, by id or name. */
void stream_stop(const struct asker *by, const char *call, const char *which, done_h *handler, void *arg);

/* Keeps `watch` under `id` among the `kind` of the call's record, in place of what was there. Returns 0, a
 * store's error, or ENOSPC: the call has had too many of the kind. */
int call_watch(struct store *store, const char *call, const char *kind, const char *id, json_t *watch);

#endif
