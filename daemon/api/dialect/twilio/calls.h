/* calls: inside of the operations on calls, for calls*.c and whoever else places calls. */
#ifndef OFFHOOK_API_TWILIO_CALLS_H
#define OFFHOOK_API_TWILIO_CALLS_H

#include "daemon/api/call/applications.h"
#include "daemon/api/call/wish.h"
#include "daemon/api/dialect/twilio/ask.h"

/* calls_create.c */
ask_h calls_create;
/* calls_update.c */
ask_h calls_update;

/* calls_create.c: a wish and what it points to; what is wrong fails the ask's form. */
enum { ADDRESS_SIZE = 300 };
struct order {
	struct wish wish;
	char to[ADDRESS_SIZE], from[ADDRESS_SIZE];
	char *script;
	json_t *events, *recording_events, *headers, *machine, *more;
	struct entry_row application;
};
void order_clear(struct order *order);
/* Reads whom it calls, and as whom, into an empty one. */
void order_begin(struct ask *ask, struct order *order);
/* Reads the rest of what all orders have: who is told of the call, how long it rings (`timeout_least_s` or
 * more) and lasts, how it is recorded, who answers; and what this version cannot do, which a notification
 * will say. */
void order_read(struct ask *ask, struct order *order, int64_t timeout_least_s);

/* Answers with a call. */
void calls_answer(struct ask *ask, int status, const struct call_row *row);

/* Whether the document can be used; else the form has failed. */
void calls_check_document(struct form *form, const char *name, const char *text);
/* The statuses to tell of that StatusCallbackEvent asks for, by the words that calls have: a new array. */
json_t *calls_read_events(struct form *form);

#endif
