/* reader: what is in one element of a document: its attributes and its text, checked. Inside of twiml, for
 * its files alone.
 *
 * What is not fit is said as a problem of the document, and its default taken: a document runs as far as it
 * can be understood. Strings that these functions give go with the script. Without memory `no_memory` is set,
 * and what they give is empty. */
#ifndef OFFHOOK_API_TWIML_READER_H
#define OFFHOOK_API_TWIML_READER_H

#include "daemon/api/script/steps/problem.h"
#include "daemon/api/script/steps/step.h"
#include "daemon/api/script/twiml/source.h"

#include <libxml/tree.h>

#define READER_KEYS "0123456789*#"

/* A document that is being read. */
struct reader {
	struct script *script;
	struct problems *problems;
	const struct source *source;
	struct step_list *steps; /* where the next step goes */
	size_t read;		 /* elements that became steps */
	bool no_memory, full;
};

const char *reader_name(const xmlNode *node);

/* Says something about an element, or one of its attributes (NULL: none). */
void reader_warn(struct reader *r, const xmlNode *node, const char *attribute, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Whether an element is built where it stands; says so when it is not. Its attributes are looked at, too. */
bool reader_admits(struct reader *r, const xmlNode *node);

/* The next element from `node` on among its siblings, or NULL. Text between them is warned of. */
const xmlNode *reader_element(struct reader *r, const xmlNode *node);

/* An attribute, or NULL. */
const char *reader_attribute(struct reader *r, const xmlNode *node, const char *name);
unsigned reader_number(struct reader *r, const xmlNode *node, const char *name, unsigned min, unsigned max,
		       unsigned fallback);
bool reader_boolean(struct reader *r, const xmlNode *node, const char *name, bool fallback);
/* The index of its value in `values`, which ends with NULL. */
size_t reader_choice(struct reader *r, const xmlNode *node, const char *name, const char *const values[],
		     size_t fallback);
/* Whether it is GET; POST when it is absent. */
bool reader_is_get(struct reader *r, const xmlNode *node, const char *name);
/* Keys of a phone, or `fallback`. */
const char *reader_keys(struct reader *r, const xmlNode *node, const char *name, const char *fallback);
/* The value of a list of words as bits, the first of `values` as 1. */
unsigned reader_bits(struct reader *r, const xmlNode *node, const char *name, const char *const values[]);
/* A URL with its method and events; any of the names may be NULL, `url` not. */
struct step_hook reader_hook(struct reader *r, const xmlNode *node, const char *url, const char *method,
			     const char *events, const char *const values[]);

/* The text in an element without the blanks around it; elements in it are warned of, unless `deep`: then
 * their texts are part of it. NULL: there is none. */
const char *reader_content(struct reader *r, const xmlNode *node, bool deep);

/* A new step of the element, at the end of the list; NULL without memory, or when there are too many. */
struct step *reader_step(struct reader *r, const xmlNode *node, enum step_kind kind);
/* Moves the list into the script. */
const struct step *reader_keep_steps(struct reader *r, struct step_list *steps);
/* Zeroed memory of the script, or NULL. */
void *reader_memory(struct reader *r, size_t size);

#endif
