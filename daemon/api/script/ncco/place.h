/* place: where the actions of a document stand, and their members: jansson knows that of errors alone. Inside
 * of ncco. */
#ifndef OFFHOOK_API_NCCO_PLACE_H
#define OFFHOOK_API_NCCO_PLACE_H

#include <stddef.h>

struct place {
	int line, column; /* from 1, in characters */
};

/* Where the element `index` of an array begins that is the document; or, with `member` not NULL, where that
 * name first stands in it. The document is well-formed JSON. */
struct place place_find(const char *text, size_t size, size_t index, const char *member);

#endif
