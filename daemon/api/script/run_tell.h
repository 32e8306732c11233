/* run_tell: inside of the engine: tells others of a call, its recordings and its conference, in the words of
 * a dialect. Delivered like a webhook, in order; nobody waits for an answer. */
#ifndef OFFHOOK_API_RUN_TELL_H
#define OFFHOOK_API_RUN_TELL_H

#include "daemon/api/script/run.h"

/* Whom, and of what. */
struct telling {
	const struct script_form *form;
	const char *moment;	/* as in script_told */
	const char *url;	/* NULL: nobody is told */
	bool get;		/* by GET, else POST */
	const char *conference; /* id of the one that it is of, or NULL: it is of the call */
	int64_t n;		/* event of the conference, or 0 */
};

/* Tells of the call of a record, whose run may be gone. `more` is stolen, and is as in script_form. */
void tell_of_call(const struct scripts_setup *with, const struct telling *telling, const struct call_row *row,
		  json_t *more);
/* The same with a body that is there (stolen; NULL: there was no memory for it), about the call of `account`.
 */
void tell_body(const struct scripts_setup *with, const struct telling *telling, const char *call,
	       const char *account, char *body);
/* Keeps, with the call's record, whom to tell of something of it that outlives the run: `watch` under `id`
 * among its `kind`. */
void tell_keep(const struct run *run, const char *kind, const char *id, json_t *watch);
/* The run's call as a dialect's words are made of it, with nothing of the moment yet; it holds as long as
 * what the run has. */
struct script_told run_told(const struct run *run);

#endif
