/* engine_private: inside of the engine: the table of runs and what they wait for; for engine.c,
 * run_table.c and run_restore.c alone. */
#ifndef OFFHOOK_API_ENGINE_PRIVATE_H
#define OFFHOOK_API_ENGINE_PRIVATE_H

#include "daemon/api/script/run.h"
#include "lib/json_text.h"

enum { BUCKETS = 1024, SEEN_STEP = 1000 };

struct scripts {
	struct scripts_setup with;
	const struct run_way *ways;	   /* by kind of step */
	void (*on_timer)(struct run *run); /* that of a run has fired */
	uint64_t tokens;
	int64_t seen;	      /* the event that is acted on, in the order of the log */
	int64_t seen_kept;    /* as the store is to have it at the end of the turn */
	int64_t seen_written; /* as it has it */
	struct run *unsaved;  /* those that this turn writes */
	struct json_text state; /* room to write one in */
	struct run *buckets[BUCKETS];
	struct ticket *tickets; /* all that are out, for scripts_free() */
};

struct ticket {
	struct ticket *next, **link;
	struct scripts *scripts;
	char call[40];
	uint64_t token;
	run_reply_h *reply;
};

/* A new run in the table, or NULL. */
struct run *run_new(struct scripts *scripts, const struct call_row *row);
/* Frees one that is no longer in the table. */
void run_free(struct run *run);
/* Takes over what the record says. */
void run_update(struct run *run, const struct call_row *row);
/* The call's status, by an answer or an event. */
void run_learn_status(struct run *run, const char *status);
/* Sets up a run as it was saved. Returns 0 or EINVAL. */
int run_restore(struct run *run, const json_t *state);

/* A ticket for the run's present token. */
struct ticket *ticket_make(struct run *run, run_reply_h *reply);
void ticket_free(struct ticket *ticket);
/* A control_client_reply_h; `arg` is the ticket. */
void ticket_on_reply(const json_t *result, const json_t *error, void *arg);

/* Begins the document that was asked for in place of the one that runs, when it is there already. */
bool run_take_wanted(struct run *run);
/* Makes the call ours again, and goes on with its step. */
void run_reclaim(struct run *run);

/* What is written now comes of the events up to here. */
void scripts_keep_seen(struct scripts *scripts);
/* Before a commit; `arg` is the struct scripts: writes what is to be written. */
void scripts_write(void *arg);

#endif
