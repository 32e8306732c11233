/* run_steps: inside of the engine: the steps, by kind. Shared by the run_*.c alone. */
#ifndef OFFHOOK_API_RUN_STEPS_H
#define OFFHOOK_API_RUN_STEPS_H

#include "daemon/api/script/run.h"
#include "daemon/api/script/steps/problem.h"
#include "daemon/api/speech/prompts.h"

/* The step at `at`, or NULL. */
const struct step *run_step_of(const struct run *run);
/* What the step under way remembers, also while a script of its own is heard. */
json_t *run_step_memo(struct run *run);
/* Nothing of the step before is left. */
void run_clear_step(struct run *run);

/* run_nest.c: the call hears the script of `hook` (no URL: a tone) from run_nest_begin() on, whose `form` is
 * stolen; the step under way goes on to be that of the call. */
void run_nest(struct run *run, const struct step_hook *hook, const char *moment);
void run_nest_begin(struct run *run, json_t *form);
void run_nest_tone(struct run *run);
/* Whether it has ended so soon that it begins anew only in a moment: RUN_AGAIN. */
bool run_nest_rests(struct run *run);
/* Back to the call's own script, at its step; nothing of the other goes on. */
void run_unnest(struct run *run);
enum step_kind run_outer_kind(const struct run *run);

/* What is wrong with a document, and why one could not be had. */
void run_note_problem(struct run *run, const struct problem *problem, const char *url);
void run_note_document(struct run *run, int code, const char *url, const char *reason);

/* A request of the step was refused: the call is hung up with the reason. */
void run_step_failed(struct run *run, const json_t *error);
/* The step is done: its action says how to go on (`moment`: as in script_told); without one the document
 * itself is asked again, as its callers expect. `form` is stolen. */
void run_ask_action(struct run *run, const struct step *step, const char *moment, json_t *form);
/* The same for those whose script goes on behind the step without one. */
void run_ask_if_action(struct run *run, const struct step *step, const char *moment, json_t *form);
/* Whether the run's call was parted from the one that it talked with, and is up, by the answer to call.get.
 */
bool run_is_parted(const json_t *result, const json_t *error);

