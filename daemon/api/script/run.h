/* run: inside of the engine: one call's script and where it stands. Shared by engine.c and the
 * run_*.c alone. */
#ifndef OFFHOOK_API_RUN_H
#define OFFHOOK_API_RUN_H

#include "daemon/api/net/fetch.h"
#include "daemon/api/script/engine.h"
#include "daemon/api/script/steps/step.h"
#include "daemon/api/switch/bus.h"

#include <jansson.h>

enum run_phase {
	RUN_FETCH,	/* a document is under way */
	RUN_START,	/* a step's request or prompts are under way: done again after a restart */
	RUN_PLAY,	/* waits for call.play_done */
	RUN_GATHER,	/* waits for call.collect_done */
	RUN_RECORD,	/* waits for call.record_done */
	RUN_DIAL,	/* waits for the end of the other call */
	RUN_PAUSE,	/* waits for the timer */
	RUN_END,	/* the hang-up is under way */
	RUN_CONFERENCE, /* waits for the call to leave its conference */
	RUN_AGAIN,	/* the script of those who wait begins anew when the timer says so */
	RUN_CALLER,	/* waits for somebody to come into a queue */
	RUN_QUEUED,	/* out of a queue, and connected with who took it */
	RUN_REFER,	/* waits for what becomes of a transfer */
	RUN_ECHO,	/* until the call ends */
	RUN_STREAM,	/* waits for the end of a stream */
};

struct run {
	struct run *next; /* in its bucket */
	struct scripts *scripts;
	const struct scripts_setup *with;
	const struct script_form *form; /* of its dialect */
	const struct run_way *ways;	/* by kind of step */
	char call[40];
	uint64_t token; /* changes with every step: late answers to an earlier one are dropped */
	enum run_phase phase;
	int64_t saved;			     /* the event that was the last one when this was to be written */
	struct run *next_unsaved, **unsaved; /* in the list of those to be written, or NULL */
	char *document, *document_type, *base_url;
	char *cookies;	    /* that the servers of its documents have given, or NULL */
	unsigned redirects; /* that the document under way has had */
	bool retried;	    /* it was asked for a second time */
	struct script *script;
	size_t at;	     /* index of the step */
	json_t *play_id;     /* of the play under way, or NULL */
	json_t *early_done;  /* a play_done that came before the answer to its call.play */
	bool held;	     /* on hold: what ends meanwhile is looked at when it is back */
	json_t *interlude;   /* id of what is heard in place of the script's play, JSON's null while that is
			      asked for; or NULL */
	json_t *cut;	     /* id of the play that the hold or interlude has replaced, or NULL */
	json_t *cut_done;    /* its play_done, when that came meanwhile, or NULL */
	char recording[40];  /* that Record has begun, or "" */
	char conference[40]; /* that Dial has put it into, or "" */
	bool prompts_done;   /* Gather: nothing is played any more */
	bool over; /* the call has ended; the run waits for what its step comes to, and for its action */
	bool gone; /* the switch knows the call no more, and its step is still to be told */
	bool answered, inbound, fallback_used, redo;
	bool screen;	    /* of somebody who was dialled: who is connected at its end */
	json_t *memo;	    /* what the step under way has to remember */
	json_t *outer;	    /* where the call's own script stands while it hears that of those who wait, or
			       NULL: see run_nest.c */
	json_t *keys;	    /* who is told of each key, or NULL */
	json_t *recordings; /* by name: ids of those that run beside the script, or NULL */
	unsigned kept;	    /* how many of its steps and requests stand in the call's events */
	json_t *noted;	    /* what was said of its documents: as the names of an object, or NULL */
	json_t *snapshot;   /* the call as the switch told it last, or NULL */
	char *parent;	    /* call that this one was dialled for, or NULL */
	struct fetch *fetch;
	json_t *wanted; /* of the document under way: {"url","post","form","moment","payload","optional"}, or
			   {"script"}; of a Gather whose prompts are ready: {"files"}; or NULL */
	struct event *timer;
	int64_t until;	  /* when the timer fires, or should have [ms since 1970]; 0: it does not run */
	char digit;	  /* that ended a Record, or was the last of a Gather; or 0 */
	unsigned fetches; /* of documents, within the window that began at fetches_since */
	int64_t fetches_since;
	char *from, *to, *status;
	const struct conf_account *account;
};

