/* ladder_private: what both pictures of a ladder begin with. */
#ifndef OFFHOOK_LIB_LADDER_PRIVATE_H
#define OFFHOOK_LIB_LADDER_PRIVATE_H

#include "lib/ladder.h"

#include <stdint.h>
#include <stdio.h>

struct ladder_arrow {
	int64_t time_us; /* UTC */
	size_t from, to; /* columns; equal when both are the last one */
	char label[LADDER_LABEL_SIZE];
};

struct ladder {
	char columns[LADDER_COLUMNS_MAX][72];
	size_t column_count;
	struct ladder_arrow *arrows;
	size_t count;
	char *text; /* of the stream, once it is closed */
	size_t size;
};

/* Reads the trace, and opens a stream for its picture. NULL: without memory. */
FILE *ladder_open(struct ladder *ladder, const json_t *trace);
/* Closes both. The text, malloc'ed, or NULL without memory. */
char *ladder_close(struct ladder *ladder, FILE *out);

#endif
