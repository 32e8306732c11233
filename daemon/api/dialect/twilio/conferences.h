/* conferences: inside of the operations on conferences and who is in them, for conferences.c and
 * participants*.c alone. */
#ifndef OFFHOOK_API_TWILIO_CONFERENCES_H
#define OFFHOOK_API_TWILIO_CONFERENCES_H

#include "daemon/api/call/participants.h"
#include "daemon/api/dialect/twilio/ask.h"

/* The conference that the first argument names: its sid, or the name of one that is alive. False: it is
 * answered. */
bool conferences_find(struct ask *ask, struct conference_row *out);

/* A participant that the second argument names, by its call's sid or its label: its call's id, or NULL: it is
 * answered. `conference` is its conference's id. Both are borrowed. Called once, perhaps before this
 * returns. */
typedef void participant_found_h(struct ask *ask, const char *conference, const char *call);
void participants_resolve(struct ask *ask, participant_found_h *handler);

/* A participants_h: answers with the one; `arg` is the ask. */
void participants_answer_one(const struct fault *fault, const struct participant *items, size_t count,
			     void *arg);

/* participants_create.c, participants_update.c */
ask_h participants_create;
ask_h participants_update;

#endif
