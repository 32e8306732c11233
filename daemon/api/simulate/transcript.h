/* transcript: what has happened, in order, as JSON: each thing with its time on the simulation's clock, its
 * call by name, and what kind of thing it is (doc/scripts.md). Bounded: what is beyond is counted. */
#ifndef OFFHOOK_API_TRANSCRIPT_H
#define OFFHOOK_API_TRANSCRIPT_H

#include "daemon/api/simulate/ticks.h"

#include <jansson.h>
#include <stddef.h>

enum { TRANSCRIPT_MAX = 20000 };

struct transcript {
	const struct ticks *ticks;
	json_t *list;
	json_t *names; /* of calls, by id */
	size_t more;   /* that were not kept */
};

/* Returns 0 or ENOMEM. */
int transcript_begin(struct transcript *transcript, const struct ticks *ticks)
    __attribute__((warn_unused_result));
void transcript_end(struct transcript *transcript);

void transcript_name(struct transcript *transcript, const char *call, const char *name);
/* The name of a call; its id when it has none. */
const char *transcript_name_of(const struct transcript *transcript, const char *call);

/* Adds `what` (stolen) of a call (id, or NULL: of none). Returns it, borrowed, to be completed later; NULL:
 * it was not kept. */
json_t *transcript_add(struct transcript *transcript, const char *call, const char *type, json_t *what);

/* A form ("a=b&c=d") or a JSON text as an object; what is neither, as text. New reference. */
json_t *transcript_body(const char *body);

#endif
