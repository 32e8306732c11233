/* run_recording: inside of the engine: recordings of a call, and who is told of them. */
#ifndef OFFHOOK_API_RUN_RECORDING_H
#define OFFHOOK_API_RUN_RECORDING_H

#include "daemon/api/script/run_steps.h"

/* Params of call.record for it, whose record is made here; `how` may be NULL. `source`: which step it is of
 * (struct recording_row). */
json_t *recording_request(struct run *run, const struct step_recording *how, const char *source);
/* It could not begin. */
void recording_refused(struct run *run);

/* Records the run's call beside what its step does; the id will be "recording" in the step's memo. `how` may
 * be NULL. `source`: which step it is of, for those who are told. */
void recording_begin(struct run *run, const struct step_recording *how, const char *source);
void recording_stop(struct run *run, const char *id);

/* From now on those are told that `how` (may be NULL) names: that it runs, and later what became of it, also
 * when the run is gone by then. */
void recording_watch(struct run *run, const json_t *recording, const struct step_recording *how,
		     const char *source);

/* A recording of the call of an event is complete: tells whom it has to. False: nobody. */
bool recording_done(const struct scripts_setup *with, const struct bus_event *event);

/* Nothing is in it: the file and its record go. */
void recording_drop(const struct run *run, const char *id);

#endif
