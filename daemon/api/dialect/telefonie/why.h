/* why: what is known of a call, in the order in which people ask: where it was to go, who was asked, what was
 * heard, what its script did, who was told. For why.c and why_*.c. */
#ifndef OFFHOOK_API_TELEFONIE_WHY_H
#define OFFHOOK_API_TELEFONIE_WHY_H

#include "daemon/api/store/calls.h"

enum { WHY_TEXT_SIZE = 500 };

struct why {
	struct store *store;
	json_t *facts;		   /* an array of {"fact","value","time"?} */
	char media[WHY_TEXT_SIZE]; /* the worst of what was heard, as a sentence; "": nothing is wrong */
	int worst;		   /* how bad that is */
	bool failed;		   /* the store has */
};

/* `value` is stolen; NULL: nothing is added. `time` in UTC ms, 0: none. */
void why_add(struct why *why, const char *fact, json_t *value, int64_t time);
/* The same to other facts. */
void why_add_to(json_t *facts, const char *fact, json_t *value, int64_t time);

/* why_media.c */
/* How a leg was heard: from an event call.quality. `who`: whose leg it is. */
void why_add_quality(struct why *why, const json_t *data, const char *who, int64_t time);

/* why_story.c */
/* Where it was to go, and each place that did not take it. */
void why_add_route(struct why *why, const json_t *snapshot);
/* The calls that it has called, and the one that called it. */
void why_add_legs(struct why *why, const struct call_row *row);
/* A step of its script, or a document. False: it is neither. */
bool why_add_script(json_t *facts, const char *type, const json_t *data, int64_t time);
/* Webhooks with their attempts. */
void why_add_deliveries(struct why *why, const struct call_row *row);

#endif
