/* ladder: the messages of a trace (doc/control-protocol.md) as a picture: a column for each address, an arrow
 * for each message.
 *
 * Pure functions. `trace` is what call.trace answers: whatever is odd in it is left out. */
#ifndef OFFHOOK_LIB_LADDER_H
#define OFFHOOK_LIB_LADDER_H

#include <jansson.h>

/* Addresses that have a column of their own; those beyond share the last one. */
enum { LADDER_COLUMNS_MAX = 12 };

/* As lines of text (UTF-8), times in UTC. Malloc'ed, or NULL without memory. */
char *ladder_text(const json_t *trace);
/* As an SVG of its own. */
char *ladder_svg(const json_t *trace);

enum { LADDER_LABEL_SIZE = 64 };
/* What stands at the arrow: "INVITE (SDP)", "180 Ringing". Returns `out`. */
char *ladder_label(const json_t *message, char out[LADDER_LABEL_SIZE]);

#endif
