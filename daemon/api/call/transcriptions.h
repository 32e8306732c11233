/* transcriptions: what is said on a call, heard by whoever hears its language (speech/hearing.h), from now on
 * until it is stopped or the call ends. What is heard are the call's events call.speech, whose id is that of
 * the transcription; its state is that of the stream of that id. */
#ifndef OFFHOOK_API_TRANSCRIPTIONS_H
#define OFFHOOK_API_TRANSCRIPTIONS_H

#include "daemon/api/call/desk.h"
#include "daemon/api/speech/hearing.h"

struct transcription_wish {
	struct hearing_wish heard;
	const char *track; /* "inbound": what the far end says, "outbound": what it hears */
};

/* Begins one and tells its id, which is valid during the call of `handler`. */
typedef void transcription_h(const struct fault *fault, const char *id, void *arg);
void transcription_start(const struct asker *by, const char *call, const struct transcription_wish *wish,
			 transcription_h *handler, void *arg);
/* Ends one; what is still to be heard of it comes behind the answer. */
void transcription_stop(const struct asker *by, const char *call, const char *id, done_h *handler, void *arg);

/* Those of a call, of all times, by id: {"language", "track", "status" ("in-progress", "completed",
 * "failed"), "error"?, "text"}, a new object. False: *fault. */
bool transcriptions_of(const struct asker *by, const char *call, json_t **out, struct fault *fault);

#endif
