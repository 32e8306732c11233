/* call_part: a stream or a transcription of a call, which are begun and ended alike: what is asked for, until
 * the switch has answered, and what it is answered with. */
#ifndef OFFHOOK_API_TWILIO_CALL_PART_H
#define OFFHOOK_API_TWILIO_CALL_PART_H

#include "daemon/api/dialect/twilio/ask.h"

enum { CALL_PART_NAME_SIZE = 200 };

struct call_part {
	struct ask *ask;
	const char *prefix, *path; /* of its sid; behind the call: "Streams" */
	char call[UUID_TEXT_SIZE], id[UUID_TEXT_SIZE];
	char name[CALL_PART_NAME_SIZE]; /* "": it has none */
};

/* A new one, to be freed with free(); NULL: the request is answered. */
struct call_part *call_part_new(struct ask *ask, const char *prefix, const char *path);
/* Answers with it, being in that state. */
void call_part_answer(const struct call_part *part, int status, const char *state);
/* Reads the call, and that it is to be stopped. False: the request is answered. */
bool call_part_read_stop(struct call_part *part);
/* A done_h of its end: answers, and frees it; `arg` is the part. */
void call_part_on_stopped(const struct fault *fault, void *arg);

#endif
