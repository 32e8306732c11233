/* calls: inside of the operations on calls, for calls*.c alone. */
#ifndef OFFHOOK_API_TWILIO_CALLS_H
#define OFFHOOK_API_TWILIO_CALLS_H

#include "daemon/api/dialect/twilio/ask.h"

/* calls_create.c */
ask_h calls_create;
/* calls_update.c */
ask_h calls_update;

/* Answers with a call. */
void calls_answer(struct ask *ask, int status, const struct call_row *row);

/* Whether the document can be used; else the form has failed. */
void calls_check_document(struct form *form, const char *name, const char *text);
/* The statuses to tell of that StatusCallbackEvent asks for, by the words that calls have: a new array. */
json_t *calls_read_events(struct form *form);

#endif
