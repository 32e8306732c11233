/* routes: the paths of this dialect. Each file of operations has its own table, made with these, which stands
 * in routes.c's list. `path` is what is behind the account, without ".json". */
#ifndef OFFHOOK_API_TWILIO_ROUTES_H
#define OFFHOOK_API_TWILIO_ROUTES_H

#include "daemon/api/dialect/twilio/ask.h"

#define ASK_ROUTE(method, path, op)                                   \
	{                                                             \
		method, path, ask_run, false, &(const struct ask_way) \
		{                                                     \
			op, NULL                                      \
		}                                                     \
	}

/* One that may be for everybody. */
#define ASK_OPEN(method, path, op, is_public)                        \
	{                                                            \
		method, path, ask_run, true, &(const struct ask_way) \
		{                                                    \
			op, is_public                                \
		}                                                    \
	}

/* A path that ends with a name: "Calls", "Calls/ * /Recordings". */
#define ASK_LIST(method, path, op)                                                 \
	ASK_ROUTE(method, "2010-04-01/Accounts/*/" path ".json", op),              \
	    ASK_ROUTE(method, "2010-04-01/Accounts/*/" path, op),                  \
	    ASK_ROUTE(method, "api/laml/2010-04-01/Accounts/*/" path ".json", op), \
	    ASK_ROUTE(method, "api/laml/2010-04-01/Accounts/*/" path, op)

/* One that ends with an id: the handler gets it without ".json". */
#define ASK_ONE(method, path, op)                             \
	ASK_ROUTE(method, "2010-04-01/Accounts/*/" path, op), \
	    ASK_ROUTE(method, "api/laml/2010-04-01/Accounts/*/" path, op)

struct ask_routes {
	const struct route *routes;
	size_t count;
};

/* accounts.c: the account itself, what it has spent, its numbers as caller ids. */
extern const struct ask_routes account_routes;
/* calls.c */
extern const struct ask_routes call_routes;

/* call_log.c: notifications and events of a call. */
extern const struct ask_routes call_log_routes;

/* applications.c, numbers.c */
extern const struct ask_routes application_routes, number_routes;

/* numbers_offer.c: numbers that could be set up. */
extern const struct ask_routes number_offer_routes;

/* usage.c: calls, minutes and prices of a time. */
extern const struct ask_routes usage_routes;

/* triggers.c: who is told when so much was used. */
extern const struct ask_routes trigger_routes;

/* queues.c: queues, and who waits in them. */
extern const struct ask_routes queue_routes;

/* streams.c */
extern const struct ask_routes stream_routes;

/* transcriptions.c: what is said on a call, live. */
extern const struct ask_routes transcription_routes;

/* conferences.c, participants.c */
extern const struct ask_routes conference_routes, participant_routes;

/* recordings.c: of calls, conferences and the account, and their sound. */
extern const struct ask_routes recording_routes;

/* documents.c: openapi.json; what is added to the other tables is described there. */
extern const struct ask_routes document_routes;

/* Fills in what is at the paths of this dialect. */
void twilio_fill_routes(struct route_table *table);

#endif