/* How a step of its kind is run: handed down by engine.c, which knows all kinds. */
struct run_way {
	void (*begin)(struct run *run, const struct step *step);
	/* What it has had played is over; NULL: then it is done. */
	void (*played)(struct run *run, const struct step *step);
	/* Each may be NULL. What happens to the call, and to a call that was dialled for it. */
	void (*event)(struct run *run, const struct step *step, const struct bus_event *event);
	void (*child)(struct run *run, const struct step *step, const struct bus_event *event);
	/* The call is over. True: the run stays until the step has its result. */
	bool (*over)(struct run *run, const struct step *step);
	/* The connection to the switch is there again, and the step was under way. */
	void (*check)(struct run *run, const struct step *step);
	/* The call goes elsewhere: what the step has set going ends. */
	void (*leave)(struct run *run, const struct step *step);
	/* Those hear a script who are in it: that has ended, or cannot be had. */
	void (*heard)(struct run *run);
	void (*failed)(struct run *run);
	void (*timer)(struct run *run); /* has fired in a phase of its own */
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
void run_begin_start_recording(struct run *run, const struct step *step);
void run_begin_stop_recording(struct run *run, const struct step *step);

void run_begin_echo(struct run *run, const struct step *step);
void run_echo_leave(struct run *run, const struct step *step);
void run_begin_refer(struct run *run, const struct step *step);
void run_refer_event(struct run *run, const struct step *step, const struct bus_event *event);
void run_refer_done(struct run *run, const struct step *step);
void run_begin_notify(struct run *run, const struct step *step);
void run_begin_transfer(struct run *run, const struct step *step);
/* Each key is told from now on, and the script goes on. */
void run_keys_begin(struct run *run, const struct step *step);
void run_keys_event(struct run *run, const struct bus_event *event);
void run_conference_heard(struct run *run);
/* The caller leaves at a key or after a time, where <Dial> says so. */
void run_conference_key(struct run *run, const struct step *step, const struct bus_event *event);
void run_conference_timer(struct run *run);
/* Something has happened in the conference that the call waits in. */
void run_conference_changed(struct run *run, const struct bus_event *event);
/* Tells those of it whom the step named that has made the conference. False: nobody. */
bool conference_tell(const struct scripts_setup *with, const struct bus_event *event);

void run_begin_start_stream(struct run *run, const struct step *step);
void run_begin_stop_stream(struct run *run, const struct step *step);
void run_begin_connect_stream(struct run *run, const struct step *step);
void run_stream_event(struct run *run, const struct step *step, const struct bus_event *event);
void run_stream_check(struct run *run, const struct step *step);
void run_stream_leave(struct run *run, const struct step *step);
/* Tells the callback of who has answered. */
void machine_told(const struct scripts_setup *with, const struct call_row *row, const json_t *machine);
/* Tells of a stream whom its step named. False: nobody. */
bool stream_told(const struct scripts_setup *with, const struct bus_event *event);

void run_begin_start_transcription(struct run *run, const struct step *step);
void run_begin_stop_transcription(struct run *run, const struct step *step);
/* Tells of what is said on a call whom its step, or a program, named. False: nobody. */
bool transcription_told(const struct scripts_setup *with, const struct bus_event *event);

bool run_record_over(struct run *run, const struct step *step);
void run_dial_event(struct run *run, const struct step *step, const struct bus_event *event);
void run_dial_child(struct run *run, const struct step *step, const struct bus_event *event);
void run_dial_timer(struct run *run);
void run_dial_heard(struct run *run);
void run_dial_failed(struct run *run);
bool run_dial_over(struct run *run, const struct step *step);
void run_dial_check(struct run *run, const struct step *step);
void run_dial_leave(struct run *run, const struct step *step);

/* Has files made of Say, Play and Pause; the handler gets a ticket. False: the call is hung up, out of
 * memory. */
bool run_prompts(struct run *run, const struct step *steps, size_t count, prompts_h *handler);
/* The files that could be had, as a new array; logs what could not. */
json_t *run_prompts_had(struct run *run, const struct step *step, json_t *files, const char *error);

/* Plays `files`, louder (`level` to 1) or softer (to -1) than they are; run_play_done() goes on. */
void run_play(struct run *run, json_t *files, unsigned loop, bool barge_in, double level);
void run_play_one(struct run *run, const char *name);
/* The beep of Record, or the prompts of Gather, are over. */
void run_start_recording(struct run *run, const struct step *step);
void run_prompts_over(struct run *run, const struct step *step);
/* Whether a Gather takes keys: one that is of speech alone does not. */
bool run_listens(const struct step *step);

/* run_speech.c: what is said into a Gather. Asks for the stream, and true; false: nothing listens. The reply
 * goes to run_speech_begun(), too. */
bool run_speech_begin(struct run *run, const struct step *step, run_reply_h *reply);
void run_speech_begun(struct run *run, const struct step *step, const json_t *error);
void run_speech_event(struct run *run, const struct bus_event *event);
/* A key was pressed: it counts, not what was said. */
void run_speech_key(struct run *run);
/* Whether the timer is that of silence behind something said. */
bool run_speech_holds_timer(const struct run *run);
/* The time is over: the server is asked for what is left. False: nothing listens. */
bool run_speech_flush(struct run *run);
/* It is all said; run_collected() follows. */
void run_speech_done(struct run *run);
/* Ends the stream, if there is one. */
void run_speech_over(struct run *run);
/* New: what was said, as parameters; NULL: nothing. */
json_t *run_speech_form(const struct run *run, const struct step *step);
void run_gather_leave(struct run *run, const struct step *step);

/* What the switch tells of the run's call: params of the event. */
void run_play_done(struct run *run, const json_t *data);
void run_collected(struct run *run, const json_t *data);
void run_recorded(struct run *run, const json_t *data);

#endif
