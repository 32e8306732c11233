/* run_steps: inside of the engine: the steps, by kind. Shared by the run_*.c alone. */
#ifndef OFFHOOK_API_RUN_STEPS_H
#define OFFHOOK_API_RUN_STEPS_H

#include "daemon/api/script/run.h"
#include "daemon/api/speech/prompts.h"

/* The step at `at`, or NULL. */
const struct step *run_step_of(const struct run *run);
/* A request of the step was refused: the call is hung up with the reason. */
void run_step_failed(struct run *run, const json_t *error);
/* The step is done: `action` says how to go on; without one the document itself is asked again, as its
 * callers expect. `form` is stolen. */
void run_ask_action(struct run *run, const char *action, bool post, json_t *form);

/* How a step of its kind is run: handed down by engine.c, which knows all kinds. */
struct run_way {
	void (*begin)(struct run *run, const struct step *step); /* NULL: it is not built, and left out */
	/* What it has had played is over; NULL: then it is done. */
	void (*played)(struct run *run, const struct step *step);
};

void run_begin_reject(struct run *run, const struct step *step);
void run_begin_redirect(struct run *run, const struct step *step);
void run_begin_hangup(struct run *run, const struct step *step);
void run_begin_play(struct run *run, const struct step *step);
void run_begin_pause(struct run *run, const struct step *step);
void run_begin_digits(struct run *run, const struct step *step);
void run_begin_gather(struct run *run, const struct step *step);
void run_begin_record(struct run *run, const struct step *step);
void run_begin_dial(struct run *run, const struct step *step);
void run_begin_conference(struct run *run, const struct step *step);

/* Has files made of Say, Play and Pause; the handler gets a ticket. False: the call is hung up, out of
 * memory. */
bool run_prompts(struct run *run, const struct step *steps, size_t count, prompts_h *handler);
/* The files that could be had, as a new array; logs what could not. */
json_t *run_prompts_had(struct run *run, const struct step *step, json_t *files, const char *error);

/* Plays `files`; run_play_done() goes on. */
void run_play(struct run *run, json_t *files, unsigned loop, bool barge_in);
void run_play_one(struct run *run, const char *name);
/* The beep of Record, or the prompts of Gather, are over. */
void run_start_recording(struct run *run, const struct step *step);
void run_prompts_over(struct run *run, const struct step *step);

/* What the switch tells of the run's call: params of the event. */
void run_play_done(struct run *run, const json_t *data);
void run_collected(struct run *run, const json_t *data);
void run_recorded(struct run *run, const json_t *data);

/* Dial is done: `id` is the other call, or the conference. */
void run_dialled(struct run *run, const char *status, const char *child, int64_t duration_ms);

#endif
