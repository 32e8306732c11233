/* source: the text of a document as it came, and where in it each element and attribute stands. libxml2 knows
 * the lines of its nodes, but no columns; and only we know the charset that HTTP said.
 *
 * Pure functions; one thread at a time for a source. */
#ifndef OFFHOOK_API_TWIML_SOURCE_H
#define OFFHOOK_API_TWIML_SOURCE_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

struct source_spot;

struct source {
	char *text; /* in UTF-8 */
	size_t size;
	struct source_spot *spots; /* the start tags, in their order */
	size_t count;
};

struct source_at {
	int line, column; /* from 1, in characters */
};

/* Takes a document over into UTF-8. Its encoding is `charset` (of Content-Type; NULL or "": not said), else
 * what its byte order mark or its XML declaration says (XML 1.0 appendix F), else UTF-8. Returns 0; EILSEQ:
 * bytes that are none in that encoding; ENOTSUP: an encoding that is not known; ENOMEM. */
int source_take(struct source *out, const char *bytes, size_t size, const char *charset)
    __attribute__((warn_unused_result));

/* Finds the start tags, and notes in each element of `doc`, which was parsed from this text, which is its
 * own. Returns 0 or ENOMEM. */
int source_number(struct source *source, const xmlDoc *doc) __attribute__((warn_unused_result));

/* Where an element stands, or with `attribute` (not NULL) that one of its attributes. */
struct source_at source_find(const struct source *source, const xmlNode *node, const char *attribute);

void source_clear(struct source *source);

#endif
