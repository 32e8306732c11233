/* session: callers that are heard: connections of the switch, each with the audio of one.
 *
 * First comes a line of JSON, {"type":"start","sampleRateHz","interimResults","options":{"hints"}}, behind it
 * audio, L16, little-endian, until no more is sent. Lines of JSON go back, as of every server that listens
 * (doc/scripts.md): {"type":"transcription",…}, {"type":"error",…}; it is closed when nothing more is to be
 * said.
 *
 * Threads: the event base's thread. Bounds: SESSIONS_MAX connections, of each 15 s of speech and four pieces
 * that wait to be recognised. */
#ifndef OFFHOOK_HEAR_SESSION_H
#define OFFHOOK_HEAR_SESSION_H

#include "daemon/hear/pool.h"

struct sessions;

enum { SESSIONS_MAX = 64 };

/* Returns 0 or ENOMEM. `none`: called when the last connection has gone. */
int sessions_alloc(struct sessions **out, struct event_base *base, struct pool *pool,
		   const struct lexicon *lexicon, void (*none)(void *arg), void *arg)
    __attribute__((warn_unused_result));
void sessions_free(struct sessions *sessions);

unsigned sessions_count(const struct sessions *sessions);
/* Takes over a connection. */
void sessions_add(struct sessions *sessions, int fd);

#endif
