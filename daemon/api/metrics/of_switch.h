/* of_switch: what switch.metrics has said, as metrics. */
#ifndef OFFHOOK_API_METRICS_OF_SWITCH_H
#define OFFHOOK_API_METRICS_OF_SWITCH_H

#include <jansson.h>

struct evbuffer;

/* `said`: the result of switch.metrics (doc/control-protocol.md). */
void metrics_of_switch(struct evbuffer *out, const json_t *said);
/* The figures of both processes; `switch_use`, as process_json() has it, is the switch's, or NULL. */
void metrics_of_processes(struct evbuffer *out, const json_t *switch_use);

#endif
