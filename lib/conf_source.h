/* conf_source: the text of a conf and its includes, made ready for libConfuse. Internal to the conf loader.
 *
 * libConfuse 3.3 stops at the first thing it does not like, counts lines wrongly after a comment, refuses
 * comments inside lists, takes time in the square of the number of titled sections, and leaves its lexer
 * inside a string when a string has no end, where the next reload would go on. So its text goes through here
 * first: comments go, includes are put in, and every statement is checked against the table of options. What
 * is wrong is reported and left out, so that libConfuse gets a text that it can read to its end, and a table
 * says which file and line each line of that text comes from.
 *
 * A section's title is handed on as the hidden option CONF_TITLE inside it. */
#ifndef OFFHOOK_LIB_CONF_SOURCE_H
#define OFFHOOK_LIB_CONF_SOURCE_H

#include "lib/conf.h"

#include <confuse.h>
#include <stddef.h>

/* Name of the option that holds the title of a section; a section that has it wants a title. */
#define CONF_TITLE "_title"

struct conf_place {
	const char *file; /* owned by the source */
	int line;
};

struct conf_source {
	char *text; /* for cfg_parse_buf() */
	size_t length, capacity;
	struct conf_place *lines; /* where line i + 1 of the text comes from */
	size_t line_count, line_capacity;
	char **files;
	size_t file_count;
	size_t bytes_read; /* of all files together */
	bool no_memory;
};

/* Reads `text` (of `length` bytes, from the file `name`) as the options `options`, and adds what is wrong to
 * `errors`. Includes are relative to the folder of the file that includes. Returns 0 or ENOMEM;
 * conf_source_free() either way. */
int conf_source_prepare(struct conf_source *source, const char *name, const char *text, size_t length,
			const cfg_opt_t *options, struct conf_errors *errors)
    __attribute__((warn_unused_result));

/* Reads a whole regular file of at most 16 MiB. Returns 0 and a NUL-terminated text that the caller frees, or
 * an errno. */
int conf_source_read_file(const char *path, char **out, size_t *out_length)
    __attribute__((warn_unused_result));

void conf_source_free(struct conf_source *source);

#endif
