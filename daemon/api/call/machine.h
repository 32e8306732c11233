/* machine: who has answered a call: what the switch has told, in one word. */
#ifndef OFFHOOK_API_MACHINE_H
#define OFFHOOK_API_MACHINE_H

#include "daemon/api/store/calls.h"

#include <stdbool.h>

/* "human", "machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax", "unknown";
 * NULL: it was not listened for, or is not known yet. */
const char *machine_answered_by(const struct call_row *row);
/* The same of the switch's own words, "machine" of an event or a snapshot. */
const char *machine_word(const json_t *machine);
/* Whether more is to come: a machine's message is waited for. */
bool machine_goes_on(const struct call_row *row, const json_t *machine);

#endif
