/* object: the members of an object in a document, checked. Inside of ncco, for its files alone.
 *
 * What is not fit is said as a problem, and its default taken. Strings go with the script. */
#ifndef OFFHOOK_API_NCCO_OBJECT_H
#define OFFHOOK_API_NCCO_OBJECT_H

#include "daemon/api/script/steps/problem.h"
#include "daemon/api/script/steps/step.h"

#include <jansson.h>

/* A document that is being read. */
struct ncco {
	struct script *script;
	struct problems *problems;
	const char *text; /* the document */
	size_t size;
	size_t index;	    /* of the action */
	const char *action; /* its name */
	struct step_list steps;
	bool no_memory;
};

/* Says something of the present action, and a member of it (NULL: none). */
void ncco_warn(struct ncco *n, const char *member, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Says what members are not in the list (words.h), or not built. */
void object_only(struct ncco *n, const json_t *object, const char *words);

/* Each returns its fallback, or NULL, when there is no such member, or none that is fit. */
const char *object_text(struct ncco *n, const json_t *object, const char *name);
/* The only text of an array, or a text. */
const char *object_url(struct ncco *n, const json_t *object, const char *name);
double object_number(struct ncco *n, const json_t *object, const char *name, double min, double max,
		     double fallback);
bool object_flag(struct ncco *n, const json_t *object, const char *name, bool fallback);
/* True when the member is the second of the two words. */
bool object_is(struct ncco *n, const json_t *object, const char *name, const char *usual, const char *other);
const json_t *object_object(struct ncco *n, const json_t *object, const char *name);
/* eventUrl with eventMethod. */
struct step_hook object_event(struct ncco *n, const json_t *object);
/* An array of texts. */
struct step_calls object_calls(struct ncco *n, const json_t *object, const char *name);

/* A new step of the action, and memory of the script; NULL without memory. */
struct step *ncco_step(struct ncco *n, enum step_kind kind);
void *ncco_memory(struct ncco *n, size_t size);
const char *ncco_text(struct ncco *n, const char *text);

/* actions.c, connect.c: the readers of actions. */
void action_connect(struct ncco *n, const json_t *action);
/* Reads one action. */
void action_read(struct ncco *n, const json_t *action);

#endif
