/* machine: who has answered a call, a person or a machine: listening for it, and what came of it.
 *
 * Main thread only. */
#ifndef OFFHOOK_CALL_MACHINE_H
#define OFFHOOK_CALL_MACHINE_H

#include "media/media.h"

#include <jansson.h>

struct call;
struct json_text;

/* Listens from the answer on; what is 0 in `how` is as conf has it (amd). Returns 0 or ENOMEM. */
int call_detect_at_answer(struct call *call, const struct media_amd *how) __attribute__((warn_unused_result));
/* Listens from now on; the call has media. Returns 0 or ENOMEM. */
int call_detect(struct call *call, const struct media_amd *how) __attribute__((warn_unused_result));

/* Media knows; publishes call.machine. */
void call_on_machine(struct call *call, const struct media_machine *machine);
/* The member "machine" of the snapshot, when it is known. */
void call_write_machine(const struct call *call, struct json_text *out);

#endif
