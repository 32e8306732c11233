/* transcriptions: what is said on a call, heard by whoever hears its language (speech/hearing.h), from now on
 * until it is stopped or the call ends. One of a single side is one stream, whose id it has; one of both is a
 * second stream beside that. What is heard are the calls' events call.speech with the stream's id; the state
 * of a transcription is that of its streams. */
#ifndef OFFHOOK_API_TRANSCRIPTIONS_H
#define OFFHOOK_API_TRANSCRIPTIONS_H

#include "daemon/api/call/desk.h"
#include "daemon/api/speech/hearing.h"
#include "lib/random.h"

struct transcription_wish {
	struct hearing_wish heard;
	const char *track;  /* "inbound": what the far end says, "outbound": what it hears, or "both" */
	const char *name;   /* that it can be stopped by, or NULL */
	const json_t *told; /* who is told, kept as it is, or NULL */
};

/* Begins one and tells its id, which is valid during the call of `handler`. */
typedef void transcription_h(const struct fault *fault, const char *id, void *arg);
void transcription_start(const struct asker *by, const char *call, const struct transcription_wish *wish,
			 transcription_h *handler, void *arg);
enum { TRANSCRIPTION_NAME_SIZE = 200 };
struct transcription_found {
	char id[UUID_TEXT_SIZE], name[TRANSCRIPTION_NAME_SIZE]; /* "": it has none */
	char other[UUID_TEXT_SIZE];				/* its second stream; "": it has none */
};
/* One by its id or its name: the newest of that name. False: *fault. */
bool transcription_find(const struct asker *by, const char *call, const char *which,
			struct transcription_found *out, struct fault *fault);
/* Ends one that was found; what is still to be heard of it comes behind the answer. */
void transcription_stop(const struct asker *by, const char *call, const struct transcription_found *one,
			done_h *handler, void *arg);

/* Those of a call, of all times, by id: {"language", "track", "status" ("in-progress", "completed",
 * "failed"), "error"?, "text"}, a new object. False: *fault. */
bool transcriptions_of(const struct asker *by, const char *call, json_t **out, struct fault *fault);

/* ---- for who asks the switch itself ---- */

/* What beginning one needs beside the switch. */
struct transcription_means {
	const struct conf *conf;
	struct store *store;
	struct hearer *hearer;
};

/* Finds who hears it, and keeps it with the call's record. Gives it its id. Returns NULL and *requests, a new
 * array of what call.stream is asked for, one or two times, but for the call; else a sentence that says why
 * it cannot be. */
const char *transcription_prepare(const struct transcription_means *means, const char *call,
				  const struct transcription_wish *wish, char id[UUID_TEXT_SIZE],
				  json_t **requests);
/* One that was made ready could not begin. */
void transcription_fail(struct store *store, const char *call, const char *id, const char *sentence);

/* The one that a stream is of, among the options of a call's record, or NULL; its id, and which side the
 * stream is. What it has: "language", "track", "name", "server", "partials", "told", "error". */
const json_t *transcription_of_stream(const json_t *options, const char *stream, const char **id,
				      const char **side);
/* Counts what is told of one: its beginning once, what else happens each time, and the end of the last of its
 * streams. `moment`: "started", "content", "failed", "stopped"; `over`: a stream of it is. *n: the number of
 * what is told, from 1, or 0: nothing is. Returns 0 or a store's error. */
int transcription_count(struct store *store, const char *call, const char *id, const char *moment, bool over,
			int64_t *n);
/* Calls `each` with the ids of the streams of those with that name, or of all (NULL). */
void transcription_each(const json_t *options, const char *name, void (*each)(const char *stream, void *arg),
			void *arg);

#endif
