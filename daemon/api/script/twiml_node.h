/* twiml_node: what is in one element of a script: its attributes and its text, checked. Inside of twiml, for
 * twiml*.c alone.
 *
 * Functions that return int return 0, ENOMEM, or EINVAL with an error recorded that names the element and its
 * line. Strings that they give are new; an attribute that is absent leaves its output as it is. */
#ifndef OFFHOOK_API_TWIML_NODE_H
#define OFFHOOK_API_TWIML_NODE_H

#include "daemon/api/script/step.h"

#include <libxml/tree.h>

#define TWIML_DIGITS "0123456789*#"

/* A document that is being read. */
struct twiml_reader {
	char *error;
	size_t error_size;
	size_t steps;
};

const char *twiml_name(const xmlNode *node);
/* Records an error about `node`. Returns EINVAL. */
int twiml_fail(struct twiml_reader *r, const xmlNode *node, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* New string of an attribute, or NULL. */
char *twiml_attribute(const xmlNode *node, const char *name);
/* Refuses attributes that are not in `names` (ends with NULL). */
int twiml_only(struct twiml_reader *r, const xmlNode *node, const char *const names[]);
int twiml_number(struct twiml_reader *r, const xmlNode *node, const char *name, unsigned min, unsigned max,
		 unsigned *out);
int twiml_boolean(struct twiml_reader *r, const xmlNode *node, const char *name, bool *out);
/* *index gets the place of an attribute's value in `values` (ends with NULL). */
int twiml_choice(struct twiml_reader *r, const xmlNode *node, const char *name, const char *const values[],
		 size_t *index);
/* Refuses an attribute with another value than those, of which all mean the same to us. */
int twiml_one_of(struct twiml_reader *r, const xmlNode *node, const char *name, const char *const values[]);
/* method and action. */
int twiml_action(struct twiml_reader *r, const xmlNode *node, struct step *step);
/* finishOnKey, or `fallback`. */
int twiml_finish_key(struct twiml_reader *r, const xmlNode *node, const char *fallback, struct step *step);
/* The text in `node`, without the blanks around it; elements in it are refused. */
int twiml_content(struct twiml_reader *r, const xmlNode *node, bool required, char **out);

#endif
