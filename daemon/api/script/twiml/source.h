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

struct source_at {
	int line, column; /* from 1, in characters */
};

struct source {
	char *text; /* in UTF-8 */
	size_t size;
	struct source_spot *spots; /* the start tags, in their order */
	size_t count;
};

/* Takes a document over as xml_encoding_to_utf8() does. Returns 0; EILSEQ: bytes that are none in its
 * encoding, the first of them at *bad; ENOTSUP: an encoding that is not known; ENOMEM. */
int source_take(struct source *out, const char *bytes, size_t size, const char *charset,
		struct source_at *bad) __attribute__((warn_unused_result));

/* Finds the start tags, and notes in each element of `doc`, which was parsed from this text, which is its
 * own. Returns 0 or ENOMEM. */
int source_number(struct source *source, const xmlDoc *doc) __attribute__((warn_unused_result));

/* Where an element stands, or with `attribute` (not NULL) that one of its attributes. */
struct source_at source_find(const struct source *source, const xmlNode *node, const char *attribute);

void source_clear(struct source *source);

#endif
