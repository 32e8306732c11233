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
};

/* Returns 0 or ENOMEM; ladder_clear() either way. */
int ladder_read(struct ladder *out, const json_t *trace) __attribute__((warn_unused_result));
void ladder_clear(struct ladder *ladder);
/* A text member, or "". */
const char *ladder_member(const json_t *object, const char *name);
/* Closes the stream of open_memstream(): the text, or NULL without memory. */
char *ladder_close(FILE *out, char **text);

#endif
