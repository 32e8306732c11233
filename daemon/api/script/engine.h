/* engine: runs the scripts of calls: one run a call, a list of steps carried out over the control socket.
 *
 * A run starts when an outbound call with a url or a script is answered, when an inbound call to a number
 * with a voice-url comes in, or by scripts_redirect(). It moves on when the switch's events say that a step
 * is done. Where it stands is written to the store at every step, so that it goes on after a restart of this
 * process; a step whose request was under way then is done again.
 *
 * A stage takes the place of the world around it: no speech is made, the time is its own, nobody is told;
 * what the switch does is up to the link (link_alloc_stage()), what servers answer to the fetcher
 * (fetcher_set_stage()). So scripts are run without a switch: daemon/api/simulate.
 *
 * Threads: the event base's thread. Shutdown: scripts_free() forgets the runs; the calls and the stored
 * states stay. */
#ifndef OFFHOOK_API_ENGINE_H
#define OFFHOOK_API_ENGINE_H

#include "daemon/api/call/desk.h"
#include "daemon/api/script/form.h"
#include "daemon/api/speech/prompts.h"
#include "daemon/api/store/calls.h"

struct scripts;

struct event_base;
struct bus;
struct event;
struct fetcher;
struct hearer;
struct hook_letter;
struct hooks;
struct link;
struct step;

/* All functions are there. */
struct scripts_stage {
	/* As prompts_prepare(). */
	int (*prepare)(const struct prompt *list, size_t count, const char *base_url, prompts_h *handler,
		       void *handler_arg, void *arg);
	/* `timer` fires, by event_active(), in `ms`; below 0: not at all. It is told before it is freed. */
	void (*set_timer)(struct event *timer, int64_t ms, void *arg);
	/* A call begins a step of the document from `url` (NULL: from nowhere). */
	void (*step)(const char *call, const struct step *step, const char *url, void *arg);
	/* Somebody would be told. */
	void (*told)(const struct hook_letter *letter, void *arg);
	void *arg;
};

struct scripts_setup {
	struct event_base *base;
	const struct conf *conf;
	struct store *store;
	struct bus *bus;
	struct link *link; /* from scripts_connect() on */
	struct fetcher *fetcher;
	struct prompts *prompts;
	struct hearer *hearer;			/* our own recogniser, or NULL */
	struct hooks *hooks;			/* deliver what scripts tell; NULL: nobody does */
	const struct scripts_stage *stage;	/* in place of base's time, prompts and hooks, or NULL */
	const struct script_form *const *forms; /* ends with NULL; that of the own dialect first */
};

/* Takes up the runs that are in the store, and listens to the bus. */
int scripts_alloc(struct scripts **out, const struct scripts_setup *setup)
    __attribute__((warn_unused_result));
void scripts_free(struct scripts *scripts);
/* Calls that a script drives now. */
size_t scripts_count(const struct scripts *scripts);

/* What runs asked for before `link` was there is asked for when it is ready. */
void scripts_connect(struct scripts *scripts, struct link *link);
/* The switch can be talked to (again): claims the calls of all runs and does again what was under way. */
void scripts_ready(struct scripts *scripts);

/* Ends what the call is doing and goes on with that document. */
void scripts_redirect(struct scripts *scripts, const struct call_row *row,
		      const struct call_document *document);
/* The call has no script any more; what it is doing goes on. */
void scripts_leave(struct scripts *scripts, const char *call);
/* Whether the call has a script. */
bool scripts_run(struct scripts *scripts, const char *call);
/* As call_scripts has it (daemon/api/call/desk.h). */
void scripts_interlude(struct scripts *scripts, const char *call, json_t *play_id);

void scripts_wait(struct scripts *scripts, const char *call, const char *conference, const char *url,
		  bool get);

/* The call was put on hold, which cuts what it plays, or is back: then that begins again. */
void scripts_hold(struct scripts *scripts, const char *call, bool held);

#endif