typedef void run_reply_h(struct run *run, const json_t *result, const json_t *error);
/* A request to the switch about the run's call; "call" is added to `params` (stolen). An answer that comes
 * after the run has moved on is dropped. `reply` NULL: it is of no interest. */
void run_request(struct run *run, const char *method, json_t *params, run_reply_h *reply);

/* The same about another call. */
void run_request_for(struct run *run, const char *call, const char *method, json_t *params,
		     run_reply_h *reply);

/* A request for a document, or of one that perhaps answers with the next. */
struct run_asking {
	const char *url;
	bool post;
	json_t *form;	     /* stolen, may be NULL: parameters beside the usual ones */
	const char *moment;  /* as in script_told; NULL: "document" */
	const char *payload; /* likewise */
	bool optional;	     /* without a document the script goes on behind the step */
};
void run_ask(struct run *run, const struct run_asking *asking);
/* Fetches the next document. `form` (stolen, may be NULL) has parameters beside the usual ones. */
void run_fetch(struct run *run, const char *url, bool post, json_t *form);
/* Does the request again that was under way. */
void run_fetch_again(struct run *run);
/* Tells `hook` of something that asks for no answer: delivered like a webhook, in order. `form` is stolen. */
void run_tell(struct run *run, const struct step_hook *hook, const char *moment, json_t *form);

/* Says in the call's events what is wrong with the step under way: an error, or a warning. */
void run_note(struct run *run, bool error, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Keeps in the call's events that a step begins, or that a request for a document has ended. */
void run_keep_step(struct run *run, const struct step *step);
void run_keep_request(struct run *run, const struct fetch_result *result);
/* Whether the document under way is a list of actions, which goes on without an answer. */
bool run_is_actions(const struct run *run);
/* Drops all that is under way; nothing of it comes back. */
void run_forget(struct run *run);
/* Takes a document that is here: `size` bytes and a NUL, of that type (NULL: not said). Returns 0, or EINVAL
 * or ENOMEM with *error. */
int run_take_document(struct run *run, const char *text, size_t size, const char *type, const char *base_url,
		      char *error, size_t error_size);
/* Runs a document that is here, as run_take_document() takes it; one that cannot be used ends the call. */
void run_begin_document(struct run *run, const char *text, const char *type);
/* The step at `at`; at the end of the list the call is hung up. */
void run_step(struct run *run);
/* The step at `at` is done. */
void run_next(struct run *run);
/* Hangs up, because the script says so (NULL) or for a reason. */
void run_hang_up(struct run *run, const char *reason);
/* Params of call.record_stop for what Record has begun. */
json_t *run_recording_params(const struct run *run);
/* An event of the run's call, or of the call that it dialled. */
void run_event(struct run *run, const struct bus_event *event);
void run_child_event(struct run *run, const struct bus_event *event);
/* The call was put on hold, or is back: a play that was cut begins again then. */
void run_hold(struct run *run, bool held);
/* As scripts_interlude(). */
void run_interlude(struct run *run, json_t *play_id);
/* An event of a conference about the run's call. */
void run_conference_event(struct run *run, const struct bus_event *event);
/* The call as it is after a time without events: perhaps no longer in its conference. */
void run_conference_check(struct run *run, const json_t *call);
/* The switch knows the call no more. */
void run_gone(struct run *run);
/* The timer of the run has fired. */
void run_timer(struct run *run);
/* Fires after `ms`, also after a restart of this process once run_save() was called; negative: never. */
void run_set_timer(struct run *run, int64_t ms);
/* The switch can be talked to (again): what has become due meanwhile fires soon. */
void run_wind_timer(struct run *run);
/* Where the run stands is written with what else the turn writes, once. */
void run_save(struct run *run);
/* Takes the run out of the table and frees it. */
void run_end(struct run *run);
/* A call to run_end() is safe only where nothing of the run is used afterwards; this finds a run that may be
 * gone. */
struct run *run_find(struct scripts *scripts, const char *call);

/* All runs; `each` ends none of them. */
void run_each(struct scripts *scripts, void (*each)(struct run *run, void *arg), void *arg);

struct ticket; /* an answer to come for a run at its present step */
struct ticket *ticket_new(struct run *run);
/* The run when it still waits for this; frees the ticket. */
struct run *ticket_redeem(struct ticket *ticket);

#endif
